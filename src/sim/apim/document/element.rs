//! Elements of a policy document, with named values put in, and the checked ways to read them.

use super::super::expr::{Expression, is_expression};
use super::load::Misfit;
use super::rawxml;
use crate::sim::world::NamedValue;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How alike a name must be to a known one to be taken for a misspelling of it.
const MISSPELLED: f64 = 0.9;

/// What the documents of a gateway hold that is valid and not simulated, as it is met.
pub(in crate::sim::apim) type Notes = Rc<RefCell<Vec<Misfit>>>;

/// An XML element.
#[derive(Debug, Clone)]
pub(in crate::sim::apim) struct Element {
    /// Its tag.
    pub(in crate::sim::apim) name: String,
    /// Line in its document, from 1.
    pub(in crate::sim::apim) line: u32,
    /// Elements in it.
    pub(in crate::sim::apim) children: Vec<Element>,
    attributes: Vec<(String, String)>,
    text: String,
    notes: Notes,
}

/// A value that is written out, or an expression for it.
#[derive(Debug)]
pub(in crate::sim::apim) enum Text {
    /// As written.
    Literal(String),
    /// To be evaluated for each request.
    Expression(Expression),
    /// An expression that only the real gateway can evaluate: empty, as a condition false.
    Unsimulated,
}

impl Element {
    /// Reads `raw`, the text of a document or a fragment.
    pub(super) fn parse(
        raw: &str,
        named_values: &BTreeMap<String, NamedValue>,
        notes: &Notes,
    ) -> Result<Element, Misfit> {
        let raw = raw.trim_start_matches('\u{feff}');
        let xml = rawxml::escape_expressions(raw);
        let document = roxmltree::Document::parse(&xml)
            .map_err(|error| Misfit::new("document", error.pos().row, error.to_string()))?;
        let reading = Reading {
            xml: &xml,
            named_values,
            notes,
        };
        reading.read(document.root_element())
    }

    /// The attribute's value.
    pub(in crate::sim::apim) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The attribute's value, which must be there.
    pub(in crate::sim::apim) fn required(&self, name: &str) -> Result<&str, Misfit> {
        self.attribute(name)
            .ok_or_else(|| self.misfit(format!("the attribute `{name}` is missing")))
    }

    /// The attribute as a literal or an expression.
    pub(in crate::sim::apim) fn text_attribute(&self, name: &str) -> Result<Option<Text>, Misfit> {
        self.attribute(name)
            .map(|value| self.read_text(value))
            .transpose()
    }

    /// The attribute as a literal or an expression; it must be there.
    pub(in crate::sim::apim) fn required_text(&self, name: &str) -> Result<Text, Misfit> {
        self.read_text(self.required(name)?)
    }

    /// The attribute as a number that is written out.
    pub(in crate::sim::apim) fn number(&self, name: &str) -> Result<Option<u64>, Misfit> {
        let Some(value) = self.attribute(name) else {
            return Ok(None);
        };
        value
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| self.misfit(format!("`{name}` is no whole number: `{value}`")))
    }

    /// The attribute as `true` or `false`.
    pub(in crate::sim::apim) fn flag(&self, name: &str, default: bool) -> Result<bool, Misfit> {
        match self.attribute(name).map(str::trim) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => {
                Err(self.misfit(format!("`{name}` is neither true nor false: `{other}`")))
            }
        }
    }

    /// The element's own text as a literal or an expression.
    pub(in crate::sim::apim) fn text(&self) -> Result<Text, Misfit> {
        self.read_text(&self.text)
    }

    /// Texts of the children called `item` in the child called `list`; none where there is no such child.
    pub(in crate::sim::apim) fn list(&self, list: &str, item: &str) -> Result<Vec<Text>, Misfit> {
        let mut texts = Vec::new();
        for child in self.children.iter().filter(|child| child.name == list) {
            child.allow(&[], &[item])?;
            for item in &child.children {
                texts.push(item.text()?);
            }
        }
        Ok(texts)
    }

    /// Attributes and children that are not named are noted: the real gateway may know them. One that is nearly the name
    /// of another is refused.
    pub(in crate::sim::apim) fn allow(
        &self,
        attributes: &[&str],
        children: &[&str],
    ) -> Result<(), Misfit> {
        for (name, value) in &self.attributes {
            // Every policy may carry an id, for the trace.
            if name == "id" || attributes.contains(&name.as_str()) {
                continue;
            }
            if let Some(meant) = nearest(name, attributes) {
                let message = format!("there is no attribute `{name}`; did you mean `{meant}`?");
                return Err(self.misfit(message));
            }
            self.read_text(value)?;
            self.note(format!(
                "the attribute `{name}` is not simulated and has no effect"
            ));
        }
        for child in &self.children {
            if children.contains(&child.name.as_str()) {
                continue;
            }
            if let Some(meant) = nearest(&child.name, children) {
                let message = format!(
                    "`<{}>` has no place in it; did you mean `<{meant}>`?",
                    child.name
                );
                return Err(Misfit::new(&self.name, child.line, message));
            }
            child.read_all()?;
            child.note(format!(
                "`<{}>` in `<{}>` is not simulated and has no effect",
                child.name, self.name
            ));
        }
        Ok(())
    }

    /// Says once that something of the element is valid and not simulated.
    pub(in crate::sim::apim) fn note(&self, message: String) {
        self.notes.borrow_mut().push(self.misfit(message));
    }

    /// Reads every expression in it, so that a wrong one is refused though nothing is done with it.
    pub(in crate::sim::apim) fn read_all(&self) -> Result<(), Misfit> {
        for (_, value) in &self.attributes {
            self.read_text(value)?;
        }
        self.text()?;
        self.children.iter().try_for_each(Element::read_all)
    }

    /// Refuses all attributes; what the children are is checked as they are read.
    pub(in crate::sim::apim) fn allow_attributes_only(&self) -> Result<(), Misfit> {
        let known: Vec<&str> = self.children.iter().map(|it| it.name.as_str()).collect();
        self.allow(&[], &known)
    }

    /// Refuses the element, and says why.
    pub(in crate::sim::apim) fn misfit(&self, message: String) -> Misfit {
        Misfit::new(&self.name, self.line, message)
    }

    fn read_text(&self, text: &str) -> Result<Text, Misfit> {
        if !is_expression(text) {
            return Ok(Text::Literal(text.to_owned()));
        }
        let text = text.trim();
        Expression::parse(text)
            .map(Text::Expression)
            .or_else(|error| {
                let before = text.get(..error.offset).unwrap_or_default();
                let column = before.chars().count() + 1;
                let place = format!("{} at character {column} of the expression", error.message);
                if error.is_valid {
                    self.note(format!(
                        "{place}; it is taken as empty, a condition as false"
                    ));
                    Ok(Text::Unsimulated)
                } else {
                    Err(self.misfit(format!("{place} `{text}`")))
                }
            })
    }
}

/// The one of `known` that `name` misspells.
pub(in crate::sim::apim) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), *known))
        .filter(|(likeness, _)| *likeness >= MISSPELLED)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

struct Reading<'r> {
    xml: &'r str,
    named_values: &'r BTreeMap<String, NamedValue>,
    notes: &'r Notes,
}

impl Reading<'_> {
    fn read(&self, node: roxmltree::Node<'_, '_>) -> Result<Element, Misfit> {
        let name = node.tag_name().name().to_owned();
        let line = rawxml::line_at(self.xml, node.range().start);
        // What a liquid template holds in double braces is its own.
        let is_liquid = node
            .attribute("template")
            .is_some_and(|template| template.eq_ignore_ascii_case("liquid"));
        let put_in = |text: &str| {
            put_named_values(text, self.named_values, is_liquid)
                .map_err(|message| Misfit::new(&name, line, message))
        };
        let mut attributes = Vec::new();
        for attribute in node.attributes() {
            attributes.push((attribute.name().to_owned(), put_in(attribute.value())?));
        }
        let text: String = node
            .children()
            .filter(roxmltree::Node::is_text)
            .filter_map(|text| text.text())
            .collect();
        let text = put_in(&text)?;
        let mut children = Vec::new();
        for child in node.children().filter(roxmltree::Node::is_element) {
            children.push(self.read(child)?);
        }
        Ok(Element {
            name,
            line,
            children,
            attributes,
            text,
            notes: self.notes.clone(),
        })
    }
}

/// Puts values for `{{name}}`. Braces around anything but a name stay: JSON is full of them.
fn put_named_values(
    text: &str,
    named_values: &BTreeMap<String, NamedValue>,
    keeps_unknown: bool,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let name = after.split_once("}}").map(|(name, _)| name);
        match name {
            Some(name)
                if is_value_name(name) && (!keeps_unknown || named_values.contains_key(name)) =>
            {
                let value = named_values
                    .get(name)
                    .ok_or_else(|| format!("no named value is called `{name}`"))?;
                out.push_str(&value.value);
                rest = &after[name.len() + 2..];
            }
            _ => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn is_value_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

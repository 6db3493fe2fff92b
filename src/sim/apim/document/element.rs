//! Elements of a policy document, with named values put in, and the checked ways to read them.

use super::super::expr::{Expression, is_expression};
use super::load::Misfit;
use super::rawxml;
use crate::sim::world::NamedValue;
use std::collections::BTreeMap;

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
}

/// A value that is written out, or an expression for it.
#[derive(Debug)]
pub(in crate::sim::apim) enum Text {
    /// As written.
    Literal(String),
    /// To be evaluated for each request.
    Expression(Expression),
}

impl Element {
    /// Reads `raw`, the text of a document or a fragment.
    pub(super) fn parse(
        raw: &str,
        named_values: &BTreeMap<String, NamedValue>,
    ) -> Result<Element, Misfit> {
        let raw = raw.trim_start_matches('\u{feff}');
        let xml = rawxml::escape_expressions(raw);
        let document = roxmltree::Document::parse(&xml)
            .map_err(|error| Misfit::new("document", error.pos().row, error.to_string()))?;
        read(document.root_element(), &xml, named_values)
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

    /// Refuses attributes and children that are not named: what is not simulated must not pass in silence.
    pub(in crate::sim::apim) fn allow(
        &self,
        attributes: &[&str],
        children: &[&str],
    ) -> Result<(), Misfit> {
        for (name, _) in &self.attributes {
            // Every policy may carry an id, for the trace.
            if name != "id" && !attributes.contains(&name.as_str()) {
                return Err(self.misfit(format!("the attribute `{name}` is not simulated")));
            }
        }
        match self
            .children
            .iter()
            .find(|child| !children.contains(&child.name.as_str()))
        {
            Some(child) => Err(Misfit::new(
                &self.name,
                child.line,
                format!("`<{}>` in it is not simulated", child.name),
            )),
            None => Ok(()),
        }
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
        if is_expression(text) {
            let text = text.trim();
            return Expression::parse(text)
                .map(Text::Expression)
                .map_err(|error| {
                    let before = text.get(..error.offset).unwrap_or_default();
                    let column = before.chars().count() + 1;
                    self.misfit(format!(
                        "{} at character {column} of the expression `{text}`",
                        error.message
                    ))
                });
        }
        Ok(Text::Literal(text.to_owned()))
    }
}

fn read(
    node: roxmltree::Node<'_, '_>,
    xml: &str,
    named_values: &BTreeMap<String, NamedValue>,
) -> Result<Element, Misfit> {
    let name = node.tag_name().name().to_owned();
    let line = rawxml::line_at(xml, node.range().start);
    let put_in = |text: &str| {
        put_named_values(text, named_values).map_err(|message| Misfit::new(&name, line, message))
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
        children.push(read(child, xml, named_values)?);
    }
    Ok(Element {
        name,
        line,
        children,
        attributes,
        text,
    })
}

/// Puts values for `{{name}}`. Braces around anything but a name stay: JSON is full of them.
fn put_named_values(
    text: &str,
    named_values: &BTreeMap<String, NamedValue>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let name = after.split_once("}}").map(|(name, _)| name);
        match name {
            Some(name) if is_value_name(name) => {
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

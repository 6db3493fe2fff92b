//! One policy document as statements with their places, fragments and named values put in.

use super::fault::{PolicyFault, PolicyPlace, Scope};
use super::raw::{Prepared, prepare};
use std::collections::BTreeMap;

/// Elements may be nested so deep; a policy of people is never near it.
const DEEPEST: usize = 64;
/// Statements that a document may grow to by its fragments.
const MOST_STATEMENTS: usize = 20_000;

/// Where in the life of a call a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Before the backend is called.
    Inbound,
    /// Calling the backend.
    Backend,
    /// After it has answered.
    Outbound,
    /// After anything has failed.
    OnError,
}

impl Section {
    /// All, in the order in which they run.
    pub const ALL: [Section; 4] = [
        Section::Inbound,
        Section::Backend,
        Section::Outbound,
        Section::OnError,
    ];

    /// Its element's name.
    pub fn name(self) -> &'static str {
        match self {
            Section::Inbound => "inbound",
            Section::Backend => "backend",
            Section::Outbound => "outbound",
            Section::OnError => "on-error",
        }
    }
}

/// A value of an attribute or an element, named values put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// As it is written; an expression with its `@(...)`.
    pub text: String,
    /// Whether a named value whose value cannot be read (it is secret) stands in it.
    pub has_secret: bool,
}

impl Text {
    /// Whether an expression decides it.
    pub fn is_expression(&self) -> bool {
        self.text.contains("@(") || self.text.contains("@{")
    }

    /// The value, where nothing but the text decides it.
    pub fn plain(&self) -> Option<&str> {
        (!self.is_expression() && !self.has_secret).then(|| self.text.trim())
    }
}

/// One policy, or an element inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The element's name.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, Text)>,
    /// Its own text, without that of its children.
    pub text: Text,
    /// Elements inside it; fragments are already in place.
    pub children: Vec<Statement>,
    /// Where it is written.
    pub place: PolicyPlace,
}

impl Statement {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Text> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// The value of an attribute, where nothing but the text decides it.
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.attribute(name).and_then(Text::plain)
    }

    /// The first element of a name inside it.
    pub fn child(&self, name: &str) -> Option<&Statement> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every element below it and itself, in order.
    pub fn all(&self) -> Vec<&Statement> {
        let mut found = vec![self];
        let mut at = 0;
        while let Some(one) = found.get(at).copied() {
            at += 1;
            found.splice(at..at, one.children.iter());
        }
        found
    }

    /// As it stands in the policy, on one line, without what is inside it.
    pub fn shown(&self) -> String {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| format!(" {name}=\"{}\"", value.text));
        let attributes: String = attributes.collect();
        let attributes = attributes.split_whitespace().collect::<Vec<_>>().join(" ");
        let gap = if attributes.is_empty() { "" } else { " " };
        format!("<{}{gap}{attributes}>", self.name)
    }
}

/// An entry of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// `<base />`.
    Base,
    Statement(Statement),
}

/// The policy document of one scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// `None`: the section is not written, which leaves it to the wider scope.
    pub(super) sections: [Option<Vec<Item>>; 4],
    /// What is wrong with it. Where its XML cannot be read at all, this is all there is.
    pub faults: Vec<PolicyFault>,
    /// Whether the XML could be read.
    pub is_readable: bool,
}

/// What documents of a gateway may name.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Fragments by id, raw XML.
    pub fragments: &'a BTreeMap<String, String>,
    /// Named values; `None` for one whose value cannot be read.
    pub named_values: &'a BTreeMap<String, Option<String>>,
}

impl Document {
    /// Reads a document. Whatever is wrong with it is a fault of it, never a failure.
    pub fn read(xml: &str, scope: &Scope, around: Surroundings<'_>) -> Document {
        let mut reader = Reader::new(scope, around);
        let mut document = Document {
            is_readable: true,
            ..Document::default()
        };
        let Some(root) = reader.tree(xml, "policies") else {
            document.is_readable = false;
            document.faults = reader.faults;
            return document;
        };
        for section in root.children {
            let Some(known) = Section::ALL.iter().find(|one| one.name() == section.name) else {
                let why = format!("`<{}>` is no section", section.name);
                let place = section.place;
                reader.faults.push(PolicyFault::Malformed { place, why });
                continue;
            };
            let items = section.children.into_iter().map(|child| {
                if child.name == "base" {
                    Item::Base
                } else {
                    Item::Statement(child)
                }
            });
            let items: Vec<Item> = items.collect();
            if let Some(slot) = document.sections.get_mut(*known as usize) {
                slot.get_or_insert_default().extend(items);
            }
        }
        document.faults = reader.faults;
        document
    }
}

struct Reader<'a> {
    around: Surroundings<'a>,
    scope: Scope,
    /// Fragments that are being read, the outermost first.
    open: Vec<String>,
    statements: usize,
    faults: Vec<PolicyFault>,
}

impl<'a> Reader<'a> {
    fn new(scope: &Scope, around: Surroundings<'a>) -> Self {
        Reader {
            around,
            scope: scope.clone(),
            open: Vec::new(),
            statements: 0,
            faults: Vec::new(),
        }
    }

    /// Reads XML whose root must have this name.
    fn tree(&mut self, raw: &str, root_name: &str) -> Option<Statement> {
        let prepared = prepare(raw);
        let document = match roxmltree::Document::parse(&prepared.xml) {
            Ok(document) => document,
            Err(error) => {
                let at = error.pos();
                let at = prepared.byte_at(at.row, at.col);
                let place = self.place(&prepared, at);
                let why = prepared.restored(&error.to_string());
                self.faults.push(PolicyFault::Malformed { place, why });
                return None;
            }
        };
        let root = document.root_element();
        let place = self.place(&prepared, root.range().start);
        if root.tag_name().name() != root_name {
            let why = format!(
                "the root is `<{}>`, not `<{root_name}>`",
                root.tag_name().name()
            );
            self.faults.push(PolicyFault::Malformed { place, why });
            return None;
        }
        self.statement(&prepared, root, 0).into_iter().next()
    }

    /// The statement that an element makes; several where it includes a fragment, none where it goes too deep.
    fn statement(
        &mut self,
        prepared: &Prepared,
        node: roxmltree::Node<'_, '_>,
        depth: usize,
    ) -> Vec<Statement> {
        let place = self.place(prepared, node.range().start);
        self.statements += 1;
        if depth > DEEPEST || self.statements > MOST_STATEMENTS {
            // Told once; everything beyond it is left out.
            let is_told = matches!(self.faults.last(), Some(PolicyFault::TooLarge { .. }));
            if !is_told {
                self.faults.push(PolicyFault::TooLarge { place });
            }
            return Vec::new();
        }
        let attributes: Vec<(String, Text)> = node
            .attributes()
            .map(|one| {
                let value = self.text(prepared.restored(one.value()), &place);
                (one.name().to_owned(), value)
            })
            .collect();
        let name = node.tag_name().name().to_owned();
        if name == "include-fragment" {
            let id = attributes.iter().find(|(name, _)| name == "fragment-id");
            if let Some(id) = id.and_then(|(_, id)| id.plain()) {
                return self.fragment(id, place);
            }
        }
        let own: String = node
            .children()
            .filter(roxmltree::Node::is_text)
            .filter_map(|child| child.text())
            .collect();
        let text = self.text(prepared.restored(own.trim()), &place);
        let elements = node.children().filter(roxmltree::Node::is_element);
        let children = elements
            .flat_map(|child| self.statement(prepared, child, depth + 1))
            .collect();
        vec![Statement {
            name,
            attributes,
            text,
            children,
            place,
        }]
    }

    fn fragment(&mut self, id: &str, place: PolicyPlace) -> Vec<Statement> {
        let id = id.to_owned();
        if self.open.contains(&id) {
            self.faults.push(PolicyFault::CyclicFragment { place, id });
            return Vec::new();
        }
        let Some(xml) = self.around.fragments.get(&id) else {
            self.faults.push(PolicyFault::UnknownFragment { place, id });
            return Vec::new();
        };
        let outer = std::mem::replace(&mut self.scope, Scope::Fragment(id.clone()));
        self.open.push(id);
        let root = self.tree(xml, "fragment");
        self.open.pop();
        self.scope = outer;
        root.map(|root| root.children).unwrap_or_default()
    }

    /// `text` with its named values put in.
    fn text(&mut self, text: String, place: &PolicyPlace) -> Text {
        if !text.contains("{{") {
            return Text {
                text,
                has_secret: false,
            };
        }
        let mut whole = String::with_capacity(text.len());
        let mut has_secret = false;
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            whole.push_str(before);
            let named = after
                .split_once("}}")
                .map(|(name, after)| (name.trim(), after))
                .filter(|(name, _)| !name.is_empty() && name.chars().all(is_of_a_name));
            let Some((name, after)) = named else {
                whole.push_str("{{");
                rest = after;
                continue;
            };
            match self.around.named_values.get(name) {
                Some(Some(value)) => whole.push_str(value),
                Some(None) => {
                    has_secret = true;
                    whole.push_str(&format!("{{{{{name}}}}}"));
                }
                None => {
                    let (place, name) = (place.clone(), name.to_owned());
                    has_secret = true;
                    whole.push_str(&format!("{{{{{name}}}}}"));
                    self.faults
                        .push(PolicyFault::UnknownNamedValue { place, name });
                }
            }
            rest = after;
        }
        whole.push_str(rest);
        Text {
            text: whole,
            has_secret,
        }
    }

    fn place(&self, prepared: &Prepared, at: usize) -> PolicyPlace {
        let (line, column) = prepared.place_of(at);
        PolicyPlace {
            scope: self.scope.clone(),
            line,
            column,
        }
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

//! A world file as a tree that remembers where each value stands, so that files can be merged and errors still point.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::sync::Arc;

/// A text that values were read from.
#[derive(Debug)]
pub(super) struct Source {
    /// The file's path, or what the text is where it is built in.
    pub(super) name: String,
    /// All of it.
    pub(super) text: String,
}

/// Where a value stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) source: Arc<Source>,
    /// From 1; 0 for the file as a whole.
    pub(super) line: u64,
    /// From 1, in characters.
    pub(super) column: u64,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// What YAML can say.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a map with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) node: Node,
}

impl Node {
    /// Reads one YAML document; the error is the parser's message and where it stopped.
    pub(super) fn parse(source: &Arc<Source>) -> Result<Node, (String, Place)> {
        let start = Place {
            source: source.clone(),
            line: 1,
            column: 1,
        };
        // Only `true` and `false` are booleans, so that a backend may be called `on` and a country `no`.
        let options = serde_saphyr::options! { strict_booleans: true };
        match serde_saphyr::from_str_with_options::<Spanned<Raw>>(&source.text, options) {
            Ok(raw) => Ok(raw_to_node(raw, source)),
            Err(error) => {
                let place = error.location().map_or(start, |location| Place {
                    source: source.clone(),
                    line: location.line(),
                    column: location.column(),
                });
                Err((first_line(&error.without_snippet().to_string()), place))
            }
        }
    }

    /// The value under `key`, where this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.node),
            _ => None,
        }
    }

    /// The text under `key`, where there is one.
    pub(super) fn text(&self, key: &str) -> Option<(&str, &Place)> {
        let node = self.get(key)?;
        match &node.value {
            Value::Text(text) => Some((text, &node.place)),
            _ => None,
        }
    }

    /// The entries, where this is a map.
    pub(super) fn entries_mut(&mut self) -> &mut [Entry] {
        match &mut self.value {
            Value::Map(entries) => entries,
            _ => &mut [],
        }
    }

    /// Follows `path` as far as it goes and gives the place of the deepest value found.
    pub(super) fn deepest_place(&self, path: &[String]) -> &Place {
        let mut node = self;
        for key in path {
            let next = match &node.value {
                Value::List(items) => key.parse().ok().and_then(|at: usize| items.get(at)),
                _ => node.get(key),
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        &node.place
    }

    /// Lays `over` on top: maps key by key, `null` takes a key away, all else replaces. A `null` that finds nothing to
    /// take away stays, so that the reader can complain about it.
    pub(super) fn merge(self, over: Node) -> Node {
        match (self.value, over.value) {
            (Value::Map(mut entries), Value::Map(changes)) => {
                for change in changes {
                    merge_entry(&mut entries, change);
                }
                Node {
                    value: Value::Map(entries),
                    place: self.place,
                }
            }
            (_, value) => Node {
                value,
                place: over.place,
            },
        }
    }
}

fn merge_entry(entries: &mut Vec<Entry>, change: Entry) {
    let found = entries.iter().position(|entry| entry.key == change.key);
    match (found, &change.node.value) {
        (Some(at), Value::Null) => {
            entries.remove(at);
        }
        (Some(at), _) => {
            let old = entries.remove(at);
            entries.insert(
                at,
                Entry {
                    node: old.node.merge(change.node),
                    ..change
                },
            );
        }
        (None, _) => entries.push(change),
    }
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// A value as the parser hands it over.
enum Raw {
    Scalar(Value),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn raw_to_node(raw: Spanned<Raw>, source: &Arc<Source>) -> Node {
    let value = match raw.value {
        Raw::Scalar(value) => value,
        Raw::List(items) => Value::List(
            items
                .into_iter()
                .map(|item| raw_to_node(item, source))
                .collect(),
        ),
        Raw::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, node)| Entry {
                    key_place: place(key.referenced, source),
                    key: key.value,
                    node: raw_to_node(node, source),
                })
                .collect(),
        ),
    };
    Node {
        value,
        place: place(raw.referenced, source),
    }
}

fn place(location: serde_saphyr::Location, source: &Arc<Source>) -> Place {
    Place {
        source: source.clone(),
        line: location.line(),
        column: location.column(),
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Signed(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Unsigned(value)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Float(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

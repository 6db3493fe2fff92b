//! What names there are, so that a misspelt one is told before anything runs.

use schemars::JsonSchema;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a variable can hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// Anything: nothing is known of its members.
    #[default]
    Any,
    /// A value without members, such as a number or a text.
    Plain,
    /// These members and no others.
    Members(BTreeMap<String, Scope>),
    /// Items that all look alike.
    List(Box<Scope>),
}

impl Scope {
    /// A value with these members.
    pub fn members<'a>(members: impl IntoIterator<Item = (&'a str, Scope)>) -> Self {
        Scope::Members(
            members
                .into_iter()
                .map(|(name, scope)| (name.to_owned(), scope))
                .collect(),
        )
    }

    /// A list of these.
    pub fn list(item: Scope) -> Self {
        Scope::List(Box::new(item))
    }

    /// What a type of ours holds, read from its JSON Schema.
    pub fn of<T: JsonSchema>() -> Self {
        let schema = schemars::schema_for!(T).to_value();
        let definitions = schema
            .get("$defs")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        from_schema(&schema, &definitions)
    }

    /// Adds a member, or replaces it. Anything but members becomes members.
    pub fn insert(&mut self, name: impl Into<String>, scope: Scope) {
        match self {
            Scope::Members(members) => {
                members.insert(name.into(), scope);
            }
            other => *other = Scope::Members(BTreeMap::from([(name.into(), scope)])),
        }
    }

    /// The member of this name, where it is known.
    pub fn member(&self, name: &str) -> Option<&Scope> {
        match self {
            Scope::Members(members) => members.get(name),
            _ => None,
        }
    }

    /// Names of the members, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Scope::Members(members) => members.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Puts `null` where `value` lacks a member of the scope, at every depth, so that a name that the scope knows is
    /// never undefined.
    pub fn complete(&self, value: &mut Value) {
        match (self, value) {
            (Scope::Members(members), Value::Object(object)) => {
                for (name, scope) in members {
                    scope.complete(object.entry(name.clone()).or_insert(Value::Null));
                }
            }
            (Scope::List(item), Value::Array(items)) => {
                items.iter_mut().for_each(|value| item.complete(value));
            }
            _ => {}
        }
    }
}

fn from_schema(schema: &Value, definitions: &Map<String, Value>) -> Scope {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let definition = name
            .rsplit('/')
            .next()
            .and_then(|name| definitions.get(name));
        return definition.map_or(Scope::Any, |definition| {
            from_schema(definition, definitions)
        });
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
        return match choices
            .iter()
            .filter(|choice| !is_null(choice))
            .collect::<Vec<_>>()[..]
        {
            [only] => from_schema(only, definitions),
            _ => Scope::Any,
        };
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        return Scope::members(
            properties
                .iter()
                .map(|(name, part)| (name.as_str(), from_schema(part, definitions))),
        );
    }
    if let Some(items) = schema.get("items") {
        return Scope::list(from_schema(items, definitions));
    }
    const PLAIN: &[&str] = &["string", "number", "integer", "boolean", "null"];
    let is_plain = |kind: &Value| kind.as_str().is_some_and(|kind| PLAIN.contains(&kind));
    match schema.get("type") {
        Some(Value::Array(kinds)) if kinds.iter().all(is_plain) => Scope::Plain,
        Some(kind) if is_plain(kind) => Scope::Plain,
        _ if schema.get("oneOf").is_some() || schema.get("enum").is_some() => Scope::Plain,
        _ => Scope::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PictureFacts, Target};
    use serde_json::json;

    #[test]
    fn a_scope_is_read_from_a_type() {
        let picture = Scope::of::<PictureFacts>();
        assert_eq!(picture.member("width"), Some(&Scope::Plain));
        assert_eq!(picture.member("container"), Some(&Scope::Plain));
        assert_eq!(
            picture.member("provenance").map(Scope::names),
            Some(vec!["agent", "generator", "manifest_bytes", "when"])
        );
        let target = Scope::of::<Target>();
        assert_eq!(target.member("deployment"), Some(&Scope::Plain));
        let gateway = target.member("gateway").unwrap();
        assert_eq!(
            gateway.member("key_names").map(Scope::names),
            Some(vec!["header", "query"])
        );
        assert!(matches!(target.member("peers"), Some(Scope::List(_))));
    }

    #[test]
    fn what_is_absent_becomes_null_at_every_depth() {
        let mut value = json!({"peers": [{"deployment": "d"}], "gateway": null});
        Scope::of::<Target>().complete(&mut value);
        assert_eq!(value["vision"], Value::Null);
        assert_eq!(value["peers"][0]["family"], Value::Null);
        assert_eq!(value["gateway"], Value::Null);
        assert_eq!(value["deployment"], Value::Null);
    }
}

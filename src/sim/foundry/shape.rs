//! A value of the form that a JSON Schema asks for: what a model says where its answer must have a form.

use serde_json::{Map, Value};

/// How deep a schema is followed; one that refers to itself ends there.
const DEEPEST: usize = 12;

/// A value that fits `schema`, with `text` wherever a text is free.
pub(super) fn fill(schema: &Value, text: &str) -> Value {
    Filler { root: schema, text }.value(schema, 0)
}

struct Filler<'a> {
    root: &'a Value,
    text: &'a str,
}

impl Filler<'_> {
    fn value(&self, schema: &Value, depth: usize) -> Value {
        if depth == DEEPEST {
            return Value::Null;
        }
        if let Some(path) = schema["$ref"].as_str() {
            let target = self.root.pointer(path.trim_start_matches('#'));
            return target.map_or(Value::Null, |target| self.value(target, depth + 1));
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| all.first()) {
                return self.value(first, depth + 1);
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            return self.joined(all, depth);
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => {
                let count = schema["minItems"].as_u64().unwrap_or(1).clamp(1, 16);
                (0..count)
                    .map(|_| self.value(&schema["items"], depth + 1))
                    .collect()
            }
            "boolean" => Value::Bool(true),
            "integer" => Value::from(bounded(schema) as i64),
            "number" => Value::from(bounded(schema)),
            "null" => Value::Null,
            _ => Value::from(self.cut(schema)),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let properties = schema["properties"].as_object();
        Value::Object(
            properties
                .into_iter()
                .flatten()
                .map(|(name, inner)| (name.clone(), self.value(inner, depth + 1)))
                .collect(),
        )
    }

    fn joined(&self, all: &[Value], depth: usize) -> Value {
        let mut members = Map::new();
        for part in all {
            match self.value(part, depth + 1) {
                Value::Object(own) => members.extend(own),
                other => return other,
            }
        }
        Value::Object(members)
    }

    fn cut(&self, schema: &Value) -> String {
        let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.text.chars().take(most).collect()
    }
}

/// The first of the types that is not null; told by what else there is where none is named.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

/// One, or the nearest number that the bounds leave.
fn bounded(schema: &Value) -> f64 {
    let bound = |name: &str| schema[name].as_f64();
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|it| it + 1.0));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|it| it - 1.0));
    1f64.max(least.unwrap_or(f64::MIN))
        .min(most.unwrap_or(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_has_the_form_that_the_schema_asks_for() {
        let schema = json!({
            "type": "object",
            "properties": {
                "says": {"type": "string"},
                "kind": {"enum": ["a", "b"]},
                "score": {"type": ["null", "integer"], "minimum": 3},
                "share": {"type": "number", "maximum": 0.5},
                "is": {"type": "boolean"},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}, "minItems": 2},
                "maybe": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            },
            "$defs": {"part": {"type": "object", "properties": {"n": {"const": 7}}}},
        });
        assert_eq!(
            fill(&schema, "text"),
            json!({
                "says": "text", "kind": "a", "score": 3, "share": 0.5, "is": true,
                "parts": [{"n": 7}, {"n": 7}], "maybe": null,
            })
        );
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(fill(&schema, "").is_object());
    }
}

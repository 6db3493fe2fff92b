//! The JSON Schema of a world file, for editors.

use super::World;
use serde_json::{Value, json};

/// The schema of a world file. Under a name, `null` takes away what the extended world has there.
pub fn world_schema() -> Value {
    let mut schema = schemars::schema_for!(World).to_value();
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    for definition in definitions.into_iter().flat_map(|all| all.values_mut()) {
        allow_removal(definition);
    }
    allow_removal(&mut schema);
    schema
}

/// Lets each map of `definition` hold `null` where it holds anything.
fn allow_removal(definition: &mut Value) {
    let properties = definition
        .get_mut("properties")
        .and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|all| all.values_mut()) {
        if let Some(inner) = property
            .get_mut("additionalProperties")
            .filter(|it| it.is_object())
        {
            *inner = json!({"anyOf": [inner.take(), {"type": "null"}]});
        }
    }
}

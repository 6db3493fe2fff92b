//! The values that expressions see.

use super::ExprError;
use minijinja::Value;
use minijinja::value::ValueKind;
use serde::Serialize;
use serde_json::{Map, Number, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Variables by name. Cheap to clone; built once and evaluated with often.
#[derive(Debug, Clone, Default)]
pub struct Context {
    variables: Arc<BTreeMap<String, Value>>,
}

impl Context {
    /// Takes the members of a JSON object as variables; anything else gives none.
    pub fn new(variables: &Json) -> Self {
        let members = variables.as_object().into_iter().flatten();
        let variables = members
            .map(|(name, value)| (name.clone(), from_json(value)))
            .collect();
        Context {
            variables: Arc::new(variables),
        }
    }

    /// Takes the fields of a value as variables.
    ///
    /// # Errors
    /// [`ExprError::Context`] where the value cannot be written as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, ExprError> {
        let json =
            serde_json::to_value(value).map_err(|error| ExprError::Context(error.to_string()))?;
        Ok(Context::new(&json))
    }

    /// Sets a variable, over one of the same name.
    pub fn set(&mut self, name: impl Into<String>, value: &Json) {
        Arc::make_mut(&mut self.variables).insert(name.into(), from_json(value));
    }

    /// This context with one more variable.
    #[must_use]
    pub fn with(&self, name: impl Into<String>, value: &Json) -> Self {
        let mut context = self.clone();
        context.set(name, value);
        context
    }

    pub(super) fn root(&self) -> Value {
        Value::from_dyn_object(Arc::clone(&self.variables))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }
}

/// A JSON value as the engine sees it.
fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => from_number(number),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(from_json).collect::<Vec<_>>()),
        Json::Object(members) => Value::from_pairs(
            members
                .iter()
                .map(|(name, value)| (name.as_str(), from_json(value))),
        ),
    }
}

fn from_number(number: &Number) -> Value {
    match (number.as_i64(), number.as_u64()) {
        (Some(value), _) => Value::from(value),
        (None, Some(value)) => Value::from(value),
        (None, None) => Value::from(number.as_f64().unwrap_or_default()),
    }
}

/// A value of the engine as JSON. What JSON has no word for becomes `null` or its text.
pub(super) fn to_json(value: &Value) -> Json {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None | ValueKind::Invalid => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => to_number(value),
        ValueKind::Seq | ValueKind::Iterable => Json::Array(
            value
                .try_iter()
                .into_iter()
                .flatten()
                .map(|item| to_json(&item))
                .collect(),
        ),
        ValueKind::Map => {
            let names = value.try_iter().into_iter().flatten();
            let members = names.map(|name| {
                let member = value.get_item(&name).unwrap_or_default();
                (name.to_string(), to_json(&member))
            });
            Json::Object(members.collect::<Map<_, _>>())
        }
        _ => Json::String(
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        ),
    }
}

fn to_number(value: &Value) -> Json {
    if value.is_integer() {
        if let Some(number) = value.as_i64() {
            return Json::from(number);
        }
        if let Ok(number) = u64::try_from(value.clone()) {
            return Json::from(number);
        }
    }
    f64::try_from(value.clone()).map_or(Json::Null, Json::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_goes_in_and_comes_back_as_it_was() {
        let value = json!({"b": [1, -2, 1.5, 18446744073709551615u64], "a": {"x-y": null, "t": true, "s": "ü"}, "e": {}, "l": []});
        assert_eq!(to_json(&from_json(&value)), value);
        let text = serde_json::to_string(&to_json(&from_json(&value))).unwrap();
        assert!(
            text.starts_with(r#"{"b":"#),
            "the order of members is kept: {text}"
        );
    }

    #[test]
    fn a_set_variable_hides_the_old_one_and_leaves_clones_alone() {
        let one = Context::new(&json!({"x": 1}));
        let two = one.with("x", &json!(2));
        assert_eq!(one.get("x").map(to_json), Some(json!(1)));
        assert_eq!(two.get("x").map(to_json), Some(json!(2)));
    }
}

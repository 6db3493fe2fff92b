//! Expressions and templates of the knowledge tables, compiled once. The one place here that knows MiniJinja.

use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;
use serde_json::Value as Json;

/// An expression or template that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{place}: `{source_text}` does not compile: {why}; write a MiniJinja expression over the facts of an exchange"
)]
pub struct ConditionError {
    /// Cause and part of it.
    place: String,
    /// The expression or template.
    source_text: String,
    /// What MiniJinja said.
    why: String,
}

/// Compiled expressions and templates by number.
pub(crate) struct Conditions {
    environment: Environment<'static>,
    count: usize,
}

/// A compiled expression or template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle(usize);

/// Facts in the form that expressions read.
pub(crate) struct Scope(Value);

impl Scope {
    /// Turns facts into the form that expressions read; what cannot be written as JSON has no facts.
    pub(crate) fn of<T: Serialize>(facts: &T) -> Scope {
        Scope(
            serde_json::to_value(facts).map_or_else(|_| Value::from(()), |facts| value_of(&facts)),
        )
    }
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::from(value),
            None => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(value_of).collect::<Vec<_>>()),
        Json::Object(members) => Value::from_pairs(
            members
                .iter()
                .map(|(name, value)| (name.as_str(), value_of(value))),
        ),
    }
}

impl Conditions {
    /// Starts with none.
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        Conditions {
            environment,
            count: 0,
        }
    }

    /// Compiles an expression; `place` is only named in errors.
    pub(crate) fn add_expression(
        &mut self,
        place: &str,
        text: &str,
    ) -> Result<Handle, ConditionError> {
        self.add(place, text, format!("{{% if {text} %}}1{{% endif %}}"))
    }

    /// Compiles a template; `place` is only named in errors.
    pub(crate) fn add_template(
        &mut self,
        place: &str,
        text: &str,
    ) -> Result<Handle, ConditionError> {
        self.add(place, text, text.trim().to_owned())
    }

    fn add(&mut self, place: &str, text: &str, template: String) -> Result<Handle, ConditionError> {
        let handle = Handle(self.count);
        self.environment
            .add_template_owned(self.count.to_string(), template)
            .map_err(|error| ConditionError {
                place: place.to_owned(),
                source_text: text.to_owned(),
                why: error.to_string(),
            })?;
        self.count += 1;
        Ok(handle)
    }

    /// Whether an expression holds. One that asks for what is not there does not.
    pub(crate) fn holds(&self, handle: Handle, scope: &Scope) -> bool {
        self.render(handle, scope) == "1"
    }

    /// A template with its values filled in; what cannot be filled in leaves it empty.
    pub(crate) fn render(&self, handle: Handle, scope: &Scope) -> String {
        self.environment
            .get_template(&handle.0.to_string())
            .and_then(|template| template.render(scope.0.clone()))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_missing_value_is_no_match_and_no_error() {
        let mut conditions = Conditions::new();
        let deep = conditions.add_expression("t", "a.b.c == 1").unwrap();
        let inside = conditions
            .add_expression("t", "'x' in nothing.here")
            .unwrap();
        let there = conditions
            .add_expression("t", "'x' in word and status == 404")
            .unwrap();
        let scope = Scope::of(&json!({"word": "axb", "status": 404}));
        assert!(!conditions.holds(deep, &scope));
        assert!(!conditions.holds(inside, &scope));
        assert!(conditions.holds(there, &scope));
    }

    #[test]
    fn a_broken_expression_names_its_place() {
        let error = Conditions::new()
            .add_expression("apim_key_missing", "a ==")
            .unwrap_err();
        assert!(error.to_string().starts_with("apim_key_missing: `a ==`"));
    }
}

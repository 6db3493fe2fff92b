//! Expressions and templates of the knowledge tables, compiled once over the one expression language.

use crate::expr::{Compiled, Context, Engine, ExprError};
use serde::Serialize;

/// An expression or template that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}; write MiniJinja over the facts of an exchange")]
pub struct ConditionError {
    /// Cause and part of it.
    place: String,
    /// What the expression language says, with the text and the place in it.
    why: String,
}

/// Compiled expressions and templates by number.
pub(crate) struct Conditions {
    engine: Engine,
    expressions: Vec<Compiled>,
    templates: Vec<String>,
}

/// A compiled expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expression(usize);

/// A checked template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Template(usize);

/// Facts in the form that expressions read.
pub(crate) struct Scope(Context);

impl Scope {
    /// Turns facts into the form that expressions read; what cannot be written as JSON has no facts.
    pub(crate) fn of<T: Serialize>(facts: &T) -> Scope {
        Scope(Context::of(facts).unwrap_or_default())
    }
}

impl Conditions {
    /// Starts with none.
    pub(crate) fn new() -> Self {
        Conditions {
            engine: Engine::lenient(),
            expressions: Vec::new(),
            templates: Vec::new(),
        }
    }

    /// Compiles an expression; `place` is only named in errors.
    pub(crate) fn add_expression(
        &mut self,
        place: &str,
        text: &str,
    ) -> Result<Expression, ConditionError> {
        let compiled = self
            .engine
            .compile(text)
            .map_err(|error| wrong(place, &error))?;
        self.expressions.push(compiled);
        Ok(Expression(self.expressions.len() - 1))
    }

    /// Checks a template; `place` is only named in errors.
    pub(crate) fn add_template(
        &mut self,
        place: &str,
        text: &str,
    ) -> Result<Template, ConditionError> {
        self.engine
            .check_template(text)
            .map_err(|error| wrong(place, &error))?;
        self.templates.push(text.trim().to_owned());
        Ok(Template(self.templates.len() - 1))
    }

    /// Whether an expression holds. One that asks for what is not there does not.
    pub(crate) fn holds(&self, expression: Expression, scope: &Scope) -> bool {
        let compiled = self.expressions.get(expression.0);
        compiled.is_some_and(|compiled| compiled.is_true(&scope.0).unwrap_or(false))
    }

    /// A template with its values filled in; what cannot be filled in leaves it empty.
    pub(crate) fn render(&self, template: Template, scope: &Scope) -> String {
        self.templates
            .get(template.0)
            .and_then(|text| self.engine.render(text, &scope.0).ok())
            .unwrap_or_default()
    }
}

fn wrong(place: &str, error: &ExprError) -> ConditionError {
    ConditionError {
        place: place.to_owned(),
        why: error.to_string(),
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
        assert!(
            error.to_string().starts_with("apim_key_missing: "),
            "{error}"
        );
    }
}

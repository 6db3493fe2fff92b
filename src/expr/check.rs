//! Checks with what was seen, and expressions that are evaluated often.

use super::context::Context;
use super::engine::Engine;
use super::error::ExprError;
use super::scan::{self, Reference, Step};
use crate::model::Shown;
use minijinja::{Environment, Value};

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOutcome {
    /// Whether the expression held.
    pub passed: bool,
    /// The variables it names, with their values, cut where they are long.
    pub actual: Vec<Shown>,
    /// Why it could not be evaluated.
    pub error: Option<String>,
}

/// An expression compiled once, to be evaluated often.
#[derive(Debug, Clone)]
pub struct Compiled {
    engine: Engine,
    condition: Environment<'static>,
    expression: String,
}

impl Compiled {
    pub(super) fn new(engine: &Engine, expression: &str) -> Result<Self, ExprError> {
        engine.check_syntax(expression)?;
        // MiniJinja's own compiled expression borrows its environment; a template of one condition can be kept.
        let mut condition = engine.environment().clone();
        condition.set_debug(false);
        let template = format!("{{% if {expression} %}}{HELD}{{% endif %}}");
        condition
            .add_template_owned(CONDITION, template)
            .map_err(|error| ExprError::Evaluation {
                expression: expression.to_owned(),
                what: error.to_string(),
            })?;
        Ok(Compiled {
            engine: engine.clone(),
            condition,
            expression: expression.to_owned(),
        })
    }

    /// The expression as it is written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether it holds; as [`Engine::is_true`].
    ///
    /// # Errors
    /// As [`Engine::is_true`].
    pub fn is_true(&self, context: &Context) -> Result<bool, ExprError> {
        let rendered = self
            .condition
            .get_template(CONDITION)
            .and_then(|template| template.render(context.root()));
        match rendered {
            Ok(text) => Ok(text == HELD),
            Err(_) if !self.engine.is_strict() => Ok(false),
            // The slow way says what is wrong with places in the expression itself.
            Err(_) => self.engine.is_true(&self.expression, context),
        }
    }

    /// Its value; as [`Engine::eval`].
    ///
    /// # Errors
    /// As [`Engine::eval`].
    pub fn eval(&self, context: &Context) -> Result<serde_json::Value, ExprError> {
        self.engine.eval(&self.expression, context)
    }
}

const CONDITION: &str = "condition";
const HELD: &str = "1";
const LONGEST_VALUE: usize = 120;

pub(super) fn check(engine: &Engine, that: &str, context: &Context) -> CheckOutcome {
    let (passed, error) = match engine.is_true(that, context) {
        Ok(passed) => (passed, None),
        Err(error) => (false, Some(error.to_string())),
    };
    CheckOutcome {
        passed,
        actual: actual(engine, that, context),
        error,
    }
}

fn actual(engine: &Engine, that: &str, context: &Context) -> Vec<Shown> {
    let names = scan::scan_expression(that).references;
    let value_of = |text: &str| {
        names
            .iter()
            .find(|name| name.text == text)
            .map(|name| look_up(name, context))
    };
    let shown = engine.variables(that).into_iter().map(|name| {
        let value = value_of(&name).flatten();
        Shown {
            value: value.map_or_else(|| "undefined".into(), |value| show(&value)),
            name,
        }
    });
    shown.collect()
}

fn look_up(name: &Reference, context: &Context) -> Option<Value> {
    let root = context.get(&name.root)?.clone();
    let value = name.path.iter().try_fold(root, |value, step| {
        let key = match step {
            Step::Member(member, _) => Value::from(member.as_str()),
            Step::Index(index) => Value::from(*index),
        };
        value.get_item(&key).ok()
    })?;
    (!value.is_undefined()).then_some(value)
}

/// A value for people: texts in quotes, so that an empty one can be seen; long ones cut.
fn show(value: &Value) -> String {
    let text = match value.as_str() {
        _ if value.is_none() => "none".into(),
        Some(text) => format!("\"{}\"", text.escape_debug()),
        None => super::context::to_json(value).to_string(),
    };
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn context() -> Context {
        Context::new(&json!({
            "status": 404, "hop": "gateway", "headers": {"x-ms-region": "UK South"}, "pictures": [], "cause": null,
            "picture": {"width": 1024}, "body": "x".repeat(200),
        }))
    }

    fn outcome(that: &str) -> (bool, Vec<String>, Option<String>) {
        let outcome = Engine::strict().check(that, &context());
        let shown = outcome
            .actual
            .into_iter()
            .map(|shown| format!("{} = {}", shown.name, shown.value));
        (outcome.passed, shown.collect(), outcome.error)
    }

    #[test]
    fn a_check_shows_the_values_it_was_decided_by() {
        assert_eq!(
            outcome("status == 200 and hop == 'backend' and status < 300"),
            (
                false,
                vec!["status = 404".into(), "hop = \"gateway\"".into()],
                None
            )
        );
        assert_eq!(
            outcome(
                "headers['x-ms-region'] == 'UK South' and picture.width == 1024 and cause is none"
            ),
            (
                true,
                vec![
                    "headers['x-ms-region'] = \"UK South\"".into(),
                    "picture.width = 1024".into(),
                    "cause = none".into()
                ],
                None
            )
        );
    }

    #[test]
    fn a_long_value_is_cut() {
        let (_, shown, _) = outcome("body == ''");
        assert_eq!(
            shown[0].chars().count(),
            "body = ".len() + LONGEST_VALUE + 1
        );
        assert!(shown[0].ends_with("xx…"));
    }

    #[test]
    fn what_is_not_there_fails_the_check_and_says_so() {
        let (passed, shown, error) = outcome("pictures[0].width == 1024");
        assert!(!passed);
        assert_eq!(shown, ["pictures[0].width = undefined"]);
        assert!(
            error.is_some_and(|error| error.contains("pictures[0]")),
            "names what is missing"
        );
        let (passed, shown, error) = outcome("headers['x-none'] != 'x'");
        assert!(
            !passed && error.is_some(),
            "absence never makes a check pass"
        );
        assert_eq!(shown, ["headers['x-none'] = undefined"]);
    }

    #[test]
    fn a_compiled_expression_agrees_with_a_fresh_one() {
        for engine in [Engine::strict(), Engine::lenient()] {
            for that in [
                "status == 404",
                "status == 200",
                "json.error.code == 'x'",
                "not json.error",
                "status.x.y",
                "1/0 > 1",
            ] {
                let compiled = engine.compile(that).unwrap();
                assert_eq!(
                    compiled.is_true(&context()),
                    engine.is_true(that, &context()),
                    "{that}"
                );
            }
        }
    }

    #[test]
    fn a_lenient_engine_takes_what_is_missing_for_no_match() {
        let engine = Engine::lenient();
        for that in [
            "json.error.code == 'x'",
            "'x' in json.error",
            "json.n > 3",
            "(json.list | length) > 1",
        ] {
            assert_eq!(engine.is_true(that, &context()), Ok(false), "{that}");
        }
        assert_eq!(engine.is_true("not json.error", &context()), Ok(true));
        assert!(
            engine.is_true("status ==", &context()).is_err(),
            "a broken expression stays an error"
        );
    }
}

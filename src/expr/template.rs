//! Templates inside JSON values.

use super::context::{Context, to_json};
use super::engine::Engine;
use super::error::ExprError;
use serde_json::Value as Json;

pub(super) fn render_value(
    engine: &Engine,
    value: &Json,
    context: &Context,
) -> Result<Json, ExprError> {
    Ok(match value {
        Json::String(text) => match only_expression(engine, text) {
            Some(expression) => filled(engine, expression, context)?,
            None => Json::String(engine.render(text, context)?),
        },
        Json::Array(items) => Json::Array(
            items
                .iter()
                .map(|item| render_value(engine, item, context))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(members) => {
            let filled = members
                .iter()
                .map(|(name, member)| Ok((name.clone(), render_value(engine, member, context)?)));
            Json::Object(filled.collect::<Result<_, ExprError>>()?)
        }
        other => other.clone(),
    })
}

/// The expression of a text that is one `{{ expression }}` and nothing else.
fn only_expression<'a>(engine: &Engine, text: &'a str) -> Option<&'a str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    engine.environment().compile_expression(inner).ok()?;
    Some(inner)
}

fn filled(engine: &Engine, expression: &str, context: &Context) -> Result<Json, ExprError> {
    let value = engine.value(expression, context)?;
    if engine.is_strict() && value.is_undefined() {
        return Err(ExprError::Missing {
            expression: expression.trim().to_owned(),
            what: "undefined value".into(),
        });
    }
    Ok(to_json(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_expression_keeps_its_type_and_text_around_it_does_not() {
        let context = Context::new(&json!({"n": 2, "body": {"prompt": "p"}, "name": "d"}));
        let value = json!({"n": "{{ n }}", "text": "{{ n }} of {{ n }}", "whole": " {{ body }} ", "list": ["{{ name }}", 1],
            "map": "{{ {'a': {'b': n}} }}", "plain": "no template", "none": null});
        let filled = Engine::strict().render_value(&value, &context).unwrap();
        assert_eq!(
            filled,
            json!({"n": 2, "text": "2 of 2", "whole": {"prompt": "p"}, "list": ["d", 1],
                "map": {"a": {"b": 2}}, "plain": "no template", "none": null})
        );
    }

    #[test]
    fn a_missing_value_is_an_error_in_both_forms() {
        for text in ["{{ nothing }}", "a {{ nothing }}", "{{ nothing.inside }}"] {
            let rendered = Engine::strict().render_value(&json!(text), &Context::default());
            assert!(
                matches!(rendered, Err(ExprError::Missing { .. })),
                "{text}: {rendered:?}"
            );
        }
    }

    #[test]
    fn text_is_neither_escaped_nor_trimmed() {
        let context = Context::new(&json!({"x": "<a & 'b'>"}));
        assert_eq!(
            Engine::strict().render("{{ x }}\n", &context),
            Ok("<a & 'b'>\n".into())
        );
    }
}

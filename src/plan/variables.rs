//! The variables of a case that hold before anything is called.

use crate::expr::{Context, Engine, ExprError};
use crate::knowledge::{Family, by_id};
use crate::model::Target;
use crate::scenario::{Scenario, Step, family_scope, target_value};
use serde_json::{Value, json};

/// What every template and check of a case sees: `target`, `family`, and the scenario's own variables, each of which
/// may be a template over those before it.
///
/// # Errors
/// The name of the variable that cannot be rendered, and why.
pub fn variables_of(
    engine: &Engine,
    scenario: &Scenario,
    target: &Target,
) -> Result<Context, (String, ExprError)> {
    let mut family = target
        .family
        .as_ref()
        .and_then(by_id)
        .map_or_else(|| json!({}), family_value);
    family_scope().complete(&mut family);
    let mut context = Context::new(&json!({ "target": target_value(target), "family": family }));
    for (name, value) in &scenario.vars {
        let value = engine
            .render_value(value, &context)
            .map_err(|error| (name.clone(), error))?;
        context.set(name, &value);
    }
    Ok(context)
}

/// `context` with the variables of the includes that `step` came through.
///
/// # Errors
/// The name of the variable that cannot be rendered, and why.
pub fn with_variables(
    engine: &Engine,
    step: &Step,
    mut context: Context,
) -> Result<Context, (String, ExprError)> {
    for (name, value) in &step.vars {
        let value = engine
            .render_value(value, &context)
            .map_err(|error| (name.clone(), error))?;
        context.set(name, &value);
    }
    Ok(context)
}

/// Members of `family`, as the scenario language names them.
fn family_value(family: &Family) -> Value {
    json!({
        "id": family.id,
        "model": family.model,
        "container": family.container,
        "default_size": family.default_size.to_string(),
        "test_size": family.test_size.to_string(),
        "sizes": family.aspects.iter().map(|aspect| aspect.size().to_string()).collect::<Vec<_>>(),
        "is_size_exact": family.is_size_exact,
        "aspect_tolerance": family.aspect_tolerance,
        "supports_edit": family.can_edit(),
        "supports_deployment_route": family.has_generations,
        "price_usd": family.price.usd(1, family.default_size, 0.0),
        "is_priced_by_size": family.price.is_by_size(),
        "latency_s": family.latency.budget_s,
        "provenance_agent": family.provenance_agent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::families;

    #[test]
    fn a_family_fills_every_name_that_scenarios_may_use_and_no_other() {
        let filled = family_value(&families()[0]);
        let mut names: Vec<&str> = filled
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, family_scope().names());
    }

    #[test]
    fn a_variable_may_use_those_before_it() {
        let vars = json!({"a": "{{ target.deployment }}!", "b": "{{ a }}?"});
        let scenario = Scenario {
            vars: vars.as_object().unwrap().clone(),
            ..Scenario::default()
        };
        let target = Target {
            deployment: "d".into(),
            ..Target::default()
        };
        let engine = Engine::strict();
        let context = variables_of(&engine, &scenario, &target).unwrap();
        assert_eq!(engine.render("{{ b }}", &context).unwrap(), "d!?");
    }
}

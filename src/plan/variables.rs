//! The variables of a case that hold before anything is called.

use crate::knowledge::{Family, by_id};
use crate::model::Target;
use crate::scenario::Scenario;
use serde_json::{Map, Value, json};

/// Variables that stay the same for a whole case: `target`, `family`, `host`, and the scenario's own.
pub fn variables_of(scenario: &Scenario, target: &Target) -> Map<String, Value> {
    let mut variables = Map::new();
    variables.insert("target".into(), target_value(target));
    variables.insert(
        "family".into(),
        target
            .family
            .as_ref()
            .and_then(by_id)
            .map_or(Value::Null, family_value),
    );
    for (name, value) in &scenario.vars {
        variables.insert(name.clone(), value.clone());
    }
    variables
}

fn target_value(target: &Target) -> Value {
    let mut value = serde_json::to_value(target).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        members.insert("rpm".into(), json!(target.requests_per_minute()));
        members.insert("route".into(), json!(target.route_name()));
        // An absent part of a target is none, never a misspelt name.
        for name in ["gateway", "direct", "vision", "family"] {
            members.entry(name).or_insert(Value::Null);
        }
    }
    value
}

fn family_value(family: &Family) -> Value {
    json!({
        "id": family.id,
        "model": family.model,
        "container": family.container,
        "is_size_exact": family.is_size_exact,
        "aspect_tolerance": family.aspect_tolerance,
        "sizes": family.aspects.iter().map(|aspect| aspect.size().to_string()).collect::<Vec<_>>(),
        "test_size": family.test_size.to_string(),
        "default_size": family.default_size.to_string(),
        "supports_generate": true,
        "supports_edit": family.has_edits,
        "supports_deployment_route": family.has_generations,
        "price_usd": family.price_usd,
        "latency_s": family.latency.budget_s,
        "typical_s": family.latency.typical_s,
        "agent": family.provenance_agent,
    })
}

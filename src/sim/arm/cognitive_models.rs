//! Models on offer and capacity in use, from what a world has deployed (azure.md 1.5).

use crate::sim::world::{Account, Deployment, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Capacity units that a subscription may use of one model in one region.
const QUOTA: f64 = 1000.0;

/// The models deployed on the accounts that `is_meant` picks, each once, as ListAccountModels writes them.
pub(super) fn offered(world: &World, is_meant: impl Fn(&Account) -> bool) -> Vec<Value> {
    let mut models: BTreeMap<(&str, &str), &Deployment> = BTreeMap::new();
    for account in world.accounts.values().filter(|account| is_meant(account)) {
        for deployment in account.deployments.values() {
            models
                .entry((&deployment.model, &deployment.version))
                .or_insert(deployment);
        }
    }
    models.into_values().map(model).collect()
}

/// Capacity that the accounts picked by `is_meant` use, by usage name.
pub(super) fn usages(world: &World, is_meant: impl Fn(&Account) -> bool) -> Vec<Value> {
    let mut used: BTreeMap<String, f64> = BTreeMap::new();
    for account in world.accounts.values().filter(|account| is_meant(account)) {
        for deployment in account.deployments.values() {
            *used.entry(usage_name(deployment)).or_default() += f64::from(deployment.capacity);
        }
    }
    used.into_iter()
        .map(|(name, current)| {
            json!({
                "currentValue": current,
                "limit": QUOTA.max(current),
                "name": {"value": name, "localizedValue": name},
                "unit": "Count",
            })
        })
        .collect()
}

fn usage_name(deployment: &Deployment) -> String {
    let family = if deployment.format == "OpenAI" {
        "OpenAI"
    } else {
        "AIServices"
    };
    format!("{family}.{}.{}", deployment.sku, deployment.model)
}

fn model(deployment: &Deployment) -> Value {
    let mut deprecation = json!({});
    if let Some(retires) = &deployment.retires {
        deprecation["inference"] = json!(retires);
    }
    let capability = match deployment.model.as_str() {
        name if name.starts_with("text-embedding") => "embeddings",
        name if name.starts_with("dall-e") => "imageGenerations",
        _ if deployment.format == "OpenAI" => "chatCompletion",
        _ => "inference",
    };
    json!({
        "format": deployment.format,
        "name": deployment.model,
        "version": deployment.version,
        "isDefaultVersion": true,
        "maxCapacity": 3,
        "capabilities": {capability: "true", "inference": "true"},
        "deprecation": deprecation,
        "lifecycleStatus": deployment.lifecycle,
        "skus": [{
            "name": deployment.sku,
            "usageName": usage_name(deployment),
            "capacity": {"default": 1, "maximum": QUOTA, "minimum": 1, "step": 1},
        }],
        "systemData": {},
    })
}

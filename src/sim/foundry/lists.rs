//! Lists: models and deployments of an account, deployments of a project.

use super::answer::Answer;
use super::models::{Model, is_flux};
use super::refusals;
use crate::sim::world::{Account, Deployment};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Unix seconds that every listed thing was made at.
const CREATED: u64 = 1_751_328_000;

/// `/openai/models`: the base models that are deployed.
pub(super) fn models(account: &Account) -> Answer {
    let mut seen = BTreeSet::new();
    let data: Vec<Value> = account
        .deployments
        .values()
        .filter(|deployment| seen.insert((deployment.model.clone(), deployment.version.clone())))
        .map(|deployment| {
            let model = Model::of(deployment);
            let id = match is_flux(deployment) {
                true => deployment.model.clone(),
                false => format!("{}-{}", deployment.model, deployment.version),
            };
            json!({
                "status": "succeeded",
                "capabilities": {
                    "fine_tune": false,
                    "inference": true,
                    "completion": false,
                    "chat_completion": matches!(model, Model::Chat(_)),
                    "embeddings": matches!(model, Model::Embeddings(_)),
                },
                "lifecycle_status": "generally-available",
                "id": id,
                "created_at": CREATED,
                "object": "model",
            })
        })
        .collect();
    list(data)
}

/// `/openai/deployments`, as old api-versions had it.
pub(super) fn deployments(account: &Account) -> Answer {
    let data = (account.deployments.iter())
        .map(|(name, deployment)| {
            json!({
                "scale_settings": {"scale_type": "standard"},
                "model": deployment.model,
                "owner": "organization-owner",
                "id": name,
                "status": deployment.provisioning_state.to_ascii_lowercase(),
                "created_at": CREATED,
                "updated_at": CREATED,
                "object": "deployment",
            })
        })
        .collect();
    list(data)
}

/// `/api/projects/{project}/deployments`, filtered as the query asks.
pub(super) fn project_deployments(
    account: &Account,
    project: &str,
    filter: impl Fn(&str) -> Option<String>,
) -> Result<Answer, Answer> {
    let is_there = account
        .projects
        .keys()
        .any(|name| name.eq_ignore_ascii_case(project));
    if !is_there {
        return Err(refusals::not_found());
    }
    let passes = |name: &str, value: &str| filter(name).is_none_or(|asked| asked == value);
    let value: Vec<Value> = (account.deployments.iter())
        .filter(|(_, deployment)| {
            passes("modelPublisher", &deployment.format)
                && passes("modelName", &deployment.model)
                && passes("deploymentType", "ModelDeployment")
        })
        .map(|(name, deployment)| project_deployment(name, deployment))
        .collect();
    Ok(Answer::new(
        200,
        json!({"value": value, "nextLink": null}).to_string(),
    ))
}

/// `/models/info` of the model inference API: the one model that answers where no other is named.
pub(super) fn model_info(account: &Account) -> Result<Answer, Answer> {
    let mut talking = account
        .deployments
        .values()
        .filter(|deployment| matches!(Model::of(deployment), Model::Chat(_)));
    let deployment = talking.next().ok_or_else(refusals::not_found)?;
    let info = json!({
        "model_name": deployment.model,
        "model_type": "chat-completion",
        "model_provider_name": deployment.format,
    });
    Ok(Answer::new(200, info.to_string()))
}

fn project_deployment(name: &str, deployment: &Deployment) -> Value {
    let capabilities = match Model::of(deployment) {
        Model::Chat(_) => json!({"chat_completion": "true"}),
        Model::Embeddings(_) => json!({"embeddings": "true"}),
        Model::Image(_) => json!({}),
    };
    json!({
        "type": "ModelDeployment",
        "name": name,
        "modelName": deployment.model,
        "modelVersion": deployment.version,
        "modelPublisher": deployment.format,
        "capabilities": capabilities,
        "sku": {"capacity": deployment.capacity, "family": "", "name": deployment.sku, "size": "", "tier": ""},
    })
}

fn list(data: Vec<Value>) -> Answer {
    Answer::new(200, json!({"data": data, "object": "list"}).to_string())
}

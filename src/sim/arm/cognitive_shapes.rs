//! Cognitive Services resources as ARM writes them (azure.md 1.3, 1.4, 1.6).

use crate::sim::draw;
use crate::sim::world::{Account, Deployment, KeyAuth, Project, World};
use serde_json::{Map, Value, json};

/// When everything was made, as `systemData` has it.
const CREATED: &str = "2025-10-20T09:14:26.3421156Z";

/// Regions whose models report the American data zone; all others report the European one.
const AMERICAN: &[&str] = &["eastus", "eastus2", "westus", "westus3", "northcentralus"];

/// An account.
pub(super) fn account(world: &World, name: &str, account: &Account) -> Value {
    let id = world.account_id(name).unwrap_or_default();
    let is_foundry = account.kind == "AIServices";
    let mut properties = json!({
        "endpoint": world.account_endpoint(name),
        "provisioningState": account.provisioning_state,
        "internalId": draw::guid(world.seed, &format!("internal {name}")).replace('-', ""),
        "dateCreated": CREATED,
        "callRateLimit": {"rules": []},
        "isMigrated": false,
        "publicNetworkAccess": if account.network.public_disabled { "Disabled" } else { "Enabled" },
        "disableLocalAuth": account.key_auth == KeyAuth::Disabled,
        "networkAcls": network_acls(account),
        "privateEndpointConnections": private_endpoints(&id, account),
        "capabilities": [
            {"name": "VirtualNetworks"},
            {"name": "CustomerManagedKey"},
            {"name": "TrustedServices", "value": "Microsoft.CognitiveServices,Microsoft.MachineLearningServices"},
        ],
    });
    if let Some(subdomain) = world.account_subdomain(name) {
        properties["customSubDomainName"] = json!(subdomain);
        properties["endpoints"] = endpoints(subdomain, is_foundry);
    }
    if is_foundry {
        let default = account
            .projects
            .iter()
            .find(|(_, project)| project.is_default);
        properties["allowProjectManagement"] = json!(true);
        if let Some((project, _)) = default {
            properties["defaultProject"] = json!(project);
        }
        properties["associatedProjects"] = json!(account.projects.keys().collect::<Vec<_>>());
    }
    json!({
        "id": id,
        "name": name,
        "type": "Microsoft.CognitiveServices/accounts",
        "etag": etag(world, &id),
        "kind": account.kind,
        "location": account.location,
        "sku": {"name": "S0"},
        "identity": {
            "type": "SystemAssigned",
            "principalId": draw::guid(world.seed, &format!("principal {id}")),
            "tenantId": world.tenant.id,
        },
        "tags": {},
        "systemData": system_data(),
        "properties": properties,
    })
}

/// A deployment.
pub(super) fn deployment(
    world: &World,
    account_name: &str,
    account: &Account,
    name: &str,
    deployment: &Deployment,
) -> Value {
    let parent = world.account_id(account_name).unwrap_or_default();
    let id = format!("{parent}/deployments/{name}");
    let mut properties = json!({
        "model": {
            "format": deployment.format,
            "name": deployment.model,
            "version": deployment.version,
        },
        "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
        "currentCapacity": deployment.capacity,
        "raiPolicyName": "Microsoft.DefaultV2",
        "provisioningState": deployment.provisioning_state,
        "deploymentState": deployment.state,
        "serviceTier": "Default",
    });
    let capabilities = capabilities(&account.location, deployment);
    if !capabilities.is_empty() {
        properties["capabilities"] = Value::Object(capabilities);
    }
    if !deployment.rate_limits.is_empty() {
        let limits: Vec<Value> = deployment
            .rate_limits
            .iter()
            .map(|limit| {
                json!({"key": limit.key, "renewalPeriod": limit.renewal_period, "count": limit.count})
            })
            .collect();
        properties["rateLimits"] = json!(limits);
    }
    json!({
        "id": id,
        "type": "Microsoft.CognitiveServices/accounts/deployments",
        "name": name,
        "sku": {"name": deployment.sku, "capacity": deployment.capacity},
        "properties": properties,
        "systemData": system_data(),
        "etag": etag(world, &id),
    })
}

/// A project.
pub(super) fn project(
    world: &World,
    account_name: &str,
    account: &Account,
    name: &str,
    project: &Project,
) -> Value {
    let parent = world.account_id(account_name).unwrap_or_default();
    let id = format!("{parent}/projects/{name}");
    let host = world.account_subdomain(account_name).unwrap_or_default();
    json!({
        "id": id,
        "name": format!("{account_name}/{name}"),
        "type": "Microsoft.CognitiveServices/accounts/projects",
        "kind": "AIServices",
        "location": account.location,
        "identity": {
            "type": "SystemAssigned",
            "principalId": draw::guid(world.seed, &format!("principal {id}")),
            "tenantId": world.tenant.id,
        },
        "properties": {
            "displayName": project.display_name,
            "description": "",
            "isDefault": project.is_default,
            "endpoints": {
                "AI Foundry API": format!("https://{host}.services.ai.azure.com/api/projects/{name}"),
            },
            "provisioningState": "Succeeded",
        },
        "systemData": system_data(),
        "etag": etag(world, &id),
        "tags": {},
    })
}

fn endpoints(subdomain: &str, is_foundry: bool) -> Value {
    let openai = format!("https://{subdomain}.openai.azure.com/");
    if !is_foundry {
        return json!({"OpenAI Language Model Instance API": openai});
    }
    let foundry = format!("https://{subdomain}.services.ai.azure.com/");
    json!({
        "AI Foundry API": foundry,
        "Azure AI Model Inference API": foundry,
        "Azure OpenAI Legacy API - Latest moniker": openai,
        "OpenAI Language Model Instance API": openai,
        "OpenAI Dall-E API": openai,
    })
}

fn network_acls(account: &Account) -> Value {
    let rules: Vec<Value> = account
        .network
        .allow_only
        .iter()
        .flatten()
        .map(|address| json!({"value": address}))
        .collect();
    json!({
        "defaultAction": if account.network.allow_only.is_some() { "Deny" } else { "Allow" },
        "ipRules": rules,
        "virtualNetworkRules": [],
    })
}

fn private_endpoints(id: &str, account: &Account) -> Value {
    account
        .network
        .private_endpoints
        .iter()
        .map(|caller| {
            json!({
                "id": format!("{id}/privateEndpointConnections/{caller}"),
                "name": caller,
                "type": "Microsoft.CognitiveServices/accounts/privateEndpointConnections",
                "properties": {
                    "provisioningState": "Succeeded",
                    "groupIds": ["account"],
                    "privateLinkServiceConnectionState": {"status": "Approved", "description": "", "actionsRequired": "None"},
                },
            })
        })
        .collect()
}

/// What a deployment says it can do; values are text. Partner models say nothing.
fn capabilities(location: &str, deployment: &Deployment) -> Map<String, Value> {
    let mut said = Map::new();
    if deployment.format != "OpenAI" {
        return said;
    }
    let area = if AMERICAN.contains(&location) {
        "US"
    } else {
        "EUR"
    };
    let model = deployment.model.as_str();
    let names: &[&str] = if model.starts_with("text-embedding") {
        &["embeddings"]
    } else if model.starts_with("dall-e") || model.starts_with("gpt-image") {
        &["imageGenerations"]
    } else {
        &["agentsV2", "assistants", "chatCompletion", "responses"]
    };
    said.insert("area".into(), json!(area));
    for name in names {
        said.insert((*name).to_owned(), json!("true"));
    }
    said
}

fn system_data() -> Value {
    json!({
        "createdBy": "deployment",
        "createdByType": "Application",
        "createdAt": CREATED,
        "lastModifiedBy": "deployment",
        "lastModifiedByType": "Application",
        "lastModifiedAt": CREATED,
    })
}

/// An etag with quotes inside.
fn etag(world: &World, id: &str) -> String {
    format!("\"{}\"", draw::guid(world.seed, &format!("etag {id}")))
}

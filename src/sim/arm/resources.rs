//! `Microsoft.Resources`: what lies in a subscription, whatever its provider, and the providers themselves.

use super::call::{Answer, Call};
use super::errors::ArmError;
use super::{page, versions};
use crate::sim::reply;
use crate::sim::world::Subscription;
use http::Method;
use serde_json::{Value, json};

/// A provider and its resource types with their api-versions.
type Provider = (
    &'static str,
    &'static [(&'static str, &'static [&'static str])],
);

const PROVIDERS: &[Provider] = &[
    (
        "Microsoft.ApiManagement",
        &[
            ("service", versions::APIM),
            ("aigateways", versions::AI_GATEWAY),
        ],
    ),
    (
        "Microsoft.Authorization",
        &[
            ("roleAssignments", versions::AUTHORIZATION),
            ("roleDefinitions", versions::AUTHORIZATION),
        ],
    ),
    (
        "Microsoft.CognitiveServices",
        &[
            ("accounts", versions::COGNITIVE),
            ("accounts/deployments", versions::COGNITIVE),
            ("accounts/projects", versions::COGNITIVE),
            ("locations", versions::COGNITIVE),
            ("locations/usages", versions::COGNITIVE),
        ],
    ),
    (
        "Microsoft.Resources",
        &[
            ("subscriptions", versions::RESOURCES),
            ("resourceGroups", versions::RESOURCES),
            ("resources", versions::RESOURCES),
            ("providers", versions::RESOURCES),
        ],
    ),
];

/// Regions, as they are shown and as they are written.
const REGIONS: &[(&str, &str)] = &[
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("westus", "West US"),
    ("westus3", "West US 3"),
    ("northcentralus", "North Central US"),
    ("swedencentral", "Sweden Central"),
    ("norwayeast", "Norway East"),
    ("uksouth", "UK South"),
    ("westeurope", "West Europe"),
    ("northeurope", "North Europe"),
    ("francecentral", "France Central"),
    ("germanywestcentral", "Germany West Central"),
    ("australiaeast", "Australia East"),
    ("japaneast", "Japan East"),
];

/// Resources of a subscription or of one group of it; of filters, `eq` joined by `and` is known.
pub(super) fn list(call: &Call<'_>, id: &str, group: Option<&str>) -> Answer {
    call.require_method(&Method::GET)?;
    versions::check("resources", &call.api_version, versions::RESOURCES)?;
    let scope = match group {
        None => format!("/subscriptions/{id}"),
        Some(group) => format!("/subscriptions/{id}/resourceGroups/{group}"),
    };
    call.authorize("Microsoft.Resources/subscriptions/resources/read", &scope)?;
    let world = call.world;
    let mut found: Vec<Value> = Vec::new();
    for (name, account) in &world.accounts {
        let kind = "Microsoft.CognitiveServices/accounts";
        found.push(
            json!({"id": world.account_id(name), "name": name, "type": kind, "kind": account.kind,
            "location": account.location, "sku": {"name": "S0"}, "tags": {}}),
        );
    }
    for (name, gateway) in &world.gateways {
        let kind = "Microsoft.ApiManagement/service";
        found.push(
            json!({"id": world.gateway_id(name), "name": name, "type": kind,
            "location": gateway.location, "sku": {"name": gateway.sku, "capacity": 1}, "tags": {}}),
        );
    }
    let below = format!("{}/", scope.to_ascii_lowercase());
    found.retain(|resource| {
        let id = resource["id"].as_str().unwrap_or_default();
        id.to_ascii_lowercase().starts_with(&below)
    });
    for condition in conditions(call)? {
        found.retain(|resource| condition.holds(resource));
    }
    page::by_token(call, &found, Clone::clone)
}

struct Condition {
    field: String,
    value: String,
}

impl Condition {
    fn holds(&self, resource: &Value) -> bool {
        let field = match self.field.as_str() {
            "resourcetype" => "type",
            other => other,
        };
        if field == "resourcegroup" {
            let id = resource["id"].as_str().unwrap_or_default();
            let group = id.split('/').nth(4).unwrap_or_default();
            return group.eq_ignore_ascii_case(&self.value);
        }
        resource[field]
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(&self.value))
    }
}

fn conditions(call: &Call<'_>) -> Result<Vec<Condition>, ArmError> {
    let Some(filter) = call.query.get("$filter") else {
        return Ok(Vec::new());
    };
    let read = |part: &str| {
        let (field, value) = part.split_once(" eq ")?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some(Condition {
            field: field.trim().to_ascii_lowercase(),
            value: value.to_owned(),
        })
    };
    filter
        .split(" and ")
        .map(read)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| {
            let message = format!("The filter '{filter}' is not valid.");
            ArmError::said(400, "InvalidFilterInQueryString", message)
        })
}

/// Regions of a subscription.
pub(super) fn locations(call: &Call<'_>, id: &str) -> Answer {
    call.require_method(&Method::GET)?;
    let all: Vec<Value> = REGIONS
        .iter()
        .map(|(name, shown)| {
            json!({
                "id": format!("/subscriptions/{id}/locations/{name}"),
                "name": name,
                "type": "Region",
                "displayName": shown,
                "regionalDisplayName": shown,
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
            })
        })
        .collect();
    Ok(reply::json(200, &json!({"value": all})))
}

/// Providers of a subscription, or one of them, or its registration.
pub(super) fn providers(
    call: &Call<'_>,
    (id, subscription): (&str, &Subscription),
    rest: &[&str],
) -> Answer {
    versions::check("providers", &call.api_version, versions::RESOURCES)?;
    let scope = format!("/subscriptions/{id}");
    let find = |asked: &str| {
        PROVIDERS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(asked))
            .ok_or_else(|| {
                let message = format!("The resource namespace '{asked}' is invalid.");
                ArmError::said(404, "InvalidResourceNamespace", message)
            })
    };
    match rest {
        [] => {
            call.require_method(&Method::GET)?;
            let all: Vec<Value> = PROVIDERS
                .iter()
                .map(|provider| shape(&scope, subscription, provider))
                .collect();
            Ok(reply::json(200, &json!({"value": all})))
        }
        [name] => {
            call.require_method(&Method::GET)?;
            Ok(reply::json(200, &shape(&scope, subscription, find(name)?)))
        }
        [name, verb @ ("register" | "unregister")] => {
            call.require_method(&Method::POST)?;
            let provider = find(name)?;
            call.authorize(&format!("{}/{verb}/action", provider.0), &scope)?;
            let ((), world) = call.live.change(|world| {
                if let Some(subscription) = world.subscriptions.get_mut(id) {
                    let is_it = |known: &String| known.eq_ignore_ascii_case(provider.0);
                    subscription.unregistered.retain(|known| !is_it(known));
                    if *verb == "unregister" {
                        subscription.unregistered.push(provider.0.to_owned());
                    }
                }
                Ok::<_, ArmError>(())
            })?;
            let subscription = world.subscriptions.get(id).unwrap_or(subscription);
            Ok(reply::json(200, &shape(&scope, subscription, provider)))
        }
        _ => Err(ArmError::method_not_allowed(call.method.as_str())),
    }
}

fn shape(scope: &str, subscription: &Subscription, (name, kinds): &Provider) -> Value {
    let is_missing = subscription
        .unregistered
        .iter()
        .any(|missing| missing.eq_ignore_ascii_case(name));
    let regions: Vec<&str> = REGIONS.iter().map(|(_, shown)| *shown).collect();
    let kinds: Vec<Value> = kinds
        .iter()
        .map(|(kind, versions)| {
            let newest_first: Vec<&&str> = versions.iter().rev().collect();
            json!({
                "resourceType": kind,
                "locations": regions,
                "apiVersions": newest_first,
                "capabilities": "CrossResourceGroupResourceMove, SupportsTags, SupportsLocation",
            })
        })
        .collect();
    json!({
        "id": format!("{scope}/providers/{name}"),
        "namespace": name,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": if is_missing { "NotRegistered" } else { "Registered" },
        "resourceTypes": kinds,
    })
}

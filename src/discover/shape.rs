//! ARM's JSON as nouns. Every reader takes what it finds and tolerates what it does not: unknown fields, absent ones,
//! nulls and surprising types.

use crate::knowledge::family_of;
use crate::model::{
    Account, Api, Backend, Deployment, Gateway, GatewaySubscription, HeldRole, KeyNames, Model,
    NamedValue, Operation, PoolMember, Product, Project, RateLimit, ResourceId, Sku, Subscription,
};
use serde_json::Value;

/// An item of `/subscriptions`.
pub fn subscription(item: &Value) -> Subscription {
    Subscription {
        id: text(item, "/subscriptionId").into(),
        name: text(item, "/displayName"),
        tenant_id: some_text(item, "/tenantId"),
    }
}

/// An item of `accounts`, without what lies below it.
pub fn account(item: &Value) -> Account {
    let endpoints = item
        .pointer("/properties/endpoints")
        .and_then(Value::as_object)
        .map(|map| {
            let mut urls: Vec<String> = map
                .values()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            urls.sort();
            urls.dedup();
            urls
        });
    Account {
        name: text(item, "/name").into(),
        id: some_text(item, "/id").map(ResourceId::from),
        kind: text(item, "/kind"),
        location: text(item, "/location"),
        resource_group: group_of(&text(item, "/id")),
        endpoint: text(item, "/properties/endpoint"),
        endpoints: endpoints.unwrap_or_default(),
        provisioning_state: text(item, "/properties/provisioningState"),
        custom_subdomain: some_text(item, "/properties/customSubDomainName"),
        is_key_auth_disabled: flag(item, "/properties/disableLocalAuth"),
        is_public_network_disabled: is(item, "/properties/publicNetworkAccess", "Disabled"),
        is_firewalled: is(item, "/properties/networkAcls/defaultAction", "Deny"),
        allowed_ips: list(item, "/properties/networkAcls/ipRules")
            .iter()
            .map(|rule| text(rule, "/value"))
            .collect(),
        private_endpoints: list(item, "/properties/privateEndpointConnections")
            .iter()
            .filter(|one| {
                is(
                    one,
                    "/properties/privateLinkServiceConnectionState/status",
                    "Approved",
                )
            })
            .count(),
        deployments: Vec::new(),
        projects: Vec::new(),
    }
}

/// An item of `deployments`.
pub fn deployment(item: &Value) -> Deployment {
    let model = Model {
        format: text(item, "/properties/model/format"),
        name: text(item, "/properties/model/name"),
        version: text(item, "/properties/model/version"),
    };
    Deployment {
        name: text(item, "/name").into(),
        family: family_of(&model).map(|family| family.id.clone()),
        model,
        sku: Sku {
            name: text(item, "/sku/name"),
            capacity: number(item, "/sku/capacity"),
        },
        rate_limits: list(item, "/properties/rateLimits")
            .iter()
            .map(rate_limit)
            .collect(),
        provisioning_state: text(item, "/properties/provisioningState"),
        state: text(item, "/properties/deploymentState"),
        rai_policy: some_text(item, "/properties/raiPolicyName"),
        lifecycle: None,
        retires_at: None,
    }
}

/// Puts lifecycle and retirement of its model version, as the account's model list has them, into a deployment.
pub fn add_lifecycle(deployment: &mut Deployment, models: &[Value]) {
    let model = &deployment.model;
    let Some(item) = models.iter().find(|item| {
        is(item, "/name", &model.name)
            && is(item, "/format", &model.format)
            && text(item, "/version") == model.version
    }) else {
        return;
    };
    deployment.lifecycle = some_text(item, "/lifecycleStatus");
    deployment.retires_at = some_text(item, "/deprecation/inference");
}

/// An item of `projects`, whose name is `ACCOUNT/PROJECT`.
pub fn project(item: &Value) -> Project {
    let name = text(item, "/name");
    let endpoint = item
        .pointer("/properties/endpoints")
        .and_then(Value::as_object)
        .and_then(|map| map.values().find_map(Value::as_str));
    Project {
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
        endpoint: endpoint.map(str::to_owned),
    }
}

/// An item of `service` or `aigateways`, without what lies below it.
pub fn gateway(item: &Value, resource_type: &str) -> Gateway {
    let name = text(item, "/name");
    let url = some_text(item, "/properties/gatewayUrl")
        .unwrap_or_else(|| format!("https://{}.azure-api.net", name.to_lowercase()));
    let url = url.trim_end_matches('/').to_owned();
    let mut hosts: Vec<String> = url::Url::parse(&url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .into_iter()
        .collect();
    for host in list(item, "/properties/hostnameConfigurations") {
        let host_name = text(host, "/hostName");
        if is(host, "/type", "Proxy") && !host_name.is_empty() && !hosts.contains(&host_name) {
            hosts.push(host_name);
        }
    }
    Gateway {
        name: name.into(),
        id: some_text(item, "/id").map(ResourceId::from),
        url,
        resource_type: resource_type.to_owned(),
        location: text(item, "/location"),
        resource_group: group_of(&text(item, "/id")),
        hosts,
        sku: text(item, "/sku/name"),
        identity: identity(item),
        is_in_virtual_network: ["External", "Internal"]
            .iter()
            .any(|kind| is(item, "/properties/virtualNetworkType", kind)),
        public_ips: list(item, "/properties/publicIPAddresses")
            .iter()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect(),
        ..Gateway::default()
    }
}

/// Object id of the service's own identity, else of the first that is assigned to it.
fn identity(item: &Value) -> Option<String> {
    let assigned = || {
        let all = item.pointer("/identity/userAssignedIdentities")?;
        let mut each = all.as_object()?.values();
        each.find_map(|one| some_text(one, "/principalId"))
    };
    some_text(item, "/identity/principalId").or_else(assigned)
}

/// An item of `apis`, without what lies below it; nothing for a revision that callers do not reach.
pub fn api(item: &Value) -> Option<Api> {
    if item.pointer("/properties/isCurrent") == Some(&Value::Bool(false)) {
        return None;
    }
    let usual = KeyNames::default();
    let names = "/properties/subscriptionKeyParameterNames";
    let mut path = text(item, "/properties/path").trim_matches('/').to_owned();
    if is(
        item,
        "/properties/apiVersionSet/versioningScheme",
        "Segment",
    ) && let Some(version) = some_text(item, "/properties/apiVersion")
    {
        path = format!("{path}/{version}");
    }
    Some(Api {
        name: text(item, "/name").into(),
        path,
        display_name: text(item, "/properties/displayName"),
        service_url: some_text(item, "/properties/serviceUrl"),
        // ARM leaves it out only where it is required.
        is_subscription_required: item.pointer("/properties/subscriptionRequired")
            != Some(&Value::Bool(false)),
        key_names: KeyNames {
            header: some_text(item, &format!("{names}/header")).unwrap_or(usual.header),
            query: some_text(item, &format!("{names}/query")).unwrap_or(usual.query),
        },
        ..Api::default()
    })
}

/// An item of `operations`.
pub fn operation(item: &Value) -> Operation {
    Operation {
        name: text(item, "/name").into(),
        method: text(item, "/properties/method"),
        url_template: text(item, "/properties/urlTemplate"),
        template_defaults: list(item, "/properties/templateParameters")
            .iter()
            .filter_map(|one| Some((text(one, "/name"), some_text(one, "/defaultValue")?)))
            .collect(),
        policy: None,
    }
}

/// An item of `backends`. Of credentials only the names of the headers are taken.
pub fn backend(item: &Value) -> Backend {
    let headers = item
        .pointer("/properties/credentials/header")
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().collect());
    let member = |member: &Value| PoolMember {
        backend: last_segment(&text(member, "/id")).into(),
        priority: number(member, "/priority"),
        weight: number(member, "/weight"),
    };
    Backend {
        name: text(item, "/name").into(),
        url: some_text(item, "/properties/url"),
        pool: list(item, "/properties/pool/services")
            .iter()
            .map(member)
            .collect(),
        managed_identity_resource: some_text(
            item,
            "/properties/credentials/managedIdentity/resource",
        ),
        credential_headers: headers.unwrap_or_default(),
        circuit_breaker: item
            .pointer("/properties/circuitBreaker")
            .filter(|value| !value.is_null())
            .cloned(),
    }
}

/// An item of a gateway's `subscriptions`; its scope is brought to `/apis`, `/apis/ID` or `/products/ID`.
pub fn gateway_subscription(item: &Value) -> GatewaySubscription {
    let scope = text(item, "/properties/scope");
    let below = scope
        .find("/apis/")
        .or_else(|| scope.find("/products/"))
        .and_then(|at| scope.get(at..))
        .map(|below| below.trim_end_matches('/'))
        .filter(|below| *below != "/apis");
    GatewaySubscription {
        name: text(item, "/name"),
        scope: below.unwrap_or("/apis").to_owned(),
        state: text(item, "/properties/state"),
    }
}

/// An item of `roleAssignments`.
pub fn held_role(item: &Value) -> HeldRole {
    HeldRole {
        definition: last_segment(&text(item, "/properties/roleDefinitionId")).to_owned(),
        scope: text(item, "/properties/scope"),
    }
}

/// An item of `products`.
pub fn product(item: &Value) -> Product {
    Product {
        name: text(item, "/name"),
        policy: None,
    }
}

/// An item of `namedValues`; a secret one comes without its value, whatever ARM sent.
pub fn named_value(item: &Value) -> NamedValue {
    let is_secret = flag(item, "/properties/secret");
    let value = some_text(item, "/properties/value");
    NamedValue {
        name: some_text(item, "/properties/displayName").unwrap_or_else(|| text(item, "/name")),
        value: value.filter(|_| !is_secret),
    }
}

/// XML of a policy or a fragment.
pub fn policy(item: &Value) -> Option<String> {
    some_text(item, "/properties/value")
}

/// Text at a pointer; empty where there is none. A number is written out, since some versions come as numbers.
pub(super) fn text(item: &Value, pointer: &str) -> String {
    match item.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn some_text(item: &Value, pointer: &str) -> Option<String> {
    Some(text(item, pointer)).filter(|text| !text.is_empty())
}

fn flag(item: &Value, pointer: &str) -> bool {
    item.pointer(pointer) == Some(&Value::Bool(true))
}

fn is(item: &Value, pointer: &str, value: &str) -> bool {
    item.pointer(pointer)
        .and_then(Value::as_str)
        .is_some_and(|found| found.eq_ignore_ascii_case(value))
}

fn list<'a>(item: &'a Value, pointer: &str) -> &'a [Value] {
    item.pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn number(item: &Value, pointer: &str) -> Option<u32> {
    let number = item.pointer(pointer)?;
    let whole = number.as_u64().or_else(|| {
        // Some providers write whole numbers as floats.
        let float = number.as_f64()?;
        (float >= 0.0 && float <= f64::from(u32::MAX)).then_some(float as u64)
    });
    whole.and_then(|whole| u32::try_from(whole).ok())
}

fn rate_limit(item: &Value) -> RateLimit {
    let number = |pointer: &str| item.pointer(pointer).and_then(Value::as_f64);
    RateLimit {
        key: text(item, "/key"),
        count: number("/count").unwrap_or_default(),
        renewal_period: number("/renewalPeriod").unwrap_or_default(),
    }
}

fn group_of(id: &str) -> Option<String> {
    let mut segments = id.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case("resourceGroups"))?;
    segments.next().map(str::to_owned)
}

pub(super) fn last_segment(id: &str) -> &str {
    id.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deployment_is_read_with_its_floats_and_nulls() {
        let item = json!({"name":"my-flux","etag":"\"x\"","sku":{"capacity":1,"family":null,"name":"GlobalStandard"},
            "properties":{"callRateLimit":null,"capabilities":{"area":"EUR"},"deploymentState":"Running",
            "model":{"format":"Black Forest Labs","name":"FLUX.1-Kontext-pro","version":"1","source":null},
            "provisioningState":"Succeeded","raiPolicyName":"Microsoft.DefaultV2",
            "rateLimits":[{"count":6.0,"key":"request","minCount":null,"renewalPeriod":60.0}]}});
        let found = deployment(&item);
        assert_eq!(found.family.unwrap(), "flux.1-kontext-pro");
        assert_eq!(found.sku.capacity, Some(1));
        assert_eq!(found.rate_limits[0].count, 6.0);
        assert_eq!(found.rai_policy.as_deref(), Some("Microsoft.DefaultV2"));
    }

    #[test]
    fn nothing_makes_a_reader_fall_over() {
        for odd in [
            json!(null),
            json!([]),
            json!({"properties": 3, "name": {}}),
            json!("x"),
        ] {
            assert_eq!(deployment(&odd).name, "");
            assert_eq!(account(&odd).endpoint, "");
            assert!(api(&odd).is_some());
            let _ = (
                backend(&odd),
                project(&odd),
                gateway(&odd, "service"),
                named_value(&odd),
            );
            let _ = (
                operation(&odd),
                gateway_subscription(&odd),
                subscription(&odd),
            );
        }
    }

    #[test]
    fn a_subscriptions_scope_is_brought_to_its_short_form() {
        let service =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/x";
        for (scope, short) in [
            (
                format!("{service}/apis/inference-api"),
                "/apis/inference-api",
            ),
            (format!("{service}/products/starter"), "/products/starter"),
            (format!("{service}/"), "/apis"),
            (format!("{service}/apis"), "/apis"),
            ("/apis".into(), "/apis"),
            ("/apis/x".into(), "/apis/x"),
        ] {
            let item = json!({"name": "n", "properties": {"scope": scope, "state": "active"}});
            assert_eq!(gateway_subscription(&item).scope, short, "{scope}");
        }
    }

    #[test]
    fn an_api_names_where_its_key_goes_and_secrets_stay_out() {
        let item = json!({"name":"inference-api","properties":{"path":"/inference/openai/","isCurrent":true,
            "subscriptionKeyParameterNames":{"header":"api-key","query":null}}});
        let found = api(&item).unwrap();
        assert_eq!(found.path, "inference/openai");
        assert_eq!(found.key_names.header, "api-key");
        assert_eq!(found.key_names.query, "subscription-key");
        assert!(found.is_subscription_required);
        assert_eq!(api(&json!({"properties":{"isCurrent":false}})), None);
        let secret = json!({"name":"k","properties":{"secret":true,"value":"canary"}});
        assert_eq!(named_value(&secret).value, None);
        let credentials =
            json!({"name":"b","properties":{"credentials":{"header":{"api-key":["canary"]}}}});
        assert!(!format!("{:?}", backend(&credentials)).contains("canary"));
    }
}

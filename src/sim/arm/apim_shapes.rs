//! API Management resources as ARM writes them (azure.md 2.3).

use crate::sim::draw;
use crate::sim::world::{
    Api, Backend, Breaker, Gateway, GatewaySubscription, NamedValue, Operation, Product, World,
};
use serde_json::{Map, Value, json};

const TYPE: &str = "Microsoft.ApiManagement/service";
const CREATED: &str = "2025-10-20T09:31:47.1093412Z";

/// A service.
pub(super) fn service(world: &World, name: &str, gateway: &Gateway) -> Value {
    let id = world.gateway_id(name).unwrap_or_default();
    let identity = gateway
        .identity
        .as_ref()
        .and_then(|client_id| world.clients.get(client_id))
        .map(|client| {
            json!({"type": "SystemAssigned", "principalId": client.object_id, "tenantId": world.tenant.id})
        });
    json!({
        "id": id,
        "name": name,
        "type": TYPE,
        "tags": {},
        "location": gateway.location,
        "etag": draw::alphanumeric(world.seed, &format!("etag {id}"), 11) + "=",
        "sku": {"name": gateway.sku, "capacity": 1},
        "identity": identity,
        "zones": null,
        "properties": {
            "publisherEmail": "owner@example.com",
            "publisherName": "Example",
            "notificationSenderEmail": "apimgmt-noreply@mail.windowsazure.com",
            "provisioningState": "Succeeded",
            "targetProvisioningState": "",
            "createdAtUtc": CREATED,
            "gatewayUrl": format!("https://{name}.azure-api.net"),
            "gatewayRegionalUrl": format!("https://{name}-{}-01.regional.azure-api.net", gateway.location),
            "portalUrl": null,
            "developerPortalUrl": format!("https://{name}.developer.azure-api.net"),
            "managementApiUrl": null,
            "scmUrl": null,
            "hostnameConfigurations": hostnames(name, gateway),
            "publicIPAddresses": [gateway.outbound_ip],
            "privateIPAddresses": null,
            "additionalLocations": null,
            "virtualNetworkConfiguration": null,
            "customProperties": {},
            "virtualNetworkType": if is_in_network(world, name) { "External" } else { "None" },
            "certificates": null,
            "disableGateway": false,
            "apiVersionConstraint": {"minApiVersion": null},
            "publicNetworkAccess": "Enabled",
            "privateEndpointConnections": null,
            "platformVersion": "stv2.1",
        },
    })
}

/// Whether the service stands in a virtual network: an account lets it in by a private endpoint.
fn is_in_network(world: &World, gateway: &str) -> bool {
    let mut accounts = world.accounts.values();
    accounts.any(|account| {
        account
            .network
            .private_endpoints
            .iter()
            .any(|one| one == gateway)
    })
}

/// An API.
pub(super) fn api(service: &str, name: &str, api: &Api) -> Value {
    json!({
        "id": format!("{service}/apis/{name}"),
        "type": format!("{TYPE}/apis"),
        "name": name,
        "properties": {
            "displayName": named(&api.display_name, name),
            "apiRevision": "1",
            "description": null,
            "subscriptionRequired": api.subscription_required,
            "serviceUrl": api.service_url,
            "backendId": null,
            "path": api.path,
            "protocols": ["https"],
            "authenticationSettings": {
                "oAuth2": null,
                "openid": null,
                "oAuth2AuthenticationSettings": [],
                "openidAuthenticationSettings": [],
            },
            "subscriptionKeyParameterNames": {"header": api.key_header, "query": api.key_query},
            "isCurrent": true,
            "apiVersion": null,
            "apiVersionSetId": null,
            "type": "http",
        },
    })
}

/// An operation of an API.
pub(super) fn operation(service: &str, api: &str, name: &str, operation: &Operation) -> Value {
    let parameters: Vec<Value> = template_names(&operation.url_template)
        .map(|name| {
            let mut parameter = json!({"name": name, "description": null, "type": "string", "required": true, "values": [], "schemaId": null, "typeName": null});
            if let Some(value) = operation.template_defaults.get(name) {
                parameter["defaultValue"] = json!(value);
            }
            parameter
        })
        .collect();
    json!({
        "id": format!("{service}/apis/{api}/operations/{name}"),
        "type": format!("{TYPE}/apis/operations"),
        "name": name,
        "properties": {
            "displayName": named(&operation.display_name, name),
            "method": operation.method,
            "urlTemplate": operation.url_template,
            "templateParameters": parameters,
            "description": null,
            "request": {
                "description": null,
                "queryParameters": [],
                "headers": [],
                "representations": [{"contentType": "application/json"}],
            },
            "responses": [{"statusCode": 200, "description": "OK", "representations": [], "headers": []}],
            "policies": null,
        },
    })
}

/// A backend or a pool.
pub(super) fn backend(service: &str, name: &str, backend: &Backend) -> Value {
    let properties = if backend.pool.is_empty() {
        single(backend)
    } else {
        pool(service, backend)
    };
    json!({
        "id": format!("{service}/backends/{name}"),
        "type": format!("{TYPE}/backends"),
        "name": name,
        "properties": properties,
    })
}

/// A subscription, without its keys.
pub(super) fn subscription(service: &str, name: &str, subscription: &GatewaySubscription) -> Value {
    json!({
        "id": format!("{service}/subscriptions/{name}"),
        "type": format!("{TYPE}/subscriptions"),
        "name": name,
        "properties": {
            "ownerId": null,
            // Written relative in requests, and as a full id in answers.
            "scope": format!("{service}{}", subscription.scope),
            "displayName": name,
            "state": subscription.state,
            "createdDate": CREATED,
            "startDate": null,
            "expirationDate": null,
            "endDate": null,
            "notificationDate": null,
            "stateComment": null,
            "allowTracing": subscription.allow_tracing,
        },
    })
}

/// A named value; a secret one does not show what it is.
pub(super) fn named_value(service: &str, name: &str, value: &NamedValue) -> Value {
    let mut properties = json!({
        "displayName": name,
        "tags": [],
        "secret": value.secret,
    });
    if !value.secret {
        properties["value"] = json!(value.value);
    }
    json!({
        "id": format!("{service}/namedValues/{name}"),
        "type": format!("{TYPE}/namedValues"),
        "name": name,
        "properties": properties,
    })
}

/// A product.
pub(super) fn product(service: &str, name: &str, product: &Product) -> Value {
    json!({
        "id": format!("{service}/products/{name}"),
        "type": format!("{TYPE}/products"),
        "name": name,
        "properties": {
            "displayName": named(&product.display_name, name),
            "description": null,
            "terms": null,
            "subscriptionRequired": true,
            "approvalRequired": false,
            "subscriptionsLimit": null,
            "state": "published",
        },
    })
}

fn hostnames(name: &str, gateway: &Gateway) -> Vec<Value> {
    let proxy = |host: &str, is_default: bool, source: &str| {
        json!({
            "type": "Proxy",
            "hostName": host,
            "keyVaultId": null,
            "certificatePassword": null,
            "negotiateClientCertificate": false,
            "certificate": null,
            "defaultSslBinding": is_default,
            "certificateSource": source,
        })
    };
    let own = proxy(
        &format!("{name}.azure-api.net"),
        gateway.custom_hosts.is_empty(),
        "BuiltIn",
    );
    let last = gateway.custom_hosts.len();
    let custom = gateway
        .custom_hosts
        .iter()
        .enumerate()
        .map(|(at, host)| proxy(host, at + 1 == last, "Custom"));
    std::iter::once(own).chain(custom).collect()
}

fn single(backend: &Backend) -> Value {
    let headers: Map<String, Value> = backend
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!([value])))
        .collect();
    let mut credentials = json!({"query": {}, "header": headers});
    if let Some(resource) = &backend.managed_identity_resource {
        credentials["managedIdentity"] = json!({"resource": resource});
    }
    let mut properties = json!({
        "description": null,
        "url": backend.url,
        "protocol": "http",
        "credentials": credentials,
        "tls": {"validateCertificateChain": true, "validateCertificateName": true},
        "type": "Single",
    });
    if let Some(breaker) = &backend.breaker {
        properties["circuitBreaker"] = json!({"rules": [rule(breaker)]});
    }
    properties
}

fn pool(service: &str, backend: &Backend) -> Value {
    let members: Vec<Value> = backend
        .pool
        .iter()
        .map(|member| {
            let mut written = json!({"id": format!("{service}/backends/{}", member.backend)});
            if let Some(priority) = member.priority {
                written["priority"] = json!(priority);
            }
            if let Some(weight) = member.weight {
                written["weight"] = json!(weight);
            }
            written
        })
        .collect();
    json!({"description": null, "type": "Pool", "pool": {"services": members}})
}

fn rule(breaker: &Breaker) -> Value {
    let ranges: Vec<Value> = breaker
        .status_ranges
        .iter()
        .map(|(min, max)| json!({"min": min, "max": max}))
        .collect();
    json!({
        "name": "InferenceBreakerRule",
        "failureCondition": {
            "count": breaker.count,
            "interval": duration(breaker.interval_seconds),
            "errorReasons": ["Server errors"],
            "statusCodeRanges": ranges,
        },
        "tripDuration": duration(breaker.trip_seconds),
        "acceptRetryAfter": breaker.accept_retry_after,
    })
}

/// ISO 8601, in the largest unit that divides.
fn duration(seconds: u64) -> String {
    match seconds {
        0 => "PT0S".into(),
        hours if hours % 3600 == 0 => format!("PT{}H", hours / 3600),
        minutes if minutes % 60 == 0 => format!("PT{}M", minutes / 60),
        seconds => format!("PT{seconds}S"),
    }
}

/// The names in braces of a URL template.
pub(super) fn template_names(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

fn named<'a>(display_name: &'a str, id: &'a str) -> &'a str {
    if display_name.is_empty() {
        id
    } else {
        display_name
    }
}

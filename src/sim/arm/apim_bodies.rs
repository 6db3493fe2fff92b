//! What a body that is written to API Management says, checked as the service checks it.

use super::errors::ArmError;
use crate::sim::draw;
use crate::sim::world::{
    Api, Backend, Breaker, Gateway, GatewaySubscription, NamedValue, Operation, PoolMember, Product,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// States that a subscription can be written in.
const STATES: &[&str] = &[
    "active",
    "suspended",
    "expired",
    "submitted",
    "rejected",
    "cancelled",
];

/// An API.
pub(super) fn api(
    id: &str,
    properties: &Value,
    gateway: &Gateway,
    now: Option<&Api>,
) -> Result<Api, ArmError> {
    let path = text(properties, "path").unwrap_or_default();
    let path = path.trim_matches('/').to_owned();
    let other = gateway.apis.iter().find(|(other, api)| {
        *other != id && api.path.trim_matches('/').eq_ignore_ascii_case(&path)
    });
    if let Some((other, _)) = other {
        let message = format!(
            "Cannot create API '{id}' with the same Path '{path}' as API '{other}'. A Path must be unique."
        );
        return Err(ArmError::field("path", &message));
    }
    let keys = &properties["subscriptionKeyParameterNames"];
    let standard = Api::default();
    Ok(Api {
        display_name: required(properties, "displayName")?,
        path,
        service_url: absolute(properties, "serviceUrl")?,
        subscription_required: flag(properties, "subscriptionRequired").unwrap_or(true),
        key_header: text(keys, "header").unwrap_or(standard.key_header),
        key_query: text(keys, "query").unwrap_or(standard.key_query),
        ..now.cloned().unwrap_or_default()
    })
}

/// An operation of `api`.
pub(super) fn operation(
    id: &str,
    properties: &Value,
    api: &Api,
    now: Option<&Operation>,
) -> Result<Operation, ArmError> {
    let display_name = required(properties, "displayName")?;
    let method = required(properties, "method")?;
    let written = required(properties, "urlTemplate")?;
    let url_template = format!("/{}", written.trim_start_matches('/'));
    let parameters = properties["templateParameters"].as_array();
    let parameters = parameters.map(Vec::as_slice).unwrap_or_default();
    let defined: BTreeSet<&str> = parameters
        .iter()
        .filter_map(|parameter| parameter["name"].as_str())
        .map(bare)
        .collect();
    let used: BTreeSet<&str> = super::apim_shapes::template_names(&url_template)
        .map(bare)
        .collect();
    if defined != used {
        let message = format!(
            "All template parameters used in the UriTemplate must be defined in the Operation '{display_name}', and \
             vice-versa."
        );
        return Err(ArmError::field("", &message));
    }
    let is_taken = api.operations.iter().any(|(other, operation)| {
        other != id
            && operation.method.eq_ignore_ascii_case(&method)
            && operation.url_template == url_template
    });
    if is_taken {
        let message = format!(
            "Operation with the same method and URL template already exists: {method} {url_template}."
        );
        return Err(ArmError::field("urlTemplate", &message));
    }
    let template_defaults = parameters
        .iter()
        .filter_map(|it| Some((text(it, "name")?, text(it, "defaultValue")?)))
        .collect();
    Ok(Operation {
        display_name,
        method,
        url_template,
        template_defaults,
        ..now.cloned().unwrap_or_default()
    })
}

/// A backend or a pool; the members of a pool must exist.
pub(super) fn backend(
    id: &str,
    properties: &Value,
    gateway: &Gateway,
    now: Option<&Backend>,
) -> Result<Backend, ArmError> {
    let is_pool = text(properties, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("pool"));
    if is_pool {
        return Ok(Backend {
            url: String::new(),
            pool: members(id, &properties["pool"]["services"], gateway)?,
            ..now.cloned().unwrap_or_default()
        });
    }
    let url = absolute(properties, "url")?
        .ok_or_else(|| ArmError::field("url", "The url property is required."))?;
    let protocol = required(properties, "protocol")?;
    if !["http", "soap"].contains(&protocol.to_ascii_lowercase().as_str()) {
        let message = format!("The value '{protocol}' is not valid for protocol.");
        return Err(ArmError::field("protocol", &message));
    }
    let credentials = &properties["credentials"];
    let identity = text(&credentials["managedIdentity"], "resource");
    Ok(Backend {
        url,
        headers: headers(&credentials["header"]),
        managed_identity_resource: identity,
        breaker: breaker(&properties["circuitBreaker"])?,
        pool: Vec::new(),
    })
}

/// A subscription; `service` is the id of its service, which a scope may begin with.
pub(super) fn subscription(
    properties: &Value,
    service: &str,
    gateway: &Gateway,
    now: Option<&GatewaySubscription>,
) -> Result<GatewaySubscription, ArmError> {
    required(properties, "displayName")?;
    let written = required(properties, "scope")?;
    let scope = match written.split_at_checked(service.len()) {
        Some((own, rest)) if own.eq_ignore_ascii_case(service) => rest,
        _ => written.as_str(),
    };
    let exists = match scope.split_once('/').map(|(_, rest)| rest.split_once('/')) {
        Some(None) => scope == "/apis",
        Some(Some(("apis", id))) => gateway.apis.contains_key(id),
        Some(Some(("products", id))) => gateway.products.contains_key(id),
        _ => false,
    };
    if !exists {
        let message = format!("Subscription scope '{written}' is not valid.");
        return Err(ArmError::field("scope", &message));
    }
    // One that is made without a state waits for approval.
    let state = text(properties, "state")
        .or_else(|| now.map(|it| it.state.clone()))
        .unwrap_or_else(|| "submitted".into());
    if !STATES.contains(&state.as_str()) {
        let message = format!("The value '{state}' is not valid for state.");
        return Err(ArmError::field("state", &message));
    }
    let key = |name: &str, now: Option<&String>| {
        text(properties, name)
            .or_else(|| now.cloned())
            .unwrap_or_else(|| draw::hex(0, &draw::fresh_guid(), 32))
    };
    Ok(GatewaySubscription {
        scope: scope.to_owned(),
        state,
        primary_key: key("primaryKey", now.map(|it| &it.primary_key)),
        secondary_key: key("secondaryKey", now.map(|it| &it.secondary_key)),
        allow_tracing: flag(properties, "allowTracing")
            .or_else(|| now.map(|it| it.allow_tracing))
            .unwrap_or(false),
    })
}

/// A named value. Whoever writes none keeps the one there is: a secret is not shown to be sent back.
pub(super) fn named_value(
    properties: &Value,
    now: Option<&NamedValue>,
) -> Result<NamedValue, ArmError> {
    let name = required(properties, "displayName")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if !name.chars().all(is_name) {
        let message = "The name may contain only letters, digits, periods, dashes and underscores.";
        return Err(ArmError::field("displayName", message));
    }
    let value = text(properties, "value")
        .or_else(|| now.map(|it| it.value.clone()))
        .filter(|value| !value.is_empty())
        .ok_or_else(|| ArmError::field("value", "The value property is required."))?;
    Ok(NamedValue {
        value,
        secret: flag(properties, "secret").unwrap_or(false),
    })
}

/// A product.
pub(super) fn product(properties: &Value, now: Option<&Product>) -> Result<Product, ArmError> {
    Ok(Product {
        display_name: required(properties, "displayName")?,
        ..now.cloned().unwrap_or_default()
    })
}

/// The XML of a policy or a fragment.
pub(super) fn xml(properties: &Value) -> Result<String, ArmError> {
    let format = text(properties, "format").unwrap_or_else(|| "xml".into());
    if !["xml", "rawxml"].contains(&format.as_str()) {
        let message = format!("The format '{format}' needs a link, which is not simulated.");
        return Err(ArmError::field("format", &message));
    }
    required(properties, "value")
}

/// Only what is not null and no empty text.
fn text(value: &Value, name: &str) -> Option<String> {
    let text = value.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn flag(value: &Value, name: &str) -> Option<bool> {
    value.get(name)?.as_bool()
}

fn required(properties: &Value, name: &str) -> Result<String, ArmError> {
    text(properties, name)
        .ok_or_else(|| ArmError::field(name, &format!("The {name} property is required.")))
}

fn absolute(properties: &Value, name: &str) -> Result<Option<String>, ArmError> {
    let Some(written) = text(properties, name) else {
        return Ok(None);
    };
    let is_http = url::Url::parse(&written)
        .is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    if is_http {
        return Ok(Some(written));
    }
    let message = format!("'{written}' is not a valid absolute URL with an http or https scheme.");
    Err(ArmError::field(name, &message))
}

/// The name of a template parameter without the star of one that takes several segments.
fn bare(name: &str) -> &str {
    name.trim_start_matches('*')
}

fn members(id: &str, services: &Value, gateway: &Gateway) -> Result<Vec<PoolMember>, ArmError> {
    let services = services.as_array().map(Vec::as_slice).unwrap_or_default();
    if services.is_empty() {
        let message = "A backend pool must have at least one service.";
        return Err(ArmError::field("pool.services", message));
    }
    let number = |service: &Value, name: &str| {
        service[name]
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
    };
    services
        .iter()
        .map(|service| {
            let written = service["id"].as_str().unwrap_or_default();
            let name = written.rsplit('/').next().unwrap_or_default();
            let is_single = name != id
                && gateway
                    .backends
                    .get(name)
                    .is_some_and(|it| it.pool.is_empty());
            if !is_single {
                let message = format!("Backend '{written}' of the pool was not found.");
                return Err(ArmError::field("pool.services", &message));
            }
            Ok(PoolMember {
                backend: name.to_owned(),
                priority: number(service, "priority"),
                weight: number(service, "weight"),
            })
        })
        .collect()
}

fn headers(written: &Value) -> BTreeMap<String, String> {
    let none = Map::new();
    let values = |value: &Value| match value {
        Value::Array(all) => {
            let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            all.join(", ")
        }
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    written
        .as_object()
        .unwrap_or(&none)
        .iter()
        .map(|(name, value)| (name.clone(), values(value)))
        .collect()
}

fn breaker(written: &Value) -> Result<Option<Breaker>, ArmError> {
    let rules = written["rules"].as_array().map(Vec::as_slice);
    let rule = match rules.unwrap_or_default() {
        [] => return Ok(None),
        [rule] => rule,
        _ => {
            let message = "A circuit breaker can have only one rule.";
            return Err(ArmError::field("circuitBreaker", message));
        }
    };
    let condition = &rule["failureCondition"];
    let ranges = condition["statusCodeRanges"].as_array();
    let bound = |range: &Value, name: &str| {
        range[name]
            .as_u64()
            .and_then(|number| u16::try_from(number).ok())
    };
    let status_ranges = ranges
        .into_iter()
        .flatten()
        .filter_map(|range| Some((bound(range, "min")?, bound(range, "max")?)))
        .collect();
    let count = condition["count"].as_u64();
    Ok(Some(Breaker {
        count: count
            .and_then(|count| u32::try_from(count).ok())
            .ok_or_else(|| ArmError::field("failureCondition", "The count is required."))?,
        interval_seconds: seconds(condition, "interval")?,
        status_ranges,
        trip_seconds: seconds(rule, "tripDuration")?,
        accept_retry_after: flag(rule, "acceptRetryAfter").unwrap_or(false),
    }))
}

/// An ISO 8601 duration.
fn seconds(value: &Value, name: &str) -> Result<u64, ArmError> {
    value[name]
        .as_str()
        .and_then(|text| text.parse::<jiff::SignedDuration>().ok())
        .and_then(|duration| u64::try_from(duration.as_secs()).ok())
        .ok_or_else(|| ArmError::field(name, &format!("{name} must be an ISO 8601 duration.")))
}

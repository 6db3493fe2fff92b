//! Writes to API Management: what a person, `az` or a template changes, and the gateway then does.

use super::apim::{Target, within};
use super::apim_bodies as bodies;
use super::apim_shapes as shapes;
use super::call::{Answer, Call, key_of};
use super::errors::ArmError;
use crate::sim::trace::Traces;
use crate::sim::world::{Api, Client, Gateway, World};
use crate::sim::{apim, draw, reply};
use bytes::Bytes;
use http::{Method, Response};
use serde_json::Value;

/// Answers PUT, PATCH and DELETE of one resource. `rest` has passed the table of actions.
pub(super) fn answer(
    call: &Call<'_>,
    traces: &Traces,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Answer {
    if let ["products", _, "apis", _] = rest {
        return link(call, target, names);
    }
    let shown = match within(call, traces, target, rest, names) {
        Ok(answer) => Some(json_of(&answer)),
        Err(error) if error.status() == 404 => {
            parent_exists(call, traces, target, rest, names)?;
            None
        }
        Err(error) => return Err(error),
    };
    call.check_etag(shown.as_ref())?;
    let body = match (call.method.clone(), shown.as_ref()) {
        (Method::DELETE, None) => return Ok(reply::empty(204)),
        (Method::DELETE, Some(_)) => {
            change(call, target, |gateway| {
                remove(gateway, rest, names);
                Ok(())
            })?;
            return Ok(reply::empty(200));
        }
        (Method::PATCH, None) => return Err(ArmError::child_not_found("Entity")),
        (Method::PATCH, Some(current)) => patched(current.clone(), &call.json()?),
        _ => call.json()?,
    };
    let world = if rest.is_empty() {
        let (_, world) = call
            .live
            .change(|world| set_identity(world, target.name, &body))?;
        world
    } else {
        change(call, target, |gateway| {
            put(gateway, &target.id, rest, names, &body["properties"])
        })?
    };
    let changed = Target {
        name: target.name,
        gateway: world
            .gateways
            .get(target.name)
            .ok_or_else(|| ArmError::child_not_found("Service"))?,
        world: &world,
        id: target.id.clone(),
    };
    let mut response = within(call, traces, &changed, rest, names)?;
    if shown.is_none() {
        *response.status_mut() = http::StatusCode::CREATED;
    }
    Ok(response)
}

/// Draws one of the two keys of a subscription anew.
pub(super) fn regenerate(
    call: &Call<'_>,
    target: &Target<'_>,
    name: &str,
    is_primary: bool,
) -> Answer {
    change(call, target, |gateway| {
        let key = key_of(&gateway.subscriptions, name);
        let subscription = gateway
            .subscriptions
            .get_mut(&key)
            .ok_or_else(|| ArmError::child_not_found("Subscription"))?;
        let fresh = draw::hex(0, &draw::fresh_guid(), 32);
        if is_primary {
            subscription.primary_key = fresh;
        } else {
            subscription.secondary_key = fresh;
        }
        Ok(())
    })?;
    Ok(reply::empty(204))
}

/// Changes the gateway; what it could then not run is refused.
fn change(
    call: &Call<'_>,
    target: &Target<'_>,
    make: impl FnOnce(&mut Gateway) -> Result<(), ArmError>,
) -> Result<std::sync::Arc<World>, ArmError> {
    let ((), world) = call.live.change(|world| {
        let gateway = world
            .gateways
            .get_mut(target.name)
            .ok_or_else(|| ArmError::child_not_found("Service"))?;
        make(gateway)?;
        apim::check(target.name, gateway).map_err(|error| policy_error(&error))
    })?;
    Ok(world)
}

fn policy_error(error: &apim::ApimError) -> ArmError {
    let message = match error {
        apim::ApimError::Policy {
            policy,
            line,
            message,
            ..
        } => format!("Error in element '{policy}' on line {line}, column 1: {message}"),
        other => other.to_string(),
    };
    ArmError::field("representation", &message)
}

/// Fails where what a new resource would belong to is not there.
fn parent_exists(
    call: &Call<'_>,
    traces: &Traces,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Result<(), ArmError> {
    let depth = match rest {
        ["apis", _, "operations", _, "policies", _] => 4,
        ["apis", _, _, _] | ["products", _, _, _] => 2,
        _ => return Ok(()),
    };
    within(call, traces, target, &rest[..depth], &names[..depth]).map(|_| ())
}

fn put(
    gateway: &mut Gateway,
    service: &str,
    rest: &[&str],
    names: &[String],
    properties: &Value,
) -> Result<(), ArmError> {
    match rest {
        ["policies", _] => gateway.policy = bodies::xml(properties)?,
        ["apis", _, "policies", _] => api_of(gateway, &names[1])?.policy = bodies::xml(properties)?,
        ["apis", _, "operations", _, "policies", _] => {
            let api = api_of(gateway, &names[1])?;
            let key = key_of(&api.operations, &names[3]);
            let operation = api
                .operations
                .get_mut(&key)
                .ok_or_else(|| ArmError::child_not_found("Operation"))?;
            operation.policy = bodies::xml(properties)?;
        }
        ["products", _, "policies", _] => {
            let key = key_of(&gateway.products, &names[1]);
            let product = gateway
                .products
                .get_mut(&key)
                .ok_or_else(|| ArmError::child_not_found("Product"))?;
            product.policy = bodies::xml(properties)?;
        }
        ["policyfragments", _] => {
            let key = key_of(&gateway.fragments, &names[1]);
            gateway.fragments.insert(key, bodies::xml(properties)?);
        }
        ["apis", _] => {
            let key = key_of(&gateway.apis, &names[1]);
            let api = bodies::api(&key, properties, gateway, gateway.apis.get(&key))?;
            gateway.apis.insert(key, api);
        }
        ["apis", _, "operations", _] => {
            let api = api_of(gateway, &names[1])?;
            let key = key_of(&api.operations, &names[3]);
            let operation = bodies::operation(&key, properties, api, api.operations.get(&key))?;
            api.operations.insert(key, operation);
        }
        ["backends", _] => {
            let key = key_of(&gateway.backends, &names[1]);
            let backend = bodies::backend(&key, properties, gateway, gateway.backends.get(&key))?;
            gateway.backends.insert(key, backend);
        }
        ["subscriptions", _] => {
            let key = key_of(&gateway.subscriptions, &names[1]);
            let now = gateway.subscriptions.get(&key);
            let subscription = bodies::subscription(properties, service, gateway, now)?;
            gateway.subscriptions.insert(key, subscription);
        }
        ["namedvalues", _] => {
            let key = key_of(&gateway.named_values, &names[1]);
            let value = bodies::named_value(properties, gateway.named_values.get(&key))?;
            gateway.named_values.insert(key, value);
        }
        ["products", _] => {
            let key = key_of(&gateway.products, &names[1]);
            let product = bodies::product(properties, gateway.products.get(&key))?;
            gateway.products.insert(key, product);
        }
        _ => return Err(ArmError::method_not_allowed("PUT")),
    }
    Ok(())
}

fn remove(gateway: &mut Gateway, rest: &[&str], names: &[String]) {
    match rest {
        ["policies", _] => gateway.policy.clear(),
        ["policyfragments", _] => {
            gateway
                .fragments
                .remove(&key_of(&gateway.fragments, &names[1]));
        }
        ["backends", _] => {
            gateway
                .backends
                .remove(&key_of(&gateway.backends, &names[1]));
        }
        ["subscriptions", _] => {
            let key = key_of(&gateway.subscriptions, &names[1]);
            gateway.subscriptions.remove(&key);
        }
        ["namedvalues", _] => {
            let key = key_of(&gateway.named_values, &names[1]);
            gateway.named_values.remove(&key);
        }
        ["products", _] => {
            let key = key_of(&gateway.products, &names[1]);
            gateway.products.remove(&key);
            for api in gateway.apis.values_mut() {
                api.products.retain(|product| *product != key);
            }
        }
        ["products", _, "policies", _] => {
            let key = key_of(&gateway.products, &names[1]);
            if let Some(product) = gateway.products.get_mut(&key) {
                product.policy.clear();
            }
        }
        ["apis", _] => {
            gateway.apis.remove(&key_of(&gateway.apis, &names[1]));
        }
        ["apis", _, below @ ..] => {
            if let Ok(api) = api_of(gateway, &names[1]) {
                remove_of_api(api, below, &names[2..]);
            }
        }
        _ => {}
    }
}

fn remove_of_api(api: &mut Api, rest: &[&str], names: &[String]) {
    match rest {
        ["policies", _] => api.policy.clear(),
        ["operations", _] => {
            api.operations.remove(&key_of(&api.operations, &names[1]));
        }
        ["operations", _, "policies", _] => {
            let key = key_of(&api.operations, &names[1]);
            if let Some(operation) = api.operations.get_mut(&key) {
                operation.policy.clear();
            }
        }
        _ => {}
    }
}

fn api_of<'g>(gateway: &'g mut Gateway, name: &str) -> Result<&'g mut Api, ArmError> {
    let key = key_of(&gateway.apis, name);
    gateway
        .apis
        .get_mut(&key)
        .ok_or_else(|| ArmError::child_not_found("Api"))
}

/// An API is put into a product or taken out of it.
fn link(call: &Call<'_>, target: &Target<'_>, names: &[String]) -> Answer {
    let product = key_of(&target.gateway.products, &names[1]);
    if !target.gateway.products.contains_key(&product) {
        return Err(ArmError::child_not_found("Product"));
    }
    let (name, api) = super::apim_children::api(target, &names[3])?;
    let was_in = api.products.contains(&product);
    let is_put = call.method == Method::PUT;
    change(call, target, |gateway| {
        let api = api_of(gateway, name)?;
        api.products.retain(|other| *other != product);
        if is_put {
            api.products.push(product);
        }
        Ok(())
    })?;
    let status = match (is_put, was_in) {
        (true, false) => 201,
        (false, false) => 204,
        _ => 200,
    };
    if is_put {
        let body = shapes::api(&target.id, name, api);
        return Ok(reply::json(status, &body));
    }
    Ok(reply::empty(status))
}

/// Turns the system-assigned identity of a service on or off. Nothing else of a service is changed.
fn set_identity(world: &mut World, name: &str, body: &Value) -> Result<(), ArmError> {
    let kind = body["identity"]["type"].as_str().unwrap_or("None");
    let is_wanted = kind.to_ascii_lowercase().contains("systemassigned");
    let label = format!("identity {name} {}", draw::fresh_guid());
    let gateway = world
        .gateways
        .get_mut(name)
        .ok_or_else(|| ArmError::child_not_found("Service"))?;
    match (is_wanted, &gateway.identity) {
        (true, None) => {
            let client_id = draw::guid(world.seed, &label);
            let client = Client {
                name: name.to_owned(),
                object_id: draw::fresh_guid(),
                managed_identity: true,
                ..Client::default()
            };
            gateway.identity = Some(client_id.clone());
            world.clients.insert(client_id, client);
        }
        (false, Some(_)) => gateway.identity = None,
        _ => {}
    }
    Ok(())
}

/// The JSON of an answer of this provider, with or without a byte order mark.
pub(super) fn json_of(answer: &Response<Bytes>) -> Value {
    let body = answer.body();
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    serde_json::from_slice(body).unwrap_or_default()
}

/// API Management's PATCH: a property that is given takes the place of the old one as a whole. Whether its members are
/// merged is not documented; a remedy must not depend on it.
fn patched(mut current: Value, patch: &Value) -> Value {
    if let (Some(now), Some(given)) = (
        current["properties"].as_object_mut(),
        patch["properties"].as_object(),
    ) {
        now.extend(given.clone());
    }
    if let Some(identity) = patch.get("identity") {
        current["identity"] = identity.clone();
    }
    current
}

/// JSON merge patch (RFC 7396), which the other providers' PATCH is.
pub(super) fn merged(mut base: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else {
        return patch.clone();
    };
    if !base.is_object() {
        base = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(members) = &mut base {
        for (name, change) in changes {
            if change.is_null() {
                members.remove(name);
            } else {
                let now = members.remove(name).unwrap_or_default();
                members.insert(name.clone(), merged(now, change));
            }
        }
    }
    base
}

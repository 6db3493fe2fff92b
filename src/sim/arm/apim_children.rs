//! What belongs to an API Management service, but for policies and traces.

use super::apim::Target;
use super::apim_filter as filter;
use super::apim_shapes as shapes;
use super::call::{Answer, Call, find};
use super::errors::ArmError;
use super::page;
use crate::sim::reply;
use crate::sim::world::Api;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Answers a list, an entity or a secret. `rest` has passed the table of actions.
pub(super) fn answer(
    call: &Call<'_>,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Answer {
    let (id, gateway) = (target.id.as_str(), target.gateway);
    match rest {
        ["apis"] => list(call, &gateway.apis, |name, api| shapes::api(id, name, api)),
        ["apis", _] => {
            let (name, api) = api(target, &names[1])?;
            Ok(reply::json(200, &shapes::api(id, name, api)))
        }
        ["apis", _, "operations"] => {
            let (api_name, api) = api(target, &names[1])?;
            list(call, &api.operations, |name, operation| {
                shapes::operation(id, api_name, name, operation)
            })
        }
        ["apis", _, "operations", _] => {
            let (api_name, api) = api(target, &names[1])?;
            let (name, operation) = find(&api.operations, &names[3])
                .ok_or_else(|| ArmError::child_not_found("Operation"))?;
            Ok(reply::json(
                200,
                &shapes::operation(id, api_name, name, operation),
            ))
        }
        ["apis", _, "products"] => {
            let (_, api) = api(target, &names[1])?;
            let products = gateway
                .products
                .iter()
                .filter(|(name, _)| api.products.contains(name));
            pages(
                call,
                products.map(|(name, product)| shapes::product(id, name, product)),
            )
        }
        ["backends"] => list(call, &gateway.backends, |name, backend| {
            shapes::backend(id, name, backend)
        }),
        ["backends", _] => one(&gateway.backends, &names[1], "Backend", |name, backend| {
            shapes::backend(id, name, backend)
        }),
        ["subscriptions"] => list(call, &gateway.subscriptions, |name, subscription| {
            shapes::subscription(id, name, subscription)
        }),
        ["subscriptions", _] => one(
            &gateway.subscriptions,
            &names[1],
            "Subscription",
            |name, subscription| shapes::subscription(id, name, subscription),
        ),
        ["subscriptions", _, _] => one(
            &gateway.subscriptions,
            &names[1],
            "Subscription",
            |_, subscription| {
                json!({
                    "primaryKey": subscription.primary_key,
                    "secondaryKey": subscription.secondary_key,
                })
            },
        ),
        ["namedvalues"] => list(call, &gateway.named_values, |name, value| {
            shapes::named_value(id, name, value)
        }),
        ["namedvalues", _] => one(
            &gateway.named_values,
            &names[1],
            "Property",
            |name, value| shapes::named_value(id, name, value),
        ),
        ["namedvalues", _, _] => one(
            &gateway.named_values,
            &names[1],
            "Property",
            |_, value| json!({"value": value.value}),
        ),
        ["products"] => list(call, &gateway.products, |name, product| {
            shapes::product(id, name, product)
        }),
        ["products", _] => one(&gateway.products, &names[1], "Product", |name, product| {
            shapes::product(id, name, product)
        }),
        ["products", _, "apis", _] => {
            let (product, _) = find(&gateway.products, &names[1])
                .ok_or_else(|| ArmError::child_not_found("Product"))?;
            let (name, api) = api(target, &names[3])?;
            if !api.products.contains(product) {
                return Err(ArmError::child_not_found("Api"));
            }
            Ok(reply::json(200, &shapes::api(id, name, api)))
        }
        ["products", _, "apis"] => {
            let (product, _) = find(&gateway.products, &names[1])
                .ok_or_else(|| ArmError::child_not_found("Product"))?;
            let apis = gateway
                .apis
                .iter()
                .filter(|(_, api)| api.products.contains(product));
            pages(call, apis.map(|(name, api)| shapes::api(id, name, api)))
        }
        // Only self-hosted gateways are listed, and a world has none.
        _ => pages(call, std::iter::empty()),
    }
}

/// An API of the service, by its id.
pub(super) fn api<'a>(target: &Target<'a>, name: &str) -> Result<(&'a String, &'a Api), ArmError> {
    find(&target.gateway.apis, name).ok_or_else(|| ArmError::child_not_found("Api"))
}

fn list<T>(
    call: &Call<'_>,
    map: &BTreeMap<String, T>,
    write: impl Fn(&str, &T) -> Value,
) -> Answer {
    pages(call, map.iter().map(|(name, item)| write(name, item)))
}

fn pages(call: &Call<'_>, items: impl Iterator<Item = Value>) -> Answer {
    let mut items: Vec<Value> = items.collect();
    if let Some(text) = call.query.get("$filter") {
        let filter = filter::parse(text)?;
        items.retain(|item| filter.matches(item));
    }
    page::by_skip(call, &items, Clone::clone)
}

fn one<T>(
    map: &BTreeMap<String, T>,
    name: &str,
    what: &str,
    write: impl Fn(&str, &T) -> Value,
) -> Answer {
    find(map, name)
        .map(|(name, item)| reply::json(200, &write(name, item)))
        .ok_or_else(|| ArmError::child_not_found(what))
}

//! `Microsoft.ApiManagement`: services, and the way to what belongs to them.

use super::call::{Answer, Call, find};
use super::errors::ArmError;
use super::service::Place;
use super::{
    apim_children as children, apim_policy, apim_shapes as shapes, apim_trace, page, versions,
};
use crate::sim::reply;
use crate::sim::trace::Traces;
use crate::sim::world::Gateway;
use http::Method;

const NAMESPACE: &str = "Microsoft.ApiManagement";

/// A service that was found.
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    pub(super) gateway: &'a Gateway,
    /// Its resource id.
    pub(super) id: String,
}

/// Answers a call below `providers/Microsoft.ApiManagement`. `kinds` are the segments in lower case, `names` the same
/// as sent.
pub(super) fn answer(
    call: &Call<'_>,
    traces: &Traces,
    place: &Place<'_>,
    kinds: &[&str],
    names: &[String],
) -> Answer {
    match (kinds, place.group) {
        (["service"], _) => {
            versions::check("service", &call.api_version, versions::APIM)?;
            list(call, place)
        }
        (["aigateways"], _) => {
            versions::check("aigateways", &call.api_version, versions::AI_GATEWAY)?;
            call.expect(&Method::GET)?;
            call.authorize(&format!("{NAMESPACE}/aigateways/read"), &place.scope())?;
            let none: [(); 0] = [];
            page::by_token(call, &none, |()| serde_json::Value::Null)
        }
        (["service", _, rest @ ..], Some(group)) => {
            versions::check("service", &call.api_version, versions::APIM)?;
            let asked = names[1].as_str();
            let (action, method) = action_of(call, rest)?;
            call.expect(&method)?;
            let scope = format!("{}/providers/{NAMESPACE}/service/{asked}", place.scope());
            call.authorize(&format!("{NAMESPACE}/service/{action}"), &scope)?;
            place.check_group(call.world)?;
            let (name, gateway) = find(&call.world.gateways, asked)
                .filter(|(_, gateway)| {
                    place.holds(call.world, &gateway.subscription, &gateway.resource_group)
                })
                .ok_or_else(|| {
                    let resource = format!("{NAMESPACE}/service/{asked}");
                    ArmError::resource_not_found(&resource, group)
                })?;
            let target = Target {
                name,
                gateway,
                id: call.world.gateway_id(name).unwrap_or_default(),
            };
            within(call, traces, &target, rest, &names[2..])
        }
        _ => Err(ArmError::unknown_type(
            &kinds.join("/"),
            NAMESPACE,
            &call.api_version,
        )),
    }
}

fn list(call: &Call<'_>, place: &Place<'_>) -> Answer {
    call.expect(&Method::GET)?;
    call.authorize(&format!("{NAMESPACE}/service/read"), &place.scope())?;
    place.check_group(call.world)?;
    let services: Vec<(&String, &Gateway)> = call
        .world
        .gateways
        .iter()
        .filter(|(_, gateway)| {
            place.holds(call.world, &gateway.subscription, &gateway.resource_group)
        })
        .collect();
    page::by_token(call, &services, |(name, gateway)| {
        shapes::service(call.world, name, gateway)
    })
}

/// The action that a path needs, below `Microsoft.ApiManagement/service/`, and its method.
fn action_of(call: &Call<'_>, rest: &[&str]) -> Result<(&'static str, Method), ArmError> {
    let read = |action| Ok((action, Method::GET));
    let post = |action| Ok((action, Method::POST));
    match rest {
        [] => read("read"),
        ["apis"] | ["apis", _] => read("apis/read"),
        ["apis", _, "operations"] | ["apis", _, "operations", _] => read("apis/operations/read"),
        ["apis", _, "operations", _, "policies"] | ["apis", _, "operations", _, "policies", _] => {
            read("apis/operations/policies/read")
        }
        ["apis", _, "policies"] | ["apis", _, "policies", _] => read("apis/policies/read"),
        ["apis", _, "products"] => read("apis/products/read"),
        ["policies"] | ["policies", _] => read("policies/read"),
        ["policyfragments"] | ["policyfragments", _] => read("policyFragments/read"),
        ["backends"] | ["backends", _] => read("backends/read"),
        ["subscriptions"] | ["subscriptions", _] => read("subscriptions/read"),
        ["subscriptions", _, "listsecrets"] => post("subscriptions/listSecrets/action"),
        ["namedvalues"] | ["namedvalues", _] => read("namedValues/read"),
        ["namedvalues", _, "listvalue"] => post("namedValues/listValue/action"),
        ["products"] | ["products", _] => read("products/read"),
        ["products", _, "apis"] => read("products/apis/read"),
        ["products", _, "policies"] | ["products", _, "policies", _] => {
            read("products/policies/read")
        }
        ["gateways"] => read("gateways/read"),
        ["gateways", _, "listdebugcredentials"] => post("gateways/listDebugCredentials/action"),
        ["gateways", _, "listtrace"] => post("gateways/listTrace/action"),
        _ => {
            let kind = format!("service/{}", rest.join("/"));
            Err(ArmError::unknown_type(&kind, NAMESPACE, &call.api_version))
        }
    }
}

fn within(
    call: &Call<'_>,
    traces: &Traces,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Answer {
    match rest {
        [] => Ok(reply::json(
            200,
            &shapes::service(call.world, target.name, target.gateway),
        )),
        [.., "policies"] | [.., "policies", _] | ["policyfragments", ..] => {
            apim_policy::answer(call, target, rest, names)
        }
        ["gateways", _, _] => apim_trace::answer(call, traces, target, rest, &names[1]),
        _ => children::answer(call, target, rest, names),
    }
}

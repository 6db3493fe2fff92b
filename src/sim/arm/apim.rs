//! `Microsoft.ApiManagement`: services, and the way to what belongs to them.

use super::call::{Answer, Call, etag, find};
use super::errors::ArmError;
use super::service::Place;
use super::{
    apim_children as children, apim_policy, apim_shapes as shapes, apim_trace, apim_write, page,
    versions,
};
use crate::sim::reply;
use crate::sim::trace::Traces;
use crate::sim::world::{Gateway, World};
use http::Method;

const NAMESPACE: &str = "Microsoft.ApiManagement";

/// A service that was found.
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    pub(super) gateway: &'a Gateway,
    /// The world that it stands in.
    pub(super) world: &'a World,
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
            call.require_method(&Method::GET)?;
            call.authorize(&format!("{NAMESPACE}/aigateways/read"), &place.scope())?;
            let none: [(); 0] = [];
            page::by_token(call, &none, |()| serde_json::Value::Null)
        }
        (["service", _, rest @ ..], Some(group)) => {
            versions::check("service", &call.api_version, versions::APIM)?;
            let asked = names[1].as_str();
            let action = action_of(call, rest)?;
            let scope = format!("{}/providers/{NAMESPACE}/service/{asked}", place.scope());
            call.authorize(&action, &scope)?;
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
                world: call.world,
                id: call.world.gateway_id(name).unwrap_or_default(),
            };
            answer_within(call, traces, &target, rest, &names[2..])
        }
        _ => Err(ArmError::unknown_type(
            &kinds.join("/"),
            NAMESPACE,
            &call.api_version,
        )),
    }
}

fn list(call: &Call<'_>, place: &Place<'_>) -> Answer {
    call.require_method(&Method::GET)?;
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

/// What can be done with a resource below a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Can {
    /// A list, or an entity that nobody writes.
    Read,
    /// An entity that is put, patched and deleted.
    Write,
    /// Membership, which is put and deleted.
    Link,
    /// An action, which is posted.
    Act,
}

/// The action that a call needs, as a role names it. Fails for a path or a method that does not exist.
fn action_of(call: &Call<'_>, rest: &[&str]) -> Result<String, ArmError> {
    let Some((kind, can)) = kind_of(rest) else {
        let kind = format!("service/{}", rest.join("/"));
        return Err(ArmError::unknown_type(&kind, NAMESPACE, &call.api_version));
    };
    let verb = match (can, &call.method) {
        (Can::Act, &Method::POST) => "action",
        (Can::Read | Can::Write | Can::Link, &Method::GET) => "read",
        (Can::Write | Can::Link, &Method::PUT) | (Can::Write, &Method::PATCH) => "write",
        (Can::Write | Can::Link, &Method::DELETE) if !rest.is_empty() => "delete",
        (_, other) => return Err(ArmError::method_not_allowed(other.as_str())),
    };
    let separator = if kind.is_empty() { "" } else { "/" };
    Ok(format!("{NAMESPACE}/service/{kind}{separator}{verb}"))
}

/// The kind of a path, below `Microsoft.ApiManagement/service/`.
fn kind_of(rest: &[&str]) -> Option<(&'static str, Can)> {
    Some(match rest {
        [] => ("", Can::Write),
        ["apis"] => ("apis", Can::Read),
        ["apis", _] => ("apis", Can::Write),
        ["apis", _, "operations"] => ("apis/operations", Can::Read),
        ["apis", _, "operations", _] => ("apis/operations", Can::Write),
        ["apis", _, "operations", _, "policies"] => ("apis/operations/policies", Can::Read),
        ["apis", _, "operations", _, "policies", _] => ("apis/operations/policies", Can::Write),
        ["apis", _, "policies"] => ("apis/policies", Can::Read),
        ["apis", _, "policies", _] => ("apis/policies", Can::Write),
        ["apis", _, "products"] => ("apis/products", Can::Read),
        ["policies"] => ("policies", Can::Read),
        ["policies", _] => ("policies", Can::Write),
        ["policyfragments"] => ("policyFragments", Can::Read),
        ["policyfragments", _] => ("policyFragments", Can::Write),
        ["backends"] => ("backends", Can::Read),
        ["backends", _] => ("backends", Can::Write),
        ["subscriptions"] => ("subscriptions", Can::Read),
        ["subscriptions", _] => ("subscriptions", Can::Write),
        ["subscriptions", _, "listsecrets"] => ("subscriptions/listSecrets", Can::Act),
        ["subscriptions", _, "regenerateprimarykey"] => {
            ("subscriptions/regeneratePrimaryKey", Can::Act)
        }
        ["subscriptions", _, "regeneratesecondarykey"] => {
            ("subscriptions/regenerateSecondaryKey", Can::Act)
        }
        ["namedvalues"] => ("namedValues", Can::Read),
        ["namedvalues", _] => ("namedValues", Can::Write),
        ["namedvalues", _, "listvalue"] => ("namedValues/listValue", Can::Act),
        ["products"] => ("products", Can::Read),
        ["products", _] => ("products", Can::Write),
        ["products", _, "apis"] => ("products/apis", Can::Read),
        ["products", _, "apis", _] => ("products/apis", Can::Link),
        ["products", _, "policies"] => ("products/policies", Can::Read),
        ["products", _, "policies", _] => ("products/policies", Can::Write),
        ["gateways"] => ("gateways", Can::Read),
        ["gateways", _, "listdebugcredentials"] => ("gateways/listDebugCredentials", Can::Act),
        ["gateways", _, "listtrace"] => ("gateways/listTrace", Can::Act),
        _ => return None,
    })
}

fn answer_within(
    call: &Call<'_>,
    traces: &Traces,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Answer {
    match (&call.method, rest) {
        (&Method::PUT | &Method::PATCH | &Method::DELETE, _) => {
            apim_write::answer(call, traces, target, rest, names)
        }
        (_, ["subscriptions", _, "regenerateprimarykey"]) => {
            apim_write::regenerate(call, target, &names[1], true)
        }
        (_, ["subscriptions", _, "regeneratesecondarykey"]) => {
            apim_write::regenerate(call, target, &names[1], false)
        }
        _ => {
            let mut response = within(call, traces, target, rest, names)?;
            if kind_of(rest).is_some_and(|(_, can)| can == Can::Write) {
                let mark = etag(&apim_write::json_of(&response));
                reply::set(&mut response, "etag", &mark);
            }
            Ok(response)
        }
    }
}

/// What stands at a path, as GET shows it, and the actions that change nothing.
pub(super) fn within(
    call: &Call<'_>,
    traces: &Traces,
    target: &Target<'_>,
    rest: &[&str],
    names: &[String],
) -> Answer {
    match rest {
        [] => Ok(reply::json(
            200,
            &shapes::service(target.world, target.name, target.gateway),
        )),
        [.., "policies"] | [.., "policies", _] | ["policyfragments", ..] => {
            apim_policy::answer(call, target, rest, names)
        }
        ["gateways", _, _] => apim_trace::answer(call, traces, target, rest, &names[1]),
        _ => children::answer(call, target, rest, names),
    }
}

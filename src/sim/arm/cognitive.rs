//! `Microsoft.CognitiveServices`: accounts and what belongs to them.

use super::call::{Answer, Call, find};
use super::cognitive_models as models;
use super::cognitive_shapes as shapes;
use super::cognitive_write as write;
use super::errors::ArmError;
use super::page;
use super::service::Place;
use super::versions;
use crate::sim::reply;
use crate::sim::world::Account;
use http::Method;
use serde_json::json;

const NAMESPACE: &str = "Microsoft.CognitiveServices";

/// Answers a call below `providers/Microsoft.CognitiveServices`. `kinds` are the segments in lower case, `names` the
/// same as sent.
pub(super) fn answer(
    call: &Call<'_>,
    place: &Place<'_>,
    kinds: &[&str],
    names: &[String],
) -> Answer {
    let kind = kinds.first().copied().unwrap_or_default();
    versions::check(kind, &call.api_version, versions::COGNITIVE)?;
    match (kinds, place.group) {
        (["accounts"], _) => list_accounts(call, place),
        (["accounts", _, rest @ ..], Some(group)) => {
            let scope = format!(
                "{}/providers/{NAMESPACE}/accounts/{}",
                place.scope(),
                names[1]
            );
            let target = Target {
                place,
                group,
                asked: &names[1],
                scope,
            };
            within_account(call, &target, rest, names)
        }
        (["locations", location, "usages"], None) => {
            call.require_method(&Method::GET)?;
            let action = format!("{NAMESPACE}/locations/usages/read");
            call.authorize(&action, &place.scope())?;
            let usages =
                models::usages(call.world, |account| is_in(place, call, account, location));
            page::by_token(call, &usages, Clone::clone)
        }
        (["locations", location, "models"], None) => {
            call.require_method(&Method::GET)?;
            let action = format!("{NAMESPACE}/locations/models/read");
            call.authorize(&action, &place.scope())?;
            let models =
                models::offered(call.world, |account| is_in(place, call, account, location));
            page::by_token(
                call,
                &models,
                |model| json!({"model": model, "kind": "AIServices", "skuName": "S0", "description": ""}),
            )
        }
        // What was begun is done as soon as anyone asks.
        (["locations", _, "operationstatuses", id], None) => {
            call.require_method(&Method::GET)?;
            Ok(reply::json(
                200,
                &json!({"id": call.path, "name": id, "status": "Succeeded"}),
            ))
        }
        (["locations", _, "operationresults", _], None) => Ok(reply::empty(204)),
        _ => Err(ArmError::unknown_type(
            &kinds.join("/"),
            NAMESPACE,
            &call.api_version,
        )),
    }
}

/// An account as it was asked for.
struct Target<'a> {
    place: &'a Place<'a>,
    group: &'a str,
    asked: &'a str,
    scope: String,
}

fn is_in(place: &Place<'_>, call: &Call<'_>, account: &Account, location: &str) -> bool {
    place.holds(call.world, &account.subscription, &account.resource_group)
        && account.location.eq_ignore_ascii_case(location)
}

fn list_accounts(call: &Call<'_>, place: &Place<'_>) -> Answer {
    call.require_method(&Method::GET)?;
    call.authorize(&format!("{NAMESPACE}/accounts/read"), &place.scope())?;
    place.check_group(call.world)?;
    let accounts: Vec<(&String, &Account)> = call
        .world
        .accounts
        .iter()
        .filter(|(_, account)| {
            place.holds(call.world, &account.subscription, &account.resource_group)
        })
        .collect();
    page::by_token(call, &accounts, |(name, account)| {
        shapes::account(call.world, name, account)
    })
}

fn within_account(call: &Call<'_>, target: &Target<'_>, rest: &[&str], names: &[String]) -> Answer {
    let action = action_of(call, rest)?;
    call.authorize(&format!("{NAMESPACE}/{action}"), &target.scope)?;
    target.place.check_group(call.world)?;
    let (name, account) = find(&call.world.accounts, target.asked)
        .filter(|(_, account)| {
            target
                .place
                .holds(call.world, &account.subscription, &account.resource_group)
        })
        .ok_or_else(|| not_found(target, "accounts", target.asked))?;
    // `names` begins with `accounts` and the account's name.
    let child = names.get(3).map(String::as_str).unwrap_or_default();
    let below = |kind: &str| {
        let resource = format!("{}/{child}", target.asked);
        not_found(target, &format!("accounts/{kind}"), &resource)
    };
    let world = call.world;
    match (rest, &call.method) {
        ([], &Method::PUT | &Method::PATCH) => {
            return Ok(reply::json(200, &write::account(call, name)?));
        }
        (["deployments", _], &Method::PUT | &Method::PATCH) => {
            return write::deployment(call, name, account, child);
        }
        (["deployments", _], &Method::DELETE) => {
            return write::delete_deployment(call, name, account, child);
        }
        (["deployments", _, "pause"], _) => {
            return write::set_state(call, name, account, child, "Paused");
        }
        (["deployments", _, "resume"], _) => {
            return write::set_state(call, name, account, child, "Running");
        }
        _ => {}
    }
    match rest {
        [] => Ok(reply::json(200, &shapes::account(world, name, account))),
        ["listkeys"] => {
            let body = json!({"key1": account.keys.first(), "key2": account.keys.get(1)});
            Ok(reply::json(200, &body))
        }
        ["regeneratekey"] => write::regenerate_key(call, name),
        ["deployments"] => {
            let deployments: Vec<_> = account.deployments.iter().collect();
            page::by_token(call, &deployments, |(id, deployment)| {
                shapes::deployment(world, name, account, id, deployment)
            })
        }
        ["deployments", _] => find(&account.deployments, child)
            .map(|(id, deployment)| {
                reply::json(
                    200,
                    &shapes::deployment(world, name, account, id, deployment),
                )
            })
            .ok_or_else(|| below("deployments")),
        ["models"] => {
            let models = models::offered(world, |other| other.location == account.location);
            page::by_token(call, &models, Clone::clone)
        }
        ["usages"] => {
            let usages = models::usages(world, |other| std::ptr::eq(other, account));
            page::by_token(call, &usages, Clone::clone)
        }
        ["projects", _] => find(&account.projects, child)
            .map(|(id, project)| {
                reply::json(200, &shapes::project(world, name, account, id, project))
            })
            .ok_or_else(|| below("projects")),
        ["projects"] => {
            let projects: Vec<_> = account.projects.iter().collect();
            page::by_token(call, &projects, |(id, project)| {
                shapes::project(world, name, account, id, project)
            })
        }
        _ => {
            let sku = json!({"resourceType": "Microsoft.CognitiveServices/accounts", "sku": {"name": "S0", "tier": "Standard"}});
            Ok(reply::json(200, &json!({"value": [sku]})))
        }
    }
}

/// The action that a path and its method need. Fails for what does not exist.
fn action_of(call: &Call<'_>, rest: &[&str]) -> Result<&'static str, ArmError> {
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    let writes = call.method == Method::PUT || call.method == Method::PATCH;
    let deletes = call.method == Method::DELETE;
    Ok(match rest {
        [] if get => "accounts/read",
        [] if writes => "accounts/write",
        ["listkeys"] if post => "accounts/listKeys/action",
        ["regeneratekey"] if post => "accounts/regenerateKey/action",
        ["deployments"] | ["deployments", _] if get => "accounts/deployments/read",
        ["deployments", _] if writes => "accounts/deployments/write",
        ["deployments", _] if deletes => "accounts/deployments/delete",
        ["deployments", _, "pause"] if post => "accounts/deployments/pause/action",
        ["deployments", _, "resume"] if post => "accounts/deployments/resume/action",
        ["models"] if get => "accounts/models/read",
        ["usages"] if get => "accounts/usages/read",
        ["projects"] | ["projects", _] if get => "accounts/projects/read",
        ["skus"] if get => "accounts/skus/read",
        []
        | [
            "listkeys" | "regeneratekey" | "deployments" | "models" | "usages" | "projects"
            | "skus",
            ..,
        ] => {
            return Err(ArmError::method_not_allowed(call.method.as_str()));
        }
        _ => {
            let kind = format!("accounts/{}", rest.join("/"));
            return Err(ArmError::unknown_type(&kind, NAMESPACE, &call.api_version));
        }
    })
}

fn not_found(target: &Target<'_>, kind: &str, name: &str) -> ArmError {
    ArmError::resource_not_found(&format!("{NAMESPACE}/{kind}/{name}"), target.group)
}

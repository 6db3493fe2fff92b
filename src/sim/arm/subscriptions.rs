//! Tenants, subscriptions and resource groups.

use super::access;
use super::call::{Answer, Call};
use super::errors::ArmError;
use super::versions;
use crate::sim::reply;
use crate::sim::world::{Subscription, World};
use http::Method;
use serde_json::{Value, json};

/// `GET /tenants`.
pub(super) fn tenants(call: &Call<'_>) -> Answer {
    call.expect(&Method::GET)?;
    versions::check("tenants", &call.api_version, versions::RESOURCES)?;
    let tenant = &call.world.tenant;
    let body = json!({"value": [{
        "id": format!("/tenants/{}", tenant.id),
        "tenantId": tenant.id,
        "tenantCategory": "Home",
        "displayName": tenant.domain.split('.').next(),
        "domains": [tenant.domain],
        "defaultDomain": tenant.domain,
        "tenantType": "AAD",
    }]});
    Ok(reply::json(200, &body))
}

/// `GET /subscriptions`: those in which the caller has any role.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.expect(&Method::GET)?;
    versions::check("subscriptions", &call.api_version, versions::RESOURCES)?;
    let visible: Vec<Value> = call
        .world
        .subscriptions
        .iter()
        .filter(|(id, _)| access::sees_subscription(call.world, &call.caller, id))
        .map(|(id, subscription)| shape(call.world, id, subscription))
        .collect();
    let count = json!({"type": "Total", "value": visible.len()});
    Ok(reply::json(200, &json!({"value": visible, "count": count})))
}

/// What lies in a subscription beside providers: itself, its groups.
pub(super) fn within(
    call: &Call<'_>,
    id: &str,
    subscription: &Subscription,
    rest: &[&str],
) -> Answer {
    call.expect(&Method::GET)?;
    let scope = format!("/subscriptions/{id}");
    match rest {
        [] => {
            versions::check("subscriptions", &call.api_version, versions::RESOURCES)?;
            if !access::sees_subscription(call.world, &call.caller, id) {
                call.authorize("Microsoft.Resources/subscriptions/read", &scope)?;
            }
            Ok(reply::json(200, &shape(call.world, id, subscription)))
        }
        ["resourcegroups"] => {
            versions::check("resourceGroups", &call.api_version, versions::RESOURCES)?;
            call.authorize(
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                &scope,
            )?;
            let groups = groups(call.world, id);
            super::page::by_token(call, &groups, |(name, location)| group(id, name, location))
        }
        ["resourcegroups", _] => {
            versions::check("resourceGroups", &call.api_version, versions::RESOURCES)?;
            let asked = &call.segments[3];
            let scope = format!("{scope}/resourceGroups/{asked}");
            call.authorize(
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                &scope,
            )?;
            groups(call.world, id)
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(asked))
                .map(|(name, location)| reply::json(200, &group(id, name, location)))
                .ok_or_else(|| ArmError::group_not_found(asked))
        }
        _ => Err(ArmError::unknown_type(
            rest.first().copied().unwrap_or_default(),
            "Microsoft.Resources",
            &call.api_version,
        )),
    }
}

/// Resource groups of a subscription that hold anything, with a location, in order.
pub(super) fn groups<'a>(world: &'a World, id: &str) -> Vec<(&'a str, &'a str)> {
    let accounts = world.accounts.values().map(|account| {
        (
            &account.subscription,
            &account.resource_group,
            &account.location,
        )
    });
    let gateways = world.gateways.values().map(|gateway| {
        (
            &gateway.subscription,
            &gateway.resource_group,
            &gateway.location,
        )
    });
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for (subscription, group, location) in accounts.chain(gateways) {
        let is_new = !groups
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(group));
        if world.subscription_id(subscription) == id && is_new {
            groups.push((group, location));
        }
    }
    groups.sort_unstable();
    groups
}

fn shape(world: &World, id: &str, subscription: &Subscription) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": world.tenant.id,
        "displayName": subscription.name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

fn group(id: &str, name: &str, location: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}/resourceGroups/{name}"),
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    })
}

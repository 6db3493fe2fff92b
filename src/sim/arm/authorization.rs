//! `Microsoft.Authorization/roleAssignments`: who holds which role where.

use super::call::{Answer, Call};
use super::errors::ArmError;
use super::page;
use super::service::Place;
use super::versions;
use crate::sim::draw;
use crate::sim::world::Role;
use http::Method;
use serde_json::{Value, json};

/// Answers a list of role assignments at a subscription or a group. Of filters, `principalId eq` and `assignedTo()` are
/// known, which differ only for groups, and a world has none.
pub(super) fn answer(call: &Call<'_>, place: &Place<'_>, kinds: &[&str]) -> Answer {
    let ["roleassignments"] = kinds else {
        return Err(ArmError::unknown_type(
            &kinds.join("/"),
            "Microsoft.Authorization",
            &call.api_version,
        ));
    };
    versions::check(
        "roleAssignments",
        &call.api_version,
        versions::AUTHORIZATION,
    )?;
    call.require_method(&Method::GET)?;
    call.authorize(
        "Microsoft.Authorization/roleAssignments/read",
        &place.scope(),
    )?;
    let principal = call.query.get("$filter").map(|filter| {
        let quoted = filter.split('\'').nth(1);
        quoted.unwrap_or_default().to_ascii_lowercase()
    });
    let own = place.scope().to_ascii_lowercase();
    let mut found: Vec<Value> = Vec::new();
    for client in call.world.clients.values() {
        let is_asked = principal
            .as_ref()
            .is_none_or(|id| client.object_id.eq_ignore_ascii_case(id));
        for held in client.roles.iter().filter(|_| is_asked) {
            let scope = match held.scope.as_str() {
                "" => "/",
                scope => scope,
            };
            // Assignments above the scope hold in it, those below are listed with it.
            let lower = scope.to_ascii_lowercase();
            if lower == "/" || lower.starts_with(&own) || own.starts_with(&lower) {
                found.push(shape(call, &client.object_id, held.role, scope));
            }
        }
    }
    page::by_token(call, &found, Clone::clone)
}

fn shape(call: &Call<'_>, principal: &str, role: Role, scope: &str) -> Value {
    let below = scope.trim_end_matches('/');
    let name = draw::guid(
        call.world.seed,
        &format!("role {principal} {role:?} {scope}"),
    );
    let subscription: Vec<&str> = below.split('/').take(3).collect();
    let subscription = match subscription.as_slice() {
        ["", "subscriptions", id] => format!("/subscriptions/{id}"),
        _ => String::new(),
    };
    let definition = definition_id(role);
    json!({
        "properties": {
            "roleDefinitionId": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{definition}"),
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "scope": scope,
            "condition": null,
            "conditionVersion": null,
            "createdOn": "2025-10-20T09:14:26.3421156Z",
            "updatedOn": "2025-10-20T09:14:26.3421156Z",
            "createdBy": null,
            "updatedBy": null,
            "delegatedManagedIdentityResourceId": null,
            "description": null,
        },
        "id": format!("{below}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
    })
}

/// Ids of the built-in roles.
fn definition_id(role: Role) -> &'static str {
    match role {
        Role::Owner => "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        Role::Contributor => "b24988ac-6180-42a0-ab88-20f7382dd24c",
        Role::Reader => "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        Role::OpenAiUser => "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        Role::CognitiveServicesUser => "a97b65f3-24c7-4388-baec-2e87135dc908",
        Role::CognitiveServicesContributor => "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68",
        Role::AzureAiUser => "53ca6127-db72-4b80-b1b0-d745d6d5456d",
        Role::ApimReader => "71522526-b88f-4d52-b57f-d31fc3546d0d",
        Role::ApimContributor => "312a565d-c81f-4fd8-895a-4e21e48d571c",
    }
}

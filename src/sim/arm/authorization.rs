//! `Microsoft.Authorization`: who holds which role where, and the roles there are.

use super::call::{Answer, Call};
use super::errors::ArmError;
use super::{page, versions};
use crate::sim::world::{Role, RoleAssignment, World};
use crate::sim::{draw, reply};
use http::Method;
use serde_json::{Value, json};

const CREATED: &str = "2025-10-20T09:14:26.3421156Z";

/// The built-in roles that a world knows: id, name, what they are for.
const ROLES: &[(Role, &str, &str, &str)] = &[
    (
        Role::Owner,
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
    ),
    (
        Role::Contributor,
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC.",
    ),
    (
        Role::Reader,
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
    ),
    (
        Role::OpenAiUser,
        "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        "Cognitive Services OpenAI User",
        "Ability to view files, models, deployments. Readers are able to call inference operations.",
    ),
    (
        Role::CognitiveServicesUser,
        "a97b65f3-24c7-4388-baec-2e87135dc908",
        "Cognitive Services User",
        "Lets you read and list keys of Cognitive Services.",
    ),
    (
        Role::CognitiveServicesContributor,
        "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68",
        "Cognitive Services Contributor",
        "Lets you create, read, update, delete and manage keys of Cognitive Services.",
    ),
    (
        Role::AzureAiUser,
        "53ca6127-db72-4b80-b1b0-d745d6d5456d",
        "Azure AI User",
        "Grants reader access to AI projects and accounts, and data actions for an AI project.",
    ),
    (
        Role::ApimReader,
        "71522526-b88f-4d52-b57f-d31fc3546d0d",
        "API Management Service Reader Role",
        "Read-only access to service and APIs",
    ),
    (
        Role::ApimContributor,
        "312a565d-c81f-4fd8-895a-4e21e48d571c",
        "API Management Service Contributor",
        "Can manage service and the APIs",
    ),
];

/// Answers a call below `SCOPE/providers/Microsoft.Authorization`. `kinds` are the segments in lower case.
pub(super) fn answer(call: &Call<'_>, scope: &str, kinds: &[&str]) -> Answer {
    let kind = kinds.first().copied().unwrap_or_default();
    let verb = match call.method {
        Method::GET => "read",
        Method::PUT => "write",
        Method::DELETE => "delete",
        _ => return Err(ArmError::method_not_allowed(call.method.as_str())),
    };
    let is_write = verb != "read";
    match kinds {
        ["roleassignments"] | ["roleassignments", _] => {
            versions::check(
                "roleAssignments",
                &call.api_version,
                versions::AUTHORIZATION,
            )?;
            if is_write && kinds.len() == 1 {
                return Err(ArmError::method_not_allowed(call.method.as_str()));
            }
            let action = format!("Microsoft.Authorization/roleAssignments/{verb}");
            call.authorize(&action, scope)?;
            let name = call.segments.last().map_or("", String::as_str);
            match (kinds.len(), verb) {
                (1, _) => assignments(call, scope),
                (_, "write") => assign(call, scope, name),
                (_, "delete") => unassign(call, name),
                _ => one(call, name),
            }
        }
        ["roledefinitions"] | ["roledefinitions", _] if !is_write => {
            versions::check(
                "roleDefinitions",
                &call.api_version,
                versions::AUTHORIZATION,
            )?;
            call.authorize("Microsoft.Authorization/roleDefinitions/read", scope)?;
            definitions(call, scope, kinds.get(1).copied())
        }
        _ => Err(ArmError::unknown_type(
            kind,
            "Microsoft.Authorization",
            &call.api_version,
        )),
    }
}

/// Of filters, `atScope()`, `principalId eq` and `assignedTo()` are known; the last two differ only for groups, and a
/// world has none.
fn assignments(call: &Call<'_>, scope: &str) -> Answer {
    let filter = call.query.get("$filter").map_or("", String::as_str);
    let principal = filter.split('\'').nth(1).unwrap_or_default();
    let is_at_scope = filter.to_ascii_lowercase().contains("atscope()");
    let own = scope.to_ascii_lowercase();
    let mut found: Vec<Value> = Vec::new();
    for (client, held) in all(call.world) {
        let is_asked = principal.is_empty() || client.eq_ignore_ascii_case(principal);
        // Assignments above the scope hold in it, those below are listed with it unless only it was asked about.
        let lower = scope_of(held).to_ascii_lowercase();
        let is_above = lower == "/" || own.starts_with(&lower);
        if is_asked && (is_above || (!is_at_scope && lower.starts_with(&own))) {
            found.push(shape(call.world, client, held));
        }
    }
    page::by_token(call, &found, Clone::clone)
}

fn one(call: &Call<'_>, name: &str) -> Answer {
    let found = all(call.world)
        .find(|(client, held)| name_of(call.world, client, held).eq_ignore_ascii_case(name));
    match found {
        Some((client, held)) => Ok(reply::json(200, &shape(call.world, client, held))),
        None => Err(not_found(name)),
    }
}

fn assign(call: &Call<'_>, scope: &str, name: &str) -> Answer {
    if uuid::Uuid::try_parse(name).is_err() {
        let message = format!(
            "The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        );
        return Err(ArmError::said(400, "InvalidRoleAssignmentId", message));
    }
    let body = call.json()?;
    let properties = &body["properties"];
    let definition = properties["roleDefinitionId"].as_str().unwrap_or_default();
    let definition = definition.rsplit('/').next().unwrap_or_default();
    let Some((role, ..)) = ROLES
        .iter()
        .find(|(_, id, ..)| id.eq_ignore_ascii_case(definition))
    else {
        let message =
            format!("The specified role definition with ID '{definition}' does not exist.");
        return Err(ArmError::said(400, "RoleDefinitionDoesNotExist", message));
    };
    let principal = properties["principalId"].as_str().unwrap_or_default();
    let (given, world) = call.live.change(|world| {
        let tenant = world.tenant.id.clone();
        let client = world
            .clients
            .values_mut()
            .find(|client| client.object_id.eq_ignore_ascii_case(principal))
            .ok_or_else(|| principal_not_found(principal, &tenant))?;
        let is_held = |held: &RoleAssignment| {
            held.role == *role && scope_of(held).eq_ignore_ascii_case(scope)
        };
        if client.roles.iter().any(is_held) {
            let message = "The role assignment already exists.";
            return Err(ArmError::said(409, "RoleAssignmentExists", message));
        }
        let held = RoleAssignment {
            role: *role,
            scope: scope.to_owned(),
            name: name.to_owned(),
        };
        client.roles.push(held.clone());
        Ok((client.object_id.clone(), held))
    })?;
    Ok(reply::json(201, &shape(&world, &given.0, &given.1)))
}

fn unassign(call: &Call<'_>, name: &str) -> Answer {
    let (gone, world) = call.live.change(|world| {
        let seed = world.clone();
        let mut gone = None;
        for client in world.clients.values_mut() {
            let id = client.object_id.clone();
            client.roles.retain(|held| {
                let is_it = name_of(&seed, &id, held).eq_ignore_ascii_case(name);
                if is_it {
                    gone = Some((id.clone(), held.clone()));
                }
                !is_it
            });
        }
        Ok::<_, ArmError>(gone)
    })?;
    Ok(match gone {
        Some((client, held)) => reply::json(200, &shape(&world, &client, &held)),
        None => reply::empty(204),
    })
}

fn definitions(call: &Call<'_>, scope: &str, id: Option<&str>) -> Answer {
    let subscription = subscription_of(scope);
    let shown = |(_, id, name, about): &(Role, &str, &str, &str)| {
        json!({
            "properties": {
                "roleName": name,
                "type": "BuiltInRole",
                "description": about,
                "assignableScopes": ["/"],
                "permissions": [],
                "createdOn": CREATED,
                "updatedOn": CREATED,
                "createdBy": null,
                "updatedBy": null,
            },
            "id": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}"),
            "type": "Microsoft.Authorization/roleDefinitions",
            "name": id,
        })
    };
    if let Some(id) = id {
        let found = ROLES
            .iter()
            .find(|(_, known, ..)| known.eq_ignore_ascii_case(id));
        return found
            .map(|role| reply::json(200, &shown(role)))
            .ok_or_else(|| {
                let message =
                    format!("The specified role definition with ID '{id}' does not exist.");
                ArmError::said(404, "RoleDefinitionDoesNotExist", message)
            });
    }
    let filter = call.query.get("$filter").map_or("", String::as_str);
    let wanted = filter
        .to_ascii_lowercase()
        .contains("rolename")
        .then(|| filter.split('\'').nth(1).unwrap_or_default());
    let found: Vec<Value> = ROLES
        .iter()
        .filter(|(_, _, name, _)| wanted.is_none_or(|wanted| name.eq_ignore_ascii_case(wanted)))
        .map(shown)
        .collect();
    // The real list is not paged.
    Ok(reply::json(200, &json!({"value": found})))
}

fn all(world: &World) -> impl Iterator<Item = (&str, &RoleAssignment)> {
    world.clients.values().flat_map(|client| {
        client
            .roles
            .iter()
            .map(|held| (client.object_id.as_str(), held))
    })
}

/// The name of an assignment: as it was given, or drawn for one of the world's file.
fn name_of(world: &World, principal: &str, held: &RoleAssignment) -> String {
    if held.name.is_empty() {
        let label = format!("role {principal} {:?} {}", held.role, scope_of(held));
        draw::guid(world.seed, &label)
    } else {
        held.name.clone()
    }
}

fn scope_of(held: &RoleAssignment) -> &str {
    match held.scope.as_str() {
        "" => "/",
        scope => scope,
    }
}

fn subscription_of(scope: &str) -> String {
    let parts: Vec<&str> = scope.split('/').take(3).collect();
    match parts.as_slice() {
        ["", "subscriptions", id] => format!("/subscriptions/{id}"),
        _ => String::new(),
    }
}

fn shape(world: &World, principal: &str, held: &RoleAssignment) -> Value {
    let scope = scope_of(held);
    let below = scope.trim_end_matches('/');
    let name = name_of(world, principal, held);
    let subscription = subscription_of(below);
    let definition = ROLES
        .iter()
        .find(|(role, ..)| *role == held.role)
        .map_or("", |(_, id, ..)| id);
    json!({
        "properties": {
            "roleDefinitionId": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{definition}"),
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "scope": scope,
            "condition": null,
            "conditionVersion": null,
            "createdOn": CREATED,
            "updatedOn": CREATED,
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

fn not_found(name: &str) -> ArmError {
    let message = format!("The role assignment '{name}' is not found.");
    ArmError::said(404, "RoleAssignmentNotFound", message)
}

fn principal_not_found(principal: &str, tenant: &str) -> ArmError {
    let message = format!(
        "Principal {} does not exist in the directory {tenant}. Check that you have the correct principal ID. If you \
         are creating this principal and then immediately assigning a role, this error might be related to a \
         replication delay. In this case, set the role assignment principalType property to a value, such as \
         ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
        principal.replace('-', "")
    );
    ArmError::said(400, "PrincipalNotFound", message)
}

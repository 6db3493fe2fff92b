//! Which role allows which action.

use crate::sim::entra::{Claims, covers};
use crate::sim::world::{Role, World};

const COGNITIVE: &str = "microsoft.cognitiveservices/";
const APIM: &str = "microsoft.apimanagement/service/";
const AUTHORIZATION: &str = "microsoft.authorization/";
const GROUP_READ: &str = "microsoft.resources/subscriptions/resourcegroups/read";
const LIST_KEYS: &str = "microsoft.cognitiveservices/accounts/listkeys/action";

/// Whether any role of the caller allows `action` at `scope`.
pub(super) fn is_allowed(world: &World, caller: &Claims, action: &str, scope: &str) -> bool {
    let action = action.to_ascii_lowercase();
    world.clients.get(&caller.appid).is_some_and(|client| {
        client
            .roles
            .iter()
            .any(|held| allows(held.role, &action) && covers(&held.scope, scope))
    })
}

/// Whether the caller sees a subscription at all: any role in it or above it.
pub(super) fn sees_subscription(world: &World, caller: &Claims, id: &str) -> bool {
    let subscription = format!("/subscriptions/{id}");
    world.clients.get(&caller.appid).is_some_and(|client| {
        client
            .roles
            .iter()
            .any(|held| covers(&held.scope, &subscription) || covers(&subscription, &held.scope))
    })
}

/// `action` in lower case.
fn allows(role: Role, action: &str) -> bool {
    let reads = action.ends_with("/read");
    // Every built-in role for managing a service may read who else may; those for calling models may not.
    let sees_roles = action.starts_with(AUTHORIZATION) && reads;
    match role {
        Role::Owner => true,
        // Everything but who may do what.
        Role::Contributor => reads || !action.starts_with(AUTHORIZATION),
        Role::Reader => reads,
        Role::OpenAiUser => action == GROUP_READ || (action.starts_with(COGNITIVE) && reads),
        Role::CognitiveServicesUser | Role::AzureAiUser => {
            action == GROUP_READ || action == LIST_KEYS || (action.starts_with(COGNITIVE) && reads)
        }
        Role::CognitiveServicesContributor => {
            action == GROUP_READ || sees_roles || action.starts_with(COGNITIVE)
        }
        Role::ApimReader => {
            action == GROUP_READ || sees_roles || (action.starts_with(APIM) && reads)
        }
        Role::ApimContributor => action == GROUP_READ || sees_roles || action.starts_with(APIM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_read_and_list_no_secrets() {
        let accounts = "microsoft.cognitiveservices/accounts/read";
        let secrets = "microsoft.apimanagement/service/subscriptions/listsecrets/action";
        assert!(allows(Role::Reader, accounts));
        assert!(!allows(Role::Reader, LIST_KEYS));
        assert!(!allows(Role::Reader, secrets));
        assert!(allows(Role::CognitiveServicesUser, LIST_KEYS));
        assert!(!allows(Role::OpenAiUser, LIST_KEYS));
        assert!(allows(Role::ApimContributor, secrets));
        assert!(!allows(Role::ApimReader, secrets));
        assert!(!allows(Role::ApimReader, accounts));
    }
}

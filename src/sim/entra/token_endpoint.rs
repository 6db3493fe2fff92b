//! `POST /{tenant}/oauth2/v2.0/token` and its older sibling: client credentials.

use super::assertion;
use super::errors::EntraError;
use super::tokens::{self, TOKEN_LIFE};
use crate::sim::world::{Client, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// Resources that every tenant knows.
const RESOURCES: &[&str] = &[
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://cognitiveservices.azure.com",
    "https://ai.azure.com",
    "https://graph.microsoft.com",
    "https://vault.azure.net",
    "https://storage.azure.com",
];

/// The body of a token request, decoded.
pub(super) type Form = HashMap<String, String>;

/// Issues a token, or says why not; `is_v2` tells `scope` from `resource`.
pub(super) fn answer(
    world: &World,
    form: &Form,
    is_v2: bool,
    now: SystemTime,
) -> Result<Value, EntraError> {
    let grant = required(form, "grant_type")?;
    if grant != "client_credentials" {
        return Err(EntraError::unsupported_grant(grant));
    }
    let client_id = required(form, "client_id")?;
    let client = world
        .clients
        .get(client_id)
        .filter(|client| !client.managed_identity)
        .ok_or_else(|| EntraError::app_not_found(client_id, &world.tenant.id))?;
    authenticate(client_id, client, form, now)?;
    let resource = resource_of(world, form, is_v2)?;
    let token = tokens::issue(world, client_id, resource, now);
    Ok(if is_v2 {
        let life = TOKEN_LIFE.as_secs() - 1;
        json!({"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token})
    } else {
        first_version(resource, &token, now)
    })
}

fn authenticate(
    client_id: &str,
    client: &Client,
    form: &Form,
    now: SystemTime,
) -> Result<(), EntraError> {
    if let Some(jwt) = form.get("client_assertion") {
        return assertion::check(client, jwt, now);
    }
    let secret = form
        .get("client_secret")
        .ok_or_else(EntraError::no_credential)?;
    if client.secret.as_ref() != Some(secret) {
        return Err(EntraError::wrong_secret(client_id));
    }
    if client.secret_expired {
        return Err(EntraError::expired_secret(client_id));
    }
    Ok(())
}

fn resource_of<'a>(world: &World, form: &'a Form, is_v2: bool) -> Result<&'a str, EntraError> {
    let resource = if is_v2 {
        let scope = required(form, "scope")?;
        // MSAL adds scopes of its own for users only; a client asks for exactly one resource.
        scope
            .strip_suffix("/.default")
            .ok_or_else(|| EntraError::not_default_scope(scope))?
    } else {
        required(form, "resource")?
    };
    let bare = resource.trim_end_matches('/');
    let is_app = || {
        let id = bare.strip_prefix("api://").unwrap_or(bare);
        world.clients.contains_key(id)
    };
    if RESOURCES.contains(&bare) || is_app() {
        Ok(resource)
    } else {
        Err(EntraError::resource_not_found(resource, &world.tenant.id))
    }
}

/// The first version writes its numbers as strings.
fn first_version(resource: &str, token: &str, now: SystemTime) -> Value {
    let now = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let life = (TOKEN_LIFE.as_secs() - 1).to_string();
    json!({
        "token_type": "Bearer",
        "expires_in": life,
        "ext_expires_in": life,
        "expires_on": (now + TOKEN_LIFE.as_secs()).to_string(),
        "not_before": now.to_string(),
        "resource": resource,
        "access_token": token,
    })
}

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, EntraError> {
    form.get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| EntraError::missing_parameter(name))
}

//! The documents that SDKs read before they ask for a token.

use super::tokens;
use crate::sim::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Instance discovery: the names of the public cloud.
pub(super) fn instance(tenant: &str) -> Value {
    json!({
        "tenant_discovery_endpoint":
            format!("https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": "login.microsoftonline.com",
            "preferred_cache": "login.windows.net",
            "aliases": ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
        }],
    })
}

/// OpenID configuration; `tenant` is the tenant's id, or `{tenantid}` for `common` and its like.
pub(super) fn openid_configuration(tenant: &str, asked: &str, is_v2: bool) -> Value {
    let base = format!("https://login.microsoftonline.com/{asked}");
    let (oauth2, keys, issuer) = if is_v2 {
        (
            format!("{base}/oauth2/v2.0"),
            format!("{base}/discovery/v2.0/keys"),
            format!("https://login.microsoftonline.com/{tenant}/v2.0"),
        )
    } else {
        (
            format!("{base}/oauth2"),
            "https://login.microsoftonline.com/common/discovery/keys".to_owned(),
            format!("https://sts.windows.net/{tenant}/"),
        )
    };
    json!({
        "token_endpoint": format!("{oauth2}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": keys,
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": format!("{oauth2}/authorize"),
        "device_authorization_endpoint": format!("{oauth2}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{oauth2}/logout"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "name", "tid", "ver"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    })
}

/// The signing key. Its modulus is drawn, so it has the shape of a key and verifies nothing.
pub(super) fn keys(world: &World) -> Value {
    let key_id = tokens::key_id(world.seed);
    let mut modulus = crate::sim::draw::bytes(world.seed, "entra signing key", 256);
    modulus[0] |= 0x80;
    json!({"keys": [{
        "kty": "RSA",
        "use": "sig",
        "kid": key_id,
        "x5t": key_id,
        "n": URL_SAFE_NO_PAD.encode(modulus),
        "e": "AQAB",
        "issuer": format!("https://login.microsoftonline.com/{}/v2.0", world.tenant.id),
    }]})
}

//! Access tokens: made here, and looked into by every service that takes one.

use crate::sim::draw;
use crate::sim::world::{Role, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a token lives; `expires_in` says one second less, as Entra does.
pub const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// How far `nbf` and `iat` lie before the moment of issue.
const BACKDATED: u64 = 300;

/// Bytes of an RS256 signature.
const SIGNATURE_BYTES: usize = 256;

/// What a token says, as far as the services look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Audience: the resource without a trailing slash, e.g. `https://cognitiveservices.azure.com`.
    pub aud: String,
    /// Issuer, `https://sts.windows.net/TENANT/`.
    pub iss: String,
    /// Issued at, in Unix seconds.
    pub iat: u64,
    /// Not before, in Unix seconds.
    pub nbf: u64,
    /// End, in Unix seconds.
    pub exp: u64,
    /// Client id of the application: the key in the world's `clients`.
    pub appid: String,
    /// Object id of the service principal.
    pub oid: String,
    /// Application roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Tenant id.
    pub tid: String,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// No JWT, or one that was not signed here.
    Malformed,
    /// Its end has passed.
    Expired,
    /// Another tenant issued it.
    WrongTenant,
}

/// Issues an access token for `client_id` to `resource` (no `/.default`), valid from `now` for [`TOKEN_LIFE`].
pub fn issue(world: &World, client_id: &str, resource: &str, now: SystemTime) -> String {
    let seconds = unix_seconds(now);
    let claims = Claims {
        aud: resource.trim_end_matches('/').to_owned(),
        iss: format!("https://sts.windows.net/{}/", world.tenant.id),
        iat: seconds.saturating_sub(BACKDATED),
        nbf: seconds.saturating_sub(BACKDATED),
        exp: seconds + TOKEN_LIFE.as_secs(),
        appid: client_id.to_owned(),
        oid: world
            .clients
            .get(client_id)
            .map(|client| client.object_id.clone())
            .unwrap_or_default(),
        roles: Vec::new(),
        tid: world.tenant.id.clone(),
    };
    sign(world.seed, &claims)
}

/// Reads a token as a resource does: format, signature, tenant, end. The audience is the caller's to compare.
pub fn inspect(world: &World, token: &str, now: SystemTime) -> Result<Claims, TokenFault> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
    let (_, payload) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
    let payload = URL_SAFE_NO_PAD
        .decode(payload)
        .map_err(|_| TokenFault::Malformed)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenFault::Malformed)?;
    if !claims.tid.eq_ignore_ascii_case(&world.tenant.id) {
        return Err(TokenFault::WrongTenant);
    }
    if signature != signature_of(world.seed, signed) {
        return Err(TokenFault::Malformed);
    }
    if claims.exp <= unix_seconds(now) {
        return Err(TokenFault::Expired);
    }
    Ok(claims)
}

/// Whether `client_id` holds any of `roles` at a scope that covers `resource_id` (an ARM resource id).
pub fn permits(world: &World, client_id: &str, roles: &[Role], resource_id: &str) -> bool {
    world.clients.get(client_id).is_some_and(|client| {
        client
            .roles
            .iter()
            .any(|held| roles.contains(&held.role) && covers(&held.scope, resource_id))
    })
}

/// Whether a role assignment at `scope` reaches `resource_id`; ARM compares ids without regard to case.
pub fn covers(scope: &str, resource_id: &str) -> bool {
    let scope = scope.trim_end_matches('/').to_ascii_lowercase();
    let resource_id = resource_id.to_ascii_lowercase();
    resource_id
        .strip_prefix(&scope)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Id of the key that signs, as the JWKS and the token's header name it.
pub(super) fn key_id(seed: u64) -> String {
    draw::alphanumeric(seed, "entra signing key id", 27)
}

fn sign(seed: u64, claims: &Claims) -> String {
    let key_id = key_id(seed);
    let header = json!({"typ": "JWT", "alg": "RS256", "x5t": key_id, "kid": key_id}).to_string();
    let payload = serde_json::to_string(claims).unwrap_or_default();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = signature_of(seed, &signed);
    format!("{signed}.{signature}")
}

fn signature_of(seed: u64, signed: &str) -> String {
    let mut label = String::from("entra signature ");
    for byte in Sha256::digest(signed.as_bytes()) {
        let _ = write!(label, "{byte:02x}");
    }
    URL_SAFE_NO_PAD.encode(draw::bytes(seed, &label, SIGNATURE_BYTES))
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::{Client, RoleAssignment};

    const SCOPE: &str = "/subscriptions/s/resourceGroups/rg";

    fn world() -> World {
        let mut world = World::default();
        world.tenant.id = "11111111-1111-4111-8111-111111111111".into();
        let client = Client {
            object_id: "oid-1".into(),
            roles: vec![RoleAssignment {
                role: Role::Reader,
                scope: SCOPE.into(),
                name: String::new(),
            }],
            ..Client::default()
        };
        world.clients.insert("app".into(), client);
        world
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_says_who_and_for_what() {
        let world = world();
        let token = issue(&world, "app", "https://management.azure.com/", at(1000));
        let claims = inspect(&world, &token, at(1000)).unwrap();
        assert_eq!(claims.aud, "https://management.azure.com");
        assert_eq!(claims.oid, "oid-1");
        assert_eq!((claims.nbf, claims.exp), (700, 4600));
        assert_eq!(token.matches('.').count(), 2);
    }

    #[test]
    fn a_token_ends_with_its_last_second_and_not_before() {
        let world = world();
        let token = issue(&world, "app", "r", at(1000));
        assert!(inspect(&world, &token, at(4599)).is_ok());
        assert_eq!(inspect(&world, &token, at(4600)), Err(TokenFault::Expired));
    }

    #[test]
    fn another_tenant_and_a_changed_token_are_told_apart() {
        let world = world();
        let mut other = world.clone();
        other.tenant.id = "22222222-2222-4222-8222-222222222222".into();
        let token = issue(&other, "app", "r", at(0));
        assert_eq!(inspect(&world, &token, at(0)), Err(TokenFault::WrongTenant));
        let mut token = issue(&world, "app", "r", at(0));
        token.pop();
        assert_eq!(inspect(&world, &token, at(0)), Err(TokenFault::Malformed));
        assert_eq!(inspect(&world, "abc", at(0)), Err(TokenFault::Malformed));
    }

    #[test]
    fn a_role_reaches_what_lies_under_its_scope_and_no_neighbour() {
        let world = world();
        let reader = |id: &str| permits(&world, "app", &[Role::Reader, Role::Owner], id);
        assert!(reader("/subscriptions/S/resourcegroups/RG/providers/x"));
        assert!(reader(SCOPE));
        assert!(!reader("/subscriptions/s/resourceGroups/rg2"));
        assert!(!permits(&world, "app", &[Role::Owner], SCOPE));
        assert!(!permits(&world, "other", &[Role::Reader], SCOPE));
    }
}

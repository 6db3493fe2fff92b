//! One call of ARM, taken apart.

use super::access;
use super::errors::ArmError;
use crate::sim::entra::{self, Claims, TokenFault};
use crate::sim::internet::Context;
use crate::sim::world::World;
use crate::sim::{Live, draw};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Method, Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::BTreeMap;

/// Audiences that ARM takes, without a trailing slash.
const AUDIENCES: &[&str] = &[
    "https://management.azure.com",
    "https://management.core.windows.net",
];

pub(super) type Answer = Result<Response<Bytes>, ArmError>;

/// A call by someone who is who they say.
pub(super) struct Call<'a> {
    pub(super) context: &'a Context,
    /// The world as it stood when the call came.
    pub(super) world: &'a World,
    /// Where changes go.
    pub(super) live: &'a Live,
    pub(super) method: Method,
    /// The path as sent, for links and messages.
    pub(super) path: String,
    /// Its segments, decoded.
    pub(super) segments: Vec<String>,
    /// The same in lower case, for matching.
    pub(super) lower: Vec<String>,
    /// The query by lower-case name.
    pub(super) query: BTreeMap<String, String>,
    pub(super) api_version: String,
    pub(super) caller: Claims,
    pub(super) body: Bytes,
    if_match: Option<String>,
    /// HEAD: answered as GET, without the body.
    pub(super) is_head: bool,
}

impl<'a> Call<'a> {
    /// Authenticates and takes apart.
    pub(super) fn of(
        context: &'a Context,
        live: &'a Live,
        request: &Request<Bytes>,
    ) -> Result<Self, ArmError> {
        let caller = authenticate(context, request)?;
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let query = request.uri().query().unwrap_or_default();
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
            .collect();
        let api_version = query
            .get("api-version")
            .filter(|version| !version.is_empty())
            .cloned()
            .ok_or_else(ArmError::missing_api_version)?;
        let is_head = request.method() == Method::HEAD;
        Ok(Call {
            context,
            world: &context.world,
            live,
            method: if is_head {
                Method::GET
            } else {
                request.method().clone()
            },
            is_head,
            lower: segments.iter().map(|s| s.to_ascii_lowercase()).collect(),
            segments,
            path,
            query,
            api_version,
            caller,
            body: request.body().clone(),
            if_match: header(request, "if-match"),
        })
    }

    /// Fails unless a role of the caller allows `action` at `scope`.
    pub(super) fn authorize(&self, action: &str, scope: &str) -> Result<(), ArmError> {
        if access::is_allowed(self.world, &self.caller, action, scope) {
            return Ok(());
        }
        Err(ArmError::not_authorized(
            &self.caller.appid,
            &self.caller.oid,
            action,
            scope,
        ))
    }

    /// Fails unless the method is `method`.
    pub(super) fn require_method(&self, method: &Method) -> Result<(), ArmError> {
        if self.method == *method {
            Ok(())
        } else {
            Err(ArmError::method_not_allowed(self.method.as_str()))
        }
    }

    /// The body.
    pub(super) fn json(&self) -> Result<Value, ArmError> {
        serde_json::from_slice(&self.body).map_err(|error| ArmError::unreadable(&error.to_string()))
    }

    /// Holds `If-Match` against what stands. A PATCH and a DELETE must name it, if only as `*`.
    pub(super) fn check_etag(&self, shown: Option<&Value>) -> Result<(), ArmError> {
        let Some(wanted) = &self.if_match else {
            return match self.method {
                Method::PUT => Ok(()),
                _ => Err(ArmError::no_etag()),
            };
        };
        match shown {
            Some(shown) if wanted != "*" && *wanted != etag(shown) => Err(ArmError::stale_etag()),
            _ => Ok(()),
        }
    }

    /// Items on a page of a list.
    pub(super) fn page_size(&self) -> usize {
        const DEFAULT: usize = 3;
        self.world.arm_page_size.unwrap_or(DEFAULT).max(1)
    }
}

/// The etag of what is shown.
pub(super) fn etag(shown: &Value) -> String {
    let mark = draw::alphanumeric(0, &format!("etag {shown}"), 12);
    format!("\"{mark}\"")
}

/// The key that `name` is kept under, whatever its case; itself where it is new.
pub(super) fn key_of<T>(map: &BTreeMap<String, T>, name: &str) -> String {
    find(map, name).map_or_else(|| name.to_owned(), |(key, _)| key.clone())
}

fn header(request: &Request<Bytes>, name: &str) -> Option<String> {
    let value = request.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

/// Finds a name in a map as ARM does, without regard to case.
pub(super) fn find<'m, T>(map: &'m BTreeMap<String, T>, name: &str) -> Option<(&'m String, &'m T)> {
    map.get_key_value(name)
        .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
}

fn authenticate(context: &Context, request: &Request<Bytes>) -> Result<Claims, ArmError> {
    let tenant = &context.world.tenant.id;
    let header = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| ArmError::not_authenticated(tenant))?;
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(ArmError::invalid_token(tenant)),
    };
    let claims =
        entra::inspect(&context.world, token, context.clock.now()).map_err(
            |fault| match fault {
                TokenFault::Malformed => ArmError::invalid_token(tenant),
                TokenFault::Expired => ArmError::expired_token(tenant),
                TokenFault::WrongTenant => ArmError::wrong_tenant(tenant, &issuer_of(token)),
            },
        )?;
    if AUDIENCES.contains(&claims.aud.as_str()) {
        Ok(claims)
    } else {
        Err(ArmError::wrong_audience(tenant, &claims.aud))
    }
}

/// The tenant that a foreign token says it is from.
fn issuer_of(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice::<Claims>(&payload)
        .map(|claims| claims.tid)
        .unwrap_or_default()
}

//! Workload identity federation: what another issuer's token says, against what a client trusts.

use super::errors::EntraError;
use crate::sim::world::Client;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Deserialize)]
struct Assertion {
    #[serde(default)]
    iss: String,
    #[serde(default)]
    sub: String,
    #[serde(default)]
    aud: serde_json::Value,
    exp: Option<u64>,
}

/// Checks issuer, subject and end. The signature is another issuer's and is not looked at.
pub(super) fn check(client: &Client, jwt: &str, now: SystemTime) -> Result<(), EntraError> {
    let assertion = read(jwt).ok_or_else(EntraError::malformed_assertion)?;
    let now = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    if assertion.exp.is_some_and(|end| end <= now) {
        return Err(EntraError::expired_assertion());
    }
    let issuer = client.federated_issuer.as_deref();
    if issuer.is_some_and(|issuer| issuer != assertion.iss) {
        return Err(EntraError::no_matching_issuer(&assertion.iss));
    }
    if client.federated_subject.as_deref() != Some(assertion.sub.as_str()) {
        let audience = match &assertion.aud {
            serde_json::Value::String(audience) => audience.clone(),
            other => other.to_string(),
        };
        return Err(EntraError::no_matching_subject(
            &assertion.iss,
            &assertion.sub,
            &audience,
        ));
    }
    Ok(())
}

fn read(jwt: &str) -> Option<Assertion> {
    let mut parts = jwt.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

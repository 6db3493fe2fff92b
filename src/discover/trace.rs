//! Traces of a gateway, over ARM. Both need the role API Management Service Contributor.

use super::arm::Arm;
use super::error::{ArmError, DiscoverError};
use crate::knowledge::azure;
use crate::model::{ApiName, ResourceId};
use azure_core::credentials::Secret;
use serde_json::{Value, json};

/// Literal id of the gateway that a service comes with; only that one is traced over ARM.
const MANAGED: &str = "managed";
/// How long a debug token lives; the longest that is given out.
const LIFE: &str = "PT1H";

/// A token that makes the gateway trace calls of one API (`POST .../listDebugCredentials`). It lives an hour.
///
/// # Errors
/// [`DiscoverError::KeyRefused`] with what ARM said and the role that would open it.
pub async fn list_debug_credentials(
    arm: &Arm,
    gateway: &ResourceId,
    api: &ApiName,
) -> Result<Secret, DiscoverError> {
    let path = format!(
        "{}/gateways/{MANAGED}/listDebugCredentials",
        gateway.as_str()
    );
    let body = json!({
        "credentialsExpireAfter": LIFE,
        "apiId": format!("{}/apis/{api}", gateway.as_str()),
        "purposes": ["tracing"],
    });
    let refused = |error: ArmError| refusal(&error, format!("the debug token of API {api}"));
    let answer = arm
        .post_json(&path, &azure().arm.api_management, &body)
        .await
        .map_err(refused)?;
    match answer["token"].as_str() {
        Some(token) if !token.is_empty() => Ok(Secret::new(token.to_owned())),
        _ => Err(refused(ArmError::malformed("the answer holds no token"))),
    }
}

/// The trace of one call (`POST .../listTrace`), raw: it holds keys and must be reduced before it is kept.
///
/// # Errors
/// [`DiscoverError::KeyRefused`] with what ARM said and the role that would open it.
pub async fn list_trace(arm: &Arm, gateway: &ResourceId, id: &str) -> Result<Value, DiscoverError> {
    let path = format!("{}/gateways/{MANAGED}/listTrace", gateway.as_str());
    arm.post_json(&path, &azure().arm.api_management, &json!({"traceId": id}))
        .await
        .map_err(|error| refusal(&error, format!("trace {id}")))
}

fn refusal(error: &ArmError, what: String) -> DiscoverError {
    DiscoverError::KeyRefused {
        what,
        why: error.sentence(),
        opened_by: error.opened_by("trace"),
    }
}

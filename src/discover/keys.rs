//! Keys, read only when a call needs one, and never kept in an inventory.

use super::arm::Arm;
use super::error::{ArmError, DiscoverError};
use crate::knowledge::azure;
use crate::model::ResourceId;
use azure_core::credentials::Secret;
use serde_json::Value;

/// First key of a Foundry account (`POST .../listKeys`). Needs the role Cognitive Services User.
pub async fn list_account_keys(arm: &Arm, account: &ResourceId) -> Result<Secret, DiscoverError> {
    let path = format!("{}/listKeys", account.as_str());
    let what = format!(
        "the key of account {}",
        super::shape::last_segment(account.as_str())
    );
    let answer = arm.post(&path, &azure().arm.cognitive_services).await;
    key(answer, ["/key1", "/key2"], &what, "account_keys")
}

/// Primary key of a gateway's subscription (`POST .../listSecrets`). Needs the role API Management Service Contributor.
pub async fn list_gateway_keys(
    arm: &Arm,
    gateway: &ResourceId,
    subscription: &str,
) -> Result<Secret, DiscoverError> {
    let path = format!(
        "{}/subscriptions/{subscription}/listSecrets",
        gateway.as_str()
    );
    let what = format!("the key of gateway subscription {subscription}");
    let answer = arm.post(&path, &azure().arm.api_management).await;
    key(
        answer,
        ["/primaryKey", "/secondaryKey"],
        &what,
        "gateway_keys",
    )
}

fn key(
    answer: Result<Value, ArmError>,
    names: [&str; 2],
    what: &str,
    need: &str,
) -> Result<Secret, DiscoverError> {
    let refused = |error: ArmError| DiscoverError::KeyRefused {
        what: what.to_owned(),
        why: error.sentence(),
        opened_by: error.opened_by(need),
    };
    let answer = answer.map_err(&refused)?;
    names
        .iter()
        .filter_map(|name| answer.pointer(name).and_then(Value::as_str))
        .find(|key| !key.is_empty())
        .map(|key| Secret::new(key.to_owned()))
        .ok_or_else(|| refused(ArmError::malformed("the answer holds no key")))
}

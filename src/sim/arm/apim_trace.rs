//! Debug credentials and request traces (azure.md 3.9).

use super::apim::Target;
use super::apim_children::api;
use super::call::{Answer, Call};
use super::errors::ArmError;
use super::versions;
use crate::sim::reply;
use crate::sim::trace::Traces;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Name of the built-in gateway.
const MANAGED: &str = "managed";

/// How long a token lives where the request does not say.
const DEFAULT_LIFE: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DebugRequest {
    credentials_expire_after: Option<String>,
    api_id: String,
    purposes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TraceRequest {
    trace_id: String,
}

/// Answers `gateways/managed/listDebugCredentials` and `.../listTrace`.
pub(super) fn answer(
    call: &Call<'_>,
    traces: &Traces,
    target: &Target<'_>,
    rest: &[&str],
    gateway: &str,
) -> Answer {
    if call.api_version.as_str() < versions::FIRST_WITH_TRACE {
        let kind = format!("service/gateways/{}", rest[2]);
        return Err(ArmError::unknown_type(
            &kind,
            "Microsoft.ApiManagement",
            &call.api_version,
        ));
    }
    if !gateway.eq_ignore_ascii_case(MANAGED) {
        return Err(ArmError::child_not_found("Gateway"));
    }
    if rest[2] == "listtrace" {
        let request: TraceRequest = read(call)?;
        return traces
            .get(&request.trace_id)
            .map(|trace| reply::json(200, &trace))
            .ok_or_else(|| ArmError::child_not_found("Trace"));
    }
    let request: DebugRequest = read(call)?;
    if request.purposes != ["tracing"] {
        return Err(ArmError::validation("purposes must be [\"tracing\"]."));
    }
    let life = match &request.credentials_expire_after {
        None => DEFAULT_LIFE,
        Some(text) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|life| Duration::try_from(life).ok())
            .ok_or_else(|| {
                ArmError::validation("credentialsExpireAfter must be an ISO 8601 duration.")
            })?,
    };
    let named = match request.api_id.split_at_checked(target.id.len()) {
        Some((service, rest)) if service.eq_ignore_ascii_case(&target.id) => rest,
        _ => request.api_id.as_str(),
    };
    let name = named
        .trim_start_matches('/')
        .strip_prefix("apis/")
        .ok_or_else(|| ArmError::validation("apiId must be the resource id of an API."))?;
    let (name, _) = api(target, name)?;
    let now = call.context.clock.now();
    let token = traces.make_token(target.name, name, life, now);
    Ok(reply::json(200, &json!({"token": token})))
}

fn read<T: serde::de::DeserializeOwned>(call: &Call<'_>) -> Result<T, ArmError> {
    serde_json::from_slice(&call.body)
        .map_err(|error| ArmError::validation(&format!("The request body is not valid: {error}.")))
}

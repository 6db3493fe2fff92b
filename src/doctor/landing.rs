//! How far a request got, told from who answered and why.

use crate::knowledge::{HostForm, host_form_of};
use crate::model::{Diagnosis, Exchange, Hop, Leg};
use crate::provider::azure::Route;
use url::Url;

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landing {
    /// Nobody answered, or not whole.
    Nowhere,
    /// Something in front of the gateway or account answered.
    Edge,
    /// The answer sends the caller to another URL.
    Redirect,
    /// A firewall or a private endpoint keeps callers out.
    Network,
    /// Nothing is published under the path, or not in that api-version.
    NoRoute,
    /// The api-version is not known.
    NoVersion,
    /// A key is asked for.
    KeyAsked,
    /// The key was refused.
    KeyRefused,
    /// The gateway let the call through and failed to reach or open what is behind it.
    Behind,
    /// The deployment is not there, not ready, or cannot do this.
    NoModel,
    /// Too many calls.
    Throttled,
    /// The model read the request and found no prompt in it.
    Model,
}

/// How far `exchange` got.
pub(super) fn landing(exchange: &Exchange, diagnosis: &Diagnosis, leg: Option<Leg>) -> Landing {
    if exchange.transport_error.is_some() {
        return Landing::Nowhere;
    }
    if matches!(exchange.status(), Some(301 | 302 | 303 | 307 | 308)) {
        return Landing::Redirect;
    }
    // Whatever its words are taken for, a page comes from neither gateway nor model.
    if exchange.body().trim_start().starts_with('<') {
        return Landing::Edge;
    }
    let is_gateway = leg == Some(Leg::Gateway);
    let shown = exchange.request.credential_in.as_deref();
    let has_bearer = shown.is_some_and(|place| place.contains("Bearer"));
    // The AI Gateway tier looks the model up by the body's `model`, and says 404 where it has none of that name.
    if is_ai_gateway(exchange) && exchange.status() == Some(404) {
        let url = exchange.request.url.as_deref().unwrap_or_default();
        return match Route::parse(url) {
            Ok(_) => Landing::NoModel,
            Err(_) => Landing::NoRoute,
        };
    }
    let cause = diagnosis.cause.as_ref().map_or("", |cause| cause.as_str());
    match cause {
        "apim_operation_not_matched"
        | "apim_path_prefix_wrong"
        | "gateway_route_not_found"
        | "backend_path_wrong"
        | "wrong_service_host" => Landing::NoRoute,
        "aoai_api_version_wrong" if exchange.status() == Some(404) => Landing::NoRoute,
        "aoai_api_version_wrong" => Landing::NoVersion,
        "apim_key_missing" | "apim_key_wrong_header" => Landing::KeyAsked,
        // Whoever brought no key was not refused for one.
        "apim_key_invalid"
        | "apim_jwt_rejected"
        | "gateway_key_rejected"
        | "provider_key_rejected"
            if shown.is_none() =>
        {
            Landing::KeyAsked
        }
        "gateway_forbidden" if shown.is_none() => Landing::Network,
        "apim_key_invalid"
        | "apim_jwt_rejected"
        | "gateway_key_rejected"
        | "provider_key_rejected"
        | "gateway_budget_exceeded"
        | "gateway_forbidden" => Landing::KeyRefused,
        // The model service says the same to no key, to one in a header that it does not read, and to a bad token.
        "aoai_key_in_bearer_header" | "entra_token_rejected" if !is_gateway && !has_bearer => {
            Landing::KeyAsked
        }
        "aoai_key_invalid"
        | "aoai_key_in_bearer_header"
        | "entra_token_rejected"
        | "aoai_rbac_denied"
        | "aoai_key_auth_disabled"
        | "aoai_subdomain_required" => match is_gateway {
            true => Landing::Behind,
            false => Landing::KeyRefused,
        },
        "aoai_network_blocked" => match is_gateway {
            true => Landing::Behind,
            false => Landing::Network,
        },
        "apim_backend_auth_failed"
        | "apim_backend_unreachable"
        | "apim_policy_expression_error"
        | "gateway_no_healthy_upstream"
        | "gateway_upstream_timeout"
        | "gateway_upstream_unreachable" => Landing::Behind,
        "aoai_deployment_not_found"
        | "aoai_deployment_not_ready"
        | "aoai_operation_unsupported"
        | "model_retired"
        | "model_not_found"
        | "gateway_model_not_configured" => Landing::NoModel,
        "aoai_rate_limited"
        | "apim_rate_limited"
        | "apim_call_quota_exceeded"
        | "apim_token_limited" => Landing::Throttled,
        "non_json_page_unidentified"
        | "edge_bad_gateway"
        | "edge_waf_block"
        | "proxy_blocked"
        | "proxy_auth_required" => Landing::Edge,
        _ => by_status(exchange, diagnosis.hop, is_gateway),
    }
}

fn is_ai_gateway(exchange: &Exchange) -> bool {
    let url = exchange.request.url.as_deref().map(Url::parse);
    let host = url.and_then(Result::ok);
    let host = host.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| host_form_of(host) == HostForm::AiGateway)
}

fn by_status(exchange: &Exchange, hop: Option<Hop>, is_gateway: bool) -> Landing {
    match exchange.status() {
        Some(400 | 422) if hop == Some(Hop::Gateway) => Landing::Behind,
        Some(200..300 | 400 | 422) => Landing::Model,
        Some(401 | 403) if is_gateway && hop == Some(Hop::Backend) => Landing::Behind,
        Some(401) if exchange.request.credential_in.is_none() => Landing::KeyAsked,
        Some(401 | 403) => Landing::KeyRefused,
        Some(404 | 405) => Landing::NoRoute,
        Some(429) => Landing::Throttled,
        Some(500..) => Landing::Behind,
        _ => Landing::Edge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::explain;
    use crate::model::{Header, RecordedResponse};

    fn landed(status: u16, headers: &[(&str, &str)], body: &str, leg: Leg) -> Landing {
        let exchange = Exchange {
            response: Some(RecordedResponse {
                status: Some(status),
                headers: headers
                    .iter()
                    .map(|(name, value)| Header((*name).into(), (*value).into()))
                    .collect(),
                body: body.into(),
                ..RecordedResponse::default()
            }),
            ..Exchange::default()
        };
        landing(&exchange, &explain(&exchange), Some(leg))
    }

    #[test]
    fn who_brought_no_key_was_not_refused_for_one() {
        let json = [("content-type", "application/json")];
        for body in [
            r#"{ "statusCode": 401, "message": "JWT not present." }"#,
            r#"{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}"#,
            r#"{"message":"No API key found in request","request_id":"75c3ef"}"#,
            r#"{"error":"unauthorized"}"#,
        ] {
            assert_eq!(
                landed(401, &json, body, Leg::Gateway),
                Landing::KeyAsked,
                "{body}"
            );
        }
        let page = "<html><head><title>301 Moved Permanently</title></head></html>";
        assert_eq!(landed(301, &[], page, Leg::Gateway), Landing::Redirect);
    }

    #[test]
    fn the_same_status_lands_at_different_places() {
        let front = [("apim-request-id", "1")];
        let json = [("content-type", "application/json")];
        for (status, headers, body, leg, wanted) in [
            (
                404,
                &json[..],
                r#"{ "statusCode": 404, "message": "Resource not found" }"#,
                Leg::Gateway,
                Landing::NoRoute,
            ),
            (
                404,
                &front[..],
                r#"{"error":{"code":"404","message": "Resource not found"}}"#,
                Leg::Direct,
                Landing::NoRoute,
            ),
            (
                404,
                &front[..],
                r#"{"error":{"code":"DeploymentNotFound", "message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}"#,
                Leg::Direct,
                Landing::NoModel,
            ),
            (
                400,
                &front[..],
                r#"{"error":{"code":"BadRequest","message":"API version not supported"}}"#,
                Leg::Direct,
                Landing::NoVersion,
            ),
            (
                401,
                &front[..],
                r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}"#,
                Leg::Direct,
                Landing::KeyRefused,
            ),
            (
                401,
                &front[..],
                r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}"#,
                Leg::Gateway,
                Landing::Behind,
            ),
            (
                400,
                &front[..],
                r#"{"error":{"code":"missing_required_parameter","message":"Missing required parameter: 'prompt'.","param":"prompt","type":"invalid_request_error"}}"#,
                Leg::Gateway,
                Landing::Model,
            ),
            (
                200,
                &[("content-type", "text/html")][..],
                "<html>sign in</html>",
                Leg::Gateway,
                Landing::Edge,
            ),
        ] {
            assert_eq!(landed(status, headers, body, leg), wanted, "{body}");
        }
    }
}

//! Other gateways, each known by what it writes: in its body, its headers, or both.

use super::explain;
use super::read::reading;
use crate::model::{Diagnosis, Hop};
use serde_json::{Value, json};

fn said(status: u16, headers: Value, body: &str) -> Diagnosis {
    let line = json!({"response": {"status": status, "headers": headers, "body": body}});
    explain(&reading(&line, "1").exchange)
}

fn assert_gateway(status: u16, headers: Value, body: &str, cause: &str) {
    let diagnosis = said(status, headers, body);
    let named = diagnosis
        .cause
        .as_ref()
        .map(crate::model::CauseSlug::as_str);
    assert_eq!(
        (named, diagnosis.hop),
        (Some(cause), Some(Hop::Gateway)),
        "{body}"
    );
}

const UNREACHABLE: &str = "gateway_upstream_unreachable";
const NO_ROUTE: &str = "gateway_route_not_found";
const TIMEOUT: &str = "gateway_upstream_timeout";
const NO_UPSTREAM: &str = "gateway_no_healthy_upstream";

fn page(title: &str, server: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>"
    )
}

#[test]
fn nginx() {
    assert_gateway(
        502,
        json!({}),
        &page("502 Bad Gateway", "nginx/1.27.0"),
        UNREACHABLE,
    );
    assert_gateway(
        504,
        json!({}),
        &page("504 Gateway Time-out", "nginx"),
        TIMEOUT,
    );
    assert_gateway(
        404,
        json!({}),
        &page("404 Not Found", "openresty"),
        NO_ROUTE,
    );
    assert_gateway(
        413,
        json!({}),
        &page("413 Request Entity Too Large", "nginx"),
        "payload_too_large",
    );
    // The header alone signs a page that names nobody.
    assert_gateway(
        502,
        json!({"Server": "nginx"}),
        "<html>Bad Gateway</html>",
        UNREACHABLE,
    );
}

#[test]
fn envoy_and_istio() {
    let began = "upstream connect error or disconnect/reset before headers. reset reason: ";
    assert_gateway(
        503,
        json!({"server": "istio-envoy"}),
        &format!("{began}connection failure"),
        UNREACHABLE,
    );
    assert_gateway(
        503,
        json!({"server": "envoy"}),
        &format!("{began}overflow"),
        NO_UPSTREAM,
    );
    assert_gateway(503, json!({}), "no healthy upstream", NO_UPSTREAM);
    assert_gateway(504, json!({}), "upstream request timeout", TIMEOUT);
    assert_gateway(
        404,
        json!({"server": "istio-envoy", "date": "now"}),
        "",
        NO_ROUTE,
    );
    assert_gateway(
        403,
        json!({"server": "istio-envoy"}),
        "RBAC: access denied",
        "gateway_forbidden",
    );
    // With an upstream's time beside it the answer is the upstream's, and only passed on.
    let passed = json!({"server": "istio-envoy", "x-envoy-upstream-service-time": "7", "apim-request-id": "1"});
    let backend = said(
        404,
        passed,
        r#"{"error":{"code":"404","message": "Resource not found"}}"#,
    );
    assert_eq!(backend.hop, Some(Hop::Backend));
}

#[test]
fn kong() {
    let signed = json!({"Server": "kong/3.6.1"});
    assert_gateway(
        404,
        signed.clone(),
        r#"{"message":"no Route matched with those values"}"#,
        NO_ROUTE,
    );
    assert_gateway(
        503,
        signed.clone(),
        r#"{"message":"name resolution failed"}"#,
        UNREACHABLE,
    );
    assert_gateway(
        504,
        signed,
        r#"{"message":"The upstream server is timing out"}"#,
        TIMEOUT,
    );
    let latency = json!({"X-Kong-Response-Latency": "1"});
    assert_gateway(
        401,
        latency,
        r#"{"message":"Invalid authentication credentials"}"#,
        "gateway_key_rejected",
    );
    assert_gateway(
        401,
        json!({}),
        r#"{"message":"No API key found in request"}"#,
        "gateway_key_rejected",
    );
}

#[test]
fn haproxy_caddy_and_traefik() {
    let haproxy = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n";
    assert_gateway(503, json!({}), haproxy, NO_UPSTREAM);
    assert_gateway(502, json!({"Server": "Caddy"}), "", UNREACHABLE);
    assert_gateway(503, json!({}), "no available server", NO_UPSTREAM);
}

#[test]
fn cloudflare_and_front_door() {
    let cloudflare = json!({"Server": "cloudflare", "CF-RAY": "1-VIE"});
    assert_gateway(
        521,
        cloudflare.clone(),
        "error code: 521",
        "edge_bad_gateway",
    );
    assert_gateway(524, cloudflare.clone(), "error code: 524", TIMEOUT);
    let challenge = json!({"cf-mitigated": "challenge", "server": "cloudflare"});
    assert_gateway(
        403,
        challenge,
        "<html><title>Just a moment...</title></html>",
        "edge_waf_block",
    );
    let blocked = "<html>The request is blocked.<br/>Reference ID: 0abc</html>";
    assert_gateway(
        403,
        json!({"X-Azure-Ref": "0abc"}),
        blocked,
        "edge_waf_block",
    );
    let away = "<html><h2>Our services aren't available right now</h2></html>";
    assert_gateway(
        503,
        json!({"x-azure-ref": "0abc"}),
        away,
        "edge_bad_gateway",
    );
}

#[test]
fn litellm_portkey_and_new_api() {
    let token = "{'error': {'message': 'Authentication Error, Invalid proxy server token passed.', 'type': 'token_not_found_in_db', 'code': '401'}}";
    assert_gateway(401, json!({}), token, "gateway_key_rejected");
    let cooling =
        "No deployments available for selected model, Try again in 5 seconds. cooldown_list=['d1']";
    assert_gateway(429, json!({}), cooling, NO_UPSTREAM);
    let portkey =
        r#"{"status":"failure","message":"Invalid API Key. Please check your Portkey API key"}"#;
    assert_gateway(401, json!({}), portkey, "gateway_key_rejected");
    let no_channel =
        r#"{"error":{"message":"当前分组 vip 下对于模型 flux 无可用渠道","type":"new_api_error"}}"#;
    assert_gateway(503, json!({}), no_channel, "gateway_model_not_configured");
    let unknown = r#"{"error":{"message":"无效的令牌","type":"one_api_error"}}"#;
    assert_gateway(401, json!({}), unknown, "gateway_key_rejected");
}

#[test]
fn a_wrapper_that_names_its_origin_passes_the_answer_on() {
    let wrapped = "litellm.NotFoundError: AzureException NotFoundError - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}";
    let diagnosis = said(404, json!({}), wrapped);
    assert_eq!(diagnosis.hop, Some(Hop::Backend));
    assert_eq!(diagnosis.cause, Some("aoai_deployment_not_found".into()));
}

#[test]
fn a_bare_status_is_never_named_and_lists_at_most_three() {
    for status in [
        400, 401, 403, 404, 408, 409, 410, 422, 424, 429, 500, 501, 502, 503,
    ] {
        let diagnosis = said(status, json!({}), "");
        assert_eq!(diagnosis.cause, None, "{status}");
        let count = diagnosis.alternatives.len();
        assert!((1..=3).contains(&count), "{status}: {count}");
    }
}

#[test]
fn lengths_stand_for_bodies_that_were_not_kept() {
    for (status, length, cause, hop) in [
        (404, "54", "apim_operation_not_matched", Hop::Gateway),
        (404, "56", "backend_path_wrong", Hop::Backend),
        (404, "198", "aoai_deployment_not_found", Hop::Backend),
        (401, "143", "apim_key_invalid", Hop::Gateway),
        (401, "224", "aoai_key_invalid", Hop::Backend),
    ] {
        let diagnosis = said(status, json!({"Content-Length": length, "Date": "now"}), "");
        assert_eq!(diagnosis.cause, Some(cause.into()));
        assert_eq!(diagnosis.hop, Some(hop));
        let other = said(status, json!({"Content-Length": "55", "Date": "now"}), "");
        assert_eq!(other.cause, None);
    }
}

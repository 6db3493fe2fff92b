use super::*;
use crate::sim::entra::inspect;
use crate::sim::{Internet, SimClock};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

const TENANT: &str = "7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10";
const APP: &str = "5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634";

fn internet(extra: &str) -> Arc<Internet> {
    let world = World::parse(&format!(
        "extends: phase-1.5\nclients:\n  {APP}: {{ secret: right{extra} }}\n"
    ));
    let clock = SimClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_743_800_000));
    Internet::new(Arc::new(world.unwrap()), clock, vec![Box::new(Entra)])
}

async fn ask(internet: &Internet, path: &str, form: &str) -> (u16, Value) {
    let builder = Request::builder().uri(format!("https://login.microsoftonline.com/{path}"));
    let request = match form {
        "" => builder.method("GET").body(Bytes::new()),
        form => builder
            .method("POST")
            .body(Bytes::copy_from_slice(form.as_bytes())),
    };
    let context = internet.context("203.0.113.10");
    let response = internet.answer(&context, request.unwrap()).await.unwrap();
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status().as_u16(), body)
}

async fn token(internet: &Internet, tenant: &str, form: &str) -> (u16, Value) {
    ask(internet, &format!("{tenant}/oauth2/v2.0/token"), form).await
}

const ARM: &str =
    "&grant_type=client_credentials&scope=https%3A%2F%2Fmanagement.azure.com%2F.default";

#[tokio::test]
async fn the_right_secret_gets_a_token_for_the_resource() {
    let internet = internet("");
    let (status, body) = token(
        &internet,
        TENANT,
        &format!("client_id={APP}&client_secret=right{ARM}"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3599);
    let token = body["access_token"].as_str().unwrap();
    let claims = inspect(internet.world(), token, internet.clock().now()).unwrap();
    assert_eq!(claims.aud, "https://management.azure.com");
    assert_eq!(claims.appid, APP);
}

#[tokio::test]
async fn errors_are_in_the_words_of_the_service() {
    let internet = internet("");
    let (status, body) = token(
        &internet,
        TENANT,
        &format!("client_id={APP}&client_secret=wrong{ARM}"),
    )
    .await;
    assert_eq!(status, 401);
    assert_eq!(body["error"], "invalid_client");
    assert_eq!(body["error_codes"], serde_json::json!([7000215]));
    let text = body["error_description"].as_str().unwrap();
    let trace = body["trace_id"].as_str().unwrap();
    let correlation = body["correlation_id"].as_str().unwrap();
    assert_eq!(
        text,
        format!(
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client \
             secret value, not the client secret ID, for a secret added to app '{APP}'. Trace ID: {trace} Correlation \
             ID: {correlation} Timestamp: 2025-04-04 20:53:20Z"
        )
    );
    assert_eq!(
        body["error_uri"],
        "https://login.microsoftonline.com/error?code=7000215"
    );
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "error",
            "error_description",
            "error_codes",
            "timestamp",
            "trace_id",
            "correlation_id",
            "error_uri"
        ]
    );
}

#[tokio::test]
async fn each_mistake_has_its_code_and_status() {
    let internet = internet("");
    let secret = format!("client_id={APP}&client_secret=right");
    let other = "client_id=00000000-0000-4000-8000-00000000dead&client_secret=x";
    let scope = |scope| format!("{secret}&grant_type=client_credentials&scope={scope}");
    for (tenant, form, status, code) in [
        (TENANT, format!("{other}{ARM}"), 400, 700_016),
        (
            "11111111-1111-4111-8111-111111111111",
            format!("{secret}{ARM}"),
            400,
            90_002,
        ),
        ("nonsense", format!("{secret}{ARM}"), 400, 900_023),
        (TENANT, format!("client_id={APP}{ARM}"), 401, 7_000_218),
        (
            TENANT,
            scope("https://nothing.example/.default"),
            400,
            500_011,
        ),
        (
            TENANT,
            scope("https://management.azure.com"),
            400,
            1_002_012,
        ),
        (TENANT, secret.clone(), 400, 900_144),
        (TENANT, format!("{secret}&grant_type=password"), 400, 70_003),
    ] {
        let (got, body) = token(&internet, tenant, &form).await;
        assert_eq!(
            (got, &body["error_codes"][0]),
            (status, &Value::from(code)),
            "{form}"
        );
    }
}

#[tokio::test]
async fn only_the_right_secret_is_told_that_it_expired() {
    let internet = internet(", secret_expired: true");
    for (secret, code) in [("right", 7_000_222), ("wrong", 7_000_215)] {
        let form = format!("client_id={APP}&client_secret={secret}{ARM}");
        let (status, body) = token(&internet, TENANT, &form).await;
        assert_eq!((status, &body["error_codes"][0]), (401, &Value::from(code)));
    }
}

#[tokio::test]
async fn an_assertion_must_name_the_subject_and_issuer_that_are_trusted() {
    let internet =
        internet(", federated_subject: repo:a/b, federated_issuer: https://issuer.example");
    let jwt = |issuer: &str, subject: &str, end: u64| {
        let payload = format!(r#"{{"iss":"{issuer}","sub":"{subject}","aud":"api","exp":{end}}}"#);
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    };
    const LATER: u64 = 4_000_000_000;
    for (assertion, status, code) in [
        (jwt("https://issuer.example", "repo:a/b", LATER), 200, None),
        (
            jwt("https://issuer.example", "repo:a/c", LATER),
            400,
            Some(70_021),
        ),
        (
            jwt("https://other.example", "repo:a/b", LATER),
            401,
            Some(700_211),
        ),
        (
            jwt("https://issuer.example", "repo:a/b", 1),
            401,
            Some(700_024),
        ),
        ("nonsense".to_owned(), 401, Some(50_027)),
    ] {
        let form = format!("client_id={APP}&client_assertion={assertion}{ARM}");
        let (got, body) = token(&internet, TENANT, &form).await;
        assert_eq!((got, body["error_codes"][0].as_u64()), (status, code));
    }
}

#[tokio::test]
async fn the_documents_lead_to_the_token_endpoint() {
    let internet = internet("");
    let path = format!("{TENANT}/v2.0/.well-known/openid-configuration");
    let (status, body) = ask(&internet, &path, "").await;
    assert_eq!(status, 200);
    assert_eq!(
        body["token_endpoint"],
        format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token")
    );
    let path = format!(
        "common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/{TENANT}/x"
    );
    let (_, body) = ask(&internet, &path, "").await;
    assert_eq!(
        body["tenant_discovery_endpoint"],
        format!("https://login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration")
    );
    let (_, body) = ask(&internet, "common/discovery/v2.0/keys", "").await;
    assert_eq!(body["keys"][0]["kty"], "RSA");
}

#[tokio::test]
async fn the_first_version_writes_numbers_as_strings() {
    let internet = internet("");
    let form = format!(
        "client_id={APP}&client_secret=right&grant_type=client_credentials&resource=https://management.azure.com/"
    );
    let (status, body) = ask(&internet, &format!("{TENANT}/oauth2/token"), &form).await;
    assert_eq!(status, 200);
    assert_eq!(body["expires_in"], "3599");
    assert_eq!(body["resource"], "https://management.azure.com/");
}

//! Matching and the key check.

use super::rig::*;
use crate::sim::world::{Api, GatewaySubscription, Operation, Product};
use hyper::ext::ReasonPhrase;

const NOT_FOUND: &str = r#"{ "statusCode": 404, "message": "Resource not found" }"#;
const MISSING: &str = r#"{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }"#;
const INVALID: &str = r#"{ "statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription." }"#;

#[tokio::test]
async fn the_right_path_and_key_reach_the_backend() {
    let rig = Rig::new(world());
    let response = rig.post(&[]).await;
    assert_eq!((response.status().as_u16(), body(&response)), (200, "{}"));
    rig.last(|seen| {
        assert_eq!(
            seen.request.uri(),
            "https://a.cognitiveservices.azure.com/openai/deployments/flux/images/generations?api-version=v1"
        );
        assert_eq!(seen.request.headers()["host"], "a.cognitiveservices.azure.com");
        assert_eq!(seen.request.headers()["api-key"], KEY);
        assert_eq!(seen.caller_ip, "20.0.0.10");
        assert_eq!(seen.via_gateway.as_deref(), Some("apim-x"));
    });
}

#[tokio::test]
async fn what_matches_no_operation_is_a_bare_404_even_without_a_key() {
    let rig = Rig::new(world());
    for (method, path) in [
        (
            "POST",
            "/inference/openai/images/generations?api-version=v1",
        ),
        (
            "POST",
            "/inference/openai/openai/deployments/flux/images/generations?api-version=v1",
        ),
        (
            "POST",
            "/inference/openai/deployments/flux/images/edits?api-version=v1",
        ),
        (
            "POST",
            "/inference/openai/deployments/flux/images/generations",
        ),
        (
            "POST",
            "/inference/openai/deployments/a,b/images/generations?api-version=v1",
        ),
        ("GET", IMAGES),
        ("POST", "/other?api-version=v1"),
    ] {
        let response = rig.send(request(method, path, &[("api-key", "")])).await;
        assert_eq!(response.status().as_u16(), 404, "{path}");
        assert_eq!(body(&response), NOT_FOUND);
        let mut names: Vec<&str> = response
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "date"]);
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        let date = header(&response, "date").unwrap();
        assert!(date.starts_with("Fri, 15 Jan 2027 08:0") && date.ends_with(" GMT"));
        let reason = response.extensions().get::<ReasonPhrase>().unwrap();
        assert_eq!(reason.as_bytes(), b"Resource Not Found");
    }
    assert_eq!(rig.calls(), 0);
}

#[tokio::test]
async fn the_longest_prefix_wins_and_its_operations_alone_count() {
    let mut world = world();
    let mut api = Api {
        path: "inference/openai/deployments".into(),
        ..Api::default()
    };
    api.operations.insert(
        "all".into(),
        Operation {
            method: "GET".into(),
            url_template: "/*".into(),
            ..Operation::default()
        },
    );
    gateway(&mut world).apis.insert("longer".into(), api);
    let rig = Rig::new(world);
    assert_eq!(rig.post(&[]).await.status(), 404);
    let response = rig.send(request("GET", IMAGES, &[])).await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn no_key_and_a_key_under_another_name_are_missing() {
    let rig = Rig::new(world());
    for headers in [
        [("api-key", ""), ("x", "y")],
        [("api-key", ""), ("ocp-apim-subscription-key", KEY)],
        [("api-key", ""), ("authorization", KEY)],
    ] {
        let response = rig.post(&headers).await;
        assert_eq!(response.status(), 401);
        assert_eq!(body(&response), MISSING);
        assert_eq!(
            header(&response, "www-authenticate"),
            Some(
                r#"AzureApiManagementKey realm="https://apim-x.azure-api.net/inference/openai",name="api-key",type="header""#
            )
        );
        assert_eq!(header(&response, "vary"), None);
    }
}

#[tokio::test]
async fn the_query_is_read_only_without_the_header() {
    let rig = Rig::new(world());
    let path = format!("{IMAGES}&api-key={KEY}");
    let by_query = request("POST", &path, &[("api-key", "")]);
    assert_eq!(rig.send(by_query).await.status(), 200);
    let wrong_header = request("POST", &path, &[("api-key", "wrong")]);
    assert_eq!(body(&rig.send(wrong_header).await), INVALID);
    assert_eq!(rig.post(&[("api-key", "second")]).await.status(), 200);
}

#[tokio::test]
async fn suspended_and_foreign_keys_are_invalid() {
    let mut world = world();
    let subscription = |key: &str, scope: &str, state: &str| GatewaySubscription {
        primary_key: key.into(),
        scope: scope.into(),
        state: state.into(),
        ..GatewaySubscription::default()
    };
    let own = gateway(&mut world);
    own.products.insert("mine".into(), Product::default());
    own.products.insert("other".into(), Product::default());
    own.apis.get_mut("inference-api").unwrap().products = vec!["mine".into()];
    for (key, scope, state) in [
        ("suspended", "/apis", "suspended"),
        ("other-api", "/apis/elsewhere", "active"),
        ("other-product", "/products/other", "active"),
        ("this-api", "/apis/inference-api", "active"),
        ("this-product", "/products/mine", "active"),
    ] {
        own.subscriptions
            .insert(key.into(), subscription(key, scope, state));
    }
    let rig = Rig::new(world);
    for key in ["suspended", "other-api", "other-product", "unknown"] {
        let response = rig.post(&[("api-key", key)]).await;
        assert_eq!(
            (response.status().as_u16(), body(&response)),
            (401, INVALID),
            "{key}"
        );
        assert!(header(&response, "www-authenticate").is_some());
    }
    for key in ["this-api", "this-product"] {
        assert_eq!(rig.post(&[("api-key", key)]).await.status(), 200, "{key}");
    }
}

#[tokio::test]
async fn an_api_that_asks_for_no_key_still_knows_the_subscription() {
    let mut world = with_inbound(
        r#"<set-header name="x-subscription"><value>@(context.Subscription?.Id ?? "none")</value></set-header>"#,
    );
    let api = gateway(&mut world).apis.get_mut("inference-api").unwrap();
    api.subscription_required = false;
    let rig = Rig::new(world);
    for (key, expected) in [("", "none"), ("wrong", "none"), (KEY, "s1")] {
        assert_eq!(rig.post(&[("api-key", key)]).await.status(), 200);
        rig.last(|seen| assert_eq!(seen.request.headers()["x-subscription"], expected));
    }
}

#[tokio::test]
async fn a_custom_host_is_named_in_the_realm() {
    let mut world = world();
    gateway(&mut world).custom_hosts = vec!["Api.Contoso.com".into()];
    let rig = Rig::new(world);
    let mut request = request("POST", IMAGES, &[("api-key", "")]);
    *request.uri_mut() = format!("https://api.contoso.com{IMAGES}").parse().unwrap();
    let response = rig.send(request).await;
    let challenge = header(&response, "www-authenticate").unwrap();
    assert!(challenge.contains(r#"realm="https://api.contoso.com/inference/openai""#));
}

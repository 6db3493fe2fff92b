//! Policies that change requests and answers, and the order that they run in.

use super::rig::*;
use crate::sim::world::{GatewaySubscription, NamedValue, Product};

#[tokio::test]
async fn base_runs_the_scopes_from_the_outside_in() {
    let step = |letter: &str| {
        format!(
            r#"<set-header name="x-order" exists-action="append"><value>{letter}</value></set-header>"#
        )
    };
    let mut world = with_policy(sections(
        &format!(r#"{}<set-backend-service backend-id="b1" />"#, step("api")),
        "<base />",
        "",
        "",
    ));
    let own = gateway(&mut world);
    own.policy = format!(
        "<policies><inbound>{}</inbound><backend><forward-request /></backend><outbound /><on-error /></policies>",
        step("global")
    );
    let product = Product {
        policy: inbound(&step("product")),
        ..Product::default()
    };
    own.products.insert("p".into(), product);
    let api = own.apis.get_mut("inference-api").unwrap();
    api.products = vec!["p".into()];
    let operation = api.operations.get_mut("ImageGenerations_Create").unwrap();
    operation.policy = inbound(&step("operation"));
    let subscription = GatewaySubscription {
        scope: "/products/p".into(),
        primary_key: "product-key".into(),
        ..GatewaySubscription::default()
    };
    own.subscriptions.insert("s2".into(), subscription);
    let rig = Rig::new(world);
    for (key, order) in [
        ("product-key", "global product api operation"),
        (KEY, "global api operation"),
    ] {
        assert_eq!(rig.post(&[("api-key", key)]).await.status(), 200);
        rig.last(|seen| {
            let found: Vec<&str> = seen
                .request
                .headers()
                .get_all("x-order")
                .iter()
                .map(|value| value.to_str().unwrap())
                .collect();
            assert_eq!(found.join(" "), order);
        });
    }
}

#[tokio::test]
async fn without_base_the_outer_policies_do_not_run() {
    let mut world = with_policy(
        r#"<policies><inbound><set-backend-service backend-id="b1" /></inbound></policies>"#.into(),
    );
    gateway(&mut world).policy =
        r#"<policies><inbound><return-response /></inbound><backend><forward-request /></backend></policies>"#
            .into();
    let rig = Rig::new(world);
    rig.post(&[]).await;
    assert_eq!(rig.calls(), 1);
}

#[tokio::test]
async fn headers_are_overridden_skipped_appended_and_deleted() {
    let set = |action: &str| {
        format!(
            r#"<set-header name="x-h" exists-action="{action}"><value>new</value></set-header>"#
        )
    };
    for (action, expected) in [
        ("override", vec!["new"]),
        ("skip", vec!["old"]),
        ("append", vec!["old", "new"]),
        ("delete", vec![]),
    ] {
        let rig = Rig::new(with_inbound(&set(action)));
        rig.post(&[("x-h", "old")]).await;
        rig.last(|seen| {
            let found: Vec<_> = seen.request.headers().get_all("x-h").iter().collect();
            assert_eq!(found, expected, "{action}");
        });
    }
}

#[tokio::test]
async fn query_parameters_are_set_and_the_rest_stays_as_written() {
    let rig = Rig::new(with_inbound(
        r#"<set-query-parameter name="api-version" exists-action="override"><value>2025-04-01-preview</value></set-query-parameter><set-query-parameter name="x" exists-action="delete" /><set-query-parameter name="y" exists-action="skip"><value>no</value></set-query-parameter>"#,
    ));
    rig.send(request("POST", &format!("{IMAGES}&x=1&y=a%20b"), &[]))
        .await;
    rig.last(|seen| {
        let query = seen.request.uri().query().unwrap();
        assert_eq!(query, "y=a%20b&api-version=2025-04-01-preview");
    });
}

#[tokio::test]
async fn a_rewritten_uri_keeps_what_its_template_does_not_name() {
    for (attributes, query) in [
        ("", Some("x=1")),
        (r#"copy-unmatched-params="false""#, None),
    ] {
        let rig = Rig::new(with_inbound(&format!(
            r#"<rewrite-uri template="/models/{{deployment-id}}/images" {attributes} />"#
        )));
        rig.send(request("POST", &format!("{IMAGES}&x=1"), &[]))
            .await;
        rig.last(|seen| {
            assert_eq!(seen.request.uri().path(), "/openai/models/flux/images");
            assert_eq!(seen.request.uri().query(), query);
        });
    }
}

#[tokio::test]
async fn an_answer_of_the_policys_own_ends_the_request() {
    let rig = Rig::new(with_policy(sections(
        r#"<choose><when condition="@(context.Request.Headers.ContainsKey("x-stop"))"><return-response><set-status code="418" reason="Teapot" /><set-header name="x-own"><value>1</value></set-header><set-body>{"a":{"b":1}}</set-body></return-response></when><otherwise><set-backend-service backend-id="b1" /></otherwise></choose>"#,
        "<base />",
        r#"<set-header name="x-out"><value>1</value></set-header>"#,
        "",
    )));
    let stopped = rig.post(&[("x-stop", "1")]).await;
    assert_eq!(
        (stopped.status().as_u16(), body(&stopped)),
        (418, r#"{"a":{"b":1}}"#)
    );
    assert_eq!(
        (header(&stopped, "x-own"), header(&stopped, "x-out")),
        (Some("1"), None)
    );
    assert_eq!(rig.calls(), 0);
    let passed = rig.post(&[]).await;
    assert_eq!(
        (passed.status().as_u16(), header(&passed, "x-out")),
        (200, Some("1"))
    );
}

#[tokio::test]
async fn outbound_changes_the_answer() {
    let rig = Rig::new(with_policy(sections(
        r#"<set-backend-service backend-id="b1" />"#,
        "<base />",
        r#"<set-status code="202" reason="Taken" /><set-header name="server" exists-action="delete" /><set-body>@(context.Response.Body.As<string>(preserveContent: true).Replace("a", "b"))</set-body>"#,
        "",
    )));
    rig.answers(&[StubAnswer {
        headers: vec![("server", "x")],
        ..answer(200, "banana")
    }]);
    let response = rig.post(&[]).await;
    assert_eq!(
        (response.status().as_u16(), body(&response)),
        (202, "bbnbnb")
    );
    assert_eq!(header(&response, "server"), None);
}

#[tokio::test]
async fn on_error_sees_the_fault_and_may_word_the_answer() {
    let on_error = r#"<choose><when condition="@(context.LastError.Reason == "BackendConnectionFailure" && context.Response == null)"><return-response><set-status code="503" reason="Inference Service Unavailable" /><set-body>{"error":"Inference service is temporarily unavailable."}</set-body></return-response></when></choose><set-header name="x-reason"><value>@(context.LastError.Source + "/" + context.LastError.Reason)</value></set-header>"#;
    let mut world = with_policy(sections(
        r#"<choose><when condition="@(context.Request.Headers.ContainsKey("x-limit"))"><ip-filter action="forbid"><address>198.51.100.7</address></ip-filter></when></choose><set-backend-service base-url="https://nowhere.invalid" />"#,
        "<base />",
        "",
        on_error,
    ));
    gateway(&mut world).outbound_ip = "1.1.1.1".into();
    let rig = Rig::new(world);
    let down = rig.post(&[]).await;
    assert_eq!(down.status(), 503);
    assert_eq!(
        body(&down),
        r#"{"error":"Inference service is temporarily unavailable."}"#
    );
    let filtered = rig.post(&[("x-limit", "1")]).await;
    assert_eq!(filtered.status(), 403);
    assert_eq!(
        header(&filtered, "x-reason"),
        Some("ip-filter/CallerIpBlocked")
    );
    let missing = rig.post(&[("api-key", "")]).await;
    assert_eq!(
        header(&missing, "x-reason"),
        Some("authorization/SubscriptionKeyNotFound")
    );
    assert_eq!(missing.body().len(), 152);
}

#[tokio::test]
async fn fragments_and_named_values_are_put_in() {
    let mut world = with_inbound(r#"<include-fragment fragment-id="mark" />"#);
    let own = gateway(&mut world);
    own.fragments.insert(
        "mark".into(),
        r#"<fragment><set-header name="x-mark"><value>{{mark-value}}</value></set-header></fragment>"#.into(),
    );
    let value = NamedValue {
        value: "a & b".into(),
        secret: false,
    };
    own.named_values.insert("mark-value".into(), value);
    let rig = Rig::new(world);
    rig.post(&[]).await;
    rig.last(|seen| assert_eq!(seen.request.headers()["x-mark"], "a & b"));
}

fn cors(attributes: &str) -> crate::sim::World {
    with_inbound(&format!(
        r#"<cors allow-credentials="true" {attributes}><allowed-origins><origin>https://app.contoso.com</origin></allowed-origins><allowed-methods preflight-result-max-age="300"><method>POST</method></allowed-methods><allowed-headers><header>*</header></allowed-headers></cors>"#
    ))
}

fn preflight(origin: &str, method: &str) -> http::Request<bytes::Bytes> {
    let headers = [
        ("api-key", ""),
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "api-key,content-type"),
    ];
    request("OPTIONS", IMAGES, &headers)
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_key() {
    let rig = Rig::new(cors(""));
    let response = rig.send(preflight("https://app.contoso.com", "POST")).await;
    assert_eq!((response.status().as_u16(), body(&response)), (200, ""));
    for (name, value) in [
        ("access-control-allow-origin", "https://app.contoso.com"),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "api-key,content-type"),
        ("access-control-max-age", "300"),
        ("access-control-allow-credentials", "true"),
    ] {
        assert_eq!(header(&response, name), Some(value));
    }
    for refused in [
        preflight("https://evil.example", "POST"),
        preflight("https://app.contoso.com", "DELETE"),
    ] {
        let response = rig.send(refused).await;
        assert_eq!((response.status().as_u16(), body(&response)), (200, ""));
        assert_eq!(header(&response, "access-control-allow-origin"), None);
    }
    assert_eq!(rig.calls(), 0);
}

#[tokio::test]
async fn without_cors_a_preflight_matches_no_operation() {
    let rig = Rig::new(world());
    let response = rig.send(preflight("https://app.contoso.com", "POST")).await;
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (404, 54)
    );
}

#[tokio::test]
async fn cors_marks_answers_to_its_origins_and_key_failures_vary() {
    let rig = Rig::new(cors(""));
    let response = rig.post(&[("origin", "https://app.contoso.com")]).await;
    assert_eq!(
        header(&response, "access-control-allow-origin"),
        Some("https://app.contoso.com")
    );
    let other = rig.post(&[("origin", "https://evil.example")]).await;
    assert_eq!(other.status(), 200);
    assert_eq!(header(&other, "access-control-allow-origin"), None);
    let missing = rig.post(&[("api-key", "")]).await;
    assert_eq!(
        (missing.status().as_u16(), header(&missing, "vary")),
        (401, Some("Origin"))
    );
}

//! Forwarding, pools, breakers and what happens where the backend does not answer.

use super::rig::*;
use crate::sim::world::{Backend, Breaker, PoolMember};
use bytes::Bytes;
use std::time::Duration;

const UNAVAILABLE: &str = r#"{ "statusCode": 503, "message": "Service Unavailable" }"#;

fn member(backend: &str, priority: u32, weight: u32) -> PoolMember {
    PoolMember {
        backend: backend.into(),
        priority: Some(priority),
        weight: Some(weight),
    }
}

fn pooled(members: Vec<PoolMember>) -> crate::sim::World {
    let mut world = with_policy(inbound(r#"<set-backend-service backend-id="pool" />"#));
    let own = gateway(&mut world);
    for id in ["b1", "b2", "b3"] {
        let breaker = Breaker {
            count: 1,
            interval_seconds: 60,
            status_ranges: vec![(429, 429)],
            trip_seconds: 60,
            accept_retry_after: true,
        };
        let backend = Backend {
            breaker: Some(breaker),
            ..backend(id)
        };
        own.backends.insert(id.into(), backend);
    }
    let pool = Backend {
        pool: members,
        ..Backend::default()
    };
    own.backends.insert("pool".into(), pool);
    world
}

fn host(rig: &Rig) -> String {
    rig.last(|seen| {
        let host = seen.request.uri().host().unwrap();
        host.split('.').next().unwrap().to_owned()
    })
}

#[tokio::test]
async fn a_backends_answer_passes_unchanged() {
    let rig = Rig::new(world());
    rig.answers(&[StubAnswer {
        status: 404,
        headers: vec![
            ("apim-request-id", "1"),
            ("content-type", "application/json; charset=utf-8"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
        ],
        body: r#"{"error":{"code":"404","message": "Resource not found"}}"#,
        ..StubAnswer::default()
    }]);
    let response = rig.post(&[]).await;
    assert_eq!(response.status(), 404);
    assert_eq!(body(&response).len(), 56);
    assert_eq!(header(&response, "apim-request-id"), Some("1"));
    assert_eq!(header(&response, "connection"), None);
    assert_eq!(header(&response, "x-hop"), None);
}

#[tokio::test]
async fn a_backend_that_cannot_be_reached_is_a_500_with_an_activity_id() {
    let mut world = world();
    gateway(&mut world).backends.get_mut("b1").unwrap().url =
        "https://nowhere.invalid/openai".into();
    let rig = Rig::new(world);
    let response = rig.post(&[]).await;
    assert_eq!(response.status(), 500);
    assert_eq!(response.body().len(), 111);
    assert!(body(&response).starts_with(
        r#"{ "statusCode": 500, "message": "Internal server error", "activityId": ""#
    ));
    assert_eq!(header(&response, "content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_timeout_is_a_500_and_a_backend_just_in_time_is_not() {
    let policy = sections(
        r#"<set-backend-service backend-id="b1" />"#,
        r#"<forward-request timeout="20" />"#,
        "",
        "",
    );
    let rig = Rig::new(with_policy(policy));
    let slow = |seconds| StubAnswer {
        takes: Duration::from_secs(seconds),
        ..answer(200, "{}")
    };
    rig.answers(&[slow(10)]);
    assert_eq!(rig.post(&[]).await.status(), 200);
    rig.answers(&[slow(60)]);
    assert_eq!(rig.post(&[]).await.body().len(), 111);
}

#[tokio::test]
async fn a_backend_puts_its_own_credentials_on() {
    let mut world = world();
    let own = gateway(&mut world).backends.get_mut("b1").unwrap();
    own.headers.insert("api-key".into(), "backend-key".into());
    own.managed_identity_resource = Some("https://cognitiveservices.azure.com".into());
    let rig = Rig::new(world);
    rig.post(&[("authorization", "Bearer client")]).await;
    rig.last(|seen| {
        let headers = seen.request.headers();
        assert_eq!(headers["api-key"], "backend-key");
        let token = headers["authorization"].to_str().unwrap();
        let token = token.strip_prefix("Bearer ").unwrap();
        let claims = crate::sim::entra::inspect(&rig.world, token, rig.clock.now()).unwrap();
        assert_eq!(claims.appid, IDENTITY);
        assert_eq!(claims.aud, "https://cognitiveservices.azure.com");
    });
}

#[tokio::test]
async fn a_gateway_without_identity_cannot_get_a_token() {
    let mut world = world();
    gateway(&mut world).identity = None;
    let own = gateway(&mut world).backends.get_mut("b1").unwrap();
    own.managed_identity_resource = Some("https://cognitiveservices.azure.com".into());
    let rig = Rig::new(world);
    assert_eq!(rig.post(&[]).await.body().len(), 111);
    assert_eq!(rig.calls(), 0);
}

#[tokio::test]
async fn an_api_without_backend_goes_to_its_service_url() {
    let mut world = with_policy(String::new());
    let api = gateway(&mut world).apis.get_mut("inference-api").unwrap();
    api.service_url = Some("https://s.cognitiveservices.azure.com/openai/".into());
    let rig = Rig::new(world);
    rig.post(&[]).await;
    rig.last(|seen| {
        assert_eq!(
            seen.request.uri(),
            "https://s.cognitiveservices.azure.com/openai/deployments/flux/images/generations?api-version=v1"
        );
    });
    let rig = Rig::new(with_policy(String::new()));
    assert_eq!(rig.post(&[]).await.body().len(), 111);
}

#[tokio::test]
async fn a_pool_prefers_its_priority_and_shares_by_weight() {
    let rig = Rig::new(pooled(vec![
        member("b1", 1, 2),
        member("b2", 1, 1),
        member("b3", 2, 1),
    ]));
    let mut hosts = Vec::new();
    for _ in 0..6 {
        rig.post(&[]).await;
        hosts.push(host(&rig));
    }
    assert_eq!(hosts, ["b1", "b2", "b1", "b1", "b2", "b1"]);
}

#[tokio::test]
async fn a_tripped_member_is_left_out_until_its_time_and_all_tripped_are_a_503() {
    let rig = Rig::new(pooled(vec![member("b1", 1, 1), member("b2", 2, 1)]));
    let throttled = StubAnswer {
        headers: vec![("retry-after", "10")],
        ..answer(429, "slow down")
    };
    rig.answers(&[throttled.clone(), answer(200, "{}"), answer(429, "no hint")]);
    let first = rig.post(&[]).await;
    assert_eq!((first.status().as_u16(), body(&first)), (429, "slow down"));
    assert_eq!(rig.post(&[]).await.status(), 200);
    assert_eq!(host(&rig), "b2");
    assert_eq!(rig.post(&[]).await.status(), 429);
    let calls = rig.calls();
    let response = rig.post(&[]).await;
    assert_eq!(
        (response.status().as_u16(), body(&response)),
        (503, UNAVAILABLE)
    );
    assert_eq!(rig.calls(), calls);
    rig.clock.advance(Duration::from_secs(11));
    rig.answers(&[answer(200, "{}")]);
    assert_eq!(rig.post(&[]).await.status(), 200);
    assert_eq!(host(&rig), "b1");
}

#[tokio::test]
async fn a_single_backend_with_an_open_breaker_is_a_503() {
    let mut world = pooled(vec![member("b1", 1, 1)]);
    let api = gateway(&mut world).apis.get_mut("inference-api").unwrap();
    api.policy = inbound(r#"<set-backend-service backend-id="b2" />"#);
    let rig = Rig::new(world);
    rig.answers(&[answer(500, "not counted"), answer(429, "counted")]);
    assert_eq!(rig.post(&[]).await.status(), 500);
    assert_eq!(rig.post(&[]).await.status(), 429);
    assert_eq!(body(&rig.post(&[]).await), UNAVAILABLE);
    rig.clock.advance(Duration::from_secs(61));
    assert_eq!(body(&rig.post(&[]).await), "counted");
}

#[tokio::test]
async fn a_retry_sends_an_empty_body_unless_it_was_kept() {
    for (attribute, second) in [("", ""), (r#"buffer-request-body="true""#, "a fox")] {
        let policy = sections(
            r#"<set-backend-service backend-id="b1" />"#,
            &format!(
                r#"<retry condition="@(context.Response.StatusCode == 429 && context.Response != null)" count="2" interval="30" first-fast-retry="true"><forward-request {attribute} /></retry>"#
            ),
            "",
            "",
        );
        let rig = Rig::new(with_policy(policy));
        rig.answers(&[answer(429, ""), answer(200, "{}")]);
        let before = rig.clock.elapsed();
        assert_eq!(rig.post(&[]).await.status(), 200);
        assert!(rig.clock.elapsed() - before < Duration::from_secs(30));
        assert_eq!(rig.calls(), 2);
        rig.last(|seen| {
            let body = std::str::from_utf8(seen.request.body()).unwrap();
            assert_eq!(body.contains("a fox"), !second.is_empty());
        });
        rig.answers(&[answer(429, "")]);
        let before = rig.clock.elapsed();
        assert_eq!(rig.post(&[]).await.status(), 429);
        assert!(rig.clock.elapsed() - before >= Duration::from_secs(30));
        assert_eq!(rig.calls(), 5);
    }
}

#[tokio::test]
async fn chunked_stays_chunked_and_a_body_of_the_policy_has_a_length() {
    let rig = Rig::new(world());
    rig.post(&[("transfer-encoding", "chunked")]).await;
    rig.last(|seen| {
        assert!(seen.request.headers().contains_key("transfer-encoding"));
        assert!(!seen.request.headers().contains_key("content-length"));
    });
    let rig = Rig::new(with_inbound("<set-body>new</set-body>"));
    rig.post(&[("transfer-encoding", "chunked")]).await;
    rig.last(|seen| {
        assert_eq!(seen.request.headers()["content-length"], "3");
        assert_eq!(seen.request.body(), &Bytes::from_static(b"new"));
    });
}

#[tokio::test]
async fn a_retry_sees_that_there_was_no_answer_and_the_fault_stands() {
    let policy = |attempts: &str| {
        sections(
            r#"<set-backend-service base-url="https://nowhere.invalid" />"#,
            &format!(
                r#"<retry condition="@(context.Response == null)" count="{attempts}" interval="1"><set-variable name="n" value="@((context.Variables.GetValueOrDefault<string>("n") ?? "") + "i")" /><choose><when condition="@(((string)context.Variables["n"]).Length > 2)"><set-backend-service backend-id="b1" /></when></choose><forward-request /></retry>"#
            ),
            "",
            "",
        )
    };
    let rig = Rig::new(with_policy(policy("1")));
    assert_eq!(rig.post(&[]).await.body().len(), 111);
    let rig = Rig::new(with_policy(policy("2")));
    assert_eq!(rig.post(&[]).await.status(), 200);
    assert_eq!(rig.calls(), 1);
}

#[tokio::test]
async fn an_error_status_goes_to_on_error_only_where_asked() {
    for (asked, mark) in [("true", Some("1")), ("false", None)] {
        let policy = sections(
            r#"<set-backend-service backend-id="b1" />"#,
            &format!(r#"<forward-request fail-on-error-status-code="{asked}" />"#),
            "",
            r#"<set-header name="x-error"><value>1</value></set-header>"#,
        );
        let rig = Rig::new(with_policy(policy));
        rig.answers(&[answer(400, "bad")]);
        let response = rig.post(&[]).await;
        assert_eq!((response.status().as_u16(), body(&response)), (400, "bad"));
        assert_eq!(header(&response, "x-error"), mark);
    }
}

#[tokio::test]
async fn a_length_follows_the_body_that_a_policy_makes() {
    let policy = sections(
        r#"<set-backend-service backend-id="b1" />"#,
        "<base />",
        r#"<set-variable name="read" value="@(context.Response.Body.As<string>())" />"#,
        "",
    );
    let rig = Rig::new(with_policy(policy));
    rig.answers(&[StubAnswer {
        headers: vec![("content-length", "5")],
        ..answer(200, "12345")
    }]);
    let response = rig.post(&[]).await;
    assert_eq!(
        (header(&response, "content-length"), body(&response)),
        (Some("0"), "")
    );
}

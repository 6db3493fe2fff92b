//! Limits, quotas and filters, each with the call that just passes.

use super::rig::*;
use bytes::Bytes;
use http::Response;
use std::time::Duration;

/// The seconds in a header: those `expected`, less the real ones that the test has taken.
fn seconds_of(response: &Response<Bytes>, name: &str, expected: u64) -> u64 {
    let seconds = header(response, name).unwrap().parse().unwrap();
    assert!((expected - 20..=expected).contains(&seconds), "{seconds}");
    seconds
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let rig = Rig::new(with_inbound(
        r#"<rate-limit calls="2" renewal-period="60" remaining-calls-header-name="x-left" total-calls-header-name="x-total" />"#,
    ));
    assert_eq!(header(&rig.post(&[]).await, "x-left"), Some("1"));
    rig.clock.advance(Duration::from_secs(10));
    let second = rig.post(&[]).await;
    assert_eq!(
        (header(&second, "x-left"), header(&second, "x-total")),
        (Some("0"), Some("2"))
    );
    let third = rig.post(&[]).await;
    assert_eq!(third.status(), 429);
    let seconds = seconds_of(&third, "retry-after", 50);
    assert_eq!(
        body(&third),
        format!(
            r#"{{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in {seconds} seconds." }}"#
        )
    );
    rig.clock.advance(Duration::from_secs(50));
    assert_eq!(rig.post(&[]).await.status(), 200);
    assert_eq!(rig.calls(), 3);
}

#[tokio::test]
async fn keys_are_counted_apart_and_only_what_the_condition_counts() {
    let rig = Rig::new(with_inbound(
        r#"<rate-limit-by-key calls="1" renewal-period="60" counter-key="@(context.Request.Headers.GetValueOrDefault("x-user","none"))" increment-condition="@(context.Response.StatusCode == 200)" retry-after-header-name="x-wait" />"#,
    ));
    rig.answers(&[answer(500, ""), answer(200, "{}")]);
    assert_eq!(rig.post(&[("x-user", "a")]).await.status(), 500);
    assert_eq!(rig.post(&[("x-user", "a")]).await.status(), 200);
    let limited = rig.post(&[("x-user", "a")]).await;
    assert_eq!(limited.status(), 429);
    assert_eq!(header(&limited, "retry-after"), None);
    seconds_of(&limited, "x-wait", 60);
    assert_eq!(rig.post(&[("x-user", "b")]).await.status(), 200);
}

#[tokio::test]
async fn a_quota_is_a_403_and_is_replenished() {
    let rig = Rig::new(with_inbound(
        r#"<quota calls="1" renewal-period="604800" />"#,
    ));
    assert_eq!(rig.post(&[]).await.status(), 200);
    rig.clock.advance(Duration::from_secs(3600));
    let response = rig.post(&[]).await;
    assert_eq!(response.status(), 403);
    let [before, after] = [
        r#"{ "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 6.2"#,
        r#"." }"#,
    ];
    assert!(body(&response).starts_with(before) && body(&response).ends_with(after));
    assert_eq!(body(&response).len(), 102);
    rig.clock.advance(Duration::from_secs(604_800 - 3600));
    assert_eq!(rig.post(&[]).await.status(), 200);
}

#[tokio::test]
async fn bandwidth_is_counted_with_the_answer() {
    let rig = Rig::new(with_inbound(
        r#"<quota-by-key bandwidth="1" renewal-period="3600" counter-key="all" />"#,
    ));
    let large: &'static str = Box::leak("x".repeat(1000).into_boxed_str());
    rig.answers(&[answer(200, large)]);
    assert_eq!(rig.post(&[]).await.status(), 200);
    let response = rig.post(&[]).await;
    assert!(body(&response).starts_with(
        r#"{ "statusCode": 403, "message": "Out of bandwidth quota. Quota will be replenished in "#
    ));
}

#[tokio::test]
async fn tokens_are_counted_by_usage_and_pictures_have_none() {
    let policy = |name: &str| {
        with_inbound(&format!(
            r#"<{name} counter-key="@(context.Subscription.Id)" tokens-per-minute="100" remaining-tokens-header-name="x-left" tokens-consumed-header-name="x-used" />"#
        ))
    };
    for name in ["llm-token-limit", "azure-openai-token-limit"] {
        let rig = Rig::new(policy(name));
        rig.answers(&[answer(200, r#"{"usage":{"total_tokens":100}}"#)]);
        let first = rig.post(&[]).await;
        assert_eq!(
            (header(&first, "x-left"), header(&first, "x-used")),
            (Some("100"), Some("100"))
        );
        let response = rig.post(&[]).await;
        let seconds = seconds_of(&response, "retry-after", 60);
        assert_eq!(
            body(&response),
            format!(
                r#"{{ "statusCode": 429, "message": "Token limit is exceeded. Try again in {seconds} seconds." }}"#
            )
        );
        let rig = Rig::new(policy(name));
        for _ in 0..5 {
            assert_eq!(rig.post(&[]).await.status(), 200);
        }
    }
}

#[tokio::test]
async fn a_token_quota_is_a_403() {
    let rig = Rig::new(with_inbound(
        r#"<llm-token-limit counter-key="k" token-quota="10" token-quota-period="Hourly" />"#,
    ));
    rig.answers(&[answer(200, r#"{"usage":{"total_tokens":10}}"#)]);
    rig.post(&[]).await;
    rig.clock.advance(Duration::from_secs(18 * 60 + 6));
    let response = rig.post(&[]).await;
    assert_eq!(response.status(), 403);
    assert!(body(&response).starts_with(
        r#"{ "statusCode": 403, "message": "Token quota is exceeded. Try again in 41 minutes and "#
    ));
}

#[tokio::test]
async fn addresses_are_let_in_or_kept_out() {
    let forbidden = r#"{ "statusCode": 403, "message": "Forbidden" }"#;
    let range = r#"<address-range from="198.51.100.1" to="198.51.100.9" />"#;
    for (action, inside, outside) in [("allow", 200, 403), ("forbid", 403, 200)] {
        let rig = Rig::new(with_inbound(&format!(
            r#"<ip-filter action="{action}"><address>203.0.113.5</address>{range}</ip-filter>"#
        )));
        for (ip, status) in [
            ("198.51.100.7", inside),
            ("203.0.113.5", inside),
            ("198.51.100.10", outside),
        ] {
            let response = rig.send_from(ip, request("POST", IMAGES, &[])).await;
            assert_eq!(response.status().as_u16(), status, "{action} {ip}");
            if status == 403 {
                assert_eq!(body(&response), forbidden);
            }
        }
    }
}

#[tokio::test]
async fn a_header_is_asked_for() {
    let rig = Rig::new(with_inbound(
        r#"<check-header name="x-team" failed-check-httpcode="403" failed-check-error-message="No team" ignore-case="true"><value>Red</value><value>Blue</value></check-header>"#,
    ));
    let refused = r#"{ "statusCode": 403, "message": "No team" }"#;
    assert_eq!(body(&rig.post(&[]).await), refused);
    assert_eq!(body(&rig.post(&[("x-team", "green")]).await), refused);
    assert_eq!(rig.post(&[("x-team", "blue")]).await.status(), 200);
}

#[tokio::test]
async fn two_apis_with_the_same_policy_count_apart() {
    let mut world = with_inbound(r#"<rate-limit calls="1" renewal-period="60" />"#);
    let own = gateway(&mut world);
    let mut second = own.apis["inference-api"].clone();
    second.path = "second".into();
    own.apis.insert("second-api".into(), second);
    let rig = Rig::new(world);
    assert_eq!(rig.post(&[]).await.status(), 200);
    let path = IMAGES.replace("inference/openai", "second");
    assert_eq!(rig.send(request("POST", &path, &[])).await.status(), 200);
    assert_eq!(rig.send(request("POST", &path, &[])).await.status(), 429);
}

//! Debug tokens and the traces that they open.

use super::rig::*;
use serde_json::Value;
use std::time::Duration;

fn token(rig: &Rig, api: &str) -> String {
    let hour = Duration::from_secs(3600);
    rig.traces.make_token("apim-x", api, hour, rig.clock.now())
}

async fn traced(rig: &Rig, headers: &[(&str, &str)]) -> Value {
    let token = token(rig, "inference-api");
    let headers = [headers, &[("apim-debug-authorization", token.as_str())]].concat();
    let response = rig.post(&headers).await;
    let id = header(&response, "apim-trace-id").expect("no trace");
    rig.traces.get(id).unwrap()
}

fn sources(trace: &Value, section: &str) -> Vec<String> {
    let entries = trace["traceEntries"][section].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|entry| entry["source"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_forwarded_request_leaves_a_backend_section() {
    let rig = Rig::new(world());
    let trace = traced(&rig, &[]).await;
    assert_eq!(trace["serviceName"], "apim-x");
    assert_eq!(
        sources(&trace, "inbound"),
        ["api-inspector", "api-inspector", "set-backend-service"]
    );
    let entries = &trace["traceEntries"];
    assert_eq!(
        entries["inbound"][1]["data"]["configuration"]["operation"]["uriTemplate"],
        "/deployments/{deployment-id}/images/generations?api-version={api-version}"
    );
    assert_eq!(
        sources(&trace, "backend"),
        ["forward-request", "forward-request"]
    );
    assert_eq!(
        entries["outbound"][0]["data"]["message"],
        "Response has been sent to the caller in full"
    );
    assert_eq!(entries["on-error"], serde_json::json!([]));
    let timestamp = entries["inbound"][0]["timestamp"].as_str().unwrap();
    assert!(
        timestamp.starts_with("2027-01-15T08:00:0") && timestamp.len() == 28,
        "{timestamp}"
    );
    rig.last(|seen| {
        assert!(
            !seen
                .request
                .headers()
                .contains_key("apim-debug-authorization")
        );
    });
}

#[tokio::test]
async fn a_request_that_the_gateway_answers_leaves_none() {
    let rig = Rig::new(world());
    let trace = traced(&rig, &[("api-key", "wrong")]).await;
    assert!(trace["traceEntries"].get("backend").is_none());
    assert!(trace["traceEntries"].get("inbound").is_none());
    let error = &trace["traceEntries"]["on-error"][0];
    assert_eq!(error["source"], "authorization");
    assert_eq!(error["data"]["reason"], "SubscriptionKeyInvalid");
}

#[tokio::test]
async fn a_fault_is_named_with_its_place() {
    let rig = Rig::new(with_inbound(
        r#"<choose><when condition="@(true)"><set-variable id="boom" name="v" value="@(context.Product.Id)" /></when></choose>"#,
    ));
    let trace = traced(&rig, &[]).await;
    let error = &trace["traceEntries"]["on-error"][0]["data"];
    assert_eq!(error["source"], "set-variable");
    assert_eq!(error["reason"], "ExpressionValueEvaluationFailure");
    assert_eq!(
        error["message"],
        "Expression evaluation failed. Object reference not set to an instance of an object."
    );
    assert_eq!(error["scope"], "api");
    assert_eq!(error["section"], "inbound");
    assert_eq!(error["path"], "choose[2]/when[1]/set-variable[1]");
    assert_eq!(error["policyId"], "boom");
}

#[tokio::test]
async fn an_unreachable_backend_is_told_from_a_policy_that_threw() {
    let mut world = world();
    gateway(&mut world).backends.get_mut("b1").unwrap().url = "https://nowhere.invalid".into();
    let rig = Rig::new(world);
    let trace = traced(&rig, &[]).await;
    let error = &trace["traceEntries"]["on-error"][0];
    assert_eq!(error["source"], "forward-request");
    assert_eq!(error["data"]["reason"], "BackendConnectionFailure");
    assert_eq!(
        error["data"]["message"],
        "The remote name could not be resolved: 'nowhere.invalid'"
    );
    assert_eq!(error["data"]["section"], "backend");
}

#[tokio::test]
async fn expired_foreign_and_unknown_tokens_open_nothing() {
    let rig = Rig::new(world());
    let foreign = token(&rig, "another-api");
    let response = rig.post(&[("apim-debug-authorization", &foreign)]).await;
    assert_eq!(header(&response, "apim-trace-id"), None);
    assert_eq!(
        header(&response, "apim-debug-authorization-wrongapi"),
        Some("another-api")
    );
    let expired = token(&rig, "inference-api");
    rig.clock.advance(Duration::from_secs(3601));
    let response = rig.post(&[("apim-debug-authorization", &expired)]).await;
    assert_eq!(header(&response, "apim-trace-id"), None);
    assert!(header(&response, "apim-debug-authorization-expired").is_some());
    let response = rig
        .post(&[
            ("apim-debug-authorization", "made-up"),
            ("ocp-apim-trace", "true"),
        ])
        .await;
    assert!(
        !response
            .headers()
            .keys()
            .any(|name| name.as_str().contains("trace"))
    );
    assert!(
        !response
            .headers()
            .keys()
            .any(|name| name.as_str().contains("debug"))
    );
    assert_eq!(response.status(), 200);
}

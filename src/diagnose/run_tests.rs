//! What is said of a whole run.

use super::run::diagnose;
use crate::model::{
    Account, Api, CaseRun, CheckResult, Confidence, Deployment, Exchange, Gateway, Hop, Inventory,
    KeyNames, Leg, Operation, RecordedRequest, RecordedResponse, Run, StepRun, Target, Verdict,
};

const MISSING_KEY: &str = r#"{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }"#;
const INVALID_KEY: &str = r#"{ "statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription." }"#;

fn exchange(leg: Leg, url: &str, status: u16, body: &str) -> Exchange {
    Exchange {
        request: RecordedRequest {
            method: Some("POST".into()),
            url: Some(url.into()),
            credential_in: Some("Ocp-Apim-Subscription-Key".into()),
            ..RecordedRequest::default()
        },
        response: Some(RecordedResponse {
            status: Some(status),
            body: body.into(),
            ..RecordedResponse::default()
        }),
        leg: Some(leg),
        ..Exchange::default()
    }
}

fn step(name: &str, verdict: Verdict, exchange: Exchange) -> StepRun {
    StepRun {
        name: name.into(),
        verdict,
        why: String::new(),
        checks: Vec::new(),
        exchange: Some(exchange),
        hop: None,
        output: Vec::new(),
        is_on_route: true,
        is_withheld: false,
        is_refusal_intended: false,
    }
}

fn case(scenario: &str, deployment: &str, steps: Vec<StepRun>) -> CaseRun {
    CaseRun {
        scenario: scenario.into(),
        title: String::new(),
        account: "f1".into(),
        deployment: deployment.into(),
        route: "apim/inference-api".into(),
        verdict: Verdict::Fail,
        why: String::new(),
        steps,
        earlier: Vec::new(),
        quarantine: None,
        target: Target::default(),
        elapsed_ms: 0.0,
        images: 0,
        spent_usd: 0.0,
        possibly_spent_usd: 0.0,
        avoided_usd: 0.0,
    }
}

fn inventory() -> Inventory {
    Inventory {
        accounts: vec![Account {
            name: "f1".into(),
            endpoint: "https://f1.cognitiveservices.azure.com/".into(),
            deployments: vec![Deployment {
                name: "flux".into(),
                state: "Paused".into(),
                ..Deployment::default()
            }],
            ..Account::default()
        }],
        gateways: vec![Gateway {
            name: "x".into(),
            url: "https://x.azure-api.net".into(),
            apis: vec![Api {
                name: "inference-api".into(),
                path: "inference/openai".into(),
                key_names: KeyNames {
                    header: "api-key".into(),
                    query: "api-key".into(),
                },
                operations: vec![Operation {
                    method: "POST".into(),
                    url_template:
                        "/deployments/{deployment-id}/images/generations?api-version={api-version}"
                            .into(),
                    ..Operation::default()
                }],
                ..Api::default()
            }],
            ..Gateway::default()
        }],
        ..Inventory::default()
    }
}

fn url(deployment: &str, operation: &str) -> String {
    format!(
        "https://x.azure-api.net/inference/openai/deployments/{deployment}/images/{operation}?api-version=2025-04-01-preview"
    )
}

#[test]
fn one_dead_key_is_one_diagnosis_with_all_its_victims() {
    let failed = |name: &str, deployment: &str| {
        let call = exchange(
            Leg::Gateway,
            &url(deployment, "generations"),
            401,
            INVALID_KEY,
        );
        case(
            name,
            deployment,
            vec![step("generate", Verdict::Fail, call)],
        )
    };
    let other = exchange(
        Leg::Direct,
        "https://f1.cognitiveservices.azure.com/openai/x",
        404,
        r#"{"error":{"code":"404","message": "Resource not found"}}"#,
    );
    let run = Run {
        cases: vec![
            case("H", "flux", vec![step("direct", Verdict::Error, other)]),
            failed("B", "flux"),
            failed("C", "flux"),
            failed("B", "kontext"),
        ],
        ..Run::default()
    };
    let said = diagnose(&run, None);
    assert_eq!(said.len(), 2);
    assert_eq!(said[0].cause, Some("apim_key_invalid".into()));
    assert_eq!(said[0].victims.len(), 3);
    assert_eq!(said[0].victims[0].case, "B f1/flux apim/inference-api");
    assert_eq!(said[0].victims[0].step, "generate");
    assert_eq!(said[1].hop, Some(Hop::Backend));
}

#[test]
fn the_inventory_names_the_header_that_the_api_reads() {
    let call = exchange(Leg::Gateway, &url("flux", "generations"), 401, MISSING_KEY);
    let run = Run {
        cases: vec![case("E", "flux", vec![step("call", Verdict::Fail, call)])],
        ..Run::default()
    };
    let said = diagnose(&run, Some(&inventory()));
    assert_eq!(said[0].cause, Some("apim_key_wrong_header".into()));
    assert_eq!(said[0].confidence, Confidence::High);
    let remedy = said[0].remedy.clone().unwrap();
    assert!(remedy.text.contains("`api-key`"), "{}", remedy.text);
    assert!(remedy.command.unwrap().contains("--api-id inference-api"));
}

#[test]
fn the_inventory_tells_a_missing_operation_from_a_wrong_prefix() {
    let body = r#"{ "statusCode": 404, "message": "Resource not found" }"#;
    let explain = |url: &str| {
        let call = exchange(Leg::Gateway, url, 404, body);
        let run = Run {
            cases: vec![case("I", "flux", vec![step("edit", Verdict::Fail, call)])],
            ..Run::default()
        };
        diagnose(&run, Some(&inventory())).remove(0)
    };
    let edits = explain(&url("flux", "edits"));
    assert_eq!(edits.cause, Some("apim_operation_not_matched".into()));
    assert_eq!(edits.confidence, Confidence::High);
    let prefix =
        explain("https://x.azure-api.net/openai/deployments/flux/images/generations?api-version=1");
    assert_eq!(prefix.cause, Some("apim_path_prefix_wrong".into()));
}

#[test]
fn a_paused_deployment_shows_in_the_inventory() {
    let call = exchange(
        Leg::Direct,
        "https://f1.cognitiveservices.azure.com/openai/deployments/flux/images/generations?api-version=2025-04-01-preview",
        503,
        "",
    );
    let run = Run {
        cases: vec![case("B", "flux", vec![step("call", Verdict::Fail, call)])],
        ..Run::default()
    };
    let said = diagnose(&run, Some(&inventory())).remove(0);
    assert_eq!(said.cause, Some("aoai_deployment_not_ready".into()));
    assert!(said.remedy.unwrap().text.starts_with("Resume"));
}

#[test]
fn passes_are_not_diagnosed_and_failed_checks_blame_no_hop_of_the_wire() {
    let good = exchange(Leg::Gateway, &url("flux", "generations"), 200, "{}");
    let mut failed = step("size", Verdict::Fail, good.clone());
    failed.why = "picture.width is 512".into();
    failed.checks.push(CheckResult {
        that: "picture.width == 1024".into(),
        passed: false,
        actual: Vec::new(),
        why: None,
        at: String::new(),
    });
    let run = Run {
        cases: vec![
            case("B", "flux", vec![step("generate", Verdict::Pass, good)]),
            case("G", "flux", vec![failed]),
        ],
        ..Run::default()
    };
    let said = diagnose(&run, None);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].cause, None);
    assert_eq!(said[0].title, "a check did not hold: picture.width is 512");
    assert_eq!(said[0].evidence, ["`picture.width == 1024` is false"]);
}

const NO_PROMPT: &str = r#"{"error":{"code":"BadRequest","message":"Missing required parameter: 'prompt'.","param":"prompt","type":"invalid_request_error"}}"#;

/// A probe that got its refusal, and failed all the same because a check on it did not hold.
fn refused(name: &str, body: &str) -> StepRun {
    let call = exchange(Leg::Gateway, &url("flux", "generations"), 400, body);
    StepRun {
        is_refusal_intended: true,
        hop: Some(Hop::Backend),
        ..step(name, Verdict::Fail, call)
    }
}

#[test]
fn a_refusal_that_was_asked_for_is_no_cause() {
    let burst = case("L", "flux", vec![refused("burst", NO_PROMPT)]);
    let run = Run {
        cases: vec![burst.clone()],
        ..Run::default()
    };
    let alone = diagnose(&run, None);
    assert_eq!(alone.len(), 1);
    assert_eq!(alone[0].cause, None);
    assert!(
        alone[0].title.starts_with("a check did not hold"),
        "{}",
        alone[0].title
    );
    let dead = exchange(Leg::Gateway, &url("flux", "generations"), 401, INVALID_KEY);
    let run = Run {
        cases: vec![
            burst,
            case("B", "flux", vec![step("generate", Verdict::Fail, dead)]),
        ],
        ..Run::default()
    };
    let beside = diagnose(&run, None);
    assert_eq!(beside.len(), 1);
    assert_eq!(beside[0].cause, Some("apim_key_invalid".into()));
}

#[test]
fn another_refusal_of_such_a_call_is_explained_and_so_is_that_of_a_call_that_was_meant_to_pass() {
    let version = r#"{"error":{"code":"BadRequest","message":"API version not supported"}}"#;
    let explain = |step: StepRun| {
        let run = Run {
            cases: vec![case("K", "flux", vec![step])],
            ..Run::default()
        };
        diagnose(&run, None).remove(0).cause
    };
    assert_eq!(
        explain(refused("empty prompt", version)),
        Some("aoai_api_version_wrong".into())
    );
    let meant_to_pass = StepRun {
        is_refusal_intended: false,
        ..refused("one picture", NO_PROMPT)
    };
    assert_eq!(
        explain(meant_to_pass),
        Some("request_body_malformed".into())
    );
}

#[test]
fn a_direct_call_that_works_narrows_a_fault_of_the_gateway() {
    let fault = r#"{ "statusCode": 500, "message": "Internal server error", "activityId": "87aeb87f-192c-424c-84d1-32d5bbfec437" }"#;
    let direct = "https://f1.cognitiveservices.azure.com/openai/deployments/flux/images/generations?api-version=1";
    let run = Run {
        cases: vec![case(
            "H",
            "flux",
            vec![
                step(
                    "direct",
                    Verdict::Pass,
                    exchange(Leg::Direct, direct, 200, "{}"),
                ),
                step(
                    "gateway",
                    Verdict::Fail,
                    exchange(Leg::Gateway, &url("flux", "generations"), 500, fault),
                ),
            ],
        )],
        ..Run::default()
    };
    let alone = diagnose(&run, None).remove(0);
    assert_eq!(alone.cause, None);
    assert_eq!(alone.alternatives.len(), 3);
    assert!(alone.alternatives.iter().all(|other| other.probe.is_some()));
}

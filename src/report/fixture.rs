//! Hand-made values that tests render.

mod changes;
mod map;
mod tried;

pub(super) use changes::{baseline, comparison};
pub(super) use map::{audit, route_map, wide_map};
pub(super) use tried::{expired, flaky, quarantined};

use crate::model::{
    Account, AccountName, Alternative, Api, Backend, Case, CaseRun, CheckResult, Confidence,
    Deployment, Diagnosis, Exchange, Explained, Gap, Gateway, GatewayLeg, Header, Hop, Inventory,
    Leg, Model, Operation, Plan, PlannedRequest, PoolMember, PublishedRoute, RateLimit,
    RecordedRequest, RecordedResponse, Remedy, Report, Run, Shown, Skipped, Sku, StepRun,
    Subscription, Summary, Target, Timings, Verdict, Victim,
};

const ACCOUNT: &str = "foundry1-pavavy6pu5hpa";
const ROUTE: &str = "apim-pavavy6pu5hpa/inference-api";
const PRO: &str = "FLUX-1.1-pro";
const KONTEXT: &str = "FLUX.1-Kontext-pro";
const LETTERS: [(&str, &str, u32); 12] = [
    (
        "A",
        "As found: the names and paths before the fix fail, each at the hop expected",
        0,
    ),
    (
        "B",
        "Built route: the deployment answers on its own path",
        1,
    ),
    ("C", "Cells: the notebook cells in their order", 6),
    ("D", "Done: a valid picture within budget", 1),
    (
        "E",
        "Entry: each wrong credential is met by the right hop",
        1,
    ),
    ("F", "Format of the api-version", 1),
    ("G", "Geometry: five aspect ratios", 5),
    ("H", "Hops agree", 2),
    ("I", "Image editing", 2),
    ("J", "Judged by sight", 1),
    ("K", "Keep out: bad input is refused and costs nothing", 0),
    ("L", "Limits", 3),
];

/// A case that passed through a gateway, without steps.
pub(super) fn case(scenario: &str, account: &str, deployment: &str) -> CaseRun {
    CaseRun {
        scenario: scenario.into(),
        title: format!("title of {scenario}"),
        account: account.into(),
        deployment: deployment.into(),
        route: ROUTE.into(),
        verdict: Verdict::Pass,
        why: String::new(),
        steps: Vec::new(),
        target: Target {
            account: account.into(),
            deployment: deployment.into(),
            gateway: Some(GatewayLeg {
                gateway: "apim-pavavy6pu5hpa".into(),
                api: "inference-api".into(),
                ..GatewayLeg::default()
            }),
            ..Target::default()
        },
        earlier: Vec::new(),
        quarantine: None,
        elapsed_ms: 100.0,
        images: 0,
        spent_usd: 0.0,
        possibly_spent_usd: 0.0,
        avoided_usd: 0.0,
    }
}

/// Every letter passes on two deployments.
pub(super) fn green() -> Report {
    finish(run_on(ACCOUNT, &[PRO, KONTEXT]), Vec::new())
}

/// As [`green`], but the gateway publishes no edits, one deployment has no vision model beside it, and C printed.
pub(super) fn gateway_404() -> Report {
    let mut run = run_on(ACCOUNT, &[PRO, KONTEXT]);
    run.cases
        .retain(|case| case.scenario != "J" || case.deployment == PRO);
    run.skipped.push(Skipped {
        scenario: "J".into(),
        account: ACCOUNT.into(),
        deployment: KONTEXT.into(),
        why: "no chat deployment of the account can look at pictures".into(),
    });
    let case = case_mut(&mut run, "C", PRO);
    case.steps.push(StepRun {
        output: vec![
            "[image] Primary image generated from 'FLUX-1.1-pro' (231456 base64 chars)".into(),
        ],
        ..step("cell 109, primary image", 200, "{}")
    });
    let case = case_mut(&mut run, "I", KONTEXT);
    case.verdict = Verdict::Fail;
    case.why = "step \"edit the drawing\" was answered 404 by the gateway".into();
    case.images = 1;
    case.spent_usd = 0.04;
    case.avoided_usd = 0.04;
    case.steps = vec![
        step("draw something to edit", 200, "{\"created\":1,\"data\":[]}"),
        failed_edit(),
    ];
    let victims = vec![Victim {
        case: case.key(),
        step: "edit the drawing".into(),
    }];
    finish(run, vec![operation_missing(victims)])
}

/// Twelve deployments of two accounts, with every verdict somewhere.
pub(super) fn wide() -> Report {
    let names: Vec<String> = (1..=6)
        .map(|n| format!("FLUX.1-Kontext-pro-{n:02}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut run = run_on(ACCOUNT, &names);
    run.cases
        .extend(run_on("foundry2-pavavy6pu5hpa", &names).cases);
    for (index, case) in run.cases.iter_mut().enumerate() {
        case.verdict = match index % 23 {
            3 => Verdict::Fail,
            11 => Verdict::Error,
            17 => Verdict::Flaky,
            19 => Verdict::Skip,
            _ => Verdict::Pass,
        };
        if case.verdict != Verdict::Pass {
            case.why = "because of the fixture".into();
        }
        if case.verdict == Verdict::Fail {
            case.steps = vec![StepRun {
                verdict: Verdict::Fail,
                ..step("ask", 500, "")
            }];
            case.steps[0].hop = Some(Hop::ContentFilter);
        }
    }
    finish(run, Vec::new())
}

/// A server that sends control sequences, reversed text and markup wherever it can.
pub(super) fn hostile() -> Report {
    const EVIL: &str = "\x1b[2J\x1b]0;owned\x07\u{202e}gpj.exe\u{200b}|<img src=x onerror=alert(1)>`[a](http://b)@team";
    let mut run = Run::default();
    let mut case = case("B", "acc\x1b[31m", "dep|loy");
    case.title = format!("title {EVIL}");
    case.verdict = Verdict::Fail;
    case.why = format!("why {EVIL}");
    let mut step = step("ask", 404, &format!("```\n{EVIL}\n```\r\n</details>\n"));
    step.verdict = Verdict::Fail;
    step.hop = Some(Hop::Gateway);
    step.checks = vec![CheckResult {
        that: "status == 200".into(),
        passed: false,
        actual: vec![Shown {
            name: "body".into(),
            value: EVIL.into(),
        }],
        why: Some(EVIL.into()),
        at: "x.yaml:1:2".into(),
    }];
    if let Some(response) = step
        .exchange
        .as_mut()
        .and_then(|exchange| exchange.response.as_mut())
    {
        response.reason = Some(EVIL.into());
        response.headers = vec![Header("Server".into(), EVIL.into())];
    }
    step.output = vec![format!("printed {EVIL}\nsecond line")];
    case.steps = vec![step];
    run.cases = vec![case];
    let diagnosis = Diagnosis {
        title: EVIL.into(),
        evidence: vec![EVIL.into()],
        remedy: Some(Remedy {
            text: EVIL.into(),
            command: Some(format!("az x\n{EVIL}")),
        }),
        ..operation_missing(Vec::new())
    };
    finish(run, vec![diagnosis])
}

fn run_on(account: &str, deployments: &[&str]) -> Run {
    let mut run = Run {
        started_at: "2026-01-02T03:04:05Z".into(),
        elapsed_ms: 4_230.0,
        ..Run::default()
    };
    for (letter, title, images) in LETTERS {
        for deployment in deployments {
            let mut case = case(letter, account, deployment);
            case.title = title.into();
            case.images = images;
            case.spent_usd = f64::from(images) * 0.04;
            run.cases.push(case);
        }
    }
    run
}

fn case_mut<'a>(run: &'a mut Run, scenario: &str, deployment: &str) -> &'a mut CaseRun {
    run.cases
        .iter_mut()
        .find(|case| case.scenario == scenario && case.deployment == deployment)
        .unwrap()
}

fn finish(mut run: Run, diagnoses: Vec<Diagnosis>) -> Report {
    run.summary = Summary::of(&run.cases);
    Report::new(run, diagnoses)
}

fn step(name: &str, status: u16, body: &str) -> StepRun {
    StepRun {
        name: name.into(),
        verdict: Verdict::Pass,
        why: String::new(),
        checks: Vec::new(),
        exchange: Some(Exchange {
            request: RecordedRequest {
                method: Some("POST".into()),
                url: Some(format!(
                    "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/{KONTEXT}/images/edits?api-version=2025-04-01-preview"
                )),
                credential_in: Some("api-key".into()),
                ..RecordedRequest::default()
            },
            response: Some(RecordedResponse {
                status: Some(status),
                headers: vec![
                    Header("Content-Type".into(), "application/json".into()),
                    Header("Content-Length".into(), body.len().to_string()),
                    Header(
                        "Request-Context".into(),
                        "appId=cid-v1:00000000-0000-0000-0000-000000000000".into(),
                    ),
                ],
                body: body.into(),
                body_bytes: body.len() as u64,
                ..RecordedResponse::default()
            }),
            timings_ms: Timings {
                dns: Some(1.2),
                tcp: Some(2.0),
                tls: Some(12.7),
                first_byte: Some(31.4),
                body: Some(0.2),
                total: 47.5,
                is_reused: false,
            },
            sent_at: "2026-01-02T03:04:07Z".into(),
            leg: Some(Leg::Gateway),
            ..Exchange::default()
        }),
        hop: None,
        output: Vec::new(),
        is_on_route: true,
        is_withheld: false,
        is_refusal_intended: false,
    }
}

fn failed_edit() -> StepRun {
    StepRun {
        verdict: Verdict::Fail,
        hop: Some(Hop::Gateway),
        checks: vec![
            CheckResult {
                that: "status == 200".into(),
                passed: false,
                actual: vec![Shown {
                    name: "status".into(),
                    value: "404".into(),
                }],
                why: Some("an edit by multipart is answered with a picture".into()),
                at: "scenarios/i-image-editing.yaml:21:9".into(),
            },
            CheckResult {
                that: "elapsed_ms < 60000".into(),
                passed: true,
                actual: Vec::new(),
                why: None,
                at: String::new(),
            },
        ],
        ..step(
            "edit the drawing",
            404,
            "{ \"statusCode\": 404, \"message\": \"Resource not found\" }",
        )
    }
}

fn operation_missing(victims: Vec<Victim>) -> Diagnosis {
    Diagnosis {
        cause: Some("apim_operation_not_matched".into()),
        title: "The gateway has no operation for this method and path".into(),
        hop: Some(Hop::Gateway),
        confidence: Confidence::High,
        evidence: vec![
            "the body is API Management's own `{ \"statusCode\": 404, \"message\": \"Resource not found\" }`".into(),
            "inference-api publishes no operation POST /deployments/{deployment-id}/images/edits".into(),
        ],
        alternatives: vec![Alternative {
            cause: "apim_path_prefix_wrong".into(),
            hop: Some(Hop::Gateway),
            probe: Some("GET the path without /openai".into()),
        }],
        remedy: Some(Remedy {
            text: "Import the images edits operation into the API.".into(),
            command: Some("az apim api operation create --resource-group rg --service-name apim-pavavy6pu5hpa --api-id inference-api --url-template '/deployments/{deployment-id}/images/edits' --method POST --display-name ImageEdits_Create".into()),
        }),
        victims,
    }
}

/// The gateway's 404, explained twice.
pub(super) fn explained() -> Vec<Explained> {
    let explained = |id: &str| Explained {
        id: id.into(),
        exchange: failed_edit().exchange.unwrap(),
        diagnosis: operation_missing(Vec::new()),
        notes: vec!["a note".into()],
    };
    vec![explained("1"), explained("two")]
}

/// Two accounts, one gateway with a pool, one route, one gap.
pub(super) fn inventory() -> Inventory {
    let model = |name: &str| Model {
        format: "Black Forest Labs".into(),
        name: name.into(),
        version: "1".into(),
    };
    let deployment = |name: &str, family: &str| Deployment {
        name: name.into(),
        model: model(name),
        sku: Sku {
            name: "GlobalStandard".into(),
            capacity: Some(2),
        },
        rate_limits: vec![RateLimit {
            key: "request".into(),
            count: 2.0,
            renewal_period: 60.0,
        }],
        family: Some(family.into()),
        ..Deployment::default()
    };
    Inventory {
        schema_version: crate::model::SCHEMA_VERSION,
        taken_at: "2026-01-02T03:04:05Z".into(),
        subscriptions: vec![Subscription {
            id: "00000000-0000-0000-0000-000000000001".into(),
            name: "lab".into(),
            tenant_id: None,
        }],
        accounts: vec![
            Account {
                name: ACCOUNT.into(),
                location: "uksouth".into(),
                endpoint: format!("https://{ACCOUNT}.cognitiveservices.azure.com/"),
                deployments: vec![
                    deployment(PRO, "flux-1.1-pro"),
                    deployment(KONTEXT, "flux.1-kontext-pro"),
                ],
                ..Account::default()
            },
            Account {
                name: AccountName::new("foundry2-pavavy6pu5hpa"),
                location: "swedencentral".into(),
                ..Account::default()
            },
        ],
        gateways: vec![Gateway {
            name: "apim-pavavy6pu5hpa".into(),
            url: "https://apim-pavavy6pu5hpa.azure-api.net".into(),
            apis: vec![Api {
                name: "inference-api".into(),
                path: "inference/openai".into(),
                is_subscription_required: true,
                operations: vec![Operation {
                    name: "ImageGenerations_Create".into(),
                    method: "POST".into(),
                    url_template:
                        "/deployments/{deployment-id}/images/generations?api-version={api-version}"
                            .into(),
                    ..Operation::default()
                }],
                ..Api::default()
            }],
            backends: vec![
                Backend {
                    name: "foundry1".into(),
                    url: Some(format!(
                        "https://{ACCOUNT}.cognitiveservices.azure.com/openai"
                    )),
                    credential_headers: vec!["api-key".into()],
                    ..Backend::default()
                },
                Backend {
                    name: "pool".into(),
                    pool: vec![PoolMember {
                        backend: "foundry1".into(),
                        priority: Some(1),
                        weight: Some(100),
                    }],
                    ..Backend::default()
                },
            ],
            ..Gateway::default()
        }],
        routes: vec![PublishedRoute {
            account: ACCOUNT.into(),
            deployment: PRO.into(),
            gateway: "apim-pavavy6pu5hpa".into(),
            api: "inference-api".into(),
            operation: "ImageGenerations_Create".into(),
            url: format!(
                "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/{PRO}/images/generations?api-version=2024-08-01-preview"
            ),
            supposed: None,
        }],
        gaps: vec![Gap {
            what: "deployments of account foundry3-pavavy6pu5hpa".into(),
            why: "ARM answered 403 AuthorizationFailed".into(),
            opened_by: Some("Reader on the account".into()),
        }],
    }
}

/// Two cases, one of them free, and one left out.
pub(super) fn plan() -> Plan {
    let planned = |scenario: &str, images: u32| Case {
        scenario: scenario.into(),
        title: "title".into(),
        account: ACCOUNT.into(),
        deployment: PRO.into(),
        route: ROUTE.into(),
        requests: vec![PlannedRequest {
            step: "ask".into(),
            method: "POST".into(),
            url: format!(
                "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/{PRO}/images/generations?api-version=2024-08-01-preview"
            ),
            times: images.max(1),
            images: images.min(1),
        }],
        images,
        cost_usd: f64::from(images) * 0.04,
        ..Case::default()
    };
    Plan {
        cases: vec![planned("A", 0), planned("C", 6)],
        skipped: vec![Skipped {
            scenario: "I".into(),
            account: ACCOUNT.into(),
            deployment: PRO.into(),
            why: "FLUX-1.1-pro takes no picture".into(),
        }],
        cost_usd: 0.24,
        ..Plan::default()
    }
}

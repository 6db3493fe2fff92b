//! A whole run: each failure explained with the help of its siblings and the inventory, one cause once.

use super::drawn::drawn;
use super::engine::{Diagnoser, builtin};
use super::facts::Facts;
use super::found::Found;
use super::siblings::siblings;
use super::weigh;
use crate::model::{
    CaseRun, Diagnosis, Exchange, Hop, Inventory, RecordedRequest, Run, StepRun, TransportError,
    TransportFailure, Victim,
};

/// Explains the failures of a run by the tables that come with fluxprobe.
pub fn diagnose(run: &Run, inventory: Option<&Inventory>) -> Vec<Diagnosis> {
    match builtin() {
        Ok(diagnoser) => diagnoser.diagnose(run, inventory),
        Err(error) => vec![weigh::undecided(error.to_string())],
    }
}

/// Explains `exchange` by the tables that come with fluxprobe, with the help of what is known of the place it went to.
pub fn explain_in(exchange: &Exchange, inventory: Option<&Inventory>) -> Diagnosis {
    match builtin() {
        Ok(diagnoser) => diagnoser.explain_in(exchange, inventory),
        Err(error) => weigh::undecided(error.to_string()),
    }
}

/// What two failures must share to be one diagnosis.
#[derive(PartialEq)]
struct Group {
    cause: String,
    hop: String,
    /// The account where it is the one that answers, by whichever way; else the host that was called.
    place: String,
    subject: String,
}

impl Diagnoser {
    /// Explains every step of `run` that failed and has an exchange. Failures of one cause at one place are one
    /// diagnosis with all its victims; the one with the most victims stands first.
    pub fn diagnose(&self, run: &Run, inventory: Option<&Inventory>) -> Vec<Diagnosis> {
        let mut groups: Vec<(Group, Diagnosis)> = Vec::new();
        for case in &run.cases {
            for step in case.steps.iter().filter(|step| step.verdict.is_bad()) {
                let unsent = unsent(case, step);
                let Some(exchange) = step.exchange.as_ref().or(unsent.as_ref()) else {
                    continue;
                };
                let (group, diagnosis) = self.explain_step(run, case, step, exchange, inventory);
                let victim = Victim {
                    case: case.key(),
                    step: step.name.clone(),
                };
                match groups.iter_mut().find(|(known, _)| *known == group) {
                    Some((_, known)) => {
                        let mut victims = std::mem::take(&mut known.victims);
                        if diagnosis.confidence > known.confidence {
                            *known = diagnosis;
                        }
                        if !victims.contains(&victim) {
                            victims.push(victim);
                        }
                        known.victims = victims;
                    }
                    None => groups.push((
                        group,
                        Diagnosis {
                            victims: vec![victim],
                            ..diagnosis
                        },
                    )),
                }
            }
        }
        let mut diagnoses: Vec<Diagnosis> =
            groups.into_iter().map(|(_, diagnosis)| diagnosis).collect();
        diagnoses.sort_by_key(|diagnosis| {
            let weight = (
                diagnosis.victims.len(),
                diagnosis.cause.is_some(),
                diagnosis.confidence,
            );
            std::cmp::Reverse(weight)
        });
        diagnoses
    }

    /// Explains `exchange` with the help of what is known of the place it went to.
    pub fn explain_in(&self, exchange: &Exchange, inventory: Option<&Inventory>) -> Diagnosis {
        weigh::explain(self, &self.facts_in(exchange, inventory))
    }

    fn facts_in(&self, exchange: &Exchange, inventory: Option<&Inventory>) -> Facts {
        let mut facts = Facts::of(exchange, &self.hosts);
        if let Some(inventory) = inventory {
            let request = &facts.request;
            facts.found = Found::of(
                inventory,
                &request.method,
                &request.host,
                &request.path,
                &request.deployment,
            );
        }
        facts
    }

    fn explain_step(
        &self,
        run: &Run,
        case: &CaseRun,
        step: &StepRun,
        exchange: &Exchange,
        inventory: Option<&Inventory>,
    ) -> (Group, Diagnosis) {
        let mut facts = self.facts_in(exchange, inventory);
        facts.sibling = siblings(run, case, exchange);
        if let Some(inventory) = inventory {
            let deployment = &facts.request.deployment;
            let account = case.account.as_str();
            facts.found.take_account_of(inventory, account, deployment);
        }
        if let (Some(inventory), Some(leg)) = (inventory, &case.target.gateway) {
            let subscription = leg.subscription.as_deref().unwrap_or_default();
            facts.found.take_subscription(inventory, subscription);
        }
        let mut diagnosis = weigh::explain(self, &facts);
        if diagnosis.cause.is_none() && (facts.is_success || is_success(exchange)) {
            facts.judge(drawn(case, step, exchange));
            diagnosis = weigh::explain(self, &facts);
            if diagnosis.cause.is_none() {
                diagnosis = check_failed(step, diagnosis);
            }
        }
        let cause = diagnosis.cause.as_ref();
        let per = cause
            .and_then(|slug| self.cause(slug.as_str()))
            .map_or("", |cause| cause.per.as_str());
        let group = Group {
            cause: cause.map_or_else(|| diagnosis.title.clone(), ToString::to_string),
            hop: diagnosis.hop.map(|hop| hop.to_string()).unwrap_or_default(),
            subject: match (per, in_azure(&diagnosis)) {
                ("deployment", _) => facts.request.deployment.clone(),
                // What one command mends is one thing, whichever operation met it.
                ("operation", Some(command)) => command.to_owned(),
                ("operation", None) => operation(&facts.request.path).to_owned(),
                _ => String::new(),
            },
            place: match diagnosis.hop {
                Some(Hop::Backend | Hop::ContentFilter) if !facts.found.account.is_empty() => {
                    facts.found.account
                }
                _ => facts.request.host,
            },
        };
        (group, diagnosis)
    }
}

/// What stands for a call that could not be made for want of a credential: where it would have gone, and why it did not.
fn unsent(case: &CaseRun, step: &StepRun) -> Option<Exchange> {
    if step.exchange.is_some() || step.hop != Some(Hop::Client) {
        return None;
    }
    let target = &case.target;
    let leg = target.default_leg();
    let base = match (&target.gateway, &target.direct) {
        (Some(way), _) => format!("{}/deployments", way.base_url.trim_end_matches('/')),
        (None, Some(way)) => format!("{}/openai/deployments", way.endpoint),
        (None, None) => String::new(),
    };
    let error = TransportError {
        kind: TransportFailure::Other,
        text: step.why.clone(),
    };
    Some(Exchange {
        request: RecordedRequest {
            url: Some(format!("{base}/{}/images/generations", target.deployment)),
            ..RecordedRequest::default()
        },
        transport_error: Some(error),
        leg: Some(leg),
        ..Exchange::default()
    })
}

/// The answer is what was wanted, or what was provoked; what failed is a check on it.
fn check_failed(step: &StepRun, diagnosis: Diagnosis) -> Diagnosis {
    let failed = step.checks.iter().filter(|check| !check.passed);
    let title = match step.why.is_empty() {
        true => "a check did not hold on an answer that came as expected".to_owned(),
        false => format!("a check did not hold: {}", step.why),
    };
    Diagnosis {
        evidence: failed
            .map(|check| format!("`{}` is false", check.that))
            .collect(),
        hop: diagnosis.hop,
        ..weigh::undecided(title)
    }
}

/// Whether an exchange came to a good end.
pub(super) fn is_success(exchange: &Exchange) -> bool {
    let is_good = exchange
        .status()
        .is_some_and(|status| (200..400).contains(&status));
    is_good && exchange.transport_error.is_none()
}

/// The command that changes a resource of Azure, where the remedy is one.
fn in_azure(diagnosis: &Diagnosis) -> Option<&str> {
    let command = diagnosis.remedy.as_ref()?.command.as_deref()?;
    command.starts_with("az ").then_some(command)
}

/// What the call does, without the deployment's name: the last two segments of its path.
fn operation(path: &str) -> &str {
    let mut slashes = path.rmatch_indices('/');
    slashes.next();
    slashes.next().map_or(path, |(at, _)| &path[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Account, Api, CheckResult, Confidence, Deployment, Gateway, KeyNames, Leg, Operation,
        RecordedResponse, Target, Verdict,
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
                        url_template: "/deployments/{deployment-id}/images/generations?api-version={api-version}".into(),
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
        let prefix = explain(
            "https://x.azure-api.net/openai/deployments/flux/images/generations?api-version=1",
        );
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
}

//! A whole run: each failure explained with the help of its siblings and the inventory, one cause once.

use super::drawn::drawn;
use super::engine::{Diagnoser, builtin};
use super::facts::Facts;
use super::found::Found;
use super::siblings::siblings;
use super::weigh;
use crate::model::{
    AccountName, CaseRun, DeploymentName, Diagnosis, Exchange, Hop, Inventory, RecordedRequest,
    Run, StepRun, TransportError, TransportFailure, Victim,
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

/// Explains `exchange` beside a call straight to the account, of which is said whether it was taken.
pub fn explain_beside(
    exchange: &Exchange,
    inventory: Option<&Inventory>,
    (direct, is_taken): (&Exchange, bool),
) -> Diagnosis {
    let Ok(diagnoser) = builtin() else {
        return explain_in(exchange, inventory);
    };
    let mut facts = diagnoser.facts_in(exchange, inventory);
    facts.sibling = super::siblings::Siblings::of_direct(direct, is_taken);
    weigh::explain(diagnoser, &facts)
}

/// `exchange` under the cause `slug`, on which probes have decided; what the exchange says by itself where there is no
/// such cause.
pub fn decided_in(exchange: &Exchange, inventory: Option<&Inventory>, slug: &str) -> Diagnosis {
    let decided = builtin().ok().and_then(|diagnoser| {
        weigh::named(diagnoser, &diagnoser.facts_in(exchange, inventory), slug)
    });
    decided.unwrap_or_else(|| explain_in(exchange, inventory))
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

/// The failures that are one diagnosis.
struct Explained<'r> {
    group: Group,
    diagnosis: Diagnosis,
    /// Whether all that failed are checks on a refusal that was asked for.
    is_as_meant: bool,
    targets: Vec<(&'r AccountName, &'r DeploymentName)>,
}

impl Diagnoser {
    /// Explains every step of `run` that failed and has an exchange. Failures of one cause at one place are one
    /// diagnosis with all its victims; the one with the most victims stands first.
    pub fn diagnose(&self, run: &Run, inventory: Option<&Inventory>) -> Vec<Diagnosis> {
        let mut groups: Vec<Explained> = Vec::new();
        for case in &run.cases {
            for step in case.steps.iter().filter(|step| step.verdict.is_bad()) {
                let unsent = unsent(case, step);
                let Some(exchange) = step.exchange.as_ref().or(unsent.as_ref()) else {
                    continue;
                };
                let (group, diagnosis, is_as_meant) =
                    self.explain_step(run, case, step, exchange, inventory);
                let target = (&case.account, &case.deployment);
                let victim = Victim {
                    case: case.key(),
                    step: step.name.clone(),
                };
                match groups.iter_mut().find(|known| known.group == group) {
                    Some(known) => {
                        let mut victims = std::mem::take(&mut known.diagnosis.victims);
                        if diagnosis.confidence > known.diagnosis.confidence {
                            known.diagnosis = diagnosis;
                        }
                        if !victims.contains(&victim) {
                            victims.push(victim);
                        }
                        known.diagnosis.victims = victims;
                        known.is_as_meant &= is_as_meant;
                        known.targets.push(target);
                    }
                    None => groups.push(Explained {
                        group,
                        diagnosis: Diagnosis {
                            victims: vec![victim],
                            ..diagnosis
                        },
                        is_as_meant,
                        targets: vec![target],
                    }),
                }
            }
        }
        let explained: Vec<_> = groups
            .iter()
            .filter(|one| !one.is_as_meant)
            .flat_map(|one| one.targets.iter().copied())
            .collect();
        // What fails beside it on the same target says why; the refusal that was asked for adds nothing to it.
        groups.retain(|one| {
            !one.is_as_meant || !one.targets.iter().any(|target| explained.contains(target))
        });
        let mut diagnoses: Vec<Diagnosis> = groups.into_iter().map(|one| one.diagnosis).collect();
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
    ) -> (Group, Diagnosis, bool) {
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
        // The refusal that a non-billable call asks for is a good answer: only a check on it can have failed.
        let is_as_meant =
            step.is_refusal_intended && is_refusal(exchange) && weigh::is_as_provoked(self, &facts);
        let mut diagnosis = match is_as_meant {
            true => check_failed(step, weigh::as_answered(self, &facts)),
            false => weigh::explain(self, &facts),
        };
        let is_good = facts.is_success || is_success(exchange);
        if diagnosis.cause.is_none() && is_good {
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
        (group, diagnosis, is_as_meant)
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

/// Whether the model service found fault with what was sent.
pub(super) fn is_refusal(exchange: &Exchange) -> bool {
    matches!(exchange.status(), Some(400 | 422)) && exchange.transport_error.is_none()
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

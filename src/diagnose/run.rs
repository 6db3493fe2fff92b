//! A whole run: each failure explained with the help of its siblings and the inventory, one cause once.

use super::drawn::drawn;
use super::engine::{Diagnoser, builtin};
use super::estate::Estate;
use super::facts::Facts;
use super::found::Found;
use super::groups::{Explained, Group, merged};
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

/// Explains `exchange` beside a call straight to the account, of which is said whether it was taken.
pub fn explain_beside(
    exchange: &Exchange,
    inventory: Option<&Inventory>,
    (direct, is_taken): (&Exchange, bool),
) -> Diagnosis {
    let Ok(diagnoser) = builtin() else {
        return explain_in(exchange, inventory);
    };
    let estate = inventory.map(Estate::of);
    let mut facts = diagnoser.facts_in(exchange, estate.as_ref());
    facts.sibling = super::siblings::Siblings::of_direct(direct, is_taken);
    weigh::explain(diagnoser, &facts)
}

/// `exchange` under the cause `slug`, on which probes have decided; what the exchange says by itself where there is no
/// such cause.
pub fn decided_in(exchange: &Exchange, inventory: Option<&Inventory>, slug: &str) -> Diagnosis {
    let estate = inventory.map(Estate::of);
    let decided = builtin().ok().and_then(|diagnoser| {
        weigh::named(
            diagnoser,
            &diagnoser.facts_in(exchange, estate.as_ref()),
            slug,
        )
    });
    decided.unwrap_or_else(|| explain_in(exchange, inventory))
}

impl Diagnoser {
    /// Explains every step of `run` that failed and has an exchange. Failures of one cause at one place are one
    /// diagnosis with all its victims; the one with the most victims stands first.
    pub fn diagnose(&self, run: &Run, inventory: Option<&Inventory>) -> Vec<Diagnosis> {
        let mut groups: Vec<Explained<'_>> = Vec::new();
        let estate = inventory.map(Estate::of);
        for case in &run.cases {
            for step in case.steps.iter().filter(|step| step.verdict.is_bad()) {
                let unsent = unsent(case, step);
                let Some(exchange) = step.exchange.as_ref().or(unsent.as_ref()) else {
                    continue;
                };
                let (group, diagnosis, is_as_meant) =
                    self.explain_step(run, case, step, exchange, estate.as_ref());
                let victim = Victim {
                    case: case.key(),
                    step: step.name.clone(),
                };
                let explained = Explained {
                    group,
                    diagnosis: Diagnosis {
                        victims: vec![victim],
                        ..diagnosis
                    },
                    is_as_meant,
                    targets: vec![(&case.account, &case.deployment)],
                };
                match groups.iter_mut().find(|known| known.is_of(&explained)) {
                    Some(known) => known.take(explained),
                    None => groups.push(explained),
                }
            }
        }
        let mut groups = merged(groups);
        let explained: Vec<_> = groups
            .iter()
            .filter(|one| !one.is_as_meant)
            .flat_map(|one| one.targets.iter().copied())
            .collect();
        // What fails beside it on the same target says why; the refusal that was asked for adds nothing to it.
        groups.retain(|one| {
            !one.is_as_meant || !one.targets.iter().any(|target| explained.contains(target))
        });
        let mut diagnoses: Vec<Diagnosis> = groups.into_iter().map(Explained::told).collect();
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
        let estate = inventory.map(Estate::of);
        weigh::explain(self, &self.facts_in(exchange, estate.as_ref()))
    }

    fn facts_in(&self, exchange: &Exchange, estate: Option<&Estate<'_>>) -> Facts {
        let mut facts = Facts::of(exchange, &self.hosts);
        if let Some(estate) = estate {
            facts.found = Found::of(estate, &facts.request);
            facts.found.take_answer(facts.status, &facts.body);
        }
        facts
    }

    fn explain_step(
        &self,
        run: &Run,
        case: &CaseRun,
        step: &StepRun,
        exchange: &Exchange,
        estate: Option<&Estate<'_>>,
    ) -> (Group, Diagnosis, bool) {
        let inventory = estate.map(|estate| estate.inventory);
        let mut facts = self.facts_in(exchange, estate);
        facts.sibling = siblings(run, case, exchange);
        facts.take_sibling_trace();
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
        let group = self.group(&facts, exchange, &diagnosis);
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

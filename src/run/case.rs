//! One case: its steps in order, what they keep for one another, and how it ends.

use super::attempt::Outcome;
use super::context::{self, Scope};
use super::options::RunEvent;
use super::schedule::Shared;
use super::step::StepRunner;
use crate::model::{Case, CaseRun, StepRun, Verdict};
use crate::plan::variables_of;
use crate::scenario::Scenario;
use bytes::Bytes;
use serde_json::Map;
use std::collections::BTreeMap;

/// Carries one case out, for the first or a further time.
pub(super) async fn run_case(case: &Case, scenario: &Scenario, shared: &Shared<'_>) -> CaseRun {
    let clock = shared.tools.door.clock();
    let started = clock.elapsed();
    let key = case.key();
    let mut state = match CaseState::new(case, scenario, shared) {
        Ok(state) => state,
        Err(why) => return CaseRun::not_run(case, Verdict::Error, why),
    };
    let mut stopped = None;
    for step in &scenario.steps {
        stopped = shared.over();
        if stopped.is_some() {
            break;
        }
        StepRunner {
            case,
            key: &key,
            scenario,
            step,
            shared,
        }
        .run(&mut state)
        .await;
    }
    let mut run = state.finish(case, stopped);
    run.elapsed_ms = clock.elapsed().saturating_sub(started).as_secs_f64() * 1e3;
    run
}

/// What the steps of a case leave behind for those after them.
pub(super) struct CaseState {
    pub(super) scope: Scope,
    /// Files of captured pictures by digest.
    pub(super) files: BTreeMap<String, Bytes>,
    steps: Vec<StepRun>,
    images: u32,
    spent_usd: f64,
    possibly_spent_usd: f64,
    /// Price of the pictures that were asked for, whatever came.
    asked_usd: f64,
}

impl CaseState {
    fn new(case: &Case, scenario: &Scenario, shared: &Shared<'_>) -> Result<Self, String> {
        let variables = variables_of(&shared.engine, scenario, &case.target)
            .map_err(|(name, error)| format!("variable {name}: {error}"))?;
        Ok(CaseState {
            scope: Scope {
                case: variables,
                captures: Map::new(),
                steps: Map::new(),
            },
            files: BTreeMap::new(),
            steps: Vec::new(),
            images: 0,
            spent_usd: 0.0,
            possibly_spent_usd: 0.0,
            asked_usd: 0.0,
        })
    }

    /// Takes the outcome of one attempt in, whose pictures have a price.
    pub(super) fn take(
        &mut self,
        outcome: Outcome,
        price_usd: f64,
        step_name: &str,
        key: &str,
        shared: &Shared<'_>,
    ) {
        let Outcome { run, files, paid } = outcome;
        shared.events.take(&RunEvent::StepDone {
            case: key,
            step: &run.name,
            verdict: run.verdict,
        });
        if let Some(answer) = context::answer(&run) {
            self.scope.steps.insert(step_name.to_owned(), answer);
        }
        self.images += paid.images;
        self.spent_usd += paid.spent_usd;
        self.possibly_spent_usd += paid.possibly_spent_usd;
        if run.exchange.is_some() {
            self.asked_usd += price_usd;
        }
        self.files.extend(files);
        self.steps.push(run);
    }

    /// Why a picture of this case was not bought although it could have been, if so.
    pub(super) fn withheld(&self) -> Option<&str> {
        let step = self.steps.iter().find(|step| step.is_withheld)?;
        Some(&step.why)
    }

    fn finish(self, case: &Case, stopped: Option<String>) -> CaseRun {
        let (verdict, why) = judge(&self.steps, stopped);
        // With one picture held back nothing is bought that works on it or only adds to it either.
        let avoided_usd = match self.withheld() {
            Some(_) => (case.cost_usd - self.asked_usd).max(0.0),
            None => 0.0,
        };
        CaseRun {
            steps: self.steps,
            images: self.images,
            spent_usd: self.spent_usd,
            possibly_spent_usd: self.possibly_spent_usd,
            avoided_usd,
            ..CaseRun::not_run(case, verdict, why)
        }
    }
}

/// The verdict of a case from those of its steps, and the reason for anything but a pass.
fn judge(steps: &[StepRun], stopped: Option<String>) -> (Verdict, String) {
    let first = |verdict| steps.iter().find(|step| step.verdict == verdict);
    for verdict in [Verdict::Error, Verdict::Fail] {
        if let Some(step) = first(verdict) {
            return (verdict, format!("{}: {}", step.name, step.why));
        }
    }
    if let Some(why) = stopped {
        return (Verdict::Skip, why);
    }
    let has_pass = steps
        .iter()
        .any(|step| matches!(step.verdict, Verdict::Pass | Verdict::Flaky));
    match first(Verdict::Skip) {
        // What was blocked or too dear leaves its case unproved, whatever else in it passed.
        Some(step) if !has_pass || step.is_withheld => (Verdict::Skip, step.why.clone()),
        _ if first(Verdict::Flaky).is_some() => (Verdict::Flaky, "passed after a failure".into()),
        _ if steps.is_empty() => (Verdict::Error, "the scenario has no step".into()),
        _ => (Verdict::Pass, String::new()),
    }
}

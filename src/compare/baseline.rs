//! What of a run is worth keeping.

use super::fingerprint;
use crate::model::{
    Baseline, BaselineCase, BaselineStep, CaseRun, Quarantine, Run, SCHEMA_VERSION, StepRun,
    Verdict,
};
use std::collections::BTreeMap;

/// Timings of a step that are kept: enough to tell a shift from chance, few enough to be read.
const KEPT_TIMINGS: usize = 20;

/// The baseline that `run` would be.
pub fn baseline_of(run: &Run) -> Baseline {
    let mut cases: Vec<BaselineCase> = run.cases.iter().map(case_of).collect();
    cases.sort_by(|one, other| one.case.cmp(&other.case));
    Baseline {
        schema_version: SCHEMA_VERSION,
        taken_at: run.started_at.clone(),
        cases,
    }
}

/// Takes a later run into a baseline: its cases take the place of those of the same key, and timings are added to those
/// that are there. Cases that it has not run stay as they are, as do the answers of a case that was skipped.
pub fn update(baseline: &mut Baseline, run: &Run) {
    let new = baseline_of(run);
    baseline.schema_version = SCHEMA_VERSION;
    if new.taken_at > baseline.taken_at {
        baseline.taken_at = new.taken_at;
    }
    let mut cases: BTreeMap<String, BaselineCase> = std::mem::take(&mut baseline.cases)
        .into_iter()
        .map(|case| (case.case.clone(), case))
        .collect();
    for mut case in new.cases {
        match cases.remove(&case.case) {
            Some(before) if case.verdict == Verdict::Skip => case.steps = before.steps,
            Some(before) => take_timings(&mut case, &before),
            None => {}
        }
        cases.insert(case.case.clone(), case);
    }
    baseline.cases = cases.into_values().collect();
}

fn case_of(case: &CaseRun) -> BaselineCase {
    let mut steps: BTreeMap<&str, BaselineStep> = BTreeMap::new();
    // What holds is what the last try says; how long a service takes, every try that was answered as it should be.
    for step in &case.steps {
        let entry = steps.entry(base_name(&step.name)).or_default();
        entry.verdicts.insert(step.verdict);
        entry.answers.extend(fingerprint::of(step));
    }
    for step in case.all_steps() {
        if let Some(entry) = steps.get_mut(base_name(&step.name)) {
            take_timing(entry, step);
        }
    }
    let steps = steps.into_iter().map(|(name, step)| BaselineStep {
        step: name.to_owned(),
        ..step
    });
    BaselineCase {
        case: case.key(),
        scenario: case.scenario.clone(),
        target: format!("{}/{} {}", case.account, case.deployment, case.route),
        verdict: case.verdict,
        why: case.why.clone(),
        quarantine: case.quarantine.as_ref().map(Quarantine::phrase),
        cost_usd: round(case.spent_usd + case.possibly_spent_usd, 1e4),
        steps: steps.collect(),
    }
}

/// The time that a service took, where it answered as it should: a refusal comes sooner than a picture, and a case that
/// breaks would count as one that got faster. Opening the connection is the runner's own share and stays out.
fn take_timing(entry: &mut BaselineStep, step: &StepRun) {
    let passed = Some(step).filter(|step| step.verdict == Verdict::Pass);
    let Some(exchange) = passed.and_then(|step| step.exchange.as_ref()) else {
        return;
    };
    let Some(ms) = exchange.timings_ms.first_byte.filter(|ms| ms.is_finite()) else {
        return;
    };
    let timings = match exchange.pictures() {
        [] => &mut entry.other_ms,
        _ => &mut entry.picture_ms,
    };
    timings.push(round(ms, 10.0));
}

fn take_timings(case: &mut BaselineCase, before: &BaselineCase) {
    for step in &mut case.steps {
        let Some(earlier) = before.steps.iter().find(|one| one.step == step.step) else {
            continue;
        };
        for (now, then) in [
            (&mut step.picture_ms, &earlier.picture_ms),
            (&mut step.other_ms, &earlier.other_ms),
        ] {
            let mut all = then.clone();
            all.append(now);
            let surplus = all.len().saturating_sub(KEPT_TIMINGS);
            *now = all.split_off(surplus);
        }
    }
}

/// A step's name without ` [2/5]` or ` [poll 3]`.
pub(super) fn base_name(name: &str) -> &str {
    match name.rsplit_once(" [") {
        Some((base, number)) if number.ends_with(']') => base,
        _ => name,
    }
}

fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

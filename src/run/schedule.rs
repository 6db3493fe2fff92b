//! In which order cases run, and how many at once.

use super::again::run_tries;
use super::blocks::Blocks;
use super::ledger::Ledger;
use super::options::{Events, RunEvent, RunOptions, Tools};
use super::pace::Pacer;
use super::pictures::Judges;
use crate::expr::Engine;
use crate::model::{Case, CaseRun, Plan, Quarantine, Run, SCHEMA_VERSION, Summary, Verdict};
use crate::scenario::Scenario;
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;

/// What all cases of a run share.
pub(super) struct Shared<'a> {
    pub(super) tools: &'a Tools,
    pub(super) options: &'a RunOptions,
    pub(super) events: &'a dyn Events,
    pub(super) engine: Engine,
    pub(super) pacer: Pacer,
    pub(super) blocks: Blocks,
    pub(super) ledger: Ledger,
    pub(super) judges: Judges,
    /// The day on which the run began, `YYYY-MM-DD`, UTC.
    pub(super) day: String,
}

/// Runs the cases of `plan` and gives what happened, one [`CaseRun`] a case, in the plan's order.
///
/// Deployments run side by side, `options.jobs` cases at most at once. On each deployment what buys nothing runs
/// first, then what does. What disturbs a deployment on purpose runs at the very end, one after the other. A case whose scenario is not in `scenarios` is an error of
/// that case, not of the run.
pub async fn run(
    plan: &Plan,
    scenarios: &[Scenario],
    tools: &Tools,
    options: &RunOptions,
    events: &dyn Events,
) -> Run {
    let clock = tools.door.clock().clone();
    let started_at = clock.timestamp();
    let started = clock.elapsed();
    let shared = Shared {
        tools,
        options,
        events,
        engine: Engine::strict(),
        pacer: Pacer::default(),
        blocks: Blocks::default(),
        ledger: Ledger::with_wall(options.max_cost_usd),
        judges: Judges::new(options.thumbnail),
        day: started_at.chars().take(10).collect(),
    };
    let (groups, disturbing) = by_deployment(&plan.cases);
    let jobs = options.jobs.max(1);
    let lanes = (jobs / groups.len().max(1)).max(1);
    let mut cases: Vec<(usize, CaseRun)> = stream::iter(groups)
        .map(|group| run_deployment(group, plan, scenarios, &shared, lanes))
        .buffer_unordered(jobs)
        .concat()
        .await;
    // Only now: a scenario may also call other deployments of its account, and must not meet this disturbance there.
    for index in disturbing {
        cases.push((index, run_one(&plan.cases[index], scenarios, &shared).await));
    }
    cases.sort_by_key(|(index, _)| *index);
    let cases: Vec<CaseRun> = cases.into_iter().map(|(_, case)| case).collect();
    Run {
        schema_version: SCHEMA_VERSION,
        started_at,
        elapsed_ms: clock.elapsed().saturating_sub(started).as_secs_f64() * 1e3,
        summary: Summary::of(&cases),
        is_interrupted: options.stop.reason().is_some(),
        expired: expired(&cases, &shared),
        cases,
        skipped: plan.skipped.clone(),
    }
}

/// Cases of one deployment: those that buy nothing, then those that do.
type Group = [Vec<usize>; 2];

/// Cases by deployment, and apart from them those that disturb their deployment on purpose.
fn by_deployment(cases: &[Case]) -> (Vec<Group>, Vec<usize>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut disturbing = Vec::new();
    let mut index_of = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        if case.is_exclusive {
            disturbing.push(index);
            continue;
        }
        let group = *index_of
            .entry((&case.account, &case.deployment))
            .or_insert_with(|| {
                groups.push(Group::default());
                groups.len() - 1
            });
        groups[group][usize::from(case.images > 0)].push(index);
    }
    (groups, disturbing)
}

async fn run_deployment(
    group: Group,
    plan: &Plan,
    scenarios: &[Scenario],
    shared: &Shared<'_>,
    lanes: usize,
) -> Vec<(usize, CaseRun)> {
    let mut done = Vec::new();
    for indices in group {
        let ran: Vec<_> =
            stream::iter(indices)
                .map(|index| async move {
                    (index, run_one(&plan.cases[index], scenarios, shared).await)
                })
                .buffer_unordered(lanes)
                .collect()
                .await;
        done.extend(ran);
    }
    done
}

async fn run_one(case: &Case, scenarios: &[Scenario], shared: &Shared<'_>) -> CaseRun {
    let key = case.key();
    shared.events.take(&RunEvent::CaseStarted { case: &key });
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.id == case.scenario);
    let result = match (scenario, shared.options.stop.reason()) {
        (_, Some(why)) => CaseRun::not_run(case, Verdict::Skip, why),
        (None, None) => {
            let why = format!(
                "scenario {} is not at hand: give its file with --scenarios",
                case.scenario
            );
            CaseRun::not_run(case, Verdict::Error, why)
        }
        (Some(scenario), None) => run_tries(case, scenario, shared).await,
    };
    let result = covered(result, shared);
    if result.is_red() && shared.options.is_fail_fast {
        shared
            .options
            .stop
            .stop("not run: an earlier case failed and --fail-fast was asked for");
    }
    shared.events.take(&RunEvent::CaseDone {
        case: &key,
        verdict: result.verdict,
    });
    result
}

/// A failed case with the quarantine that covers it, if one does.
fn covered(mut case: CaseRun, shared: &Shared<'_>) -> CaseRun {
    if case.verdict.is_bad() {
        let mut entries = shared.options.quarantine.iter();
        let entry = entries.find(|entry| entry.covers(&case) && !entry.is_over(&shared.day));
        case.quarantine = entry.cloned();
    }
    case
}

/// The entries whose time is over and that speak of one of the cases.
fn expired(cases: &[CaseRun], shared: &Shared<'_>) -> Vec<Quarantine> {
    let entries = shared.options.quarantine.iter();
    let over = entries.filter(|entry| entry.is_over(&shared.day));
    over.filter(|entry| cases.iter().any(|case| entry.covers(case)))
        .cloned()
        .collect()
}

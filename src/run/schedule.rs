//! In which order cases run, and how many at once.

use super::again::run_tries;
use super::blocks::{Blocks, Way};
use super::journal::{Called, Intent, Journal, Sent};
use super::ledger::Ledger;
use super::options::{Events, RunEvent, RunOptions, Tools};
use super::pace::{Course, Courses, Pacer};
use super::pictures::Judges;
use super::trace::Wishes;
use crate::expr::Engine;
use crate::model::{
    Case, CaseRun, Exchange, Plan, Quarantine, Run, SCHEMA_VERSION, Summary, TraceContext, Verdict,
};
use crate::net::Clock;
use crate::scenario::Scenario;
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What all cases of a run share.
pub(super) struct Shared<'a> {
    pub(super) tools: &'a Tools,
    pub(super) options: &'a RunOptions,
    pub(super) events: &'a dyn Events,
    pub(super) engine: Engine,
    pub(super) pacer: Arc<Pacer>,
    pub(super) courses: Courses,
    pub(super) blocks: Blocks,
    pub(super) ledger: Ledger,
    pub(super) judges: Judges,
    pub(super) wishes: Wishes,
    /// When the run began in its first life, RFC 3339 UTC.
    started_at: String,
    /// How often each attempt of each case was made or recalled.
    sends: Mutex<BTreeMap<(String, String), u32>>,
    /// When this life of the run began, in its own clock.
    started: Duration,
    /// Today, `YYYY-MM-DD`, UTC.
    day: String,
}

impl Shared<'_> {
    /// Where the next exchange of an attempt belongs. Each call speaks of another exchange, in this life of the run as in
    /// the one before.
    pub(super) fn trace_context(&self, case: &str, attempt: &str) -> TraceContext {
        let mut sends = self.sends.lock().unwrap_or_else(PoisonError::into_inner);
        let number = sends
            .entry((case.to_owned(), attempt.to_owned()))
            .or_default();
        *number += 1;
        TraceContext::of_exchange(&self.started_at, case, attempt, *number)
    }

    /// Learns the dead ways of cases that an earlier life of the run has ended; the others show theirs again.
    fn learn_again(&self, plan: &Plan, sent: &[Sent]) {
        let Some(journal) = &self.options.journal else {
            return;
        };
        for case in &plan.cases {
            let key = case.key();
            for step in journal.failed_on_route(&key) {
                let sent = sent
                    .iter()
                    .find(|one| one.case == key && one.attempt == step.name);
                let way = sent.and_then(|one| one.way.clone());
                if let (Some(exchange), Some((account, deployment, leg, kind))) =
                    (&step.exchange, way)
                {
                    let way = Way {
                        account,
                        deployment,
                        leg,
                        kind,
                    };
                    self.blocks
                        .learn(&way, case.scenario.as_str(), exchange, step.hop);
                }
            }
        }
    }

    /// Milliseconds that the run has taken, in all its lives.
    pub(super) fn at_ms(&self) -> f64 {
        let now = self.tools.door.clock().elapsed();
        let before = self
            .options
            .journal
            .as_ref()
            .map_or(0.0, |journal| journal.began_ms());
        before + now.saturating_sub(self.started).as_secs_f64() * 1e3
    }

    /// Why nothing more may be started, if so: the run was ended, or its deadline has come.
    pub(super) fn over(&self) -> Option<String> {
        let stop = &self.options.stop;
        if stop.reason().is_none() && self.left().is_some_and(|left| left.is_zero()) {
            let seconds = self.options.deadline.unwrap_or_default().as_secs_f64();
            stop.finish(&format!(
                "deadline: nothing more was started after {seconds} s, as --deadline asks"
            ));
        }
        stop.reason()
    }

    /// Time until the deadline, where there is one. Nobody sleeps towards it: a simulated clock would jump there.
    pub(super) fn left(&self) -> Option<Duration> {
        let ran = self
            .tools
            .door
            .clock()
            .elapsed()
            .saturating_sub(self.started);
        Some(self.options.deadline?.saturating_sub(ran))
    }

    /// Has the journal write something down, where there is one. A run that cannot keep it goes no further.
    pub(super) fn write_down(&self, write: impl FnOnce(&Journal, f64) -> Result<(), String>) {
        if let Some(journal) = &self.options.journal
            && let Err(why) = write(journal, self.at_ms())
        {
            self.journal_failed(&why);
        }
    }

    pub(super) fn journal_failed(&self, why: &str) {
        self.events.take(&RunEvent::JournalFailed { error: why });
        self.options.stop.finish(why);
    }
}

/// Runs the cases of `plan` and gives what happened, one [`CaseRun`] a case, in the plan's order.
///
/// Deployments run side by side, `options.jobs` cases at most at once. On each deployment what buys nothing runs
/// first, then what does. What disturbs a deployment on purpose runs at the very end, one after the other. A case whose scenario is not in `scenarios` is an error of
/// that case, not of the run. What the journal of `options` knows from before a kill is neither run nor sent again.
pub async fn run(
    plan: &Plan,
    scenarios: &[Scenario],
    tools: &Tools,
    options: &RunOptions,
    events: &dyn Events,
) -> Run {
    let clock = tools.door.clock().clone();
    let started = clock.elapsed();
    let journal = options.journal.as_deref();
    let sent = journal.map(Journal::sent).unwrap_or_default();
    let started_at = journal.map_or_else(|| clock.timestamp(), Journal::started_at);
    let lost = journal.map(Journal::lost).unwrap_or_default();
    let courses = Courses::of(plan);
    let knowing = || {
        let answered = answered(plan, &courses, &sent, &lost, clock.as_ref());
        Arc::new(Pacer::knowing(started, answered))
    };
    let shared = Shared {
        tools,
        options,
        events,
        engine: Engine::strict(),
        pacer: options.pacer.clone().unwrap_or_else(knowing),
        courses,
        blocks: Blocks::default(),
        ledger: Ledger::new(options.max_cost_usd, journal.map_or(0.0, Journal::cost_usd)),
        judges: Judges::new(options.thumbnail),
        wishes: Wishes::default(),
        started_at: started_at.clone(),
        sends: Mutex::default(),
        started,
        day: clock.timestamp().chars().take(10).collect(),
    };
    shared.learn_again(plan, &sent);
    let cases = run_cases(plan, scenarios, &shared).await;
    if let (Some(journal), None) = (journal, options.stop.reason()) {
        journal.tidy();
    }
    Run {
        schema_version: SCHEMA_VERSION,
        started_at,
        elapsed_ms: shared.at_ms(),
        summary: Summary::of(&cases),
        is_interrupted: options.stop.reason().is_some(),
        stopped_by: options.stop.reason(),
        findings: Vec::new(),
        shard: plan.shard,
        expired: expired(&cases, &shared),
        cases,
        skipped: plan.skipped.clone(),
    }
}

async fn run_cases(plan: &Plan, scenarios: &[Scenario], shared: &Shared<'_>) -> Vec<CaseRun> {
    let (groups, disturbing) = by_deployment(&plan.cases);
    let jobs = shared.options.jobs.max(1);
    let lanes = (jobs / groups.len().max(1)).max(1);
    let mut cases: Vec<(usize, CaseRun)> = stream::iter(groups)
        .map(|group| run_deployment(group, plan, scenarios, shared, lanes))
        .buffer_unordered(jobs)
        .concat()
        .await;
    // Only now: a scenario may also call other deployments of its account, and must not meet this disturbance there.
    for index in disturbing {
        cases.push((index, run_one(&plan.cases[index], scenarios, shared).await));
    }
    cases.sort_by_key(|(index, _)| *index);
    cases.into_iter().map(|(_, case)| case).collect()
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
    let journal = shared.options.journal.as_ref();
    if let Some(done) = journal.and_then(|journal| journal.done(&key)) {
        shared.events.take(&RunEvent::CaseDone {
            case: &key,
            verdict: done.verdict,
        });
        return covered(done, shared);
    }
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.id == case.scenario);
    let result = match (scenario, shared.over()) {
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
    // What was cut short or held back is continued another time, where there may be more money or time for it.
    let is_whole = !result.steps.iter().any(|step| step.is_withheld);
    if is_whole && shared.options.stop.reason().is_none() {
        shared.write_down(|journal, at_ms| journal.case_done(at_ms, &result));
    }
    if result.is_red() && shared.options.is_fail_fast {
        shared
            .options
            .stop
            .finish("not run: an earlier case failed and --fail-fast was asked for");
    }
    shared.events.take(&RunEvent::CaseDone {
        case: &key,
        verdict: result.verdict,
    });
    result
}

/// How long ago each earlier call was answered, with where it arrived; the oldest first. What was under way when the run
/// was killed may have been answered just now.
fn answered(
    plan: &Plan,
    courses: &Courses,
    sent: &[Sent],
    lost: &[Intent],
    clock: &dyn Clock,
) -> Vec<(Course, Duration)> {
    let now = clock.now();
    let targets: BTreeMap<String, &Case> =
        plan.cases.iter().map(|case| (case.key(), case)).collect();
    let course = |case: &str, way: &Option<Called>| {
        let (_, deployment, leg, _) = way.as_ref()?;
        let target = &targets.get(case)?.target;
        Some(courses.course(target, *leg, deployment))
    };
    let of_sent = sent.iter().filter_map(|one| {
        let exchange = one.step.exchange.as_ref()?;
        // A refusal for too many calls is none of them.
        let counts = exchange.status() != Some(429);
        let course = course(&one.case, &one.way).filter(|_| counts)?;
        Some((course, age(exchange, now)?))
    });
    let of_lost = lost
        .iter()
        .filter_map(|one| Some((course(&one.case, &one.way)?, Duration::ZERO)));
    let mut answered: Vec<(Course, Duration)> = of_sent.chain(of_lost).collect();
    answered.sort_by_key(|(_, age)| std::cmp::Reverse(*age));
    answered
}

/// How long before `now` an answer came. A clock that was put back since says that it is yet to come; then it came now.
fn age(exchange: &Exchange, now: SystemTime) -> Option<Duration> {
    let sent_at: jiff::Timestamp = exchange.sent_at.parse().ok()?;
    let took = Duration::try_from_secs_f64(exchange.timings_ms.total / 1e3).unwrap_or_default();
    let answered_at = SystemTime::from(sent_at) + took;
    Some(now.duration_since(answered_at).unwrap_or_default())
}

/// A failed case with the quarantine that covers it, if one does today.
fn covered(mut case: CaseRun, shared: &Shared<'_>) -> CaseRun {
    let mut entries = shared.options.quarantine.iter();
    let entry = entries.find(|entry| entry.covers(&case) && !entry.is_over(&shared.day));
    case.quarantine = entry.filter(|_| case.verdict.is_bad()).cloned();
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

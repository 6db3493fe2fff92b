//! One step: every attempt it makes, what is checked of each, and what is kept.

use super::blocks::Way;
use super::call::{Prepared, Refusal, prepare};
use super::case::CaseState;
use super::context;
use super::options::RunEvent;
use super::pictures::AnswerSink;
use super::schedule::Shared;
use crate::diagnose;
use crate::expr::Context;
use crate::model::{
    Case, CheckResult, Exchange, StepRun, TransportError, TransportFailure, Verdict,
};
use crate::scenario::{Condition, Scenario, Step};
use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most attempts that `repeat` may ask for; more is a mistake in the expression.
const MAX_TIMES: u64 = 1000;

/// Longest `Retry-After` that is waited for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// What one attempt gives.
pub(super) struct Outcome {
    pub(super) run: StepRun,
    pub(super) files: BTreeMap<String, Bytes>,
    pub(super) money: Money,
}

/// What one attempt cost.
#[derive(Default)]
pub(super) struct Money {
    pub(super) images: u32,
    pub(super) spent_usd: f64,
    pub(super) possibly_spent_usd: f64,
    pub(super) avoided_usd: f64,
}

/// A step about to be run.
pub(super) struct StepRunner<'a> {
    pub(super) case: &'a Case,
    pub(super) key: &'a str,
    pub(super) scenario: &'a Scenario,
    pub(super) step: &'a Step,
    pub(super) shared: &'a Shared<'a>,
}

/// One attempt that is to be made.
struct Attempt {
    name: String,
    context: Context,
}

impl StepRunner<'_> {
    /// Makes every attempt of the step and hands each to `state`.
    pub(super) async fn run(&self, state: &mut CaseState) {
        for matrix in combinations(&self.step.matrix) {
            let context = state.scope.before(&matrix, 1, true);
            let name = self.name(&context, &matrix);
            match self.holds(&self.step.when, &context) {
                Ok(None) => {}
                Ok(Some(why)) => {
                    self.hand(state, not_made(name, Verdict::Skip, why));
                    continue;
                }
                Err(why) => {
                    self.hand(state, not_made(name, Verdict::Error, why));
                    continue;
                }
            }
            match self.times(&context) {
                Err(why) => self.hand(state, not_made(name, Verdict::Error, why)),
                Ok(_) if self.step.poll.is_some() => self.poll(state, &matrix, &name).await,
                Ok(times) => self.repeat(state, &matrix, &name, times).await,
            }
        }
    }

    async fn repeat(
        &self,
        state: &mut CaseState,
        matrix: &BTreeMap<String, Value>,
        name: &str,
        times: u32,
    ) {
        let until = self.step.repeat.until.as_deref();
        let parallel = if until.is_some() {
            1
        } else {
            self.step.repeat.parallel.max(1) as u32
        };
        let mut answers: Vec<Value> = Vec::new();
        let mut next = 1;
        while next <= times && self.shared.options.stop.reason().is_none() {
            let batch = next..=times.min(next + parallel - 1);
            next = *batch.end() + 1;
            let attempts = batch.map(|attempt| Attempt {
                name: if times > 1 {
                    format!("{name} [{attempt}/{times}]")
                } else {
                    name.to_owned()
                },
                context: state.scope.before(matrix, attempt, attempt == times),
            });
            let made: Vec<(Attempt, Vec<Outcome>)> = join_all(attempts.map(|attempt| async {
                let outcomes = self.make(state, &attempt).await;
                (attempt, outcomes)
            }))
            .await;
            for (attempt, outcomes) in made {
                let is_last = next > times;
                let is_over = self.settle(state, &attempt, outcomes, &mut answers, until, is_last);
                if is_over {
                    return;
                }
            }
        }
    }

    async fn poll(&self, state: &mut CaseState, matrix: &BTreeMap<String, Value>, name: &str) {
        let Some(poll) = &self.step.poll else {
            return;
        };
        let clock = self.shared.tools.door.clock();
        let ends = clock.elapsed() + poll.within;
        let mut answers = Vec::new();
        let mut attempt_number = 1;
        while self.shared.options.stop.reason().is_none() {
            let is_last = clock.elapsed() + poll.every > ends;
            let attempt = Attempt {
                name: format!("{name} [poll {attempt_number}]"),
                context: state.scope.before(matrix, attempt_number, is_last),
            };
            let outcomes = self.make(state, &attempt).await;
            let until = Some(poll.until.as_str());
            if self.settle(state, &attempt, outcomes, &mut answers, until, is_last) || is_last {
                return;
            }
            clock.sleep(poll.every).await;
            attempt_number += 1;
        }
    }

    /// Checks the outcomes of one attempt and hands them on. Gives whether the step is over.
    fn settle(
        &self,
        state: &mut CaseState,
        attempt: &Attempt,
        outcomes: Vec<Outcome>,
        answers: &mut Vec<Value>,
        until: Option<&str>,
        is_last: bool,
    ) -> bool {
        let mut is_over = false;
        let count = outcomes.len();
        for (index, mut outcome) in outcomes.into_iter().enumerate() {
            // All but the last of an attempt are answers that were waited out.
            if index + 1 == count && outcome.run.exchange.is_some() {
                answers.push(context::short_answer(&outcome.run));
                let after = context::after(&attempt.context, &outcome.run, answers);
                is_over = until.is_some_and(|until| self.shared.engine.is_true(until, &after).unwrap_or(false));
                if until.is_none() || is_over || is_last {
                    self.check(&mut outcome.run, &after);
                    self.learn(&outcome.run);
                    if outcome.run.verdict == Verdict::Pass {
                        self.capture(state, &mut outcome.run, &after);
                        self.print(&mut outcome.run, &after);
                    }
                }
            }
            is_over |= outcome.run.verdict == Verdict::Error || outcome.run.is_withheld;
            self.hand(state, outcome);
        }
        is_over
    }

    /// Makes one attempt; gives more than one outcome where a 429 was waited out.
    async fn make(&self, state: &CaseState, attempt: &Attempt) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        if !self.step.wait.is_zero() {
            self.wait("the scenario waits", self.step.wait).await;
        }
        let first = self.send(state, attempt).await;
        let pause = retry_after(&first.run).filter(|_| self.step.honours_retry_after);
        match pause {
            Some(pause) if pause <= MAX_RETRY_AFTER => {
                let mut throttled = first;
                throttled.run.verdict = Verdict::Skip;
                throttled.run.why =
                    format!("throttled: waited {} s as Retry-After asks, then asked once more", pause.as_secs());
                outcomes.push(throttled);
                self.wait("Retry-After", pause).await;
                outcomes.push(self.send(state, attempt).await);
            }
            _ => outcomes.push(first),
        }
        outcomes
    }

    /// Sends once and records, without checking.
    async fn send(&self, state: &CaseState, attempt: &Attempt) -> Outcome {
        let prepared = prepare(self, state, &attempt.context).await;
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(Refusal::Skip(why)) => return not_made(attempt.name.clone(), Verdict::Skip, why),
            Err(Refusal::Error(why)) => return not_made(attempt.name.clone(), Verdict::Error, why),
        };
        let price = self.price(prepared.images);
        if let Some(why) = self.withheld(&prepared, price) {
            let mut outcome = not_made(attempt.name.clone(), Verdict::Skip, why);
            outcome.run.is_withheld = true;
            outcome.money.avoided_usd = price;
            return outcome;
        }
        self.pace(&prepared).await;
        let (exchange, files) = self.exchange(&prepared).await;
        let money = self.money(&prepared, &exchange);
        self.shared.ledger.settle(price, money.spent_usd + money.possibly_spent_usd);
        let hop = diagnose::hop(&exchange).hop;
        let run = StepRun {
            name: attempt.name.clone(),
            verdict: Verdict::Pass,
            why: String::new(),
            checks: Vec::new(),
            exchange: Some(exchange),
            hop,
            output: Vec::new(),
            is_on_route: prepared.is_on_route,
            is_withheld: false,
        };
        Outcome { run, files, money }
    }

    async fn exchange(&self, prepared: &Prepared) -> (Exchange, BTreeMap<String, Bytes>) {
        let mut sink = AnswerSink::default();
        let door = &self.shared.tools.door;
        let record = prepared.outgoing.clone();
        let sent = {
            let sending = door.send(prepared.outgoing.clone(), &mut sink);
            tokio::select! {
                exchange = sending => Some(exchange),
                () = self.shared.options.stop.stopped() => None,
            }
        };
        let mut exchange = sent.unwrap_or_else(|| door.given_up(&record));
        let keeps_files = self.step.capture.values().any(|that| that.contains("picture"));
        let files = self.shared.judges.finish(sink, &mut exchange, keeps_files).await;
        (exchange, files)
    }

    async fn pace(&self, prepared: &Prepared) {
        let Some(way) = &prepared.way else {
            return;
        };
        let clock = self.shared.tools.door.clock();
        let pacer = &self.shared.pacer;
        if !self.step.is_paced {
            pacer.note(&way.account, &way.deployment, clock.as_ref());
            return;
        }
        let limits = &self.case.target.rate_limits;
        let pause = pacer.reserve(&way.account, &way.deployment, limits, clock.elapsed());
        if !pause.is_zero() {
            self.wait("the deployment's rate limit", pause).await;
        }
    }

    async fn wait(&self, why: &str, duration: Duration) {
        self.shared.events.take(&RunEvent::Waiting { case: self.key, why, duration });
        tokio::select! {
            () = self.shared.tools.door.clock().sleep(duration) => {}
            () = self.shared.options.stop.stopped() => {}
        }
    }

    /// Why the call must not be made although it could be: its way is dead, or the budget is used up.
    fn withheld(&self, prepared: &Prepared, price: f64) -> Option<String> {
        let blocked = match &prepared.way {
            Some(way) if prepared.images > 0 => self.shared.blocks.reason(way),
            _ => None,
        };
        blocked.or_else(|| self.shared.ledger.reserve(price).err())
    }

    fn check(&self, run: &mut StepRun, after: &Context) {
        for check in &self.step.expect {
            let outcome = self.shared.engine.check(&check.that, after);
            run.checks.push(CheckResult {
                that: check.that.clone(),
                passed: outcome.passed,
                actual: outcome.actual,
                why: check.why.clone(),
                at: check.at.to_string(),
            });
            if outcome.passed || run.verdict == Verdict::Error {
                continue;
            }
            if let Some(error) = outcome.error {
                // A transport failure leaves checks nothing to look at; that is the failure, not the expression.
                let is_broken = run.exchange.as_ref().is_none_or(|exchange| exchange.transport_error.is_none());
                if is_broken {
                    run.verdict = Verdict::Error;
                    run.why = error;
                    continue;
                }
            }
            if run.verdict != Verdict::Fail {
                run.verdict = Verdict::Fail;
                run.why = why_failed(run);
            }
        }
    }

    /// Remembers a dead way where a call by the target's own route and credential failed.
    fn learn(&self, run: &StepRun) {
        let (Some(exchange), true) = (&run.exchange, run.is_on_route && run.verdict.is_bad()) else {
            return;
        };
        if let Some(kind) = super::call::kind_of(&self.step.action) {
            let way = Way {
                account: self.case.account.clone(),
                deployment: self.case.deployment.clone(),
                leg: exchange.leg.unwrap_or_else(|| self.case.target.default_leg()),
                kind,
            };
            self.shared.blocks.learn(&way, self.scenario.id.as_str(), exchange, run.hop);
        }
    }

    fn capture(&self, state: &mut CaseState, run: &mut StepRun, after: &Context) {
        for (name, that) in &self.step.capture {
            match self.shared.engine.eval(that, after) {
                Ok(value) => {
                    state.scope.captures.insert(name.clone(), value);
                }
                Err(error) => {
                    run.verdict = Verdict::Error;
                    run.why = format!("capture {name}: {error}");
                }
            }
        }
    }

    fn print(&self, run: &mut StepRun, after: &Context) {
        for line in &self.step.print {
            match self.shared.engine.render(line, after) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => run.output.push(line),
                Err(error) => {
                    run.verdict = Verdict::Error;
                    run.why = format!("print: {error}");
                }
            }
        }
    }

    /// The reason of the first condition that does not hold.
    fn holds(&self, conditions: &[Condition], context: &Context) -> Result<Option<String>, String> {
        for condition in conditions {
            let holds = self
                .shared
                .engine
                .is_true(&condition.that, context)
                .map_err(|error| format!("{}: {error}", condition.at))?;
            if !holds {
                let why = self.shared.engine.render(&condition.why, context);
                return Ok(Some(why.unwrap_or_else(|_| condition.why.clone())));
            }
        }
        Ok(None)
    }

    fn times(&self, context: &Context) -> Result<u32, String> {
        let expression = &self.step.repeat.times;
        let value = self.shared.engine.eval(expression, context).map_err(|error| error.to_string())?;
        let times = value.as_f64().filter(|times| (0.0..=MAX_TIMES as f64).contains(times));
        times.map(|times| times.ceil() as u32).ok_or_else(|| {
            format!("repeat: {expression} is {value}, which is no number of times between 0 and {MAX_TIMES}")
        })
    }

    fn name(&self, context: &Context, matrix: &BTreeMap<String, Value>) -> String {
        let name = self.shared.engine.render(&self.step.name, context);
        let name = name.unwrap_or_else(|_| self.step.name.clone());
        if matrix.is_empty() || self.step.name.contains("matrix.") {
            return name;
        }
        let shown: Vec<String> = matrix.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
        format!("{name} ({})", shown.join(", "))
    }

    fn price(&self, images: u32) -> f64 {
        let family = self.case.target.family.as_ref().and_then(crate::knowledge::by_id);
        family.map_or(0.0, |family| family.price_usd * f64::from(images))
    }

    fn money(&self, prepared: &Prepared, exchange: &Exchange) -> Money {
        let came = if prepared.makes_pictures { exchange.pictures().len() as u32 } else { 0 };
        let may_be_billed = exchange.is_billing_ambiguous && prepared.images > 0 && came == 0;
        Money {
            images: came,
            spent_usd: self.price(came),
            possibly_spent_usd: if may_be_billed { self.price(prepared.images) } else { 0.0 },
            avoided_usd: 0.0,
        }
    }

    fn hand(&self, state: &mut CaseState, outcome: Outcome) {
        state.take(outcome, &self.step.name, self.key, self.shared);
    }
}

/// Every combination of the values of a matrix, in the order of its names; one empty one for none.
fn combinations(matrix: &BTreeMap<String, Vec<Value>>) -> Vec<BTreeMap<String, Value>> {
    let mut all = vec![BTreeMap::new()];
    for (name, values) in matrix {
        all = all
            .iter()
            .flat_map(|known| {
                values.iter().map(move |value| {
                    let mut next = known.clone();
                    next.insert(name.clone(), value.clone());
                    next
                })
            })
            .collect();
    }
    all
}

fn not_made(name: String, verdict: Verdict, why: String) -> Outcome {
    Outcome {
        run: StepRun {
            name,
            verdict,
            why,
            checks: Vec::new(),
            exchange: None,
            hop: None,
            output: Vec::new(),
            is_on_route: false,
            is_withheld: false,
        },
        files: BTreeMap::new(),
        money: Money::default(),
    }
}

/// The pause that a 429 asks for.
fn retry_after(run: &StepRun) -> Option<Duration> {
    let exchange = run.exchange.as_ref().filter(|exchange| exchange.status() == Some(429))?;
    let seconds: u64 = exchange.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The first check that failed, the values it saw, and who answered.
fn why_failed(run: &StepRun) -> String {
    let Some(exchange) = &run.exchange else {
        return String::new();
    };
    if let Some(TransportError { kind, text }) = &exchange.transport_error
        && *kind != TransportFailure::Truncated
    {
        return format!("no answer: {text}");
    }
    let failed = run.checks.iter().find(|check| !check.passed);
    let that = failed.map(|check| check.that.as_str()).unwrap_or_default();
    let values: Vec<String> = failed
        .iter()
        .flat_map(|check| &check.actual)
        .map(|shown| format!("{} is {}", shown.name, shown.value))
        .collect();
    let by = run.hop.map(|hop| format!(", answered by {hop}")).unwrap_or_default();
    format!("`{that}` does not hold: {}{by}", values.join(", "))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

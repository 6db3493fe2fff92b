//! One step: every attempt it makes, what is checked of each, and what is kept.

use super::attempt::{Attempt, Outcome, not_made};
use super::case::CaseState;
use super::context;
use super::options::RunEvent;
use super::pace::{closed_for, pause_of};
use super::schedule::Shared;
use crate::expr::Context;
use crate::model::{Case, StepRun, Verdict};
use crate::plan::with_variables;
use crate::scenario::{Condition, Scenario, Step};
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most attempts that `repeat` may ask for; more is a mistake in the expression.
const MAX_TIMES: u64 = 1000;

/// What a call waits for that would be one too many.
pub(super) const RATE_LIMIT: &str = "the deployment's rate limit";

/// A step about to be run.
pub(super) struct StepRunner<'a> {
    pub(super) case: &'a Case,
    pub(super) key: &'a str,
    pub(super) scenario: &'a Scenario,
    pub(super) step: &'a Step,
    pub(super) shared: &'a Shared<'a>,
}

impl StepRunner<'_> {
    /// Makes every attempt of the step and hands each to `state`.
    pub(super) async fn run(&self, state: &mut CaseState) {
        for matrix in combinations(&self.step.matrix) {
            let context = match self.context(state, &matrix, 1, true) {
                Ok(context) => context,
                Err(why) => {
                    self.hand(
                        state,
                        not_made(self.step.name.clone(), Verdict::Error, why),
                        None,
                    );
                    continue;
                }
            };
            let name = self.name(&context, &matrix);
            match self.holds(&self.step.when, &context) {
                Ok(None) => {}
                Ok(Some(why)) => {
                    self.hand(state, not_made(name, Verdict::Skip, why), None);
                    continue;
                }
                Err(why) => {
                    self.hand(state, not_made(name, Verdict::Error, why), None);
                    continue;
                }
            }
            match self.times(&context) {
                Err(why) => self.hand(state, not_made(name, Verdict::Error, why), None),
                Ok(_) if self.step.poll.is_some() => self.poll(state, &matrix, &name).await,
                Ok(times) => self.repeat(state, &matrix, &name, times).await,
            }
        }
    }

    /// The variables of one attempt before it is made, those of the includes it came through among them. They are
    /// the same in kind for every attempt, so that an error shows at the first.
    fn context(
        &self,
        state: &CaseState,
        matrix: &BTreeMap<String, Value>,
        attempt: u32,
        is_last: bool,
    ) -> Result<Context, String> {
        let context = state.scope.before(matrix, attempt, is_last);
        with_variables(&self.shared.engine, self.step, context)
            .map_err(|(name, error)| format!("{}: variable {name}: {error}", self.step.at))
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
        while next <= times && self.shared.over().is_none() {
            let batch = next..=times.min(next + parallel - 1);
            next = *batch.end() + 1;
            let attempts = batch.filter_map(|attempt| {
                let context = self
                    .context(state, matrix, attempt, attempt == times)
                    .ok()?;
                let name = if times > 1 {
                    format!("{name} [{attempt}/{times}]")
                } else {
                    name.to_owned()
                };
                Some(self.attempt(name, context))
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
        while self.shared.over().is_none() {
            let next = format!("{name} [poll {}]", attempt_number + 1);
            let is_last = clock.elapsed() + poll.every > ends && !self.is_known(&next);
            let Ok(context) = self.context(state, matrix, attempt_number, is_last) else {
                return;
            };
            let attempt = self.attempt(format!("{name} [poll {attempt_number}]"), context);
            let outcomes = self.make(state, &attempt).await;
            let until = Some(poll.until.as_str());
            if self.settle(state, &attempt, outcomes, &mut answers, until, is_last) || is_last {
                return;
            }
            attempt_number += 1;
            if !self.is_known(&next) {
                self.wait("the scenario polls", poll.every).await;
            }
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
            if index + 1 == count
                && let Some(answer) = context::answer(&outcome.run)
            {
                answers.push(answer);
                let after = context::after(&attempt.context, answers);
                is_over = until.is_some_and(|until| {
                    self.shared.engine.is_true(until, &after).unwrap_or(false)
                });
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
            self.hand(state, outcome, Some(&attempt.context));
        }
        is_over
    }

    fn attempt(&self, name: String, context: Context) -> Attempt {
        Attempt {
            name,
            course: self.course(&context),
            context,
            number: self.shared.pacer.number(),
        }
    }

    /// Makes one attempt; gives more than one outcome where a refusal for too many calls was waited out.
    async fn make(&self, state: &CaseState, attempt: &Attempt) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        if !self.step.wait.is_zero() && !self.is_known(&attempt.name) {
            self.wait("the scenario waits", self.step.wait).await;
        }
        loop {
            let mut outcome = self.send(state, attempt).await;
            let waits = outcomes.len() as u32;
            let Some(pause) = self.pause_after(&outcome.run, attempt, waits) else {
                if closed_for_too_many(&outcome.run) {
                    show_refusals(&mut outcomes);
                }
                outcomes.push(outcome);
                return outcomes;
            };
            outcome.run.verdict = Verdict::Skip;
            outcome.run.why = format!(
                "throttled: waited {} s as the answer asks, then asked again",
                pause.as_secs_f64().ceil()
            );
            outcomes.push(outcome);
            if !self.is_known(&attempt.name) {
                self.wait(RATE_LIMIT, pause).await;
            }
        }
    }

    pub(super) async fn wait(&self, why: &str, duration: Duration) {
        self.shared.events.take(&RunEvent::Waiting {
            case: self.key,
            why,
            duration,
        });
        let until = self
            .shared
            .left()
            .map_or(duration, |left| left.min(duration));
        tokio::select! {
            () = self.shared.tools.door.clock().sleep(until) => {}
            () = self.shared.options.stop.ended() => {}
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
        let value = self
            .shared
            .engine
            .eval(expression, context)
            .map_err(|error| error.to_string())?;
        let times = value
            .as_f64()
            .filter(|times| (0.0..=MAX_TIMES as f64).contains(times));
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
        let shown: Vec<String> = matrix
            .iter()
            .map(|(key, value)| format!("{key}={}", plain(value)))
            .collect();
        format!("{name} ({})", shown.join(", "))
    }

    /// Hands on what came of an attempt; one that was not made has no context and orders nothing.
    fn hand(&self, state: &mut CaseState, outcome: Outcome, context: Option<&Context>) {
        let price_usd = context.map_or(0.0, |context| self.price(context));
        state.take(outcome, price_usd, &self.step.name, self.key, self.shared);
    }
}

/// Whether a gateway found no backend open.
fn closed_for_too_many(run: &StepRun) -> bool {
    let exchange = run.exchange.as_ref();
    exchange.is_some_and(|exchange| closed_for(exchange, run.hop).is_some())
}

/// Has refusals for too many calls count as failures: they are why the gateway then found no backend open.
fn show_refusals(outcomes: &mut [Outcome]) {
    for outcome in outcomes {
        let exchange = outcome.run.exchange.as_ref();
        if exchange.is_some_and(|exchange| pause_of(exchange).is_some()) {
            outcome.run.verdict = Verdict::Fail;
        }
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

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

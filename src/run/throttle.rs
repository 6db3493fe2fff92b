//! Calls that would be too many: held back until they are not, and made again where a service refused them.

use super::attempt::Attempt;
use super::call::{kind_of, leg_of};
use super::context;
use super::options::RunEvent;
use super::pace::{
    Course, LONGEST_PAUSE, MOST_WAITS, Place, Said, Wait, closed_for, limit_of, pause_of,
};
use super::step::{RATE_LIMIT, StepRunner};
use crate::diagnose;
use crate::expr::Context;
use crate::model::{CredentialUse, DeploymentName, Exchange, Hop, StepRun};
use crate::scenario::Action;
use std::time::Duration;

impl StepRunner<'_> {
    /// Where calls of the step arrive; nothing for a call that counts against no deployment.
    pub(super) fn course(&self, context: &Context) -> Option<Course> {
        let target = &self.case.target;
        let how = &self.step.how;
        if matches!(self.step.action, Action::Http(_)) || is_turned_away(how.credential) {
            return None;
        }
        let named = match &how.deployment {
            Some(template) => Some(self.shared.engine.render(template, context).ok()?.into()),
            None => None,
        };
        let own = match kind_of(&self.step.action) {
            Some(_) => &target.deployment,
            None => &target.vision.as_ref()?.deployment,
        };
        let deployment: DeploymentName = named.unwrap_or_else(|| own.clone());
        let leg = how.via.unwrap_or_else(|| leg_of(target, &self.step.action));
        Some(self.shared.courses.course(target, leg, &deployment))
    }

    /// Waits until the call keeps within the limits of where it arrives; nothing where the run ended before.
    pub(super) async fn place<'s>(&'s self, attempt: &Attempt) -> Option<Place<'s>> {
        let course = attempt.course.as_ref()?;
        let clock = self.shared.tools.door.clock();
        let mut told = Duration::ZERO;
        let waiting = self.shared.pacer.stand(course, attempt.number);
        loop {
            let news = waiting.news();
            tokio::pin!(news);
            news.as_mut().enable();
            let now = clock.elapsed();
            let pause = match waiting.ask(now, self.step.is_paced) {
                Ok(place) => return Some(place),
                Err(Wait::For(pause)) => Some(pause),
                Err(Wait::ForAnswer) => None,
            };
            if self.shared.over().is_some() {
                return None;
            }
            let ended = self.shared.options.stop.ended();
            let Some(pause) = pause else {
                tokio::select! {
                    () = news => {}
                    () = ended => return None,
                }
                continue;
            };
            if now + pause > told {
                told = now + pause;
                self.shared.events.take(&RunEvent::Waiting {
                    case: self.key,
                    why: RATE_LIMIT,
                    duration: pause,
                });
            }
            let left = self.shared.left().map_or(pause, |left| left.min(pause));
            tokio::select! {
                () = clock.sleep(left) => {}
                () = news => {}
                () = ended => return None,
            }
        }
    }

    /// Tells the pacer what came of a call.
    pub(super) fn settle_place(
        &self,
        attempt: &Attempt,
        place: Option<Place<'_>>,
        exchange: &Exchange,
        answered_at: Duration,
    ) {
        let (Some(place), Some(course)) = (place, &attempt.course) else {
            return;
        };
        let hop = diagnose::hop(exchange).hop;
        let said = Said {
            refused: self.refusal(exchange, hop, Some(course)),
            is_gates: hop == Some(Hop::Gateway),
            limit: limit_of(exchange),
        };
        place.answered(course, answered_at, said);
    }

    /// The pause after which a refused attempt is made again; nothing where its answer is to be judged.
    pub(super) fn pause_after(
        &self,
        run: &StepRun,
        attempt: &Attempt,
        waits: u32,
    ) -> Option<Duration> {
        let is_waited_for = self.step.honours_retry_after;
        let exchange = run.exchange.as_ref()?;
        // What an earlier life of the run has made again is told again.
        if self.is_known(&attempt.name) {
            return pause_of(exchange).or_else(|| closed_for(exchange, run.hop));
        }
        let pause = self.refusal(exchange, run.hop, attempt.course.as_ref())?;
        let is_asked_for = is_waited_for.is_none() && self.asks_for(run, attempt);
        if is_waited_for == Some(false) || is_asked_for || pause > LONGEST_PAUSE {
            return None;
        }
        if self.shared.over().is_some() {
            return None;
        }
        let pacer = &self.shared.pacer;
        let is_hopeless = |course: &Course| pacer.is_hopeless(course);
        if waits >= MOST_WAITS {
            if let Some(course) = &attempt.course {
                pacer.give_up(course, run.hop == Some(Hop::Gateway));
            }
            return None;
        }
        (!attempt.course.as_ref().is_some_and(is_hopeless)).then_some(pause)
    }

    /// The pause that a refusal for too many calls asks for. A gateway that found no backend open says so too, where
    /// calls were refused before: its circuit breakers have opened over them.
    fn refusal(
        &self,
        exchange: &Exchange,
        hop: Option<Hop>,
        course: Option<&Course>,
    ) -> Option<Duration> {
        pause_of(exchange).or_else(|| {
            let pause = closed_for(exchange, hop)?;
            let now = self.shared.tools.door.clock().elapsed();
            let has_refused = self.shared.pacer.has_refused(course?, now);
            has_refused.then_some(pause)
        })
    }

    /// Whether the scenario wants this very answer: a check or `until` names the status and holds on it.
    fn asks_for(&self, run: &StepRun, attempt: &Attempt) -> bool {
        let Some(answer) = context::answer(run) else {
            return false;
        };
        let after = context::after(&attempt.context, &[answer]);
        let checks = self.step.expect.iter().map(|check| check.that.as_str());
        let until = self.step.repeat.until.as_deref();
        let polled = self.step.poll.as_ref().map(|poll| poll.until.as_str());
        let mut expressions = checks.chain(until).chain(polled);
        let engine = &self.shared.engine;
        expressions
            .any(|that| that.contains(TOO_MANY) && engine.is_true(that, &after).unwrap_or(false))
    }
}

/// The status of a refusal for too many calls, as expressions name it.
const TOO_MANY: &str = "429";

/// Whether a call with this credential is refused before it counts against a deployment.
fn is_turned_away(credential: CredentialUse) -> bool {
    matches!(
        credential,
        CredentialUse::None | CredentialUse::WrongKey | CredentialUse::WrongHeader
    )
}

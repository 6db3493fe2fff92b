//! The line that calls stand in: each goes when the limits of where it arrives allow it.

use super::course::{Course, End, REQUEST};
use super::scope::{Held, Scope};
use super::window::{Room, Window};
use crate::model::{AccountName, DeploymentName, RateLimit};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// When which deployment was last asked. Runs that share one keep a deployment's limits together.
#[derive(Debug, Default)]
pub struct Pacer {
    /// How long before the run's own clock began the oldest call was answered that still counts.
    before: Duration,
    state: Mutex<State>,
    news: Notify,
}

/// A deployment whose calls are counted together, whichever way they took.
type Meter = (AccountName, DeploymentName);

#[derive(Debug, Default)]
struct State {
    windows: BTreeMap<Meter, Window>,
    scopes: BTreeMap<Scope, Held>,
    /// Credit of each end of a pool, in their order.
    turns: BTreeMap<String, Vec<i64>>,
    /// Calls in a period that a deployment has said it allows, where nobody had stated a limit before.
    learned: BTreeMap<Meter, f64>,
    last: u64,
}

/// How long a call must still wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Wait {
    /// So long, if nothing else happens.
    For(Duration),
    /// Until another call has been answered.
    ForAnswer,
}

/// What an answer says of the limits that the call was made under.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::run) struct Said {
    /// It was refused for too many calls, and such a pause is asked for.
    pub(in crate::run) refused: Option<Duration>,
    /// The gateway itself refused it, so that it arrived at no deployment.
    pub(in crate::run) is_gates: bool,
    /// Calls that the deployment allows in a period, where it says so.
    pub(in crate::run) limit: Option<f64>,
}

/// A call that was let through, until its answer has come.
#[derive(Debug)]
pub(in crate::run) struct Place<'a> {
    pacer: &'a Pacer,
    id: u64,
    meter: Meter,
    scopes: Vec<Scope>,
    is_settled: bool,
}

/// A call that waits to be let through.
#[derive(Debug)]
pub(in crate::run) struct Waiting<'p, 'c> {
    pacer: &'p Pacer,
    course: &'c Course,
    number: u64,
}

impl Pacer {
    /// A pacer that knows of calls that were answered before the run's own clock read `now`, each by its age then, the
    /// oldest first.
    pub(in crate::run) fn knowing(now: Duration, answered: Vec<(Course, Duration)>) -> Self {
        let before = answered.iter().map(|(_, age)| *age).max();
        let before = before.unwrap_or_default();
        let mut state = State::default();
        for (course, age) in answered {
            let at = (now + before).saturating_sub(age);
            let end = state.next_end(&course);
            let id = state.number();
            state.turn(&course, end);
            let window = state.windows.entry(meter_of(&course.ends[end]));
            let window = window.or_default();
            window.take(id, at);
            window.answered(id, Some(at));
        }
        Pacer {
            before,
            state: Mutex::new(state),
            news: Notify::new(),
        }
    }

    /// A number that stands for an attempt, however often it is made; lower ones go first.
    pub(in crate::run) fn number(&self) -> u64 {
        self.lock().number()
    }

    /// Lets a call stand in line.
    pub(in crate::run) fn stand<'p, 'c>(
        &'p self,
        course: &'c Course,
        number: u64,
    ) -> Waiting<'p, 'c> {
        Waiting {
            pacer: self,
            course,
            number,
        }
    }

    /// Whether waiting is of no use any more: a call by this course was refused as often as it was made.
    pub(in crate::run) fn is_hopeless(&self, course: &Course) -> bool {
        let state = self.lock();
        let mut scopes = scopes_of(course).into_iter();
        scopes.any(|scope| {
            state
                .scopes
                .get(&scope)
                .is_some_and(|held| held.is_hopeless)
        })
    }

    /// Notes that a call was refused as often as it was made.
    pub(in crate::run) fn give_up(&self, course: &Course, is_gates: bool) {
        let scope = refusing(course, is_gates);
        self.lock().scopes.entry(scope).or_default().is_hopeless = true;
    }

    /// Whether calls by this course were refused for their number not long before `now`.
    pub(in crate::run) fn has_refused(&self, course: &Course, now: Duration) -> bool {
        let now = now + self.before;
        let state = self.lock();
        let gate = |scope: &Scope| match (scope, &course.gate) {
            (Scope::Gate(gateway, _), Some((own, _))) => gateway == own,
            _ => false,
        };
        let own = scopes_of(course);
        let mut scopes = state.scopes.iter();
        scopes.any(|(scope, held)| (own.contains(scope) || gate(scope)) && held.has_refused(now))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'p> Waiting<'p, '_> {
    /// Told of the next thing that may let a call through.
    pub(in crate::run) fn news(&self) -> Notified<'p> {
        self.pacer.news.notified()
    }

    /// Lets the call through if all limits allow it at `now`, in the run's own clock. A call that is not paced only waits
    /// where a gateway has asked for it.
    ///
    /// # Errors
    /// How long it must still wait.
    pub(in crate::run) fn ask(&self, now: Duration, is_paced: bool) -> Result<Place<'p>, Wait> {
        let now = now + self.pacer.before;
        let mut state = self.pacer.lock();
        let scopes = scopes_of(self.course);
        let asked: Vec<&Scope> = scopes
            .iter()
            .filter(|scope| is_paced || matches!(scope, Scope::Gate(..)))
            .collect();
        let end = state.next_end(self.course);
        let mut wait = match state.room(&self.course.ends[end], now) {
            _ if !is_paced => None,
            Room::Now => None,
            Room::At(at) => Some(Wait::For(at.saturating_sub(now))),
            Room::AfterAnswer => Some(Wait::ForAnswer),
        };
        for scope in &asked {
            let until = state.scopes.get(scope).map(|held| held.until);
            if let Some(until) = until.filter(|until| *until > now) {
                wait = Some(match wait {
                    Some(Wait::For(other)) => Wait::For(other.max(until - now)),
                    _ => Wait::For(until - now),
                });
            }
        }
        if let Some(wait) = wait {
            let has_left = state.leave(&asked, self.number);
            drop(state);
            if has_left {
                self.pacer.news.notify_waiters();
            }
            return Err(wait);
        }
        let mut turns = asked.iter();
        let is_turn = turns.all(|scope| {
            let held = state.scopes.get(scope);
            held.is_none_or(|held| held.is_turn_of(self.number, now))
        });
        if !is_turn {
            for scope in asked {
                let held = state.scopes.entry(scope.clone()).or_default();
                held.wait(self.number);
            }
            return Err(Wait::ForAnswer);
        }
        state.leave(&asked, self.number);
        let id = state.number();
        state.turn(self.course, end);
        let meter = meter_of(&self.course.ends[end]);
        state
            .windows
            .entry(meter.clone())
            .or_default()
            .take(id, now);
        for scope in &scopes {
            state.scopes.entry(scope.clone()).or_default().enter();
        }
        drop(state);
        Ok(Place {
            pacer: self.pacer,
            id,
            meter,
            scopes,
            is_settled: false,
        })
    }
}

impl Drop for Waiting<'_, '_> {
    fn drop(&mut self) {
        let scopes = scopes_of(self.course);
        let scopes: Vec<&Scope> = scopes.iter().collect();
        self.pacer.lock().leave(&scopes, self.number);
        self.pacer.news.notify_waiters();
    }
}

impl Place<'_> {
    /// Notes that the answer came at `now`, and what it says of the limits.
    pub(in crate::run) fn answered(mut self, course: &Course, now: Duration, said: Said) {
        let now = now + self.pacer.before;
        let mut state = self.pacer.lock();
        if let (Some(limit), true) = (said.limit, course.ends.iter().any(|end| end.is_assumed)) {
            state.learned.insert(self.meter.clone(), limit);
        }
        match said.refused {
            Some(pause) => {
                let held = state.scopes.entry(refusing(course, said.is_gates));
                held.or_default().refuse(now, pause);
                // What is refused for too many calls does not count as one.
                self.forget(&mut state);
            }
            None => {
                for scope in scopes_of(course) {
                    state.scopes.entry(scope).or_default().is_hopeless = false;
                }
                if let Some(window) = state.windows.get_mut(&self.meter) {
                    window.answered(self.id, Some(now));
                }
            }
        }
        self.settle(state);
    }

    /// Gives the place back: the call was not made.
    pub(in crate::run) fn give_back(mut self) {
        let mut state = self.pacer.lock();
        self.forget(&mut state);
        self.settle(state);
    }

    fn forget(&self, state: &mut State) {
        if let Some(window) = state.windows.get_mut(&self.meter) {
            window.forget(self.id);
        }
    }

    fn settle(&mut self, mut state: MutexGuard<'_, State>) {
        for scope in &self.scopes {
            if let Some(held) = state.scopes.get_mut(scope) {
                held.exit();
            }
        }
        drop(state);
        self.is_settled = true;
        self.pacer.news.notify_waiters();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        // Whoever made the call was given up; when it was answered, nobody knows.
        let mut state = self.pacer.lock();
        if let Some(window) = state.windows.get_mut(&self.meter) {
            window.answered(self.id, None);
        }
        self.settle(state);
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Takes a call out of the lines of scopes; gives whether it stood in one.
    fn leave(&mut self, scopes: &[&Scope], number: u64) -> bool {
        let mut has_left = false;
        for scope in scopes {
            if let Some(held) = self.scopes.get_mut(scope) {
                has_left |= held.leave(number);
            }
        }
        has_left
    }

    fn room(&self, end: &End, now: Duration) -> Room {
        let meter = meter_of(end);
        let Some(window) = self.windows.get(&meter) else {
            return Room::Now;
        };
        match self.learned.get(&meter).filter(|_| end.is_assumed) {
            Some(count) => window.room(&learned(&end.limits, *count), now),
            None => window.room(&end.limits, now),
        }
    }

    /// Which end takes the next call: each has its share in every round (smooth weighted rotation).
    fn next_end(&self, course: &Course) -> usize {
        let turns = self.turns.get(&course.rotation);
        let credit = |at: usize| turns.and_then(|turns| turns.get(at)).copied().unwrap_or(0);
        let ends = course.ends.iter().enumerate();
        // The first of equals, so that an even pool starts with its first member.
        ends.rev()
            .max_by_key(|(at, end)| credit(*at) + i64::from(end.weight))
            .map_or(0, |(at, _)| at)
    }

    /// Gives the call to an end.
    fn turn(&mut self, course: &Course, end: usize) {
        if course.ends.len() < 2 {
            return;
        }
        let turns = self.turns.entry(course.rotation.clone()).or_default();
        turns.resize(turns.len().max(course.ends.len()), 0);
        let mut total = 0;
        for (at, one) in course.ends.iter().enumerate() {
            turns[at] += i64::from(one.weight);
            total += i64::from(one.weight);
        }
        turns[end] -= total;
    }
}

fn meter_of(end: &End) -> Meter {
    (end.account.clone(), end.deployment.clone())
}

fn learned(limits: &[RateLimit], count: f64) -> Vec<RateLimit> {
    let of = |limit: &RateLimit| match limit.key.as_str() {
        REQUEST => RateLimit {
            count,
            ..limit.clone()
        },
        _ => limit.clone(),
    };
    limits.iter().map(of).collect()
}

/// What counts the calls of a course, from outside in.
fn scopes_of(course: &Course) -> Vec<Scope> {
    let gate = course.gate.as_ref();
    let gate = gate.map(|(gateway, api)| Scope::Gate(gateway.clone(), api.clone()));
    gate.into_iter().chain([inner(course)]).collect()
}

fn inner(course: &Course) -> Scope {
    match course.ends.as_slice() {
        [end] => Scope::Deployment(end.account.clone(), end.deployment.clone()),
        _ => Scope::Pool(course.rotation.clone(), course.deployment.clone()),
    }
}

/// What a refusal holds back: the gateway's API where the gateway itself refused.
fn refusing(course: &Course, is_gates: bool) -> Scope {
    match &course.gate {
        Some((gateway, api)) if is_gates => Scope::Gate(gateway.clone(), api.clone()),
        _ => inner(course),
    }
}

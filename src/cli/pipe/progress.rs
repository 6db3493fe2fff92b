//! How far a question is: a line every few seconds, so that a short run says nothing and a long one is seen to live.
//! A notebook's kernel passes whole lines on and takes none back.

use super::tell;
use crate::discover;
use crate::model::Verdict;
use crate::model::pipe::Answer;
use crate::report::escape;
use crate::run::{Events, RunEvent};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest silence.
const SILENCE: Duration = Duration::from_secs(3);

/// Tells how far a question is.
pub(super) struct Told {
    id: u64,
    state: Mutex<State>,
    is_quiet: bool,
}

struct State {
    said_at: Instant,
    all: usize,
    done: usize,
    bad: usize,
}

impl Told {
    pub(super) fn new(id: u64, is_quiet: bool) -> Self {
        let state = State {
            said_at: Instant::now(),
            all: 0,
            done: 0,
            bad: 0,
        };
        Told {
            id,
            state: Mutex::new(state),
            is_quiet,
        }
    }

    /// A run of `count` cases begins.
    pub(super) fn begin(&self, count: usize) {
        self.with(|state| state.all = count);
    }

    /// Takes what discovery has just learnt.
    pub(super) fn discovered(&self, event: &discover::Progress) {
        match event {
            discover::Progress::Subscriptions(_) => {}
            discover::Progress::Found { accounts, gateways } => {
                self.with(|state| state.all = accounts + gateways);
            }
            discover::Progress::Account(name) | discover::Progress::Gateway(name) => {
                self.with(|state| state.done += 1);
                self.tell("read", name);
            }
        }
    }

    /// Says where things stand, where that was not said lately.
    fn tell(&self, done: &str, now: &str) {
        let line = self.with(|state| {
            if self.is_quiet || state.said_at.elapsed() < SILENCE {
                return None;
            }
            state.said_at = Instant::now();
            let bad = match state.bad {
                0 => String::new(),
                bad => format!(", {bad} failed"),
            };
            let (count, all) = (state.done, state.all);
            Some(format!("… {count} of {all} {done}{bad}; {now}"))
        });
        if let Some(line) = line {
            // Whoever listens no longer has ended the input as well.
            let _ = tell(self.id, Answer::Progress(escape::terminal(&line)));
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Events for Told {
    fn take(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::CaseDone { case, verdict } => {
                self.with(|state| {
                    state.done += 1;
                    state.bad += usize::from(matches!(verdict, Verdict::Fail | Verdict::Error));
                });
                self.tell("cases done", case);
            }
            RunEvent::StepDone { case, step, .. } => {
                self.tell("cases done", &format!("{case}: {step}"));
            }
            RunEvent::Waiting {
                case,
                why,
                duration,
            } => {
                let seconds = duration.as_secs_f64();
                self.tell("cases done", &format!("{case} waits {seconds:.0} s, {why}"));
            }
            _ => {}
        }
    }
}

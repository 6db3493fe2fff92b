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

    fn tell(&self, done: &str, now: &str) {
        if let Some(line) = self.line(done, now) {
            // Whoever listens no longer has ended the input as well.
            let _ = tell(self.id, Answer::Progress(line));
        }
    }

    /// Where things stand, where that was not said lately.
    fn line(&self, done: &str, now: &str) -> Option<String> {
        self.with(|state| {
            if self.is_quiet || state.said_at.elapsed() < SILENCE {
                return None;
            }
            state.said_at = Instant::now();
            let bad = match state.bad {
                0 => String::new(),
                bad => format!(", {bad} failed"),
            };
            let (count, all) = (state.done, state.all);
            let line = format!("… {count} of {all} {done}{bad}; {now}");
            Some(escape::terminal(&line))
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(is_quiet: bool, silence: Duration) -> Told {
        let told = Told::new(0, is_quiet);
        told.begin(3);
        told.take(&RunEvent::CaseDone {
            case: "A",
            verdict: Verdict::Fail,
        });
        told.with(|state| state.said_at = Instant::now() - silence);
        told
    }

    #[test]
    fn a_long_silence_is_broken_once_and_a_short_or_quiet_one_is_not() {
        let long = told(false, SILENCE);
        let line = long.line("cases done", "B: \u{1b}[31mred");
        assert_eq!(
            line.unwrap(),
            "… 1 of 3 cases done, 1 failed; B: \\x1b[31mred"
        );
        assert_eq!(long.line("cases done", "B"), None);
        assert_eq!(told(false, SILENCE / 2).line("cases done", "B"), None);
        assert_eq!(told(true, SILENCE).line("cases done", "B"), None);
    }
}

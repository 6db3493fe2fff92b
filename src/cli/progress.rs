//! Progress for eyes, on stderr, where stderr is a terminal. Nothing depends on it.

use super::args::{Global, When};
use crate::discover;
use crate::report::escape;
use crate::run::{Events, RunEvent};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A line at the bottom of the terminal.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(global: &Global) -> Self {
        let is_wanted = global.progress == When::Auto && !global.is_quiet;
        let target = if is_wanted && std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Progress { bar }
    }

    /// Takes what discovery has just learnt.
    pub(super) fn discovered(&self, event: &discover::Progress) {
        match event {
            discover::Progress::Subscriptions(count) => {
                self.say(&format!("{count} subscriptions"));
            }
            discover::Progress::Found { accounts, gateways } => {
                self.bar.set_length((accounts + gateways) as u64);
                self.bar.set_position(0);
            }
            discover::Progress::Account(name) | discover::Progress::Gateway(name) => {
                self.say(name);
                self.bar.inc(1);
            }
        }
    }

    /// A run of `count` cases begins.
    pub(super) fn begin(&self, count: usize) {
        self.bar.reset();
        self.bar.set_length(count as u64);
    }

    /// Says something that stays on stderr.
    pub(super) fn note(&self, text: &str) {
        let line = format!("{}\n", escape::terminal(text));
        self.bar.suspend(|| super::output::message(&line));
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self, text: &str) {
        self.bar.set_message(escape::terminal(text));
    }
}

impl Events for Progress {
    fn take(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::CaseStarted { case } => self.say(case),
            RunEvent::StepDone { case, step, .. } => self.say(&format!("{case}: {step}")),
            RunEvent::Waiting {
                case,
                why,
                duration,
            } => {
                let seconds = duration.as_secs_f64();
                self.say(&format!("{case}: waiting {seconds:.0} s, {why}"));
            }
            RunEvent::CaseDone { .. } => self.bar.inc(1),
            RunEvent::JournalFailed { error } => {
                self.note(&format!("error: {error}; nothing more is sent"));
            }
        }
    }
}

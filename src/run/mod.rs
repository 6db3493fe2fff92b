//! Carrying out a plan: every case, step and exchange, with pacing, blocking, pictures judged and a journal kept.

mod blocks;
mod call;
mod case;
mod context;
mod journal;
mod ledger;
mod options;
mod pace;
mod pictures;
mod schedule;
mod step;

pub use journal::{Journal, JournalError};
pub use options::{Events, KeySource, RunEvent, RunOptions, Stop, Tools};
pub use schedule::run;

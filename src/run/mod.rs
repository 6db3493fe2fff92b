//! Carrying out a plan: every case, step and exchange, with pacing, blocking, pictures judged and a journal kept.

mod again;
mod attempt;
mod blocks;
mod body;
mod call;
mod case;
mod context;
mod credentials;
mod journal;
mod ledger;
mod options;
mod pace;
mod pictures;
mod price;
mod schedule;
mod step;
mod throttle;
mod trace;
mod verify;

pub use journal::{Begun, Journal, JournalError};
pub use options::{Events, KeySource, Retries, RunEvent, RunOptions, Stop, Tools};
pub use pace::Pacer;
pub use schedule::run;
pub use trace::{ask_for_trace, read_trace};

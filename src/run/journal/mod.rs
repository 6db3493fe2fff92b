//! The journal: every exchange of a run on the disk before the next begins, so that a killed run has lost nothing.
//!
//! A line of JSON each, in four kinds: `begun` holds the plan, `about_to_pay` stands before a call that buys pictures is
//! sent, `sent` holds what came of a call, `done` a whole case. [`Journal::open`] makes one or continues it. Pictures that
//! a later step of an unfinished case needs lie beside it in `FILE.pictures/`.

mod error;
mod file;
mod known;
mod line;

pub use error::JournalError;
pub use file::Journal;
pub use line::Begun;

pub(super) use known::Known;
pub(super) use line::{Called, Intent, Paid, Sent};

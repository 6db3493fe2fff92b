//! Runs kept in one file, an SQLite database, and what they show together.
//!
//! [`Store`] opens it, takes runs in, forgets old ones, and answers [`History`](crate::model::History). [`lateness`]
//! says whether a run that was expected is late or missing.

mod error;
mod late;
mod store;
mod trend;

pub use error::HistoryError;
pub use late::lateness;
pub use store::Store;

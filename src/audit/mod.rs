//! What is wrong with the map, judged from the inventory alone: what is deployed against what is published.
//!
//! A finding is one small function in the file of its family, one line in the registry ([`CHECKS`]), and one entry in
//! `knowledge/findings.yaml` with everything that is said of it. A check gives victims, evidence and values; it never
//! raises a finding from what could not be read, and says so in a note instead.

mod book;
mod check;
mod engine;
mod estate;
mod routes;
mod unread;

pub use book::book;
pub use engine::audit;
pub use estate::Habits;

use check::Check;

/// Every check, by the id of its finding.
const CHECKS: &[Check] = &[Check::new("operation_edits_missing", routes::edits_missing)];

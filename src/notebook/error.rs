//! Why a verb could not go on, as a sentence: `?` and `unwrap` print the same.

use crate::diagnose::read::ReadError;
use crate::harness::HarnessError;
use crate::report::ReportError;
use crate::scenario::ScenarioError;
use std::fmt;

/// What stopped a verb. Where it came from, what is wrong, and what to do.
#[derive(thiserror::Error)]
pub enum NotebookError {
    /// The session's internet, its configuration, its targets.
    #[error(transparent)]
    Harness(#[from] HarnessError),
    /// A scenario file.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// Recorded exchanges that cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A value that a format cannot show.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file that cannot be read or written.
    #[error("{path} cannot be {done}: {why}; check the path")]
    File {
        /// The path as it was given.
        path: String,
        /// `read` or `written`.
        done: &'static str,
        /// What the system said.
        why: String,
    },
    /// The choice leaves nothing to run.
    #[error(
        "nothing was selected: no scenario applies to any deployment; look at session.plan(\"\")"
    )]
    Nothing,
    /// No thread could be started.
    #[error("no thread can be started: {0}; free some memory or raise the limit")]
    Thread(String),
    /// The work stopped in the middle.
    #[error(
        "this call stopped in the middle, which is a defect of fluxprobe; the session goes on, so try the cell again"
    )]
    Broken,
}

impl fmt::Debug for NotebookError {
    /// The same sentence: this is what `unwrap` prints in a cell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

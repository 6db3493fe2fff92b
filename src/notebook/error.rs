//! Why a verb could not go on, as a sentence: `?` and `unwrap` print the same.

use std::fmt;

/// What stopped a verb. Where it came from, what is wrong, and what to do.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotebookError {
    /// What the program says: of the session's internet, its configuration, a scenario, a file.
    #[error("{0}")]
    Said(String),
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
    /// The program cannot be started.
    #[error(
        "the program {path} cannot be started: {why}; build it with `cargo build --release` and name it in FLUXPROBE_PROGRAM, or let `fluxprobe notebook` set all up"
    )]
    Program {
        /// Where it was looked for.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The program and the library that cells are compiled against are not of one version.
    #[error(
        "the program {path} is version {version}, and the library of this notebook {own}; build both from one checkout: `cargo build --release`"
    )]
    Version {
        /// The program.
        path: String,
        /// Its version.
        version: String,
        /// The library's.
        own: &'static str,
    },
    /// An answer that the library does not know.
    #[error(
        "the program and the library of this notebook do not understand each other ({0}); build both from one checkout: `cargo build --release`"
    )]
    Strange(String),
    /// No thread could be started.
    #[error("no thread can be started: {0}; free some memory or raise the limit")]
    Thread(String),
    /// The program ended before it had answered, with the status in brackets.
    #[error(
        "the program ended{0} before it answered, and what it said stands above; the next call starts it anew"
    )]
    Ended(String),
}

impl fmt::Debug for NotebookError {
    /// The same sentence: this is what `unwrap` prints in a cell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

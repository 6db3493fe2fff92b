//! Why a journal cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be made, read or written.
    #[error(
        "the journal {path} cannot be written ({source}): name a file in a folder that can be written and has room"
    )]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is one already, and nobody said to continue it.
    #[error(
        "the journal {path} exists already, and may be all that is left of a run that was paid for: continue it with \
         --resume, or name a new file"
    )]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another run writes it.
    #[error(
        "the journal {path} is being written by another run: wait for its end, or name another file"
    )]
    Locked {
        /// Where.
        path: PathBuf,
    },
    /// It holds something else.
    #[error("{path}:{line} is no line of a journal ({why}): name what `run --journal` wrote")]
    Foreign {
        /// Where.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

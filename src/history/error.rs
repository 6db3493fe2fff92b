//! Why a history cannot be used.

use std::path::PathBuf;

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be opened, read or written, or is no database.
    #[error(
        "the history {path} cannot be used ({source}): name a file that `run --history` made, in a folder that can be \
         written and has room"
    )]
    Database {
        /// Where.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// It was made by a later version.
    #[error(
        "the history {path} is of version {version}, this program knows {known}: use a later fluxprobe"
    )]
    Later {
        /// Where.
        path: PathBuf,
        /// Its version.
        version: i64,
        /// The latest known one.
        known: i64,
    },
}

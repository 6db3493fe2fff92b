//! The journal: one line an exchange, on the disk before the next exchange begins, so that a killed run has lost nothing.

use crate::model::{SCHEMA_VERSION, StepRun};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file that grows by a line a step.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// Why a journal cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be made.
    #[error(
        "the journal {path} cannot be written ({source}): name a new file in a folder that can be written"
    )]
    Create {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    case: &'a str,
    /// Which try of the case it belongs to; absent for the first.
    #[serde(rename = "try", skip_serializing_if = "is_first")]
    number: u32,
    step: &'a StepRun,
}

impl Journal {
    /// Makes a new journal at `path`.
    ///
    /// # Errors
    /// Where the file exists already (it may be another run's) or cannot be made.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(|source| JournalError::Create {
                path: path.to_owned(),
                source,
            })?;
        Ok(Journal {
            path: path.to_owned(),
            file: Mutex::new(file),
        })
    }

    /// Writes one step of the try `number` of a case down, and does not return before the system has it.
    ///
    /// # Errors
    /// What the system said, with the journal's path in front.
    pub(super) fn write(&self, case: &str, number: u32, step: &StepRun) -> Result<(), String> {
        let line = Line {
            schema_version: SCHEMA_VERSION,
            case,
            number,
            step,
        };
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", self.path.display());
        let mut text = serde_json::to_vec(&line).map_err(|error| fail(&error))?;
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text)
            .and_then(|()| file.flush())
            .map_err(|error| fail(&error))
    }
}

fn is_first(number: &u32) -> bool {
    *number == 1
}

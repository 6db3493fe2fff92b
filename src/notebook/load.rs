//! Files shared with the command line.

use super::desk::{Desk, wait};
use super::error::NotebookError;
use super::shown::{Show, Shown, drawn};
use crate::model::pipe::{Ask, PaperKind, Text, View};
use crate::model::{Baseline, Comparison, Found, Plan, Report};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// A value that can be read back from what fluxprobe wrote as JSON.
pub trait Document: Show {
    /// What the file must be.
    const KIND: PaperKind;
}

impl Document for Report {
    const KIND: PaperKind = PaperKind::Report;
}

impl Document for Plan {
    const KIND: PaperKind = PaperKind::Plan;
}

impl Document for Found {
    const KIND: PaperKind = PaperKind::Found;
}

impl Document for Baseline {
    const KIND: PaperKind = PaperKind::Baseline;
}

impl Document for Comparison {
    const KIND: PaperKind = PaperKind::Comparison;
}

/// Reads a document.
///
/// # Errors
/// Where the file cannot be read, or is no such document.
pub(super) fn load<T: Document>(desk: &Arc<Desk>, path: &Path) -> Result<Shown<T>, NotebookError> {
    wait(Shown::asked(desk, Ask::Read(T::KIND, text(path)?)))
}

/// Writes a document in the format of the file's extension, JSON where it has none that is known.
///
/// # Errors
/// Where the format cannot show it, or the file cannot be written.
pub(super) fn save<T: Show>(desk: &Desk, value: &T, path: &Path) -> Result<(), NotebookError> {
    let text = drawn(desk, value, View::File(path.to_owned()))?.text;
    fs::write(path, text).map_err(|error| failed(path, "written", &error))
}

/// What a file holds.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn text(path: &Path) -> Result<Text, NotebookError> {
    Ok(Text {
        name: path.display().to_string(),
        text: fs::read_to_string(path).map_err(|error| failed(path, "read", &error))?,
    })
}

fn failed(path: &Path, done: &'static str, error: &std::io::Error) -> NotebookError {
    NotebookError::File {
        path: path.display().to_string(),
        done,
        why: error.to_string(),
    }
}

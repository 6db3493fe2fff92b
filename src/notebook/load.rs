//! Files shared with the command line.

use super::error::NotebookError;
use super::shown::{Show, Shown};
use crate::discover::Selection;
use crate::harness::{self, Found};
use crate::model::{Baseline, Comparison, Inventory, Plan, Report};
use crate::report::{self, ReportError, Style, format_named, format_of_file};
use std::fs;
use std::path::Path;

/// A value that can be read back from what fluxprobe wrote as JSON.
pub trait Document: Show + Sized {
    /// Reads it from the bytes of a file called `name`.
    ///
    /// # Errors
    /// Where they hold no such document.
    fn read(name: &str, bytes: &[u8]) -> Result<Self, NotebookError>;
}

impl Document for Report {
    fn read(name: &str, bytes: &[u8]) -> Result<Self, NotebookError> {
        Ok(harness::document(name, bytes, "a run")?)
    }
}

impl Document for Plan {
    fn read(name: &str, bytes: &[u8]) -> Result<Self, NotebookError> {
        Ok(harness::document(name, bytes, "a plan")?)
    }
}

impl Document for Found {
    fn read(name: &str, bytes: &[u8]) -> Result<Self, NotebookError> {
        let inventory: Inventory = harness::document(name, bytes, "an inventory")?;
        Ok(Found::of(inventory, &Selection::default()))
    }
}

impl Document for Baseline {
    /// The report of a run is read as the baseline that it would be.
    fn read(name: &str, bytes: &[u8]) -> Result<Self, NotebookError> {
        Ok(harness::baseline(name, bytes)?)
    }
}

impl Document for Comparison {
    fn read(name: &str, bytes: &[u8]) -> Result<Self, NotebookError> {
        Ok(harness::document(name, bytes, "a comparison")?)
    }
}

/// Reads a document.
///
/// # Errors
/// Where the file cannot be read, or is no such document.
pub(super) fn load<T: Document>(path: &Path) -> Result<Shown<T>, NotebookError> {
    let bytes = fs::read(path).map_err(|error| failed(path, "read", &error))?;
    Ok(Shown::of(T::read(&path.display().to_string(), &bytes)?))
}

/// Writes a document in the format of the file's extension, JSON where it has none that is known.
///
/// # Errors
/// Where the format cannot show it, or the file cannot be written.
pub(super) fn save(document: report::Document<'_>, path: &Path) -> Result<(), NotebookError> {
    let format = format_of_file(path).or_else(|| format_named("json"));
    let unknown = || ReportError::Unshown {
        format: "this extension",
        shows: "nothing that is known",
    };
    let text = format
        .ok_or_else(unknown)?
        .render(document, &Style::default())?;
    fs::write(path, text).map_err(|error| failed(path, "written", &error))
}

fn failed(path: &Path, done: &'static str, error: &std::io::Error) -> NotebookError {
    NotebookError::File {
        path: path.display().to_string(),
        done,
        why: error.to_string(),
    }
}

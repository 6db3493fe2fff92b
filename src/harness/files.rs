//! Files that a user gives: documents that an earlier verb wrote, scenarios, causes, recorded exchanges.

use super::error::HarnessError;
use crate::compare::baseline_of;
use crate::diagnose::Diagnoser;
use crate::diagnose::read::{self, ReadError};
use crate::knowledge::causes::{self, Family};
use crate::model::{Baseline, Explained, Report, SCHEMA_VERSION};
use crate::scenario::{self, Scenario, ScenarioError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads a document back. `name` is the file's; `what` names the document for people: `an inventory`.
///
/// # Errors
/// [`HarnessError::Input`] where it is no such document, or is of a later version than this program knows.
pub fn document<T: DeserializeOwned>(
    name: &str,
    bytes: &[u8],
    what: &str,
) -> Result<T, HarnessError> {
    let invalid = |error: &dyn std::fmt::Display| {
        let help = "give what fluxprobe wrote with --format json";
        HarnessError::Input(format!("{name} is not {what}: {error}; {help}"))
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| invalid(&error))?;
    match value.get("schema_version").and_then(Value::as_u64) {
        Some(version) if version > u64::from(SCHEMA_VERSION) => {
            return Err(HarnessError::Input(format!(
                "{name} is of schema_version {version}, this program knows {SCHEMA_VERSION}; use a later fluxprobe"
            )));
        }
        Some(_) => {}
        None => return Err(invalid(&"it has no schema_version")),
    }
    serde_json::from_value(value).map_err(|error| invalid(&error))
}

/// Reads what a run is to be held against: a baseline as it is, the report of a run as the baseline that it would be.
///
/// # Errors
/// [`HarnessError::Input`] where it is neither, or is of a later version than this program knows.
pub fn baseline(name: &str, bytes: &[u8]) -> Result<Baseline, HarnessError> {
    let value: Value = document(name, bytes, "a baseline or the report of a run")?;
    let invalid = |error: serde_json::Error| {
        HarnessError::Input(format!(
            "{name} is neither a baseline nor the report of a run: {error}; give what `baseline update` or `run --format json` wrote"
        ))
    };
    if value.get("summary").is_some() {
        let report: Report = serde_json::from_value(value).map_err(invalid)?;
        return Ok(baseline_of(&report.run));
    }
    serde_json::from_value(value).map_err(invalid)
}

/// The scenarios that `paths` name, or the built-in ones.
///
/// # Errors
/// [`ScenarioError`] where a file is none, and where a folder holds none.
pub fn scenarios(paths: &[PathBuf]) -> Result<Vec<Scenario>, ScenarioError> {
    if paths.is_empty() {
        return scenario::built_in();
    }
    let mut all = Vec::new();
    for path in paths {
        all.extend(scenarios_at(path)?);
    }
    Ok(all)
}

fn scenarios_at(path: &Path) -> Result<Vec<Scenario>, ScenarioError> {
    let name = path.to_string_lossy();
    if !path.is_dir() {
        return Ok(vec![scenario::load(&name)?]);
    }
    let found = scenario::load_all(&name)?;
    if found.is_empty() {
        return Err(ScenarioError::Empty {
            path: name.into_owned(),
        });
    }
    Ok(found)
}

/// A user's own causes.
///
/// # Errors
/// [`HarnessError::Input`] where a file cannot be read or is not right.
pub fn own_causes(paths: &[PathBuf]) -> Result<Vec<Family>, HarnessError> {
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            HarnessError::Input(format!(
                "{name} cannot be read: {error}; name a file of causes"
            ))
        })?;
        causes::parse(&name, &text).map_err(|error| HarnessError::Input(error.to_string()))
    };
    paths.iter().map(read).collect()
}

/// Explains recorded exchanges, each by itself: JSON lines, HAR, what `curl -i` or `curl -v` printed.
///
/// # Errors
/// [`ReadError`] where the bytes are none of these.
pub fn explain(diagnoser: &Diagnoser, recorded: &[u8]) -> Result<Vec<Explained>, ReadError> {
    let explained = read::exchanges(recorded)?.into_iter().map(|reading| {
        let diagnosis = diagnoser.explain(&reading.exchange);
        let mut exchange = reading.exchange;
        // Only drawn: who is called by name says whether a gateway lies on the way.
        exchange.leg = exchange.leg.or_else(|| diagnoser.leg(&exchange));
        Explained {
            diagnosis,
            id: reading.id,
            exchange,
            notes: reading.notes,
        }
    });
    Ok(explained.collect())
}

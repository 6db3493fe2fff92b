//! What is wrong with the map, read off the configuration before anything is called.

use super::Remedy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing fails by it.
    Info,
    /// Some calls fail, or cost more than they should, under conditions that will come.
    Warning,
    /// Calls that the map promises fail every time.
    Error,
}

impl Severity {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// One thing that somebody should change, with all that it hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind of finding it is, e.g. `operation_edits_missing`; `docs/findings.md` has a page for each.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// One line for people.
    pub title: String,
    /// What it hits: a kind, a space, and a path of names, e.g. `deployment foundry1/FLUX-1.1-pro`.
    pub victims: Vec<String>,
    /// What shows it, in order of weight.
    pub evidence: Vec<String>,
    /// What callers will meet, in one sentence.
    pub consequence: String,
    /// What to change.
    pub remedy: Remedy,
    /// Whether something that could not be read or understood (an expression, a custom role) could still excuse it.
    #[serde(default)]
    pub is_unsure: bool,
}

/// Every finding about an inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When the inventory was read, RFC 3339 UTC.
    #[serde(default)]
    pub taken_at: String,
    /// The findings, the most severe first.
    pub findings: Vec<Finding>,
    /// What could not be judged because it could not be read, one sentence each.
    pub not_judged: Vec<String>,
}

impl Audit {
    /// The highest severity that stands; nothing where there is no finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|one| one.severity == severity).count()
    }
}

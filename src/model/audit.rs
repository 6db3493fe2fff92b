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
    /// A call that buys nothing and shows whether it is so; absent where no such call would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<FreeProbe>,
    /// Whether something that could not be read or understood (an expression, a custom role) could still excuse it.
    #[serde(default)]
    pub is_unsure: bool,
}

/// A POST without a valid key, whose answer confirms or refutes a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreeProbe {
    /// What is called, with an empty object for a body.
    pub url: String,
    /// Header that a made-up key is sent in; absent for no key at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Text of an answer that confirms the finding.
    pub confirmed_by: String,
    /// Text of an answer that refutes it.
    pub refuted_by: String,
    /// What came of it, once it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ProbeOutcome>,
}

/// What a free probe showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// It is so.
    Confirmed,
    /// It is not so.
    Refuted,
    /// The answer is neither of the two that were looked for.
    Undecided,
}

/// Every finding about an inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Version of this document's form.
    pub schema_version: u32,
    /// File that the map was read from, as it was named; absent where it was discovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_from: Option<String>,
    /// When the inventory was read, RFC 3339 UTC.
    #[serde(default)]
    pub taken_at: String,
    /// The findings, the most severe first.
    pub findings: Vec<Finding>,
    /// What could not be judged because it could not be read, one sentence each.
    pub not_judged: Vec<String>,
}

impl Finding {
    /// Takes in the answer to its free probe: `answered` is what came back, in words. A finding that is refuted is kept,
    /// as a thing to know.
    pub fn probed(&mut self, answered: &str, body: &str) {
        let Some(probe) = &mut self.probe else {
            return;
        };
        let outcome = if body.contains(&probe.confirmed_by) {
            ProbeOutcome::Confirmed
        } else if body.contains(&probe.refuted_by) {
            ProbeOutcome::Refuted
        } else {
            ProbeOutcome::Undecided
        };
        probe.outcome = Some(outcome);
        let said = match outcome {
            ProbeOutcome::Confirmed => {
                self.is_unsure = false;
                "confirmed"
            }
            ProbeOutcome::Refuted => {
                self.severity = Severity::Info;
                self.is_unsure = true;
                "refuted"
            }
            ProbeOutcome::Undecided => "not decided",
        };
        let url = &probe.url;
        self.evidence.push(format!(
            "{said} by a free probe: POST {url} was answered {answered}"
        ));
    }
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

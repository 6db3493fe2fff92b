//! Which hop answered, why, and what to change.

use super::{CauseSlug, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who answered, or who the call died at.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Hop {
    /// The caller's own machine or library.
    Client,
    /// Name resolution.
    Dns,
    /// The connection.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// A forward proxy.
    Proxy,
    /// The customer's gateway.
    Gateway,
    /// The model service.
    Backend,
    /// A content filter in front of or behind the model.
    ContentFilter,
    /// Entra, or a managed identity endpoint.
    Identity,
    /// Azure Resource Manager.
    Arm,
    /// A provider outside Azure.
    Provider,
}

impl Hop {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Hop::Client => "client",
            Hop::Dns => "dns",
            Hop::Tcp => "tcp",
            Hop::Tls => "tls",
            Hop::Proxy => "proxy",
            Hop::Gateway => "gateway",
            Hop::Backend => "backend",
            Hop::ContentFilter => "content_filter",
            Hop::Identity => "identity",
            Hop::Arm => "arm",
            Hop::Provider => "provider",
        }
    }
}

impl std::fmt::Display for Hop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// How sure a diagnosis is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Several causes remain.
    Low,
    /// The evidence fits this cause best.
    Medium,
    /// Only this cause emits this.
    High,
}

/// What one exchange, or many with the same failure, is explained by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// The cause; absent where the evidence cannot decide.
    pub cause: Option<CauseSlug>,
    /// One line for people.
    pub title: String,
    /// Who answered.
    pub hop: Option<Hop>,
    /// How sure.
    pub confidence: Confidence,
    /// What decided it, in order of weight.
    pub evidence: Vec<String>,
    /// What else it could be.
    pub alternatives: Vec<Alternative>,
    /// What to change.
    pub remedy: Option<Remedy>,
    /// Cases that failed by it.
    #[serde(default)]
    pub victims: Vec<Victim>,
}

/// Another cause that the evidence leaves open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alternative {
    /// The cause.
    pub cause: CauseSlug,
    /// Who would have answered.
    pub hop: Option<Hop>,
    /// The free probe that would decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
}

/// What to change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remedy {
    /// In one or two sentences.
    pub text: String,
    /// The exact command, policy line, URL or header; absent where there is none.
    pub command: Option<String>,
}

/// A case that failed by a cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Victim {
    /// Key of the case.
    pub case: String,
    /// Name of the step.
    pub step: String,
}

/// A run with its diagnoses: what every report is rendered from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The run; its fields stand at the top of the JSON document.
    #[serde(flatten)]
    pub run: Run,
    /// One diagnosis a cause, the one with the most victims first.
    pub diagnoses: Vec<Diagnosis>,
}

impl Report {
    /// Joins a run and its diagnoses.
    pub fn new(run: Run, diagnoses: Vec<Diagnosis>) -> Self {
        Report { run, diagnoses }
    }
}

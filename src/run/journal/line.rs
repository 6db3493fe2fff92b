//! The lines of a journal.

use crate::model::{AccountName, CallKind, CaseRun, DeploymentName, Inventory, Leg, Plan, StepRun};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run began with; it is continued with the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// When it began, RFC 3339 UTC.
    pub started_at: String,
    /// What was asked for, in words that can be compared.
    pub asked: String,
    /// Digest of each scenario, by its id.
    pub scenarios: BTreeMap<String, String>,
    /// Cases in order.
    pub plan: Plan,
    /// What the plan was made from, where it was discovered.
    pub inventory: Option<Inventory>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) schema_version: u32,
    /// Milliseconds since the run began, without the time between a kill and its continuation.
    pub(super) at_ms: f64,
    #[serde(flatten)]
    pub(super) entry: Entry,
}

/// What a line says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// The first line.
    Begun(Box<Begun>),
    /// A call that buys pictures is about to be sent.
    AboutToPay(Box<Intent>),
    /// A call was sent, and this came of it.
    Sent(Box<Sent>),
    /// A case has ended.
    Done(Box<CaseRun>),
}

/// The deployment that a call asks, its account, how it goes there and for what.
pub(in crate::run) type Called = (AccountName, DeploymentName, Leg, CallKind);

/// A call that buys pictures, before it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::run) struct Intent {
    /// Its number in this journal.
    pub(in crate::run) number: u64,
    /// Key of the case.
    pub(in crate::run) case: String,
    /// Name of the attempt.
    pub(in crate::run) attempt: String,
    /// What it may cost, what its lost predecessors may have cost counted in.
    pub(in crate::run) price_usd: f64,
    /// What it counts against, how it goes there and for what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::run) way: Option<Called>,
    /// Number of the call that was lost to a kill and that this one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::run) instead_of: Option<u64>,
    /// The call as it would be recorded if nothing came back.
    pub(in crate::run) step: StepRun,
}

/// A call and what came of it, before it is checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::run) struct Sent {
    /// Number of its intent, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::run) number: Option<u64>,
    /// Key of the case.
    pub(in crate::run) case: String,
    /// Name of the attempt.
    pub(in crate::run) attempt: String,
    /// The deployment that it counts against, how it went there and for what.
    pub(in crate::run) way: Option<Called>,
    /// What it cost.
    pub(in crate::run) paid: Paid,
    /// Digests of its pictures that later steps may ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::run) pictures: Vec<String>,
    /// The attempt; its checks are still to be made.
    pub(in crate::run) step: StepRun,
}

/// What one attempt cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::run) struct Paid {
    /// Pictures that came.
    pub(in crate::run) images: u32,
    /// Their price.
    pub(in crate::run) spent_usd: f64,
    /// Price of pictures that may have been billed without coming.
    pub(in crate::run) possibly_spent_usd: f64,
}

//! What a run is compared with, and what has changed since.

use super::{Container, Hop, ScenarioId, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What runs are compared with: small, sorted, and made to be read in a diff.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When the latest run in it began, RFC 3339 UTC.
    pub taken_at: String,
    /// Cases by their key.
    pub cases: Vec<BaselineCase>,
}

/// A case as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineCase {
    /// `LETTER ACCOUNT/DEPLOYMENT ROUTE`.
    pub case: String,
    /// Letter or name of the scenario.
    pub scenario: ScenarioId,
    /// `ACCOUNT/DEPLOYMENT ROUTE`.
    pub target: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, where it did not pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What covered its failure, in words: by whom, until when and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<String>,
    /// What it cost, what may have been billed counted in, in US dollars.
    pub cost_usd: f64,
    /// Steps by their names; repetitions of one stand together.
    pub steps: Vec<BaselineStep>,
}

/// A step as it was answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineStep {
    /// Its name, without a repetition's number.
    pub step: String,
    /// How it ended the last time, each way once.
    pub verdicts: BTreeSet<Verdict>,
    /// What the answers of the last try looked like, each look once.
    pub answers: BTreeSet<Fingerprint>,
    /// Milliseconds to the first byte of answers with a picture that passed, in every try; the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picture_ms: Vec<f64>,
    /// Milliseconds to the first byte of other answers that passed, in every try; the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ms: Vec<f64>,
}

/// What of an answer does not change from one call to the next.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Fingerprint {
    /// Status; absent where nothing came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<Hop>,
    /// api-version that was asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// What an error says, with everything that counts or names a request replaced by `#`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
    /// Members of a JSON answer by their paths, but for what filters say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shape: String,
    /// Members of what content filters say, by their paths.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filters: String,
    /// Containers of the pictures.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub containers: BTreeSet<Container>,
    /// Names of headers, in lower case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub headers: BTreeSet<String>,
}

/// What has changed from one run to another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When the earlier run began, RFC 3339 UTC.
    pub base_at: String,
    /// When the later run began, RFC 3339 UTC.
    pub new_at: String,
    /// Whether something got worse: a new failure, slower or dearer answers.
    pub is_regression: bool,
    /// Cases that fail and did not, and that no quarantine covers.
    pub new_failures: Vec<CaseChange>,
    /// Cases that fail under a quarantine; they make nothing worse.
    #[serde(default)]
    pub quarantined: Vec<CaseChange>,
    /// Cases that failed and pass.
    pub fixed: Vec<CaseChange>,
    /// Cases that fail as before.
    pub still_failing: Vec<CaseChange>,
    /// Cases that passed only after a failure, in one of the runs or in both.
    pub flaky: Vec<CaseChange>,
    /// Cases that passed and now prove nothing: skipped, or not in the later run.
    pub unproved: Vec<CaseChange>,
    /// Cases that the earlier run did not have and that do not fail.
    pub added: Vec<CaseChange>,
    /// Targets whose answers take longer.
    pub slower: Vec<Shift>,
    /// Targets whose answers come sooner.
    pub faster: Vec<Shift>,
    /// Targets with too few timings to say.
    pub untimed: Vec<Untimed>,
    /// Cases that cost more.
    pub dearer: Vec<CostChange>,
    /// Answers that look different although the verdict stayed.
    pub drift: Vec<Drift>,
}

/// A case that ended otherwise, or the same way again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseChange {
    /// Its key.
    pub case: String,
    /// How it ended before; absent where it did not run.
    pub was: Option<Verdict>,
    /// How it ends now; absent where it did not run.
    pub is: Option<Verdict>,
    /// Why, as the later run says; empty for a pass.
    pub why: String,
}

/// A shift in how long answers take, on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shift {
    /// `ACCOUNT/DEPLOYMENT ROUTE`.
    pub target: String,
    /// Whether these are the answers with a picture.
    pub has_pictures: bool,
    /// Median time to the first byte before, in milliseconds.
    pub was_ms: f64,
    /// Median time to the first byte now, in milliseconds.
    pub is_ms: f64,
    /// How many timings there are of each.
    pub samples: (usize, usize),
    /// Probability of such a shift, or a larger one, by chance (Mann-Whitney U, one-sided).
    pub p: f64,
    /// Share of pairs in which the later answer took longer: 0.5 is no shift, 1 is every pair.
    pub effect: f64,
}

/// A target with too few timings to tell a shift from chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Untimed {
    /// `ACCOUNT/DEPLOYMENT ROUTE`.
    pub target: String,
    /// Whether these are the answers with a picture.
    pub has_pictures: bool,
    /// How many timings there are of each.
    pub samples: (usize, usize),
}

/// A case that costs more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostChange {
    /// Its key.
    pub case: String,
    /// US dollars before.
    pub was_usd: f64,
    /// US dollars now.
    pub is_usd: f64,
}

/// An answer that looks different although the verdict stayed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// What of it: `status`, `hop`, `api-version` (asked with), `api-versions accepted`, `wording`, `members`,
    /// `content filter`, `container`, `headers`.
    pub what: String,
    /// Before; of `headers`, `members` and `content filter` those that are gone.
    pub was: String,
    /// Now; of these three those that are new.
    pub is: String,
    /// Where: `CASE: STEP`, every place at which the same has changed in the same way.
    pub at: Vec<String>,
}

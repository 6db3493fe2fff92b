//! What many runs together show.

use super::{AccountName, DeploymentName, ScenarioId, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the runs of some days show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When the first of its runs began, RFC 3339 UTC; empty where there is none.
    pub from: String,
    /// When the latest of its runs began, RFC 3339 UTC; empty where there is none.
    pub to: String,
    /// How many runs.
    pub runs: usize,
    /// How many results of cases.
    pub results: usize,
    /// A line for each scenario on each target.
    pub trends: Vec<Trend>,
    /// Days on which something ran, the first first.
    pub days: Vec<Day>,
}

/// A scenario on a target, over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trend {
    /// Letter or name of the scenario.
    pub scenario: ScenarioId,
    /// Account of the target.
    pub account: AccountName,
    /// Deployment of the target.
    pub deployment: DeploymentName,
    /// Way of its calls: `GATEWAY/API` or `direct`.
    pub route: String,
    /// Results.
    pub results: usize,
    /// Passes, flaky ones not counted.
    pub passes: usize,
    /// Failures and errors.
    pub failures: usize,
    /// Passes that came only after a failure.
    pub flaky: usize,
    /// Share of results that contradict the one before or contradict themselves: flaky, or another verdict than the run
    /// before, skips left aside. 0 to 1.
    pub flake_rate: f64,
    /// The latest verdicts, the latest last.
    pub latest: Vec<Verdict>,
    /// Milliseconds of the latest results that were timed, the latest last: the median time to the first byte of their
    /// pictures, or of all their answers where no picture came.
    pub latest_ms: Vec<f64>,
    /// Half of all results were timed at this or less, in milliseconds; absent where none was timed.
    pub p50_ms: Option<f64>,
    /// As `p50_ms`, nine tenths.
    pub p90_ms: Option<f64>,
    /// As `p50_ms`, 99 hundredths.
    pub p99_ms: Option<f64>,
    /// US dollars spent, what may have been billed counted in.
    pub cost_usd: f64,
}

/// A day on which something ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Day {
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    /// Runs that began.
    pub runs: usize,
    /// Pictures that came.
    pub images: u64,
    /// Their price in US dollars.
    pub spent_usd: f64,
    /// Price of pictures that may have been billed without coming.
    pub possibly_spent_usd: f64,
}

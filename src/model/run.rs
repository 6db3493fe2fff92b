//! What happened: cases, steps, checks and verdicts.

use super::{
    AccountName, Case, DeploymentName, Exchange, Hop, Quarantine, SCHEMA_VERSION, ScenarioId,
    Shard, Skipped, Target,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A finished or interrupted run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When it began, RFC 3339 UTC.
    pub started_at: String,
    /// How long it took, in milliseconds of the run's own clock.
    pub elapsed_ms: f64,
    /// Cases in the order they were planned.
    pub cases: Vec<CaseRun>,
    /// Scenarios that did not apply, with the reason.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// Counts and sums.
    pub summary: Summary,
    /// Whether it was stopped before all cases had run.
    #[serde(default)]
    pub is_interrupted: bool,
    /// Why it was stopped, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// What is wrong with the run itself rather than with what it probed, one sentence each: it came hours late, or one
    /// before it is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Which part of a larger plan it carried out, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Quarantine entries that speak of a case of this run and whose time is over; each makes the run fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expired: Vec<Quarantine>,
}

impl Run {
    /// Whether anything makes it fail: a failure that no quarantine covers, or a quarantine whose time is over.
    pub fn is_red(&self) -> bool {
        self.summary.fail + self.summary.error > 0 || !self.expired.is_empty()
    }
}

impl Default for Run {
    fn default() -> Self {
        Run {
            schema_version: SCHEMA_VERSION,
            started_at: String::new(),
            elapsed_ms: 0.0,
            cases: Vec::new(),
            skipped: Vec::new(),
            summary: Summary::default(),
            is_interrupted: false,
            stopped_by: None,
            findings: Vec::new(),
            shard: None,
            expired: Vec::new(),
        }
    }
}

/// A scenario on a target, run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseRun {
    /// Letter or name of the scenario.
    pub scenario: ScenarioId,
    /// Title of the scenario.
    pub title: String,
    /// Account of the target.
    pub account: AccountName,
    /// Deployment of the target.
    pub deployment: DeploymentName,
    /// Way that its calls took by default.
    pub route: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one sentence; empty for a pass.
    pub why: String,
    /// Steps in order; a repeated step stands once for each time.
    pub steps: Vec<StepRun>,
    /// Tries before this one, where the case was tried again after a failure; the first try first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// What covers its failure, so that it does not make the run fail; only where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    /// The whole target.
    pub target: Target,
    /// Time from the first step to the last, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: f64,
    /// Pictures that came.
    #[serde(default)]
    pub images: u32,
    /// Their price in US dollars.
    #[serde(default)]
    pub spent_usd: f64,
    /// Price of pictures that may have been billed without coming.
    #[serde(default)]
    pub possibly_spent_usd: f64,
    /// Price of pictures that were not bought because the case was blocked.
    #[serde(default)]
    pub avoided_usd: f64,
}

/// A try of a case that failed and was followed by another. Its money stands in the sums of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub why: String,
    /// Its steps.
    pub steps: Vec<StepRun>,
    /// Time from its first step to its last, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: f64,
}

/// One step, one attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRun {
    /// Its name, with the repetition where there is one.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one sentence; empty for a pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Checks in order.
    pub checks: Vec<CheckResult>,
    /// What went over the wire; absent for a step that sent nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    /// Who answered, as far as the exchange alone tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<Hop>,
    /// Lines that the scenario prints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Whether the exchange took the target's own way and credential, so that its failure speaks of the target.
    #[serde(default)]
    pub is_on_route: bool,
    /// Whether a call was not made although it could have been: its way is dead, or the budget is used up.
    #[serde(default)]
    pub is_withheld: bool,
    /// Whether the request was made so that the model service refuses it, which makes it non-billable: the refusal then
    /// says that the call arrived, and is no complaint about the target.
    #[serde(default)]
    pub is_refusal_intended: bool,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// The expression.
    pub that: String,
    /// Whether it held.
    pub passed: bool,
    /// Values of the variables it names, or why it could not be evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actual: Vec<Shown>,
    /// What the scenario says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Where it stands: `FILE:LINE:COLUMN`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
}

/// A variable and its value as shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// E.g. `picture.width`.
    pub name: String,
    /// Its value, cut where it is long.
    pub value: String,
}

/// How a case or step ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check held.
    Pass,
    /// It failed once and passed later.
    Flaky,
    /// It did not run; `why` says the reason.
    Skip,
    /// A check did not hold.
    Fail,
    /// It could not be carried out or judged.
    Error,
}

impl Verdict {
    /// Whether this makes a run fail.
    pub fn is_bad(self) -> bool {
        matches!(self, Verdict::Fail | Verdict::Error)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Flaky => "flaky",
            Verdict::Skip => "skip",
            Verdict::Fail => "fail",
            Verdict::Error => "error",
        }
    }
}

/// Counts and sums over the cases of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Summary {
    /// Cases that passed.
    pub pass: usize,
    /// Cases that failed.
    pub fail: usize,
    /// Cases that could not be judged.
    pub error: usize,
    /// Cases that did not run.
    pub skip: usize,
    /// Cases that failed once and passed later.
    pub flaky: usize,
    /// Cases that failed and are covered by a quarantine; counted neither as failed nor as errors.
    #[serde(skip_serializing_if = "is_none")]
    pub quarantined: usize,
    /// Pictures that came.
    pub images: u32,
    /// Their price in US dollars.
    pub spent_usd: f64,
    /// Price of pictures that may have been billed without coming.
    pub possibly_spent_usd: f64,
    /// Price of pictures that blocking avoided.
    pub avoided_usd: f64,
}

impl Summary {
    /// Counts `cases`.
    pub fn of(cases: &[CaseRun]) -> Self {
        let mut summary = Summary::default();
        for case in cases {
            match case.verdict {
                _ if case.quarantine.is_some() => summary.quarantined += 1,
                Verdict::Pass => summary.pass += 1,
                Verdict::Fail => summary.fail += 1,
                Verdict::Error => summary.error += 1,
                Verdict::Skip => summary.skip += 1,
                Verdict::Flaky => summary.flaky += 1,
            }
            summary.images += case.images;
            summary.spent_usd += case.spent_usd;
            summary.possibly_spent_usd += case.possibly_spent_usd;
            summary.avoided_usd += case.avoided_usd;
        }
        summary
    }
}

impl CaseRun {
    /// A case that was not carried out, and why.
    pub fn not_run(case: &Case, verdict: Verdict, why: String) -> Self {
        CaseRun {
            scenario: case.scenario.clone(),
            title: case.title.clone(),
            account: case.account.clone(),
            deployment: case.deployment.clone(),
            route: case.route.clone(),
            verdict,
            why,
            steps: Vec::new(),
            earlier: Vec::new(),
            quarantine: None,
            target: case.target.clone(),
            elapsed_ms: 0.0,
            images: 0,
            spent_usd: 0.0,
            possibly_spent_usd: 0.0,
            avoided_usd: 0.0,
        }
    }

    /// `LETTER ACCOUNT/DEPLOYMENT ROUTE`, as [`super::Case::key`].
    pub fn key(&self) -> String {
        format!(
            "{} {}/{} {}",
            self.scenario, self.account, self.deployment, self.route
        )
    }

    /// The steps of every try, in the order in which they were made.
    pub fn all_steps(&self) -> impl Iterator<Item = &StepRun> {
        let earlier = self.earlier.iter().flat_map(|one| &one.steps);
        earlier.chain(&self.steps)
    }

    /// Whether its failure makes the run fail.
    pub fn is_red(&self) -> bool {
        self.verdict.is_bad() && self.quarantine.is_none()
    }

    /// The first step that made the case fail.
    pub fn first_bad_step(&self) -> Option<&StepRun> {
        self.steps.iter().find(|step| step.verdict.is_bad())
    }
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

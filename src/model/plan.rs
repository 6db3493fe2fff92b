//! What will be called, in which order, at what price.

use super::{AccountName, DeploymentName, SCHEMA_VERSION, ScenarioId, Target};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cases in the order they run, and what was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Version of this document's form.
    pub schema_version: u32,
    /// Cases, free ones first.
    pub cases: Vec<Case>,
    /// Scenarios that do not apply to a target, with the reason.
    pub skipped: Vec<Skipped>,
    /// Price of all cases in US dollars.
    pub cost_usd: f64,
    /// Which part of a larger plan this is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// A part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Which part, from 1.
    pub number: u32,
    /// How many parts there are.
    pub count: u32,
    /// Cases of the whole plan.
    pub planned: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            schema_version: SCHEMA_VERSION,
            cases: Vec::new(),
            skipped: Vec::new(),
            cost_usd: 0.0,
            shard: None,
        }
    }
}

/// A scenario on a target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// Letter or name of the scenario.
    pub scenario: ScenarioId,
    /// Title of the scenario.
    pub title: String,
    /// Account of the target.
    pub account: AccountName,
    /// Deployment of the target.
    pub deployment: DeploymentName,
    /// Way that its calls take by default: `GATEWAY/API` or `direct`.
    pub route: String,
    /// Requests it will make, as far as they can be known beforehand.
    pub requests: Vec<PlannedRequest>,
    /// Pictures it will buy.
    pub images: u32,
    /// Their price in US dollars.
    pub cost_usd: f64,
    /// Whether it runs last and alone on its deployment, because it disturbs it on purpose.
    #[serde(default)]
    pub is_exclusive: bool,
    /// The whole target, so that a run can start from this file.
    pub target: Target,
}

impl Case {
    /// `LETTER ACCOUNT/DEPLOYMENT ROUTE`, unique in a plan.
    pub fn key(&self) -> String {
        format!(
            "{} {}/{} {}",
            self.scenario, self.account, self.deployment, self.route
        )
    }
}

/// A request that a case will make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedRequest {
    /// Name of the step.
    pub step: String,
    /// HTTP method.
    pub method: String,
    /// Whole URL.
    pub url: String,
    /// How often it is sent at most.
    pub times: u32,
    /// Pictures it buys each time.
    pub images: u32,
}

/// A scenario that does not apply to a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Letter or name of the scenario.
    pub scenario: ScenarioId,
    /// Account of the target.
    pub account: AccountName,
    /// Deployment of the target.
    pub deployment: DeploymentName,
    /// Why it was left out, in one sentence.
    pub why: String,
}

/// What pictures cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Pictures.
    pub images: u32,
    /// US dollars.
    pub usd: f64,
}

//! Failures that are known and answered for.

use super::{AccountName, CaseRun, DeploymentName, ScenarioId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An entry of `quarantine:` in fluxprobe.yaml. A failure it covers is shown and does not make the run fail, up to and on
/// the day `until`; from then on the entry itself does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// Letter or name of the scenario.
    pub scenario: ScenarioId,
    /// Account; every one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
    /// Deployment; every one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentName>,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds, `YYYY-MM-DD`, UTC.
    pub until: String,
    /// Why, e.g. the number of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Quarantine {
    /// Whether it speaks of this case.
    pub fn covers(&self, case: &CaseRun) -> bool {
        self.scenario == case.scenario
            && self
                .account
                .as_ref()
                .is_none_or(|name| *name == case.account)
            && self
                .deployment
                .as_ref()
                .is_none_or(|name| *name == case.deployment)
    }

    /// Whether its time is over on `day`, `YYYY-MM-DD`.
    pub fn is_over(&self, day: &str) -> bool {
        self.until.as_str() < day
    }

    /// `quarantined until 2026-12-31 by OWNER: WHY`.
    pub fn phrase(&self) -> String {
        let why = self
            .why
            .as_ref()
            .map_or(String::new(), |why| format!(": {why}"));
        format!("quarantined until {} by {}{why}", self.until, self.owner)
    }

    /// What it covers: `I`, `I on ACCOUNT/DEPLOYMENT`.
    pub fn scope(&self) -> String {
        match (&self.account, &self.deployment) {
            (None, None) => self.scenario.to_string(),
            (Some(one), None) => format!("{} on {one}", self.scenario),
            (None, Some(one)) => format!("{} on {one}", self.scenario),
            (Some(account), Some(one)) => format!("{} on {account}/{one}", self.scenario),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_on_its_last_day_and_no_longer() {
        let entry = Quarantine {
            scenario: "I".into(),
            owner: "anna".into(),
            until: "2026-12-31".into(),
            ..Quarantine::default()
        };
        assert!(!entry.is_over("2026-12-30") && !entry.is_over("2026-12-31"));
        assert!(entry.is_over("2027-01-01"));
        assert_eq!(entry.phrase(), "quarantined until 2026-12-31 by anna");
        assert_eq!(entry.scope(), "I");
    }
}

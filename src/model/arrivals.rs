//! Where calls through a gateway arrive.

use super::{AccountName, DeploymentName, RateLimit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where calls for one deployment arrive, as the gateway's configuration tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Arrivals {
    /// The deployment as calls name it.
    pub deployment: DeploymentName,
    /// The backend or pool that hands calls out, as `GATEWAY/BACKEND`; calls for every deployment take the same turns.
    pub by: String,
    /// Members of equal standing together; those that are preferred first.
    pub members: Vec<Members>,
    /// Whether calls that one member refuses for their number go on to another: the gateway tries again, or a circuit
    /// breaker takes the member out.
    #[serde(default)]
    pub fails_over: bool,
}

/// Accounts that take calls in equal shares, each with a deployment of the same limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Members {
    /// Lower is preferred.
    pub priority: u32,
    /// Share of each among those of its priority.
    pub weight: u32,
    /// The accounts, in the gateway's order.
    pub accounts: Vec<AccountName>,
    /// Limits of the deployment at each of them; none where it states none or is not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<RateLimit>,
}

impl Members {
    /// Requests a minute that all of them allow together, where they say so.
    fn requests_per_minute(&self) -> Option<f64> {
        Some(per_minute(&self.limits)? * self.accounts.len() as f64)
    }
}

impl Arrivals {
    /// Requests a minute that the members allow together which a call can reach without any but limits standing in its
    /// way; nothing where one of them states no limit.
    pub fn requests_per_minute(&self) -> Option<f64> {
        let first = self.members.iter().map(|one| one.priority).min()?;
        let reached = self
            .members
            .iter()
            .filter(|one| self.fails_over || one.priority == first);
        reached.map(Members::requests_per_minute).sum()
    }
}

/// Requests a minute that limits allow, where they say so.
pub(super) fn per_minute(limits: &[RateLimit]) -> Option<f64> {
    limits
        .iter()
        .filter(|limit| limit.key == "request" && limit.renewal_period > 0.0)
        .map(|limit| limit.count * 60.0 / limit.renewal_period)
        .min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(priority: u32, accounts: &[&str], count: Option<f64>) -> Members {
        Members {
            priority,
            weight: 1,
            accounts: accounts.iter().map(|name| (*name).into()).collect(),
            limits: count
                .map(|count| RateLimit {
                    key: "request".into(),
                    count,
                    renewal_period: 60.0,
                })
                .into_iter()
                .collect(),
        }
    }

    fn arrivals(members: Vec<Members>, fails_over: bool) -> Arrivals {
        Arrivals {
            members,
            fails_over,
            ..Arrivals::default()
        }
    }

    #[test]
    fn members_that_are_only_failed_over_to_count_where_that_happens() {
        let pool = vec![
            members(1, &["a", "b"], Some(6.0)),
            members(2, &["c"], Some(30.0)),
        ];
        assert_eq!(
            arrivals(pool.clone(), false).requests_per_minute(),
            Some(12.0)
        );
        assert_eq!(arrivals(pool, true).requests_per_minute(), Some(42.0));
    }

    #[test]
    fn a_member_without_a_stated_limit_leaves_the_sum_unknown() {
        let pool = vec![members(1, &["a"], Some(6.0)), members(1, &["b"], None)];
        assert_eq!(arrivals(pool, false).requests_per_minute(), None);
        assert_eq!(Arrivals::default().requests_per_minute(), None);
    }
}

//! What the user narrows discovery and targets down to.

use serde::{Deserialize, Serialize};

/// What to look at; an empty list means everything. Names are compared without regard to case, as ARM does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Azure subscriptions, by GUID or display name.
    pub subscriptions: Vec<String>,
    /// Resource groups.
    pub resource_groups: Vec<String>,
    /// Foundry accounts.
    pub accounts: Vec<String>,
    /// Gateways.
    pub gateways: Vec<String>,
    /// Deployments; for targets only.
    pub deployments: Vec<String>,
    /// api-version for both ways of every target, in place of each way's own default.
    pub api_version: Option<String>,
    /// One target for each route rather than one for each deployment.
    pub every_route: bool,
}

/// Whether `name` is among `chosen`, or nothing was chosen.
pub(super) fn is_chosen(chosen: &[String], name: &str) -> bool {
    chosen.is_empty() || chosen.iter().any(|one| one.eq_ignore_ascii_case(name))
}

//! What a gateway's configuration says that callers of a way meet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What callers of a way meet, by the configuration of the gateway. The default is a way of which nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Expectations {
    /// Whether the configuration was read.
    pub is_known: bool,
    /// Whether one operation takes every path below the API, so that an unknown path reaches the account.
    pub takes_every_path: bool,
    /// Whether a call in deployment style is forwarded to the same place whatever deployment it names.
    pub takes_every_deployment: bool,
    /// Whether the gateway publishes paths in deployment style where this way begins.
    pub has_deployment_paths: bool,
    /// Whether the gateway publishes the path with the model's name in the body where this way begins.
    pub has_model_name_path: bool,
    /// Whether the gateway publishes the operation that edits.
    pub has_edits: bool,
    /// What becomes of the caller's api-version.
    pub api_version: VersionRule,
    /// Statuses of the account whose answer the policy gives other words, another status or another form.
    pub changed_statuses: Vec<u16>,
    /// Whether the policy gives the gateway's own refusals other words, another status or another form.
    pub changes_refusals: bool,
    /// Whether the policy may answer a call itself instead of forwarding it.
    pub answers_itself: bool,
    /// Whether the policy asks for a token.
    pub asks_for_token: bool,
}

/// What becomes of the caller's api-version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionRule {
    /// Nothing is known of it, or the configuration does not decide it.
    #[default]
    Unsure,
    /// It is forwarded as it is, and its absence as well.
    Forwarded,
    /// The operation's template asks for one; which one is left to the account.
    Required,
    /// One is put in where the caller sends none.
    Filled,
    /// The policy sets it whatever the caller sends.
    Fixed,
}

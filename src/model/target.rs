//! What can be called: a deployment, directly or through a route.

use super::{
    AccountName, ApiName, DeploymentName, FamilyId, GatewayName, KeyNames, Model, RateLimit,
    ResourceId, Sku,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A deployment together with the ways that lead to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Account that holds the deployment.
    pub account: AccountName,
    /// ARM id of the account, where it was discovered (its keys are asked for there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<ResourceId>,
    /// The deployment.
    pub deployment: DeploymentName,
    /// Region of the account.
    pub location: String,
    /// What it serves.
    pub model: Model,
    /// Family in the knowledge tables.
    pub family: Option<FamilyId>,
    /// Sku.
    #[serde(default)]
    pub sku: Sku,
    /// Limits that pacing goes by.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// The way through a gateway; absent where none is known.
    pub gateway: Option<GatewayLeg>,
    /// The way straight to the account; absent where only the gateway is known.
    pub direct: Option<DirectLeg>,
    /// Other FLUX deployments of the same account.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// A chat deployment of the same account that can look at pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vision: Option<Peer>,
}

impl Target {
    /// Name of the way that calls take by default: `GATEWAY/API`, or `direct`.
    pub fn route_name(&self) -> String {
        match &self.gateway {
            Some(leg) => format!("{}/{}", leg.gateway, leg.api),
            None => Leg::Direct.to_string(),
        }
    }

    /// The way that calls take by default.
    pub fn default_leg(&self) -> Leg {
        if self.gateway.is_some() {
            Leg::Gateway
        } else {
            Leg::Direct
        }
    }

    /// Requests a minute that the deployment allows, where it says so.
    pub fn requests_per_minute(&self) -> Option<f64> {
        self.rate_limits
            .iter()
            .filter(|limit| limit.key == "request" && limit.renewal_period > 0.0)
            .map(|limit| limit.count * 60.0 / limit.renewal_period)
            .min_by(f64::total_cmp)
    }
}

/// Which way a call takes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// Through the gateway.
    Gateway,
    /// Straight to the account.
    Direct,
}

impl std::fmt::Display for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Leg::Gateway => "gateway",
            Leg::Direct => "direct",
        })
    }
}

/// The way through a gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayLeg {
    /// The gateway.
    pub gateway: GatewayName,
    /// ARM id of the gateway, where it was discovered (its keys are asked for there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<ResourceId>,
    /// The API.
    pub api: ApiName,
    /// Gateway URL and API path, e.g. `https://x.azure-api.net/inference/openai`.
    pub base_url: String,
    /// Where the API reads its key from.
    pub key_names: KeyNames,
    /// Whether it asks for one.
    pub is_subscription_required: bool,
    /// Subscription of the gateway whose key opens the API, where one was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// api-version that calls through this gateway use.
    pub api_version: String,
}

/// The way straight to the account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectLeg {
    /// Origin of the data plane, e.g. `https://x.cognitiveservices.azure.com`.
    pub endpoint: String,
    /// api-version that direct calls use.
    pub api_version: String,
}

/// Another deployment of the same account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Peer {
    /// The deployment.
    pub deployment: DeploymentName,
    /// What it serves.
    pub model: Model,
    /// Family in the knowledge tables.
    pub family: Option<FamilyId>,
    /// Limits that pacing goes by.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
}

//! What can be called: a deployment, directly or through a route.

use super::arrivals::per_minute;
use super::{
    AccountName, ApiName, Arrivals, CallKind, DeploymentName, Expectations, FamilyId, GatewayName,
    KeyNames, Model, RateLimit, ResourceId, Sku, VersionRule,
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
    /// Other FLUX deployments of the same account that answer on the same kind of route and, where there is a way through a
    /// gateway, are published on it.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// Every other deployment of the same account, whatever it serves.
    #[serde(default)]
    pub neighbours: Vec<DeploymentName>,
    /// A chat deployment that can look at pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vision: Option<Peer>,
    /// The way that leads to it, where that is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vision_via: Option<Leg>,
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

    /// What calls on its default way meet.
    pub fn expectations(&self) -> Expectations {
        match &self.gateway {
            Some(leg) => leg.expects.clone(),
            None => Expectations {
                is_known: true,
                takes_every_path: true,
                takes_every_deployment: true,
                has_deployment_paths: true,
                has_edits: true,
                api_version: VersionRule::Forwarded,
                ..Expectations::default()
            },
        }
    }

    /// Requests a minute that the deployment itself states, whichever way calls take to it.
    pub fn own_requests_per_minute(&self) -> Option<f64> {
        per_minute(&self.rate_limits)
    }

    /// Requests a minute that calls by the default way may make, where the deployments behind it say so: all of them
    /// together where a gateway shares its calls out. Nothing where it is not known where the gateway's calls arrive.
    pub fn requests_per_minute(&self) -> Option<f64> {
        match &self.gateway {
            Some(leg) => leg.arrivals_of(&self.deployment)?.requests_per_minute(),
            None => self.own_requests_per_minute(),
        }
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
    /// Audience of the token that its policy asks for; absent where it asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_audience: Option<String>,
    /// Paths of the gateway's own that its policy rewrites, where the deployment is published so.
    #[serde(default)]
    pub rewritten: Vec<RewrittenPath>,
    /// What callers meet, by the gateway's configuration.
    #[serde(default)]
    pub expects: Expectations,
    /// Where calls arrive, for each deployment that a target calls by this way. One without members says that the
    /// gateway's configuration does not tell; none at all, that it was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrivals: Vec<Arrivals>,
}

/// A path of a gateway's own that leads to a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RewrittenPath {
    /// What a call of it asks for.
    pub call: CallKind,
    /// The whole URL, api-version included where callers send one.
    pub url: String,
}

impl GatewayLeg {
    /// Where calls for a deployment arrive.
    pub fn arrivals_of(&self, deployment: &DeploymentName) -> Option<&Arrivals> {
        self.arrivals
            .iter()
            .find(|one| one.deployment == *deployment)
    }
}

/// The way straight to the account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectLeg {
    /// Origin of the data plane, e.g. `https://x.cognitiveservices.azure.com`.
    pub endpoint: String,
    /// api-version that direct calls use.
    pub api_version: String,
    /// Whether the account refuses keys, so that only a token opens it.
    #[serde(default)]
    pub is_key_auth_disabled: bool,
    /// Whether the account's network rules let only chosen callers in, who may call it through the gateway alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_network_closed: bool,
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

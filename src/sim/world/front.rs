//! Hosts of another make that stand before the services of a world, and AI gateways.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reverse proxy or a gateway of another make, by the host that it answers on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Front {
    /// What it is.
    pub make: Make,
    /// Where it forwards paths, by the beginning of the path; the longest that fits wins.
    pub routes: BTreeMap<String, FrontRoute>,
    /// Keys that it asks callers for, in its own header; empty for none.
    pub keys: Vec<String>,
    /// Models by the name that callers give them (a model gateway routes by these, not by paths).
    pub models: BTreeMap<String, FrontModel>,
    /// Largest body that it takes, in bytes.
    pub largest_body: Option<usize>,
    /// What its port 80 does; absent: nothing listens there.
    pub plain_http: Option<PlainHttp>,
    /// Whether it takes TLS at all.
    pub is_tls: bool,
}

impl Default for Front {
    fn default() -> Self {
        Front {
            make: Make::default(),
            routes: BTreeMap::new(),
            keys: Vec::new(),
            models: BTreeMap::new(),
            largest_body: None,
            plain_http: None,
            is_tls: true,
        }
    }
}

/// Products whose answers are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Make {
    /// nginx.
    #[default]
    Nginx,
    /// LiteLLM's proxy server.
    Litellm,
    /// Azure Front Door.
    FrontDoor,
    /// Azure Application Gateway.
    ApplicationGateway,
    /// Envoy.
    Envoy,
    /// Kong.
    Kong,
}

/// What a port 80 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlainHttp {
    /// Takes calls as the TLS port does.
    Serve,
    /// Sends callers to the same URL with https.
    Redirect,
}

/// Where a path is forwarded to.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FrontRoute {
    /// Scheme, host and the path that takes the place of the route's own.
    pub to: String,
    /// Headers that it sets.
    pub headers: BTreeMap<String, String>,
}

/// Where the calls of a model go.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FrontModel {
    /// The account that holds it; its first key opens it.
    pub account: String,
    /// The deployment there.
    pub deployment: String,
}

/// An API Management service of the AI Gateway tier, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AiGateway {
    /// Region, the second label of its host.
    pub location: String,
    /// Runtime access keys.
    pub keys: Vec<String>,
    /// Models by the name that callers put in the body.
    pub models: BTreeMap<String, AiGatewayModel>,
}

/// A model that an AI gateway publishes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AiGatewayModel {
    /// Name of its provider in the path; `openai` takes every model.
    pub provider: String,
    /// The account that holds it; its first key opens it.
    pub account: String,
    /// The deployment there.
    pub deployment: String,
}

//! What a gateway's own trace of a request says, reduced to lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the gateway's trace of one request says, or why there is none. Headers and keys of the trace are not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GatewayTrace {
    /// `Apim-Trace-Id`; absent where there is no trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Each policy that did something, in order: `SECTION: POLICY: what it did`.
    pub lines: Vec<String>,
    /// Whether the gateway forwarded the request; absent where there is no trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_forwarded: Option<bool>,
    /// What stopped the request in the gateway, with its place and reason; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// Why there is no trace; absent where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

impl GatewayTrace {
    /// That there is none, and why.
    pub fn absent(why: impl Into<String>) -> Self {
        GatewayTrace {
            absent: Some(why.into()),
            ..GatewayTrace::default()
        }
    }
}

//! How a call is made: what it asks for, in which style of URL, with which credential.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a call asks the deployment to do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// A picture from text.
    Generate,
    /// A picture from a picture and text.
    Edit,
    /// Text from a picture.
    Describe,
}

/// The style of a route's URL.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RouteStyle {
    /// The deployment in the path: `/openai/deployments/D/images/generations`.
    #[default]
    Deployment,
    /// The model only in the body: `/openai/images/generations`.
    ModelName,
    /// The model publisher's own route: `/providers/...`.
    Provider,
}

/// What a call shows to be let in.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialUse {
    /// The target's own: its key in the header it reads, or an Entra token where keys are off or unknown.
    #[default]
    Default,
    /// Nothing.
    None,
    /// A key that is no key, in the right header.
    WrongKey,
    /// The right key in a header that is not read.
    WrongHeader,
    /// The right key as `Authorization: Bearer`.
    KeyAsBearer,
    /// An Entra token for the model service.
    Entra,
    /// An Entra token for another audience.
    EntraWrongAudience,
    /// The target's own key without the token that its policy asks for beside it.
    WithoutToken,
}

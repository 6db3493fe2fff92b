//! The Azure side of a world: tenant, identities, subscriptions, accounts and deployments.

use super::{CallFault, Latency};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// An Entra tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tenant {
    /// The directory's GUID.
    pub id: String,
    /// Verified domain, e.g. `contoso.onmicrosoft.com`.
    pub domain: String,
}

/// A service principal: an app registration or a managed identity.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// Display name.
    pub name: String,
    /// Object id of the service principal, as `AuthorizationFailed` prints it.
    pub object_id: String,
    /// The secret that signs it in; empty means drawn from the seed. Absent: no secret is accepted.
    pub secret: Option<String>,
    /// The secret's end has passed (AADSTS7000222).
    pub secret_expired: bool,
    /// Subject of the federated credential it trusts. Absent: no assertion is accepted.
    pub federated_subject: Option<String>,
    /// Issuer of the federated credential it trusts; absent means any.
    pub federated_issuer: Option<String>,
    /// Answers on IMDS and the App Service identity endpoint instead of the token endpoint.
    pub managed_identity: bool,
    /// Roles it holds.
    pub roles: Vec<RoleAssignment>,
}

/// A role at a scope.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleAssignment {
    /// Which role.
    pub role: Role,
    /// Prefix of the resource ids it covers; empty covers everything.
    #[serde(default)]
    pub scope: String,
    /// The assignment's GUID; empty means drawn from the seed.
    #[serde(default)]
    pub name: String,
}

/// The built-in roles that matter here (azure.md 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but access.
    Contributor,
    /// Reads ARM; no keys.
    Reader,
    /// Calls models of the OpenAI data actions.
    #[serde(rename = "Cognitive Services OpenAI User")]
    OpenAiUser,
    /// Calls every model of an account and lists its keys.
    #[serde(rename = "Cognitive Services User")]
    CognitiveServicesUser,
    /// Deploys models, lists keys.
    #[serde(rename = "Cognitive Services Contributor")]
    CognitiveServicesContributor,
    /// Calls models and projects of a Foundry resource.
    #[serde(rename = "Azure AI User")]
    AzureAiUser,
    /// Reads APIM configuration; no secrets.
    #[serde(rename = "API Management Service Reader Role")]
    ApimReader,
    /// Reads and writes APIM, its secrets and its traces.
    #[serde(rename = "API Management Service Contributor")]
    ApimContributor,
}

/// An Azure subscription.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Subscription {
    /// Display name.
    pub name: String,
    /// Resource providers that are not registered (`MissingSubscriptionRegistration`).
    pub unregistered: Vec<String>,
    /// Reads left before ARM throttles; absent for no limit.
    pub reads_left: Option<u32>,
}

/// A Foundry (AIServices) or classic Azure OpenAI account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// Subscription id; empty means the world's first.
    pub subscription: String,
    /// Resource group.
    pub resource_group: String,
    /// Region, e.g. `uksouth`.
    pub location: String,
    /// `AIServices` or `OpenAI`.
    pub kind: String,
    /// The host's first label; absent means the account's name, empty string means only the regional host.
    pub custom_subdomain: Option<String>,
    /// The two data-plane keys; empty means drawn from the seed.
    pub keys: Vec<String>,
    /// Whether keys are accepted.
    pub key_auth: KeyAuth,
    /// Who may come in.
    pub network: NetworkAccess,
    /// `provisioningState`.
    pub provisioning_state: String,
    /// Model deployments by name.
    pub deployments: BTreeMap<String, Deployment>,
    /// Foundry projects by name.
    pub projects: BTreeMap<String, Project>,
    /// What its answers look like where the sources differ.
    pub success: SuccessShape,
    /// api-versions the image operations know; empty means the built-in list.
    pub api_versions: Vec<String>,
    /// What a FLUX.2 deployment answers on the deployment-style path: 404 (default) or 400.
    pub flux2_on_images: u16,
    /// Seconds by which the account's clock is ahead of the caller's; negative where it is behind. Its `Date` headers and the
    /// provenance of its images go by that clock.
    pub clock_ahead_seconds: i64,
}

impl Account {
    /// The time by the account's own clock.
    pub fn clock(&self, now: SystemTime) -> SystemTime {
        let by = Duration::from_secs(self.clock_ahead_seconds.unsigned_abs());
        match self.clock_ahead_seconds {
            0.. => now + by,
            _ => now - by,
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Account {
            subscription: String::new(),
            resource_group: "rg".into(),
            location: "uksouth".into(),
            kind: "AIServices".into(),
            custom_subdomain: None,
            keys: Vec::new(),
            key_auth: KeyAuth::default(),
            network: NetworkAccess::default(),
            provisioning_state: "Succeeded".into(),
            deployments: BTreeMap::new(),
            projects: BTreeMap::new(),
            success: SuccessShape::default(),
            api_versions: Vec::new(),
            flux2_on_images: 404,
            clock_ahead_seconds: 0,
        }
    }
}

/// Whether an account takes keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyAuth {
    /// Keys and tokens.
    #[default]
    Enabled,
    /// `disableLocalAuth: true`.
    Disabled,
}

/// Who may reach an account's data plane.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkAccess {
    /// `publicNetworkAccess: Disabled`.
    pub public_disabled: bool,
    /// `networkAcls.defaultAction: Deny`, with these addresses let in.
    pub allow_only: Option<Vec<String>>,
    /// Callers that come in by a private endpoint, by gateway name.
    pub private_endpoints: Vec<String>,
}

/// Where real answers differ from the documents, a switch (requirements 000-06, azure.md 4.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuccessShape {
    /// `url: null` and the picture in `b64_json`, as seen live.
    #[default]
    B64Json,
    /// A link in `url`, as the documents show.
    Url,
}

/// A model deployment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deployment {
    /// `model.name`.
    pub model: String,
    /// `model.version`.
    pub version: String,
    /// `model.format`, e.g. `Black Forest Labs` or `OpenAI`.
    pub format: String,
    /// `sku.name`.
    pub sku: String,
    /// `sku.capacity`.
    pub capacity: u32,
    /// `properties.rateLimits`; empty means six requests a minute for FLUX and none otherwise.
    pub rate_limits: Vec<RateLimit>,
    /// `properties.provisioningState`.
    pub provisioning_state: String,
    /// `properties.deploymentState`: `Running` or `Paused`.
    pub state: String,
    /// `lifecycleStatus` of the model in ListAccountModels; `Deprecated` answers 410.
    pub lifecycle: String,
    /// Retirement date in ListAccountModels, RFC 3339.
    pub retires: Option<String>,
    /// How long it draws; absent means about ten seconds for FLUX.1, fifty for FLUX.2.
    pub latency: Option<Latency>,
    /// Answers every call with this status and body, whatever is asked.
    pub always: Option<(u16, String)>,
    /// What is wrong with its pictures.
    pub picture: PictureFault,
    /// What some of the calls on it meet; the first that fits counts.
    pub faults: Vec<CallFault>,
}

impl Default for Deployment {
    fn default() -> Self {
        Deployment {
            model: String::new(),
            version: "1".into(),
            format: "OpenAI".into(),
            sku: "GlobalStandard".into(),
            capacity: 1,
            rate_limits: Vec::new(),
            provisioning_state: "Succeeded".into(),
            state: "Running".into(),
            lifecycle: "GenerallyAvailable".into(),
            retires: None,
            latency: None,
            always: None,
            picture: PictureFault::default(),
            faults: Vec::new(),
        }
    }
}

/// What can be wrong with a picture that comes with a 200.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PictureFault {
    /// Nothing.
    #[default]
    None,
    /// All black, as some hosts paint a filtered result.
    Black,
    /// The last third is missing.
    Truncated,
    /// The wrong size.
    WrongSize,
    /// The other container.
    WrongContainer,
    /// No C2PA manifest.
    NoProvenance,
    /// The same picture each time, with an old C2PA time: a cache answers.
    Stale,
    /// Neither `url` nor `b64_json`.
    Missing,
}

/// One entry of `rateLimits`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// `request` or `token`.
    pub key: String,
    /// How many in a period.
    pub count: f64,
    /// The period in seconds.
    pub renewal_period: f64,
}

/// A Foundry project.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Project {
    /// Display name.
    pub display_name: String,
    /// Whether it is the account's default project.
    pub is_default: bool,
}

//! What exists: accounts, deployments, gateways, routes, and the gaps where nothing could be read.

use super::{
    AccountName, ApiName, BackendName, DeploymentName, FamilyId, GatewayName, OperationName,
    ResourceId, SubscriptionId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that discovery found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When it was read, RFC 3339 UTC.
    pub taken_at: String,
    /// Azure subscriptions that could be seen.
    #[serde(default)]
    pub subscriptions: Vec<Subscription>,
    /// Foundry and Azure OpenAI accounts.
    pub accounts: Vec<Account>,
    /// API Management services.
    pub gateways: Vec<Gateway>,
    /// Published paths to deployments, as far as configuration shows them.
    pub routes: Vec<PublishedRoute>,
    /// What could not be read, and what would open it.
    pub gaps: Vec<Gap>,
}

/// An Azure subscription.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Subscription {
    /// GUID.
    pub id: SubscriptionId,
    /// Display name.
    pub name: String,
    /// Tenant GUID, where ARM says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// A Foundry (AIServices) or Azure OpenAI account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Its name.
    pub name: AccountName,
    /// ARM id; absent where it was configured rather than discovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceId>,
    /// `AIServices` or `OpenAI`.
    #[serde(default)]
    pub kind: String,
    /// Region, e.g. `uksouth`.
    pub location: String,
    /// Resource group, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<String>,
    /// `properties.endpoint`.
    pub endpoint: String,
    /// Every endpoint host ARM lists for it (the map's keys are open, so only values are kept).
    #[serde(default)]
    pub endpoints: Vec<String>,
    /// `provisioningState`.
    #[serde(default)]
    pub provisioning_state: String,
    /// `customSubDomainName`; without one Entra tokens are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_subdomain: Option<String>,
    /// `disableLocalAuth`: keys are refused.
    #[serde(default)]
    pub is_key_auth_disabled: bool,
    /// `publicNetworkAccess` is `Disabled`.
    #[serde(default)]
    pub is_public_network_disabled: bool,
    /// `networkAcls.defaultAction` is `Deny`.
    #[serde(default)]
    pub is_firewalled: bool,
    /// `networkAcls.ipRules`: addresses and ranges that are let in where it is firewalled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_ips: Vec<String>,
    /// Number of approved private endpoint connections.
    #[serde(default)]
    pub private_endpoints: usize,
    /// Its deployments.
    pub deployments: Vec<Deployment>,
    /// Its Foundry projects.
    #[serde(default)]
    pub projects: Vec<Project>,
}

/// A model deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    /// Its name, which is independent of the model's.
    pub name: DeploymentName,
    /// What it serves.
    pub model: Model,
    /// Sku and capacity.
    pub sku: Sku,
    /// `properties.rateLimits`, the limits that pacing goes by.
    pub rate_limits: Vec<RateLimit>,
    /// Model family in the knowledge tables; absent for a model they do not hold.
    pub family: Option<FamilyId>,
    /// `provisioningState`.
    #[serde(default)]
    pub provisioning_state: String,
    /// `deploymentState`: `Running` or `Paused`.
    #[serde(default)]
    pub state: String,
    /// Content filter policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rai_policy: Option<String>,
    /// Lifecycle and retirement of the model version, where the account's model list says them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<String>,
    /// Retirement date of the model version for inference, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retires_at: Option<String>,
}

/// A model as ARM names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Publisher's format, e.g. `Black Forest Labs`.
    pub format: String,
    /// E.g. `FLUX-1.1-pro`.
    pub name: String,
    /// E.g. `1`.
    pub version: String,
}

/// Sku of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sku {
    /// E.g. `GlobalStandard`.
    pub name: String,
    /// Capacity units.
    pub capacity: Option<u32>,
}

/// One limit of a deployment (azure.md 1.4: both numbers are floats on the wire).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimit {
    /// `request` or `token`.
    pub key: String,
    /// How many in a period.
    pub count: f64,
    /// The period in seconds.
    pub renewal_period: f64,
}

/// A Foundry project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// Its name without the account's.
    pub name: String,
    /// Data-plane endpoint of the project.
    pub endpoint: Option<String>,
}

/// An API Management service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gateway {
    /// Its name.
    pub name: GatewayName,
    /// ARM id; absent where it was configured rather than discovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceId>,
    /// `gatewayUrl`, without a slash at the end.
    pub url: String,
    /// `service` or `aigateways`.
    #[serde(default)]
    pub resource_type: String,
    /// Region.
    #[serde(default)]
    pub location: String,
    /// Resource group, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<String>,
    /// Host names it answers on.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Sku name.
    #[serde(default)]
    pub sku: String,
    /// Object id of its managed identity, its own before one that is assigned to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Roles that its managed identity holds; absent where nobody could read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<HeldRole>>,
    /// Whether it stands in, or is integrated with, a virtual network.
    #[serde(default)]
    pub is_in_virtual_network: bool,
    /// Public addresses that its calls come from, where ARM says them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_ips: Vec<String>,
    /// Published APIs.
    pub apis: Vec<Api>,
    /// Backends and pools.
    pub backends: Vec<Backend>,
    /// Subscriptions, without their keys.
    #[serde(default)]
    pub subscriptions: Vec<GatewaySubscription>,
    /// Products.
    #[serde(default)]
    pub products: Vec<Product>,
    /// Named values; secret ones without their value.
    #[serde(default)]
    pub named_values: Vec<NamedValue>,
    /// Policy of the whole service, raw XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Policy fragments by id, raw XML.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub fragments: std::collections::BTreeMap<String, String>,
}

/// A role that an identity holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldRole {
    /// Id of the role definition (GUID).
    pub definition: String,
    /// Id of the resource that it holds on, with all below it; `/` is everything.
    pub scope: String,
}

/// A published API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Api {
    /// Its id.
    pub name: ApiName,
    /// URL suffix, e.g. `inference/openai`.
    pub path: String,
    /// Display name.
    #[serde(default)]
    pub display_name: String,
    /// `serviceUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_url: Option<String>,
    /// Whether a subscription key is asked for.
    pub is_subscription_required: bool,
    /// Where the key is read from.
    pub key_names: KeyNames,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Products that contain it.
    #[serde(default)]
    pub products: Vec<String>,
    /// Policy of the API, raw XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// Where a gateway reads its key from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyNames {
    /// Header name.
    pub header: String,
    /// Query parameter name.
    pub query: String,
}

impl Default for KeyNames {
    /// What APIM uses where the API sets nothing (azure.md 2.3).
    fn default() -> Self {
        KeyNames {
            header: "Ocp-Apim-Subscription-Key".into(),
            query: "subscription-key".into(),
        }
    }
}

/// An operation of an API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// Its id.
    pub name: OperationName,
    /// HTTP method, or `*`.
    pub method: String,
    /// Template, required query parameters included.
    pub url_template: String,
    /// Default values of template parameters, by name.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub template_defaults: std::collections::BTreeMap<String, String>,
    /// Policy of the operation, raw XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A backend, or a pool of backends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backend {
    /// Its id.
    pub name: BackendName,
    /// Where it forwards to; absent for a pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Members, where it is a pool.
    #[serde(default)]
    pub pool: Vec<PoolMember>,
    /// Resource of the managed identity token it adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_identity_resource: Option<String>,
    /// Names of the headers it adds; never their values.
    #[serde(default)]
    pub credential_headers: Vec<String>,
    /// `circuitBreaker` as ARM gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit_breaker: Option<serde_json::Value>,
}

/// A member of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PoolMember {
    /// Id of the backend.
    pub backend: BackendName,
    /// Lower is preferred.
    pub priority: Option<u32>,
    /// Share among members of one priority.
    pub weight: Option<u32>,
}

/// A subscription of a gateway, without its keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewaySubscription {
    /// Its id.
    pub name: String,
    /// `/apis`, `/apis/ID` or `/products/ID`.
    pub scope: String,
    /// `active`, `suspended`, …
    pub state: String,
}

/// A product of a gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    /// Its id.
    pub name: String,
    /// Policy of the product, raw XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A named value of a gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedValue {
    /// Its name.
    pub name: String,
    /// Its value; absent where it is secret.
    pub value: Option<String>,
}

/// A published path to a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedRoute {
    /// Account that holds the deployment.
    pub account: AccountName,
    /// The deployment.
    pub deployment: DeploymentName,
    /// Gateway that publishes it.
    pub gateway: GatewayName,
    /// API that publishes it.
    pub api: ApiName,
    /// Operation that matches.
    pub operation: OperationName,
    /// Deployment-style URL, api-version included.
    pub url: String,
    /// Why it is only supposed to lead there, where configuration does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supposed: Option<String>,
}

/// Something that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// What was being read, e.g. `deployments of account foundry1`.
    pub what: String,
    /// Why it could not be, in one sentence.
    pub why: String,
    /// Role or setting that would open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<String>,
}

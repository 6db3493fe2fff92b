//! The APIM side of a world: services, APIs, operations, backends, subscriptions, products.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The policy of a service that sets none: calls are forwarded.
pub const DEFAULT_POLICY: &str = "<policies>\r\n\t<inbound />\r\n\t<backend>\r\n\t\t<forward-request />\r\n\t</backend>\r\n\t<outbound />\r\n\t<on-error />\r\n</policies>";

/// An API Management service.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gateway {
    /// Subscription id; empty means the world's first.
    pub subscription: String,
    /// Resource group.
    pub resource_group: String,
    /// Region.
    pub location: String,
    /// `sku.name`.
    pub sku: String,
    /// Host names beside `NAME.azure-api.net`.
    pub custom_hosts: Vec<String>,
    /// Client id of its managed identity in the world's `clients`.
    pub identity: Option<String>,
    /// APIs by id.
    pub apis: BTreeMap<String, Api>,
    /// Backends by id.
    pub backends: BTreeMap<String, Backend>,
    /// Subscriptions by id.
    pub subscriptions: BTreeMap<String, GatewaySubscription>,
    /// Products by id.
    pub products: BTreeMap<String, Product>,
    /// Named values by name.
    pub named_values: BTreeMap<String, NamedValue>,
    /// Policy fragments by id, as XML.
    pub fragments: BTreeMap<String, String>,
    /// Policy of the whole service, as XML; empty means APIM's default.
    pub policy: String,
    /// Address that backends see it come from.
    pub outbound_ip: String,
}

impl Default for Gateway {
    fn default() -> Self {
        Gateway {
            subscription: String::new(),
            resource_group: "rg".into(),
            location: "uksouth".into(),
            sku: "BasicV2".into(),
            custom_hosts: Vec::new(),
            identity: None,
            apis: BTreeMap::new(),
            backends: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            products: BTreeMap::new(),
            named_values: BTreeMap::new(),
            fragments: BTreeMap::new(),
            policy: String::new(),
            outbound_ip: "20.0.0.10".into(),
        }
    }
}

/// A published API.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// Display name.
    pub display_name: String,
    /// `properties.path`, e.g. `inference/openai`.
    pub path: String,
    /// `serviceUrl`.
    pub service_url: Option<String>,
    /// Whether a subscription key is asked for.
    pub subscription_required: bool,
    /// Header the key is read from.
    pub key_header: String,
    /// Query parameter the key is read from.
    pub key_query: String,
    /// Operations imported from a stock definition, before `operations` are merged over them.
    pub stock: Option<StockApi>,
    /// Operations by id; `null` in an extending world removes one.
    pub operations: BTreeMap<String, Operation>,
    /// Policy of the API, as XML.
    pub policy: String,
    /// Products that contain it.
    pub products: Vec<String>,
}

impl Default for Api {
    fn default() -> Self {
        Api {
            display_name: String::new(),
            path: String::new(),
            service_url: None,
            subscription_required: true,
            key_header: "Ocp-Apim-Subscription-Key".into(),
            key_query: "subscription-key".into(),
            stock: None,
            operations: BTreeMap::new(),
            policy: String::new(),
            products: Vec::new(),
        }
    }
}

/// A definition that comes with the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockApi {
    /// The operations of the public lab's inference API (no `images/edits`).
    Inference,
}

/// An operation of an API.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operation {
    /// Display name.
    pub display_name: String,
    /// HTTP method, or `*`.
    pub method: String,
    /// Template with required query parameters in it, as APIM keeps it.
    pub url_template: String,
    /// Default values of template parameters, by name.
    pub template_defaults: BTreeMap<String, String>,
    /// Policy of the operation, as XML.
    pub policy: String,
}

/// A backend, or a pool of backends where `pool` is not empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backend {
    /// Where it forwards to, e.g. `https://A.cognitiveservices.azure.com/openai`.
    pub url: String,
    /// Headers that it adds (credentials among them).
    pub headers: BTreeMap<String, String>,
    /// Resource of the managed identity token that it adds.
    pub managed_identity_resource: Option<String>,
    /// Circuit breaker.
    pub breaker: Option<Breaker>,
    /// Members of a pool.
    pub pool: Vec<PoolMember>,
}

/// A member of a pool.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolMember {
    /// Id of the backend.
    pub backend: String,
    /// Lower is preferred.
    #[serde(default)]
    pub priority: Option<u32>,
    /// Share among members of one priority.
    #[serde(default)]
    pub weight: Option<u32>,
}

/// A circuit breaker with one rule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// Failures within `interval_seconds` that trip it.
    pub count: u32,
    /// Seconds that failures are counted over.
    pub interval_seconds: u64,
    /// Statuses that count as failures, as inclusive ranges.
    pub status_ranges: Vec<(u16, u16)>,
    /// Seconds that it stays open.
    pub trip_seconds: u64,
    /// Whether a `Retry-After` of the backend sets the time instead.
    #[serde(default)]
    pub accept_retry_after: bool,
}

/// A subscription of the gateway: a key and what it opens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatewaySubscription {
    /// `/apis`, `/apis/ID` or `/products/ID`.
    pub scope: String,
    /// `active`, `suspended`, `expired`, `submitted`, `rejected` or `cancelled`.
    pub state: String,
    /// Primary key; empty means drawn from the seed.
    pub primary_key: String,
    /// Secondary key; empty means drawn from the seed.
    pub secondary_key: String,
    /// `allowTracing`.
    pub allow_tracing: bool,
}

impl Default for GatewaySubscription {
    fn default() -> Self {
        GatewaySubscription {
            scope: "/apis".into(),
            state: "active".into(),
            primary_key: String::new(),
            secondary_key: String::new(),
            allow_tracing: true,
        }
    }
}

/// A product.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Product {
    /// Display name.
    pub display_name: String,
    /// Policy of the product, as XML.
    pub policy: String,
}

/// A named value.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NamedValue {
    /// What `{{name}}` becomes.
    pub value: String,
    /// Hidden in lists.
    pub secret: bool,
}

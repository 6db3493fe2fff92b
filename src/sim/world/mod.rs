//! A world: what exists, and what is broken, as one YAML file.
//!
//! Everything that has a name is a map from that name, so that `extends:` can merge two files key by key, and `null`
//! can take a thing away again.

mod azure;
mod calls;
mod faults;
mod front;
mod gateway;
mod generated;
mod load;
mod names;
mod read;
mod resolve;
mod schema;
mod stock;
mod tree;

pub use azure::{
    Account, Client, Deployment, KeyAuth, NetworkAccess, PictureFault, Project, RateLimit, Role,
    RoleAssignment, Subscription, SuccessShape, Tenant,
};
pub use calls::{Block, CallFacts, CallFault, Edge, Only};
pub use faults::{CannedAnswer, HostFault, Latency};
pub use front::{AiGateway, AiGatewayModel, Front, FrontModel, FrontRoute, Make, PlainHttp};
pub use gateway::{
    Api, Backend, Breaker, DEFAULT_POLICY, Gateway, GatewaySubscription, NamedValue, Operation,
    PoolMember, Product, StockApi,
};

pub use load::{WorldError, built_in_names};
pub use schema::world_schema;
pub use stock::operations as stock_operations;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that exists in a simulated internet.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// The name that `--world` takes.
    pub name: String,
    /// One sentence for people: what this world is for.
    pub about: String,
    /// The world that this one starts from: a built-in name, or a file beside this one.
    pub extends: Option<String>,
    /// Causes that a run on this world must name, top first. Empty for a world with nothing wrong.
    pub expect_causes: Vec<String>,
    /// Findings of severity error or warning that an audit of this world must give, and no others; absent where nobody
    /// asks.
    pub expect_findings: Option<Vec<String>>,
    /// Letters of the A–L protocol that are enough to show them; empty means all.
    pub letters: Vec<String>,
    /// The Entra tenant.
    pub tenant: Tenant,
    /// App registrations and managed identities by client id.
    pub clients: BTreeMap<String, Client>,
    /// Azure subscriptions by id.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// Foundry and Azure OpenAI accounts by name.
    pub accounts: BTreeMap<String, Account>,
    /// API Management services by name.
    pub gateways: BTreeMap<String, Gateway>,
    /// API Management services of the AI Gateway tier by name.
    pub ai_gateways: BTreeMap<String, AiGateway>,
    /// Reverse proxies and gateways of other makes by the host that they answer on.
    pub fronts: BTreeMap<String, Front>,
    /// What is wrong with hosts, by host name or `*.suffix`.
    pub hosts: BTreeMap<String, HostFault>,
    /// Items on one page of an ARM list, so that paging is always exercised.
    pub arm_page_size: Option<usize>,
    /// The address that callers from outside are seen to come from; empty means 203.0.113.10.
    pub caller_ip: String,
    /// How far the clock of this world is ahead of the machine's, in seconds (negative: behind).
    pub clock_offset_seconds: i64,
    /// The seed that pictures and identifiers are drawn from, so that two runs see the same world.
    pub seed: u64,
}

//! The map of routes: from callers through gateways to deployments, with the places where it is broken.

use super::{
    AccountName, ApiName, BackendName, DeploymentName, GatewayName, OperationName, Severity,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every way that pictures can be asked for, and where each is broken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteMap {
    /// Version of this document's form.
    pub schema_version: u32,
    /// When the inventory was read, RFC 3339 UTC.
    pub taken_at: String,
    /// Gateways with what they publish.
    pub gateways: Vec<MapGateway>,
    /// FLUX deployments that no published operation reaches, by their accounts.
    pub unreached: Vec<MapAccount>,
    /// The findings that marks speak of.
    pub findings: Vec<MapFinding>,
    /// What could not be read or judged, one sentence each.
    #[serde(default)]
    pub not_judged: Vec<String>,
}

/// A finding of the audit, as far as the map shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MapFinding {
    /// Its place in the audit, from 1.
    pub number: usize,
    /// What kind of finding it is.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// One line for people.
    pub title: String,
}

/// How a link of the map is.
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
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Nothing was found.
    #[default]
    Fine,
    /// Some calls fail here, or may.
    Weak,
    /// Calls fail here every time.
    Broken,
}

/// How a link is, and the numbers of the findings that say so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// The worst that was found.
    pub state: LinkState,
    /// Numbers of the findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<usize>,
}

impl Mark {
    /// Takes in what is said of the same link elsewhere.
    pub fn join(&mut self, other: &Mark) {
        self.state = self.state.max(other.state);
        self.findings.extend(&other.findings);
        self.findings.sort_unstable();
        self.findings.dedup();
    }
}

/// A gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapGateway {
    /// Its name.
    pub name: GatewayName,
    /// Where callers reach it.
    pub url: String,
    /// Its APIs that are made for models.
    pub apis: Vec<MapApi>,
}

/// An API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapApi {
    /// Its id.
    pub name: ApiName,
    /// URL suffix.
    pub path: String,
    /// What callers show to be let in, e.g. `key in api-key`.
    pub callers: String,
    /// From callers to here.
    pub mark: Mark,
    /// Its image operations; those that lead to the same places by the same policy stand together.
    pub routes: Vec<MapRoute>,
}

/// Operations that lead to the same places.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapRoute {
    /// The operations; empty for one that is missing.
    pub operations: Vec<OperationName>,
    /// What callers ask for, e.g. `images/generations`.
    pub call: String,
    /// Whether it is published.
    pub is_published: bool,
    /// Deployments that miss it, where it is not published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed_by: Vec<String>,
    /// From the API to here.
    pub mark: Mark,
    /// Where calls are forwarded to; with more than one, conditions decide.
    pub forwards: Vec<MapForward>,
}

/// What sets where calls are forwarded to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapForward {
    /// Where that is written, e.g. `policy of API inference-api, line 3`.
    pub set_by: String,
    /// Whether every call goes there.
    pub is_certain: bool,
    /// From the operation to here.
    pub mark: Mark,
    /// Backend, pool or URL that it names.
    pub backend: String,
    /// Whether that is a pool.
    pub is_pool: bool,
    /// From the policy to the backend.
    pub backend_mark: Mark,
    /// The backends behind it, those that are preferred first; one where it is no pool.
    pub ends: Vec<MapEnd>,
}

/// A backend that calls end at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapEnd {
    /// Its id; absent for a URL of the policy's or the API's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<BackendName>,
    /// Where it forwards to.
    pub url: String,
    /// Its priority in the pool: lower is preferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Per cent of the calls of its priority that it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// From the pool to here.
    pub mark: Mark,
    /// Account that answers there; absent where none that was read does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
    /// From the backend to the account.
    pub account_mark: Mark,
    /// FLUX deployments there that the calls can name.
    pub deployments: Vec<MapDeployment>,
    /// From the account to a deployment that is not there.
    pub lack: Mark,
}

/// A FLUX deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapDeployment {
    /// Its name.
    pub name: DeploymentName,
    /// What it serves.
    pub model: String,
    /// From its account to here.
    pub mark: Mark,
}

/// An account with deployments that nothing reaches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapAccount {
    /// Its name.
    pub name: AccountName,
    /// The deployments.
    pub deployments: Vec<MapDeployment>,
}

impl RouteMap {
    /// Links that are broken, and links that are weak, as far as they are drawn apart.
    pub fn counts(&self) -> (usize, usize) {
        let (mut broken, mut weak) = (0, 0);
        for mark in self.marks() {
            match mark.state {
                LinkState::Broken => broken += 1,
                LinkState::Weak => weak += 1,
                LinkState::Fine => {}
            }
        }
        (broken, weak)
    }

    fn marks(&self) -> impl Iterator<Item = &Mark> {
        let apis = self.gateways.iter().flat_map(|gateway| &gateway.apis);
        let unreached = self.unreached.iter().flat_map(|one| &one.deployments);
        apis.flat_map(MapApi::marks)
            .chain(unreached.map(|one| &one.mark))
    }
}

impl MapApi {
    fn marks(&self) -> impl Iterator<Item = &Mark> {
        let routes = self.routes.iter().flat_map(|route| {
            let forwards = route.forwards.iter().flat_map(MapForward::marks);
            std::iter::once(&route.mark).chain(forwards)
        });
        std::iter::once(&self.mark).chain(routes)
    }
}

impl MapForward {
    fn marks(&self) -> impl Iterator<Item = &Mark> {
        let ends = self.ends.iter().flat_map(|end| {
            let deployments = end.deployments.iter().map(|one| &one.mark);
            [&end.mark, &end.account_mark, &end.lack]
                .into_iter()
                .chain(deployments)
        });
        [&self.mark, &self.backend_mark].into_iter().chain(ends)
    }
}

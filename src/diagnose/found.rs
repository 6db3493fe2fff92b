//! What the inventory says of one request: the gateway and API it went to, the account behind it, what is missing there.

use super::ends::End;
use super::estate::Estate;
use super::request::RequestFacts;
use super::way::{Call, Mask};
use crate::model::{Account, Api, Gateway, Inventory, Operation};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the inventory says of a request. Every field is empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Found {
    /// Gateway that owns the host.
    pub(crate) gateway: String,
    /// Its ARM id.
    pub(crate) gateway_id: String,
    /// Its resource group.
    pub(crate) gateway_group: String,
    /// Object id of its managed identity.
    pub(crate) identity: String,
    /// Public addresses that its calls come from.
    pub(crate) gateway_ips: Vec<String>,
    /// Whether it is known to have no managed identity.
    pub(crate) lacks_identity: bool,
    /// Subscription of the gateway whose key opens the API, or would if it were active.
    pub(crate) subscription: String,
    /// Its state, in lower case.
    pub(crate) subscription_state: String,
    /// Its scope.
    pub(crate) subscription_scope: String,
    /// Whether its scope has the API; absent where it is not known.
    pub(crate) subscription_opens: Option<bool>,
    /// Subscriptions of the gateway, `NAME (STATE, SCOPE)` each.
    pub(crate) subscriptions: Vec<String>,
    /// Elements of the policies that apply, each with its scope.
    pub(crate) policy: BTreeMap<String, String>,
    /// Texts that the policies refuse with, in lower case, each with the element's name.
    pub(crate) policy_messages: BTreeMap<String, String>,
    /// Statuses that the policies set themselves.
    pub(crate) policy_statuses: Vec<u16>,
    /// Whether the policies decide anything by an expression, which may throw.
    pub(crate) has_expression: Option<bool>,
    /// Milliseconds that the policies give the backend, where they say so.
    pub(crate) forward_timeout_ms: Option<u64>,
    /// Elements of the policies that change the request on its way, `ELEMENT in SCOPE` each.
    pub(crate) rewriters: Vec<String>,
    /// Backends that the call can go to, pools resolved.
    pub(crate) backends: Vec<String>,
    /// URLs that the call becomes behind the gateway, where no policy rewrites them; in lower case.
    pub(crate) upstreams: Vec<String>,
    /// Of the backends, those whose URL makes no path that a model service has, with the URL that would.
    pub(crate) wrong_urls: Vec<WrongUrl>,
    /// Of the backends, those that show the account no token of the gateway's identity for it.
    pub(crate) tokenless: Vec<String>,
    /// Resources that the backends ask tokens of the gateway's identity for.
    pub(crate) token_resources: Vec<String>,
    /// Whether a backend or a policy adds a credential; absent where the backends are not known.
    pub(crate) has_backend_credential: Option<bool>,
    /// Backends with a circuit breaker.
    pub(crate) breakers: Vec<String>,
    /// API whose path is the longest prefix of the request's.
    pub(crate) api: String,
    /// Its path.
    pub(crate) api_path: String,
    /// Header it reads its key from, as configured.
    pub(crate) key_header: String,
    /// The same in lower case.
    pub(crate) key_header_lower: String,
    /// Query parameter that it reads its key from, as configured.
    pub(crate) key_query: String,
    /// Its operations, `METHOD TEMPLATE` each.
    pub(crate) operations: Vec<String>,
    /// Whether one of them matches method and path; absent without operations.
    pub(crate) has_operation: Option<bool>,
    /// Whether the operation that matches asks for an api-version in its template.
    pub(crate) wants_api_version: bool,
    /// Account that owns the host, or the one behind the gateway's route to the deployment.
    pub(crate) account: String,
    /// Its ARM id.
    pub(crate) account_id: String,
    /// Its resource group.
    pub(crate) account_group: String,
    /// Names of the account's deployments.
    pub(crate) deployments: Vec<String>,
    /// Whether the account has the deployment that the request names; absent where either is unknown.
    pub(crate) has_deployment: Option<bool>,
    /// Its name as the account spells it.
    pub(crate) deployment: String,
    /// Its provisioning state, in lower case.
    pub(crate) provisioning_state: String,
    /// `running` or `paused`.
    pub(crate) deployment_state: String,
    /// Its model.
    pub(crate) model: String,
    /// The model's version and format.
    pub(crate) model_version: String,
    pub(crate) model_format: String,
    /// Its sku, and capacity in units of it.
    pub(crate) sku: String,
    pub(crate) capacity: Option<u32>,
    /// Whether keys are refused.
    pub(crate) is_key_auth_disabled: bool,
    /// Whether a firewall or a private endpoint stands before it.
    pub(crate) is_network_closed: bool,
    /// Whether it has no custom subdomain.
    pub(crate) lacks_subdomain: bool,
    /// Accounts that the call can end at and that lack the deployment, which another account has.
    pub(crate) pool_lacks: Vec<String>,
    /// Where the call can end.
    pub(crate) ends: Vec<End>,
    /// Hosts of a model service that no account of the inventory answers on.
    pub(crate) ends_unknown: Vec<String>,
    /// Ends at which the account has no such path only because a policy rewrote it, `NAME (PATH)` each.
    pub(crate) rewritten_wrong: Vec<String>,
    /// Ends whose URL and path make one that an account does not have, `NAME (PATH)` each.
    pub(crate) ends_path_wrong: Vec<String>,
    /// Accounts at the ends behind a firewall or without a public network.
    pub(crate) ends_closed: Vec<String>,
    /// Accounts at the ends that take no keys.
    pub(crate) ends_key_off: Vec<String>,
    /// Accounts at the ends that the gateway's identity, which signs, has no role on.
    pub(crate) ends_without_role: Vec<String>,
    /// Accounts at the ends that have another kind of model under the name, `ACCOUNT (MODEL)` each.
    pub(crate) ends_other_model: Vec<String>,
    /// Accounts at the ends whose deployment is not ready, `ACCOUNT (STATE)` each.
    pub(crate) ends_not_ready: Vec<String>,
    /// Whether a policy signs with the gateway's identity.
    pub(crate) signs: bool,
    /// Whether the identity is named by its client id, so that it may be one that the gateway does not have.
    pub(crate) identity_named: bool,
    /// Whether a policy sets a header of the request.
    pub(crate) adds_header: bool,
    /// Whether a backend sends an account's key.
    pub(crate) sends_key: bool,
    /// Expressions that run for the call and can throw.
    pub(crate) throwers: Vec<String>,
    /// The `retry` that sends again what was not kept; empty where there is none.
    pub(crate) unbuffered_retry: String,
    /// Statuses that policies put in the place of the backend's.
    #[serde(skip)]
    pub(super) masks: Vec<Mask>,
    /// Statuses that the answer may stand for, where a policy put it there; 0 for none at all.
    pub(crate) masked: Vec<u16>,
    /// Which policy that is.
    pub(crate) masked_by: String,
}

/// A backend and the URL that it should have.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct WrongUrl {
    pub(crate) backend: String,
    pub(crate) url: String,
}

impl Found {
    /// Looks a request up.
    pub(crate) fn of(estate: &Estate<'_>, request: &RequestFacts) -> Found {
        let mut found = Found::default();
        let inventory = estate.inventory;
        let (host, deployment) = (request.host.as_str(), request.deployment.as_str());
        if let Some((at, gateway)) = estate.gateway_at(host) {
            found.gateway = gateway.name.to_string();
            found.take_gateway(gateway);
            if let Some(api) = api_of(gateway, &request.path) {
                let operation = found.take_api(api, &request.method, &request.path);
                let call = Call {
                    method: &request.method,
                    path: &request.path,
                    path_sent: &request.path_sent,
                };
                found.take_way(estate, (at, gateway), api, operation, &call);
                found.take_end_deployments(estate, deployment);
            }
        }
        let by_host = inventory
            .accounts
            .iter()
            .find(|account| owns(account, host));
        let by_route = || {
            let route = inventory.routes.iter().find(|route| {
                route.gateway == found.gateway.as_str()
                    && route.deployment.as_str().eq_ignore_ascii_case(deployment)
            })?;
            inventory
                .accounts
                .iter()
                .find(|account| account.name == route.account)
        };
        if let Some(account) = by_host.or_else(by_route) {
            found.take_account(account, deployment);
        }
        found
    }

    fn take_gateway(&mut self, gateway: &Gateway) {
        self.gateway_id = gateway
            .id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        self.gateway_group = gateway.resource_group.clone().unwrap_or_default();
        self.identity = gateway.identity.clone().unwrap_or_default();
        self.gateway_ips.clone_from(&gateway.public_ips);
        self.lacks_identity = gateway.id.is_some() && gateway.identity.is_none();
        self.subscriptions = gateway
            .subscriptions
            .iter()
            .map(|one| format!("{} ({}, {})", one.name, one.state, one.scope))
            .collect();
    }

    /// Takes what is known of the account called `name`, where the request alone led to none.
    pub(crate) fn take_account_of(&mut self, inventory: &Inventory, name: &str, deployment: &str) {
        let mut accounts = inventory.accounts.iter();
        if self.account.is_empty()
            && let Some(account) = accounts.find(|account| account.name == name)
        {
            self.take_account(account, deployment);
        }
    }

    /// Takes what is known of the subscription called `name`, by which a call was to be let in.
    pub(crate) fn take_subscription(&mut self, inventory: &Inventory, name: &str) {
        let mut gateways = inventory.gateways.iter();
        let Some(gateway) = gateways.find(|gateway| gateway.name == self.gateway.as_str()) else {
            return;
        };
        let Some(one) = gateway.subscriptions.iter().find(|one| one.name == name) else {
            return;
        };
        self.subscription = one.name.clone();
        self.subscription_state = one.state.to_ascii_lowercase();
        self.subscription_scope = one.scope.clone();
        let api = gateway
            .apis
            .iter()
            .find(|api| api.name == self.api.as_str());
        self.subscription_opens = api.map(|api| match one.scope.strip_prefix("/products/") {
            Some(product) => api.products.iter().any(|name| name == product),
            None => one.scope == "/apis" || one.scope == format!("/apis/{}", api.name),
        });
    }

    /// Gives the operation that matches, where one does.
    fn take_api<'a>(&mut self, api: &'a Api, method: &str, path: &str) -> Option<&'a Operation> {
        self.api = api.name.to_string();
        self.api_path = api.path.clone();
        self.key_header = api.key_names.header.clone();
        self.key_query = api.key_names.query.clone();
        self.key_header_lower = api.key_names.header.to_ascii_lowercase();
        self.operations = api
            .operations
            .iter()
            .map(|operation| format!("{} {}", operation.method, operation.url_template))
            .collect();
        let rest = strip_api(api, path).unwrap_or_default();
        let matching = api.operations.iter().find(|operation| {
            (operation.method == "*" || operation.method.eq_ignore_ascii_case(method))
                && matches_template(&operation.url_template, rest)
        });
        self.has_operation = (!api.operations.is_empty()).then_some(matching.is_some());
        self.wants_api_version =
            matching.is_some_and(|operation| operation.url_template.contains("api-version="));
        matching
    }

    fn take_account(&mut self, account: &Account, deployment: &str) {
        self.account = account.name.to_string();
        self.account_id = account
            .id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        self.account_group = account.resource_group.clone().unwrap_or_default();
        self.deployments = account
            .deployments
            .iter()
            .map(|one| one.name.to_string())
            .collect();
        self.is_key_auth_disabled = account.is_key_auth_disabled;
        self.is_network_closed = account.is_firewalled || account.is_public_network_disabled;
        self.lacks_subdomain = account.custom_subdomain.is_none() && account.id.is_some();
        if deployment.is_empty() {
            return;
        }
        let one = account
            .deployments
            .iter()
            .find(|one| one.name.as_str().eq_ignore_ascii_case(deployment));
        self.has_deployment = Some(one.is_some());
        if let Some(one) = one {
            self.provisioning_state = one.provisioning_state.to_ascii_lowercase();
            self.deployment_state = one.state.to_ascii_lowercase();
            self.deployment = one.name.to_string();
            self.model = one.model.name.clone();
            self.model_version = one.model.version.clone();
            self.model_format = one.model.format.clone();
            self.sku = one.sku.name.clone();
            self.capacity = one.sku.capacity;
        }
    }
}

fn owns(account: &Account, host: &str) -> bool {
    let is_host = |endpoint: &String| {
        let rest = endpoint.split("://").last().unwrap_or_default();
        rest.split('/')
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(host))
    };
    !host.is_empty() && (is_host(&account.endpoint) || account.endpoints.iter().any(is_host))
}

pub(super) fn strip_api<'a>(api: &Api, path: &'a str) -> Option<&'a str> {
    let prefix = api.path.trim_matches('/').to_ascii_lowercase();
    if prefix.is_empty() {
        return Some(path);
    }
    let rest = path.trim_start_matches('/').strip_prefix(prefix.as_str())?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn api_of<'a>(gateway: &'a Gateway, path: &str) -> Option<&'a Api> {
    gateway
        .apis
        .iter()
        .filter(|api| strip_api(api, path).is_some())
        .max_by_key(|api| api.path.len())
}

/// Whether a path matches an operation's template; `{x}` is one segment, `*` at the end any number.
pub(crate) fn matches_template(template: &str, path: &str) -> bool {
    let template = template.split('?').next().unwrap_or_default();
    let mut wanted = template.trim_matches('/').split('/');
    let mut given = path.trim_matches('/').split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("*"), _) => return true,
            (Some(want), Some(have)) if want.starts_with('{') && !have.is_empty() => {}
            (Some(want), Some(have)) if want.eq_ignore_ascii_case(have) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Backend, Deployment, KeyNames, Operation, PoolMember};

    fn found(host: &str, path: &str, deployment: &str) -> Found {
        let inventory = inventory();
        let request = RequestFacts {
            method: "post".into(),
            host: host.into(),
            path: path.to_ascii_lowercase(),
            path_sent: path.into(),
            deployment: deployment.into(),
            ..RequestFacts::default()
        };
        Found::of(&Estate::of(&inventory), &request)
    }

    fn inventory() -> Inventory {
        let account = |name: &str, deployments: &[&str]| Account {
            name: name.into(),
            endpoint: format!("https://{name}.cognitiveservices.azure.com/"),
            deployments: deployments
                .iter()
                .map(|name| Deployment {
                    name: (*name).into(),
                    state: "Paused".into(),
                    ..Deployment::default()
                })
                .collect(),
            ..Account::default()
        };
        let backend = |name: &str| Backend {
            name: name.into(),
            url: Some(format!("https://{name}.cognitiveservices.azure.com/openai")),
            ..Backend::default()
        };
        Inventory {
            accounts: vec![account("f1", &["flux"]), account("f2", &[])],
            gateways: vec![Gateway {
                name: "apim-x".into(),
                url: "https://apim-x.azure-api.net".into(),
                apis: vec![Api {
                    name: "inference-api".into(),
                    path: "inference/openai".into(),
                    key_names: KeyNames {
                        header: "api-key".into(),
                        query: "api-key".into(),
                    },
                    operations: vec![Operation {
                        method: "POST".into(),
                        url_template: "/deployments/{deployment-id}/images/generations?api-version={api-version}".into(),
                        ..Operation::default()
                    }],
                    policy: Some(r#"<policies><inbound><base/><set-backend-service backend-id="pool"/></inbound></policies>"#.into()),
                    ..Api::default()
                }],
                backends: vec![
                    backend("f1"),
                    backend("f2"),
                    Backend {
                        name: "pool".into(),
                        pool: ["f1", "f2"]
                            .map(|name| PoolMember {
                                backend: name.into(),
                                ..PoolMember::default()
                            })
                            .to_vec(),
                        ..Backend::default()
                    },
                ],
                ..Gateway::default()
            }],
            ..Inventory::default()
        }
    }

    #[test]
    fn a_request_to_the_gateway_finds_its_api_operation_and_the_pools_gap() {
        let path = "/inference/openai/deployments/flux/images/generations";
        let found = self::found("apim-x.azure-api.net", path, "flux");
        assert_eq!(
            (found.api.as_str(), found.key_header.as_str()),
            ("inference-api", "api-key")
        );
        assert_eq!(
            (found.has_operation, found.wants_api_version),
            (Some(true), true)
        );
        assert_eq!(found.pool_lacks, ["f2"]);
        let edits = super::tests::found(
            "apim-x.azure-api.net",
            "/inference/openai/deployments/flux/images/edits",
            "flux",
        );
        assert_eq!(edits.has_operation, Some(false));
    }

    #[test]
    fn a_request_to_an_account_finds_its_deployment() {
        let own = found(
            "f1.cognitiveservices.azure.com",
            "/openai/deployments/FLUX/x",
            "flux",
        );
        assert_eq!(
            (own.has_deployment, own.deployment_state.as_str()),
            (Some(true), "paused")
        );
        let other = found("f2.cognitiveservices.azure.com", "/", "flux");
        assert_eq!(other.has_deployment, Some(false));
        assert_eq!(found("elsewhere.com", "/", "flux"), Found::default());
    }
}

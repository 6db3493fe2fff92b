//! The map as nodes in columns and links between them; what several routes share stands once.

use crate::model::{
    LinkState, MapAccount, MapApi, MapDeployment, MapEnd, MapForward, MapGateway, MapRoute, Mark,
    RouteMap,
};
use crate::report::routes::rows::short_place;
use std::collections::HashMap;

/// Deployments that are drawn one by one; where there are more, those of an account stand together.
const MOST_DEPLOYMENTS: usize = 80;

/// What a node is: its column, from callers at the left to deployments at the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Column {
    Callers,
    Gateway,
    Api,
    Operation,
    Policy,
    Pool,
    Backend,
    Account,
    Deployment,
}

impl Column {
    /// Heading of the column.
    pub(super) fn word(self) -> &'static str {
        match self {
            Column::Callers => "callers",
            Column::Gateway => "gateway",
            Column::Api => "API",
            Column::Operation => "operation",
            Column::Policy => "policy",
            Column::Pool => "pool",
            Column::Backend => "backend",
            Column::Account => "account",
            Column::Deployment => "deployment",
        }
    }
}

/// Something on the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) column: Column,
    pub(super) name: String,
    /// A second line; may be empty.
    pub(super) detail: String,
    /// Whether it is drawn because it is not there, or not reached.
    pub(super) is_absent: bool,
}

/// A link between two nodes, by their places in [`Graph::nodes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) mark: Mark,
    /// Whether only some calls go this way.
    pub(super) is_conditional: bool,
}

/// The map, drawn apart.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    by_key: HashMap<(Column, String), usize>,
    by_ends: HashMap<(usize, usize), usize>,
    is_dense: bool,
}

impl Graph {
    pub(super) fn of(map: &RouteMap) -> Self {
        let mut graph = Graph::drawn(map, false);
        let deployments = graph.nodes.iter();
        let deployments = deployments.filter(|node| node.column == Column::Deployment);
        if deployments.count() > MOST_DEPLOYMENTS {
            graph = Graph::drawn(map, true);
        }
        graph
    }

    fn drawn(map: &RouteMap, is_dense: bool) -> Self {
        let mut graph = Graph {
            is_dense,
            ..Graph::default()
        };
        for gateway in &map.gateways {
            for api in &gateway.apis {
                graph.add_api(gateway, api);
            }
        }
        for account in &map.unreached {
            graph.add_unreached(account);
        }
        graph
    }

    fn add_api(&mut self, gateway: &MapGateway, api: &MapApi) {
        let callers = self.node(Column::Callers, &api.callers, "callers", &api.callers);
        let name = gateway.name.as_str();
        // The usual host says no more than the name.
        let host = gateway.url.trim_start_matches("https://");
        let usual = format!("{}.azure-api.net", name.to_lowercase());
        let detail = if host == usual { "" } else { host };
        let at = self.node(Column::Gateway, name, name, detail);
        self.link(callers, at, &Mark::default(), false);
        let key = format!("{name}/{}", api.name);
        let path = format!("/{}", api.path);
        let node = self.node(Column::Api, &key, api.name.as_str(), &path);
        self.link(at, node, &api.mark, false);
        for route in &api.routes {
            self.add_route(node, &key, name, route);
        }
    }

    fn add_route(&mut self, api: usize, key: &str, gateway: &str, route: &MapRoute) {
        let name = match route.operations.as_slice() {
            [] => route.call.clone(),
            [one] => one.to_string(),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
        };
        let detail = match route.is_published {
            true => route.call.as_str(),
            false => "not published",
        };
        let key = format!("{key}/{name}/{}", route.call);
        let node = self.node(Column::Operation, &key, &name, detail);
        self.nodes[node].is_absent = !route.is_published;
        self.link(api, node, &route.mark, false);
        for forward in &route.forwards {
            self.add_forward(node, gateway, forward);
        }
    }

    fn add_forward(&mut self, operation: usize, gateway: &str, forward: &MapForward) {
        let is_conditional = !forward.is_certain;
        let key = format!("{gateway}/{}", forward.set_by);
        let (name, detail) = short_place(&forward.set_by);
        let policy = self.node(Column::Policy, &key, &name, &detail);
        self.link(operation, policy, &forward.mark, is_conditional);
        let key = format!("{gateway}/{}", forward.backend);
        if forward.ends.is_empty() {
            let node = self.node(Column::Backend, &key, &forward.backend, "leads nowhere");
            self.nodes[node].is_absent = true;
            self.link(policy, node, &forward.backend_mark, is_conditional);
            return;
        }
        let pool = forward.is_pool.then(|| {
            let node = self.node(Column::Pool, &key, &forward.backend, "");
            self.link(policy, node, &forward.backend_mark, is_conditional);
            node
        });
        for end in &forward.ends {
            self.add_end(
                gateway,
                end,
                pool.unwrap_or(policy),
                pool.is_some(),
                forward,
            );
        }
    }

    fn add_end(
        &mut self,
        gateway: &str,
        end: &MapEnd,
        from: usize,
        is_member: bool,
        forward: &MapForward,
    ) {
        let host = host_of(&end.url);
        let name = match &end.backend {
            Some(backend) => backend.to_string(),
            None => host.clone(),
        };
        let detail = match (end.priority, end.share) {
            (Some(priority), Some(share)) => format!("priority {priority}, {share:.0} %"),
            _ => String::new(),
        };
        let key = format!("{gateway}/{name}");
        let node = self.node(Column::Backend, &key, &name, &detail);
        let mut mark = end.mark.clone();
        if !is_member {
            mark.join(&forward.backend_mark);
        }
        self.link(from, node, &mark, !is_member && !forward.is_certain);
        let account = match &end.account {
            Some(account) => self.node(Column::Account, account.as_str(), account.as_str(), ""),
            None => {
                let node = self.node(Column::Account, &host, &host, "no account that was read");
                self.nodes[node].is_absent = true;
                node
            }
        };
        self.link(node, account, &end.account_mark, false);
        let name = end
            .account
            .as_ref()
            .map_or(host.as_str(), |one| one.as_str());
        self.add_deployments(account, name, &end.deployments, false);
        if end.lack.state != LinkState::Fine {
            let key = format!("{name}/");
            let node = self.node(Column::Deployment, &key, "not deployed", "");
            self.nodes[node].is_absent = true;
            self.link(account, node, &end.lack, false);
        }
    }

    fn add_unreached(&mut self, account: &MapAccount) {
        let name = account.name.as_str();
        let is_known = self
            .by_key
            .contains_key(&(Column::Account, name.to_owned()));
        let detail = if is_known {
            ""
        } else {
            "no gateway leads here"
        };
        let node = self.node(Column::Account, name, name, detail);
        self.add_deployments(node, name, &account.deployments, true);
    }

    fn add_deployments(
        &mut self,
        account: usize,
        name: &str,
        deployments: &[MapDeployment],
        is_absent: bool,
    ) {
        if self.is_dense && deployments.len() > 1 {
            let names: Vec<&str> = deployments.iter().map(|one| one.name.as_str()).collect();
            let title = format!("{} deployments", deployments.len());
            let key = format!("{name}/{}", names.join(" "));
            let node = self.node(Column::Deployment, &key, &title, &names.join(", "));
            self.nodes[node].is_absent = is_absent;
            for one in deployments {
                self.link(account, node, &one.mark, false);
            }
            return;
        }
        for one in deployments {
            let key = format!("{name}/{}", one.name);
            let same = one.model.eq_ignore_ascii_case(one.name.as_str());
            let model = if same { "" } else { one.model.as_str() };
            let node = self.node(Column::Deployment, &key, one.name.as_str(), model);
            self.nodes[node].is_absent = is_absent;
            self.link(account, node, &one.mark, false);
        }
    }

    /// The node of a key, made where there is none yet. Where two say different details, neither is shown.
    fn node(&mut self, column: Column, key: &str, name: &str, detail: &str) -> usize {
        let key = (column, key.to_owned());
        if let Some(at) = self.by_key.get(&key) {
            if self.nodes[*at].detail != detail && !detail.is_empty() {
                self.nodes[*at].detail.clear();
            }
            return *at;
        }
        self.nodes.push(Node {
            column,
            name: name.to_owned(),
            detail: detail.to_owned(),
            is_absent: false,
        });
        self.by_key.insert(key, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn link(&mut self, from: usize, to: usize, mark: &Mark, is_conditional: bool) {
        if let Some(at) = self.by_ends.get(&(from, to)) {
            let link = &mut self.links[*at];
            link.mark.join(mark);
            link.is_conditional &= is_conditional;
            return;
        }
        self.by_ends.insert((from, to), self.links.len());
        self.links.push(Link {
            from,
            to,
            mark: mark.clone(),
            is_conditional,
        });
    }
}

fn host_of(url: &str) -> String {
    let host = url::Url::parse(url).ok();
    let host = host.as_ref().and_then(url::Url::host_str);
    host.unwrap_or(url).to_owned()
}

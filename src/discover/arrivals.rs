//! Where calls through a gateway's API arrive: the accounts behind it, in which shares, with which limits.

use crate::knowledge::host_form_of;
use crate::model::{
    Account, Api, Arrivals, DeploymentName, Gap, Gateway, GatewayLeg, Inventory, Members,
    Operation, RateLimit, Target,
};
use crate::policy::{
    Accounts, Answer, Destination, Effective, Facts, Policies, Reached, Truth, destinations, judge,
    members, priority_of, weight_of,
};
use crate::provider::azure::{Published, Publishes};
use std::collections::HashMap;
use url::Url;

/// Looks up where calls arrive; what most targets have in common is looked up once.
pub(super) struct Arriving<'a> {
    inventory: &'a Inventory,
    accounts: Accounts<'a>,
    policies: HashMap<&'a str, Policies>,
    known: HashMap<String, Arrivals>,
}

impl<'a> Arriving<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let gateways = inventory.gateways.iter();
        Arriving {
            inventory,
            accounts: Accounts::by_host(&inventory.accounts),
            policies: gateways
                .map(|gateway| (gateway.name.as_str(), Policies::of(gateway)))
                .collect(),
            known: HashMap::new(),
        }
    }

    /// Where calls of `target` by its gateway arrive: those for its own deployment, for its peers and for the one that
    /// looks at images.
    pub(super) fn complete(&mut self, target: &mut Target) {
        let Some(leg) = &mut target.gateway else {
            return;
        };
        let mut names = vec![(&target.deployment, Kind::Image)];
        names.extend(
            target
                .peers
                .iter()
                .map(|peer| (&peer.deployment, Kind::Image)),
        );
        names.extend(
            target
                .vision
                .iter()
                .map(|peer| (&peer.deployment, Kind::Chat)),
        );
        leg.arrivals = names
            .into_iter()
            .map(|(name, kind)| self.look_up(leg, name, kind))
            .collect();
    }

    fn look_up(&mut self, leg: &GatewayLeg, deployment: &DeploymentName, kind: Kind) -> Arrivals {
        let subscription = leg.subscription.as_deref().unwrap_or_default();
        let key = format!("{}/{} {subscription} {deployment}", leg.gateway, leg.api);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let found = self.find(leg, deployment, kind).unwrap_or_default();
        let found = Arrivals {
            deployment: deployment.clone(),
            ..found
        };
        self.known.insert(key, found.clone());
        found
    }

    /// Nothing where what is known does not decide it.
    fn find(&self, leg: &GatewayLeg, deployment: &DeploymentName, kind: Kind) -> Option<Arrivals> {
        let gateways = &self.inventory.gateways;
        let gateway = gateways.iter().find(|one| one.name == leg.gateway)?;
        if !is_whole(&self.inventory.gaps, gateway) {
            return None;
        }
        let api_at = gateway.apis.iter().position(|api| api.name == leg.api)?;
        let api = gateway.apis.get(api_at)?;
        let mut operations = api.operations.iter();
        let operation_at = operations.position(|one| kind.is_of(api, one, deployment));
        let operation = operation_at.and_then(|at| api.operations.get(at));
        let policies = self.policies.get(gateway.name.as_str())?;
        // One that is not published runs through the policies of its API alone.
        let effective = policies.effective(
            api_at,
            operation_at.unwrap_or(usize::MAX),
            product_of(gateway, leg),
        );
        if !effective.is_whole {
            return None;
        }
        let facts = Facts {
            method: Some("POST".to_owned()),
            path: operation.and_then(|operation| path_of(api, operation, deployment)),
            deployment: Some(deployment.to_string()),
            operation: operation.map(|operation| operation.name.to_string()),
            api: Some(api.name.to_string()),
            ..Facts::default()
        };
        let leads = destinations(&effective, gateway, api, &facts);
        let [only] = leads.as_slice() else {
            return None;
        };
        if !only.is_certain {
            return None;
        }
        let name = match &only.destination {
            Destination::Backend(name) | Destination::Url(name) => name,
            Destination::Any => return None,
        };
        let reached = members(gateway, &only.destination);
        let breaks = |one: &Reached<'_>| {
            let backend = one.backend;
            backend.is_some_and(|backend| backend.circuit_breaker.is_some())
        };
        Some(Arrivals {
            by: format!("{}/{name}", gateway.name),
            fails_over: tries_again(&effective, &facts) || reached.iter().any(breaks),
            members: self.grouped(&reached, deployment),
            ..Arrivals::default()
        })
    }

    /// Members of one standing and one limit together, in order.
    fn grouped(&self, reached: &[Reached<'_>], deployment: &DeploymentName) -> Vec<Members> {
        let mut found: Vec<Members> = Vec::new();
        for one in reached {
            let member = one.member.map(|(_, member)| member);
            let account = self.accounts.at(&one.url).first();
            let name = match account {
                Some(account) => account.name.clone(),
                None => unlisted(&one.url).into(),
            };
            let new = Members {
                priority: member.map_or(1, priority_of),
                weight: member.map_or(1, weight_of),
                accounts: Vec::new(),
                limits: account.map_or_else(Vec::new, |account| limits_of(account, deployment)),
            };
            let like = |known: &&mut Members| {
                let known = (known.priority, known.weight, &known.limits);
                known == (new.priority, new.weight, &new.limits)
            };
            match found.iter_mut().find(like) {
                Some(known) => known.accounts.push(name),
                None => found.push(Members {
                    accounts: vec![name],
                    ..new
                }),
            }
        }
        found.sort_by_key(|one| one.priority);
        found
    }
}

/// Name of an account that nobody listed: the first label of its host, which Azure makes of the account's name; the whole
/// URL where the host is none of an account's own.
fn unlisted(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    match host_form_of(host).is_account() {
        true => host.split('.').next().unwrap_or_default().to_owned(),
        false => url.to_owned(),
    }
}

/// What is asked of a deployment.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Image,
    Chat,
}

impl Kind {
    /// Whether an operation takes such a call for a deployment.
    fn is_of(self, api: &Api, operation: &Operation, deployment: &DeploymentName) -> bool {
        let path = operation.url_template.split('?').next().unwrap_or_default();
        match self {
            Kind::Chat => path.trim_end_matches('/').ends_with("/chat/completions"),
            Kind::Image => {
                let published = Published::of(&api.path, operation);
                published.is_some_and(|published| match published.what {
                    Publishes::Deployment(call, name) => {
                        call == crate::model::CallKind::Generate
                            && name.is_none_or(|name| deployment.as_str() == name)
                    }
                    Publishes::Provider(_) | Publishes::Everything => true,
                    Publishes::ModelName(_) => false,
                })
            }
        }
    }
}

/// Whether everything that decides where calls go could be read.
fn is_whole(gaps: &[Gap], gateway: &Gateway) -> bool {
    let decides = ["polic", "backends", "namedValues", "operations", "apis "];
    let of_gateway = format!("gateway {}", gateway.name);
    !gaps.iter().any(|gap| {
        gap.what.ends_with(&of_gateway) && decides.iter().any(|word| gap.what.contains(word))
    })
}

/// The product whose key the leg shows.
fn product_of<'a>(gateway: &'a Gateway, leg: &GatewayLeg) -> Option<&'a str> {
    let name = leg.subscription.as_ref()?;
    let mut subscriptions = gateway.subscriptions.iter();
    let subscription = subscriptions.find(|one| one.name == *name)?;
    subscription.scope.strip_prefix("/products/")
}

/// Path of a call, where the deployment is all that it leaves open.
fn path_of(api: &Api, operation: &Operation, deployment: &DeploymentName) -> Option<String> {
    let template = operation.url_template.split('?').next()?;
    let filled: Vec<String> = template
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(name) if name.to_ascii_lowercase().contains("deployment") => {
                deployment.to_string()
            }
            _ => segment.to_owned(),
        })
        .collect();
    let path = filled.join("/");
    let is_open = path.contains(['{', '*']);
    (!is_open).then(|| format!("/{}{path}", api.path.trim_matches('/')))
}

/// Whether the gateway itself tries again what was refused for too many calls.
fn tries_again(effective: &Effective<'_>, facts: &Facts) -> bool {
    let refused = Facts {
        answer: Answer::Status(TOO_MANY),
        ..facts.clone()
    };
    effective.statements().iter().any(|one| {
        let condition = one.statement.attribute("condition");
        one.statement.name == "retry"
            && condition.is_some_and(|condition| judge(condition, &refused) != Truth::No)
    })
}

/// The status of a refusal for too many calls (RFC 6585).
const TOO_MANY: u16 = 429;

fn limits_of(account: &Account, deployment: &DeploymentName) -> Vec<RateLimit> {
    let mut deployments = account.deployments.iter();
    let found = deployments.find(|one| one.name.as_str().eq_ignore_ascii_case(deployment.as_str()));
    found.map_or_else(Vec::new, |one| one.rate_limits.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountName, Backend, Deployment, PoolMember};

    fn account(name: &str, count: f64) -> Account {
        let flux = Deployment {
            name: "flux".into(),
            rate_limits: vec![RateLimit {
                key: "request".into(),
                count,
                renewal_period: 60.0,
            }],
            ..Deployment::default()
        };
        Account {
            name: name.into(),
            endpoint: format!("https://{name}.cognitiveservices.azure.com/"),
            custom_subdomain: Some(name.into()),
            deployments: vec![flux],
            ..Account::default()
        }
    }

    fn backend(name: &str) -> Backend {
        Backend {
            name: name.into(),
            url: Some(format!("https://{name}.openai.azure.com/openai")),
            ..Backend::default()
        }
    }

    fn inventory(members: &[(&str, u32, u32)], policy: &str) -> Inventory {
        let pool = Backend {
            name: "pool".into(),
            pool: members
                .iter()
                .map(|(name, priority, weight)| PoolMember {
                    backend: (*name).into(),
                    priority: Some(*priority),
                    weight: Some(*weight),
                })
                .collect(),
            ..Backend::default()
        };
        let mut backends: Vec<Backend> = ["a", "b", "c"].map(backend).to_vec();
        backends.push(pool);
        let api = Api {
            name: "x".into(),
            path: "x/openai".into(),
            operations: vec![Operation {
                name: "draw".into(),
                method: "POST".into(),
                url_template: "/deployments/{deployment-id}/images/generations?api-version={v}"
                    .into(),
                ..Operation::default()
            }],
            policy: Some(format!(
                "<policies><inbound>{policy}</inbound><backend><base/></backend></policies>"
            )),
            ..Api::default()
        };
        Inventory {
            accounts: vec![account("a", 6.0), account("b", 6.0), account("c", 30.0)],
            gateways: vec![Gateway {
                name: "g".into(),
                apis: vec![api],
                backends,
                ..Gateway::default()
            }],
            ..Inventory::default()
        }
    }

    fn arrivals(inventory: &Inventory) -> Arrivals {
        let mut target = Target {
            account: "a".into(),
            deployment: "flux".into(),
            gateway: Some(GatewayLeg {
                gateway: "g".into(),
                api: "x".into(),
                ..GatewayLeg::default()
            }),
            ..Target::default()
        };
        Arriving::of(inventory).complete(&mut target);
        target.gateway.unwrap().arrivals.remove(0)
    }

    const POOL: &str = r#"<set-backend-service backend-id="pool" />"#;

    #[test]
    fn members_of_one_standing_are_told_together_and_the_preferred_first() {
        let found = arrivals(&inventory(&[("c", 2, 1), ("a", 1, 1), ("b", 1, 1)], POOL));
        let accounts: Vec<Vec<&str>> = found
            .members
            .iter()
            .map(|one| one.accounts.iter().map(AccountName::as_str).collect())
            .collect();
        assert_eq!(accounts, [vec!["a", "b"], vec!["c"]]);
        assert_eq!(found.by, "g/pool");
        assert!(!found.fails_over);
        assert_eq!(found.requests_per_minute(), Some(12.0));
    }

    #[test]
    fn a_breaker_makes_the_others_reachable() {
        let mut inventory = inventory(&[("a", 1, 1), ("c", 2, 1)], POOL);
        inventory.gateways[0].backends[0].circuit_breaker = Some(serde_json::json!({"rules": []}));
        let found = arrivals(&inventory);
        assert!(found.fails_over);
        assert_eq!(found.requests_per_minute(), Some(36.0));
    }

    #[test]
    fn the_deployment_of_the_call_decides_where_it_goes() {
        let by_name = r#"<choose><when condition="@(context.Request.MatchedParameters["deployment-id"] == "flux")"><set-backend-service backend-id="c" /></when><otherwise><set-backend-service backend-id="a" /></otherwise></choose>"#;
        let found = arrivals(&inventory(&[("a", 1, 1)], by_name));
        let members = found.members.iter().flat_map(|one| &one.accounts);
        let members: Vec<&str> = members.map(AccountName::as_str).collect();
        assert_eq!(members, ["c"]);
    }

    #[test]
    fn what_cannot_be_told_is_left_open() {
        let open = r#"<set-backend-service backend-id="@(context.Request.Headers.GetValueOrDefault("x", "a"))" />"#;
        assert_eq!(arrivals(&inventory(&[("a", 1, 1)], open)).members, []);
        let mut unread = inventory(&[("a", 1, 1), ("b", 1, 1)], POOL);
        assert_eq!(arrivals(&unread).requests_per_minute(), Some(12.0));
        unread.gaps = vec![Gap {
            what: "backends of gateway g".into(),
            ..Gap::default()
        }];
        assert_eq!(arrivals(&unread).members, []);
    }

    #[test]
    fn a_member_that_lacks_the_deployment_has_no_limit_that_is_known() {
        let mut inventory = inventory(&[("a", 1, 1), ("b", 1, 1)], POOL);
        inventory.accounts[1].deployments.clear();
        let found = arrivals(&inventory);
        assert_eq!(found.members.len(), 2);
        assert_eq!(found.requests_per_minute(), None);
    }
}

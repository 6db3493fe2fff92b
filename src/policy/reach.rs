//! Where an effective policy forwards to, and which accounts answer there.

use super::condition::{Facts, Truth, text_of};
use super::document::{Section, Statement, Text};
use super::effective::{Effective, Guarded};
use super::lexer::spelt;
use crate::knowledge::azure;
use crate::model::{Account, Api, Backend, Gateway, PoolMember};
use std::collections::HashMap;

/// Where a call can be forwarded to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A backend of the gateway, by id; it need not exist.
    Backend(String),
    /// A URL of its own.
    Url(String),
    /// Any backend: an expression decides, and does not say among which.
    Any,
}

/// A destination, and what sets it.
#[derive(Debug, Clone)]
pub struct Leads<'p> {
    /// Where to.
    pub destination: Destination,
    /// The `set-backend-service` that sets it; absent for the API's own `serviceUrl`.
    pub set_by: Option<&'p Statement>,
    /// Whether every call goes there; else conditions or an expression decide.
    pub is_certain: bool,
}

/// Where a call of which `facts` are known can be forwarded to, each once: what the last `set-backend-service` that runs
/// for certain sets, and whatever may run after it.
pub fn destinations<'p>(
    effective: &Effective<'p>,
    gateway: &Gateway,
    api: &Api,
    facts: &Facts,
) -> Vec<Leads<'p>> {
    let mut found: Vec<Leads<'p>> = Vec::new();
    if let Some(url) = &api.service_url {
        found.push(Leads {
            destination: Destination::Url(url.clone()),
            set_by: None,
            is_certain: true,
        });
    }
    let statements = effective.statements();
    let mut facts = facts.clone();
    for one in &statements {
        if !matches!(one.section, Section::Inbound | Section::Backend) {
            continue;
        }
        let runs = one.runs(&facts);
        match one.statement.name.as_str() {
            _ if runs == Truth::No => {}
            "set-variable" => set_variable(one.statement, runs, &mut facts),
            "set-backend-service" => {
                let (set, is_decided) = set_by(one.statement, &statements, gateway, &facts);
                let is_final = runs == Truth::Yes && one.inside.is_empty();
                if is_final && !set.is_empty() {
                    found.clear();
                }
                let is_certain = is_final && is_decided;
                for destination in set {
                    let is_known = found.iter().any(|known| known.destination == destination);
                    if !is_known {
                        found.push(Leads {
                            destination,
                            set_by: Some(one.statement),
                            is_certain,
                        });
                    }
                }
            }
            _ => {}
        }
    }
    if found.len() > 1 {
        for one in &mut found {
            one.is_certain = false;
        }
    }
    found
}

fn set_variable(statement: &Statement, runs: Truth, facts: &mut Facts) {
    let (Some(name), Some(value)) = (statement.plain("name"), statement.attribute("value")) else {
        return;
    };
    match text_of(value, facts).filter(|_| runs == Truth::Yes) {
        Some(text) => facts.variables.insert(name.to_owned(), text),
        None => facts.variables.remove(name),
    };
}

/// What a `set-backend-service` can set, and whether that is decided: backends that an expression spells out are only
/// those that it may choose.
fn set_by(
    statement: &Statement,
    all: &[Guarded<'_>],
    gateway: &Gateway,
    facts: &Facts,
) -> (Vec<Destination>, bool) {
    let plain: fn(String) -> Destination = match statement.attribute("backend-id") {
        Some(_) => Destination::Backend,
        None => Destination::Url,
    };
    let value = statement
        .attribute("backend-id")
        .or_else(|| statement.attribute("base-url"));
    let Some(value) = value else {
        return (Vec::new(), false);
    };
    if let Some(text) = text_of(value, facts) {
        return (vec![plain(text)], true);
    }
    // The expression itself first; a variable of it may have been set elsewhere in the policy.
    let variables = all
        .iter()
        .filter(|one| one.statement.name == "set-variable");
    let elsewhere = variables.filter_map(|one| one.statement.attribute("value"));
    for texts in [vec![value], elsewhere.collect()] {
        let named = named_in(&texts, gateway);
        if !named.is_empty() {
            return (named, false);
        }
    }
    (vec![Destination::Any], false)
}

/// Backends of the gateway that texts spell out, in the gateway's order.
fn named_in(texts: &[&Text], gateway: &Gateway) -> Vec<Destination> {
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        match text.plain() {
            Some(plain) => words.push(plain.to_owned()),
            None => words.extend(spelt(&text.text)),
        }
    }
    let backends = gateway.backends.iter();
    let named = backends.filter(|one| words.iter().any(|word| one.name == word.as_str()));
    named
        .map(|one| Destination::Backend(one.name.to_string()))
        .collect()
}

/// A backend that a call can end at.
#[derive(Debug, Clone)]
pub struct Reached<'a> {
    /// Its URL.
    pub url: String,
    /// The backend; absent for a URL of the policy's or the API's own.
    pub backend: Option<&'a Backend>,
    /// The pool that it is a member of, and as what.
    pub member: Option<(&'a Backend, &'a PoolMember)>,
}

/// Pools may hold pools; no deeper than this.
const MOST_DEPTH: u32 = 4;

/// The backends that a destination stands for, those that are preferred first.
pub fn members<'a>(gateway: &'a Gateway, destination: &Destination) -> Vec<Reached<'a>> {
    let alone = |url: &str, backend: Option<&'a Backend>| Reached {
        url: url.to_owned(),
        backend,
        member: None,
    };
    match destination {
        Destination::Url(url) => vec![alone(url, None)],
        Destination::Any => {
            let backends = gateway.backends.iter();
            backends
                .filter_map(|one| Some(alone(one.url.as_deref()?, Some(one))))
                .collect()
        }
        Destination::Backend(name) => {
            let mut found = Vec::new();
            expand(gateway, name, None, MOST_DEPTH, &mut found);
            found
        }
    }
}

/// Priority of a member: lower is preferred.
pub fn priority_of(member: &PoolMember) -> u32 {
    member.priority.unwrap_or(azure().pool.default_priority)
}

/// Weight of a member among those of its priority.
pub fn weight_of(member: &PoolMember) -> u32 {
    member.weight.unwrap_or(azure().pool.default_weight)
}

/// The backend of a gateway with this id, in any case.
pub fn backend_named<'a>(gateway: &'a Gateway, name: &str) -> Option<&'a Backend> {
    let mut backends = gateway.backends.iter();
    backends.find(|one| one.name.as_str().eq_ignore_ascii_case(name))
}

fn expand<'a>(
    gateway: &'a Gateway,
    name: &str,
    member: Option<(&'a Backend, &'a PoolMember)>,
    depth: u32,
    found: &mut Vec<Reached<'a>>,
) {
    let Some(backend) = backend_named(gateway, name) else {
        return;
    };
    if backend.pool.is_empty() {
        found.extend(backend.url.clone().map(|url| Reached {
            url,
            backend: Some(backend),
            member,
        }));
        return;
    }
    if depth == 0 {
        return;
    }
    let mut members: Vec<&PoolMember> = backend.pool.iter().collect();
    members.sort_by_key(|member| priority_of(member));
    for inner in members {
        let place = member.or(Some((backend, inner)));
        expand(gateway, inner.backend.as_str(), place, depth - 1, found);
    }
}

/// Accounts by the host names that they answer on.
#[derive(Debug)]
pub struct Accounts<'a>(HashMap<String, Vec<&'a Account>>);

impl<'a> Accounts<'a> {
    /// Indexes accounts by the hosts of their endpoints and of their subdomain.
    pub fn by_host(accounts: &'a [Account]) -> Self {
        let mut hosts: HashMap<String, Vec<&Account>> = HashMap::new();
        for account in accounts {
            let mut own: Vec<String> = std::iter::once(&account.endpoint)
                .chain(&account.endpoints)
                .filter_map(|url| host_of(url))
                .collect();
            if let Some(subdomain) = &account.custom_subdomain {
                let suffixes = azure().hosts.iter();
                let accounts = suffixes.filter(|entry| entry.form.is_account());
                own.extend(
                    accounts.map(|entry| format!("{subdomain}{}", entry.suffix).to_lowercase()),
                );
            }
            own.sort();
            own.dedup();
            for host in own {
                hosts.entry(host).or_default().push(account);
            }
        }
        Accounts(hosts)
    }

    /// Accounts that answer at the host of a URL.
    pub fn at(&self, url: &str) -> &[&'a Account] {
        host_of(url)
            .and_then(|host| self.0.get(&host))
            .map_or(&[], Vec::as_slice)
    }
}

fn host_of(url: &str) -> Option<String> {
    Some(url::Url::parse(url).ok()?.host_str()?.to_lowercase())
}

//! Which accounts an operation can forward to.

use super::policy::{Destination, destinations, has_base};
use crate::knowledge::azure;
use crate::model::{Account, Api, Backend, Gateway, Operation};
use std::collections::HashMap;

/// Accounts by the host names that they answer on.
pub(super) struct Accounts<'a>(HashMap<String, Vec<&'a Account>>);

impl<'a> Accounts<'a> {
    pub(super) fn by_host(accounts: &'a [Account]) -> Self {
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

    fn at(&self, url: &str) -> &[&'a Account] {
        host_of(url)
            .and_then(|host| self.0.get(&host))
            .map_or(&[], Vec::as_slice)
    }
}

fn host_of(url: &str) -> Option<String> {
    Some(url::Url::parse(url).ok()?.host_str()?.to_lowercase())
}

/// Accounts that an operation can forward to, the preferred first, each once.
pub(super) fn reached<'a>(
    gateway: &Gateway,
    api: &Api,
    operation: &Operation,
    accounts: &Accounts<'a>,
) -> Vec<&'a Account> {
    let mut urls: Vec<&str> = Vec::new();
    let chosen = chosen(gateway, api, operation);
    for destination in &chosen {
        match destination {
            Destination::Url(url) => urls.push(url),
            Destination::Backend(name) => collect_urls(gateway, name, MOST_DEPTH, &mut urls),
            Destination::Any => {
                urls.extend(gateway.backends.iter().filter_map(|one| one.url.as_deref()));
            }
        }
    }
    if chosen.is_empty() {
        urls.extend(api.service_url.as_deref());
    }
    let mut found: Vec<&Account> = Vec::new();
    for account in urls.into_iter().flat_map(|url| accounts.at(url)) {
        if !found.iter().any(|one| std::ptr::eq(*one, *account)) {
            found.push(account);
        }
    }
    found
}

/// Pools may hold pools; no deeper than this.
const MOST_DEPTH: u32 = 4;

fn collect_urls<'a>(gateway: &'a Gateway, name: &str, depth: u32, urls: &mut Vec<&'a str>) {
    let is_it = |one: &&Backend| one.name.as_str().eq_ignore_ascii_case(name);
    let Some(backend) = gateway.backends.iter().find(is_it) else {
        return;
    };
    urls.extend(backend.url.as_deref().filter(|_| backend.pool.is_empty()));
    if depth == 0 {
        return;
    }
    let mut members: Vec<_> = backend.pool.iter().collect();
    members.sort_by_key(|member| member.priority.unwrap_or(u32::MAX));
    for member in members {
        collect_urls(gateway, member.backend.as_str(), depth - 1, urls);
    }
}

/// Destinations of the narrowest policy that sets any. A policy without `<base />` keeps the wider ones from running.
fn chosen(gateway: &Gateway, api: &Api, operation: &Operation) -> Vec<Destination> {
    let products = gateway
        .products
        .iter()
        .filter(|product| api.products.contains(&product.name))
        .map(|product| product.policy.as_deref());
    let scopes = [operation.policy.as_deref(), api.policy.as_deref()]
        .into_iter()
        .chain(products)
        .chain([gateway.policy.as_deref()]);
    for policy in scopes.flatten() {
        let found = destinations(policy, gateway);
        if !found.is_empty() || !has_base(policy) {
            return found;
        }
    }
    Vec::new()
}

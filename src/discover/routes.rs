//! Which paths gateways publish to which FLUX deployments, computed from the inventory alone.

use super::policy::{Destination, destinations, has_base};
use crate::knowledge::{Family, api_versions, by_id, is_flux};
use crate::model::{
    Account, Api, CallKind, Deployment, Gateway, Inventory, Operation, PublishedRoute, RouteStyle,
};
use crate::provider::azure::{Base, Place, Route};
use std::collections::HashMap;

/// Every published path to a FLUX deployment: operations that draw or edit × the accounts their policies can forward to
/// × the FLUX deployments there. Members of a pool that are preferred come first.
pub fn routes(inventory: &Inventory) -> Vec<PublishedRoute> {
    let accounts = Accounts::by_host(&inventory.accounts);
    let mut found = Vec::new();
    for gateway in &inventory.gateways {
        for api in &gateway.apis {
            for operation in &api.operations {
                let Some(published) = Published::of(operation) else {
                    continue;
                };
                for account in reached(gateway, api, operation, &accounts) {
                    let flux = account.deployments.iter().filter(|one| is_flux(&one.model));
                    found.extend(flux.filter_map(|deployment| {
                        let url = published.url(gateway, api, deployment)?;
                        Some(PublishedRoute {
                            account: account.name.clone(),
                            deployment: deployment.name.clone(),
                            gateway: gateway.name.clone(),
                            api: api.name.clone(),
                            operation: operation.name.clone(),
                            url,
                        })
                    }));
                }
            }
        }
    }
    found
}

/// Whether an operation can lead to a picture: it draws, edits, is the publisher's own, or takes everything.
pub fn is_image_operation(operation: &Operation) -> bool {
    Published::of(operation).is_some()
}

/// What an operation publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Published {
    /// Path before `deployments` or `providers`, without slashes at its ends.
    before: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// `deployments/{x}/images/...`; the name where the template spells one out.
    Deployment(CallKind, Option<String>),
    /// `providers/blackforestlabs/v1/{x}`; the segment where the template spells one out.
    Provider(Option<String>),
    /// `/*`.
    Everything,
}

impl Published {
    fn of(operation: &Operation) -> Option<Self> {
        if !matches!(operation.method.to_ascii_uppercase().as_str(), "POST" | "*") {
            return None;
        }
        let path = operation.url_template.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').filter(|one| !one.is_empty()).collect();
        let literal = |segment: &str| (!segment.starts_with('{')).then(|| segment.to_owned());
        let (before, what) = match segments.as_slice() {
            [before @ .., "deployments", name, "images", "generations"] => {
                (before, What::Deployment(CallKind::Generate, literal(name)))
            }
            [before @ .., "deployments", name, "images", "edits"] => {
                (before, What::Deployment(CallKind::Edit, literal(name)))
            }
            [before @ .., "providers", "blackforestlabs", "v1", segment] => {
                (before, What::Provider(literal(segment)))
            }
            [before @ .., "*"] => (before, What::Everything),
            _ => return None,
        };
        // A wildcard below some other tree, such as `/assistants/*`, leads to no picture.
        let is_other = what == What::Everything
            && before.iter().any(|one| !one.eq_ignore_ascii_case("openai"));
        (!is_other).then(|| Published {
            before: before.join("/"),
            what,
        })
    }

    /// The URL for a deployment; nothing where its family does not answer on this operation.
    fn url(&self, gateway: &Gateway, api: &Api, deployment: &Deployment) -> Option<String> {
        let family = deployment.family.as_ref().and_then(by_id);
        let native = family.map_or(RouteStyle::Deployment, Family::native_style);
        let place = match &self.what {
            What::Deployment(call, literal) => {
                let is_named = literal
                    .as_deref()
                    .is_none_or(|name| deployment.name == name);
                let can = match call {
                    CallKind::Edit => family.is_some_and(|family| family.has_edits),
                    _ => native == RouteStyle::Deployment,
                };
                (is_named && can).then(|| place_of(deployment, *call))?
            }
            What::Provider(literal) => {
                let segment = family?.provider_segment.clone();
                let is_named = literal.as_ref().is_none_or(|name| *name == segment);
                is_named.then_some(Place::Provider { segment })?
            }
            What::Everything if native == RouteStyle::Provider => Place::Provider {
                segment: family?.provider_segment.clone(),
            },
            What::Everything => place_of(deployment, CallKind::Generate),
        };
        let style = match place {
            Place::Provider { .. } => RouteStyle::Provider,
            Place::Deployment { .. } | Place::ModelName { .. } => RouteStyle::Deployment,
        };
        let base = self.base(gateway, api, style)?;
        let call = match place {
            Place::Deployment { call, .. } => call,
            _ => CallKind::Generate,
        };
        let versions = api_versions();
        let version = versions.for_call(call, style, &versions.gateway_default);
        Some(Route::new(base, place, Some(version)).url().into())
    }

    /// Where the operation begins; nothing where `openai` would stand in it twice, which no caller means.
    fn base(&self, gateway: &Gateway, api: &Api, style: RouteStyle) -> Option<Base> {
        let path: Vec<&str> = [api.path.as_str(), self.before.as_str()]
            .into_iter()
            .flat_map(|part| part.split('/'))
            .filter(|segment| !segment.is_empty())
            .collect();
        let is_openai = |segment: &&str| segment.eq_ignore_ascii_case("openai");
        if path.windows(2).any(|two| two.iter().all(is_openai)) {
            return None;
        }
        // What passes everything on gets the path that the backend knows, `openai` included.
        if self.what == What::Everything && style == RouteStyle::Deployment {
            return Base::gateway(&gateway.url, &path.join("/")).ok();
        }
        Base::published(&format!("{}/{}", gateway.url, path.join("/")), style).ok()
    }
}

fn place_of(deployment: &Deployment, call: CallKind) -> Place {
    Place::Deployment {
        deployment: deployment.name.clone(),
        call,
    }
}

/// Accounts by the host names that they answer on.
struct Accounts<'a>(HashMap<String, Vec<&'a Account>>);

impl<'a> Accounts<'a> {
    fn by_host(accounts: &'a [Account]) -> Self {
        let mut hosts: HashMap<String, Vec<&Account>> = HashMap::new();
        for account in accounts {
            let mut own: Vec<String> = std::iter::once(&account.endpoint)
                .chain(&account.endpoints)
                .filter_map(|url| host_of(url))
                .collect();
            if let Some(subdomain) = &account.custom_subdomain {
                let suffixes = crate::knowledge::azure().hosts.iter();
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
fn reached<'a>(
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
    let is_it = |one: &&crate::model::Backend| one.name.as_str().eq_ignore_ascii_case(name);
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

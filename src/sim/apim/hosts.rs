//! Where gateways forward to, held against what exists: a misspelt host would only be a name that does not resolve.

use super::error::ApimError;
use crate::sim::World;

/// How alike a host must be to a known one to be taken for a misspelling of it.
const MISSPELLED: f64 = 0.85;

/// Refuses a backend, a service URL or a private endpoint that leads nowhere, though the world does not say so. `exists`
/// tells whether a host has a service, or an entry that says what is wrong with it; `hosts` are those that have a name.
pub fn check_hosts(
    world: &World,
    exists: impl Fn(&str) -> bool,
    hosts: &[String],
) -> Result<(), ApimError> {
    for (gateway, config) in &world.gateways {
        let backends = config
            .backends
            .iter()
            .filter(|(_, backend)| !backend.url.is_empty())
            .map(|(id, backend)| (id.clone(), backend.url.as_str()));
        let services = config.apis.iter().filter_map(|(id, api)| {
            let url = api.service_url.as_deref().filter(|url| !url.is_empty())?;
            Some((format!("(service_url of API {id})"), url))
        });
        for (backend, url) in backends.chain(services) {
            let Some(host) = host_of(url) else {
                continue;
            };
            if !exists(&host) {
                return Err(ApimError::UnknownHost {
                    gateway: gateway.clone(),
                    backend,
                    hint: hint(&host, hosts.iter().map(String::as_str)),
                    host,
                });
            }
        }
    }
    for (host, fault) in &world.hosts {
        let target = fault
            .edge
            .as_ref()
            .and_then(|edge| edge.forwards_to.as_ref());
        if let Some(target) = target.filter(|target| !exists(&target.to_ascii_lowercase())) {
            return Err(ApimError::UnknownTarget {
                front: host.clone(),
                hint: hint(target, hosts.iter().map(String::as_str)),
                host: target.clone(),
            });
        }
    }
    for (account, config) in &world.accounts {
        for gateway in &config.network.private_endpoints {
            if !world.gateways.contains_key(gateway) {
                return Err(ApimError::UnknownGateway {
                    account: account.clone(),
                    gateway: gateway.clone(),
                    hint: hint(gateway, world.gateways.keys().map(String::as_str)),
                });
            }
        }
    }
    Ok(())
}

/// The host of a URL in lower case; `None` where it is not written out, as in a named value, or is an address.
fn host_of(url: &str) -> Option<String> {
    match url::Url::parse(url).ok()?.host()? {
        url::Host::Domain(host) => Some(host.to_ascii_lowercase()),
        _ => None,
    }
}

fn hint<'h>(wanted: &str, known: impl Iterator<Item = &'h str>) -> String {
    known
        .map(|known| (strsim::jaro_winkler(wanted, known), known))
        .filter(|(likeness, _)| *likeness >= MISSPELLED)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| format!(" (did you mean {known}?)"))
        .unwrap_or_default()
}

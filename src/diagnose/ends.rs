//! Where a call through a gateway can end, and what the inventory knows against each of these places.

use super::estate::Estate;
use super::found::{Found, WrongUrl};
use crate::knowledge::{azure, host_form_of};
use crate::model::{Account, Gateway};
use crate::policy::Reached;
use serde::Serialize;

/// One place where a call can end.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct End {
    /// The backend's name, or the URL where a policy or the API has it.
    pub(crate) name: String,
    /// Its host.
    pub(crate) host: String,
    /// The account that answers there; empty where none is known to.
    pub(crate) account: String,
    /// Region of that account, in lower case without spaces.
    pub(crate) region: String,
}

impl Found {
    /// Notes where the call can end. `arrives` is the path below a backend's URL, with or without parameters, and `unchanged`
    /// what it would be if no policy rewrote it.
    pub(super) fn take_ends(
        &mut self,
        estate: &Estate<'_>,
        gateway: &Gateway,
        reached: &[Reached<'_>],
        arrives: Option<&str>,
        unchanged: Option<&str>,
    ) {
        let own_key = &azure().account_key_header;
        let mut adds_credential = !reached.is_empty();
        for one in reached {
            let account = estate.account_at(&one.url);
            let name = match one.backend {
                Some(backend) => backend.name.to_string(),
                None => one.url.clone(),
            };
            let host = host_of(&one.url);
            let form = host_form_of(&host);
            if account.is_none() && form.is_account() && !estate.inventory.accounts.is_empty() {
                self.ends_unknown.push(host.clone());
            }
            let path = path_of(&one.url) + arrives.unwrap_or_default();
            let is_wrong_path = arrives.is_some() && form.is_account() && is_wrong(&path);
            let would_be_right =
                unchanged.is_some_and(|rest| !is_wrong(&(path_of(&one.url) + rest)));
            if is_wrong_path && would_be_right {
                self.rewritten_wrong.push(format!("{name} ({path})"));
            } else if is_wrong_path {
                let right = right_url(&one.url, arrives.unwrap_or_default());
                if let (Some(backend), Some(url)) = (one.backend, right) {
                    let backend = backend.name.to_string();
                    self.wrong_urls.push(WrongUrl { backend, url });
                }
                self.ends_path_wrong.push(format!("{name} ({path})"));
            }
            let mut signs = self.signs;
            if let Some(backend) = one.backend {
                self.backends.push(name.clone());
                let resource = &backend.managed_identity_resource;
                signs |= resource.is_some();
                self.token_resources.extend(resource.clone());
                if backend.circuit_breaker.is_some() {
                    self.breakers.push(name.clone());
                }
                let headers = &backend.credential_headers;
                self.sends_key |= headers
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(own_key));
                if !self.signs && !resource.as_deref().is_some_and(is_for_models) {
                    self.tokenless.push(name.clone());
                }
                adds_credential &=
                    resource.is_some() || !headers.is_empty() || self.signs || self.adds_header;
            } else {
                adds_credential &= self.signs || self.adds_header;
            }
            if let Some(account) = account {
                self.take_end_account(gateway, account, signs);
            }
            self.ends.push(End {
                name,
                host,
                account: account.map(|one| one.name.to_string()).unwrap_or_default(),
                region: account.map(region_of).unwrap_or_default(),
            });
        }
        self.has_backend_credential = (!reached.is_empty()).then_some(adds_credential);
        let lists = [
            &mut self.backends,
            &mut self.token_resources,
            &mut self.breakers,
            &mut self.ends_unknown,
            &mut self.ends_closed,
            &mut self.ends_key_off,
            &mut self.ends_without_role,
        ];
        for list in lists {
            let mut seen: Vec<String> = Vec::new();
            list.retain(|one| {
                let is_new = !seen.contains(one);
                seen.push(one.clone());
                is_new
            });
        }
    }

    fn take_end_account(&mut self, gateway: &Gateway, account: &Account, signs: bool) {
        let name = account.name.to_string();
        if account.is_firewalled || account.is_public_network_disabled {
            self.ends_closed.push(name.clone());
        }
        if account.is_key_auth_disabled {
            self.ends_key_off.push(name.clone());
        }
        if signs && lacks_role(gateway, account) {
            self.ends_without_role.push(name);
        }
    }

    /// Notes what the accounts at the ends have under the name of the deployment that is asked for.
    pub(super) fn take_end_deployments(&mut self, estate: &Estate<'_>, deployment: &str) {
        if deployment.is_empty() {
            return;
        }
        let accounts = &estate.inventory.accounts;
        let named = |account: &Account| {
            let mut all = account.deployments.iter();
            all.find(|one| one.name.as_str().eq_ignore_ascii_case(deployment))
                .cloned()
        };
        // A name that nobody has deployed is lacking nowhere in particular.
        let is_deployed = accounts.iter().any(|account| named(account).is_some());
        let models: Vec<String> = accounts
            .iter()
            .filter_map(named)
            .map(|one| one.model.name.to_ascii_lowercase())
            .collect();
        let is_flux_somewhere = models.iter().any(|model| model.contains("flux"));
        for end in &self.ends {
            let is_it = |account: &&Account| account.name == end.account.as_str();
            let Some(account) = accounts.iter().find(is_it) else {
                continue;
            };
            let Some(one) = named(account) else {
                if is_deployed && !self.pool_lacks.contains(&end.account) {
                    self.pool_lacks.push(end.account.clone());
                }
                continue;
            };
            let model = one.model.name.to_ascii_lowercase();
            if is_flux_somewhere && !model.contains("flux") {
                self.ends_other_model
                    .push(format!("{} ({})", end.account, one.model.name));
            }
            let state = one.provisioning_state.to_ascii_lowercase();
            let is_ready = matches!(state.as_str(), "" | "succeeded" | "updating");
            if one.state.eq_ignore_ascii_case("paused") {
                self.ends_not_ready
                    .push(format!("{} (paused)", end.account));
            } else if !is_ready {
                self.ends_not_ready
                    .push(format!("{} ({state})", end.account));
            }
        }
        self.ends_other_model.dedup();
        self.ends_not_ready.dedup();
        self.pool_lacks.sort();
    }

    /// The end that an answer came from, by the region that it names; none where several are there.
    pub(super) fn end_in(&self, region: &str) -> Option<&End> {
        let region: String = region.split_whitespace().collect::<String>().to_lowercase();
        let mut here = self.ends.iter().filter(|end| end.region == region);
        here.next()
            .filter(|end| here.all(|other| other.account == end.account))
            .filter(|_| !region.is_empty())
    }
}

fn region_of(account: &Account) -> String {
    account
        .location
        .split_whitespace()
        .collect::<String>()
        .to_lowercase()
}

fn host_of(url: &str) -> String {
    let rest = url.split("://").last().unwrap_or_default();
    let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
    host.to_lowercase()
}

fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest
        .split_once('/')
        .map(|(_, path)| path)
        .unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

/// Whether an account has nothing at this path: a segment is missing before the operation, or stands there twice.
fn is_wrong(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().to_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|one| !one.is_empty()).collect();
    match segments.as_slice() {
        ["openai", second, ..] if *second == "openai" || *second == "providers" => true,
        ["openai", "v1", third, ..] => matches!(*third, "openai" | "deployments" | "v1"),
        ["openai", ..] | ["models", ..] | ["api", ..] => false,
        ["providers", second, ..] => matches!(*second, "openai" | "providers"),
        ["deployments" | "images" | "chat" | "v1", ..] => true,
        _ => false,
    }
}

/// The URL that a backend on the host of `url` should have, so that `arrives` makes a path that an account has.
fn right_url(url: &str, arrives: &str) -> Option<String> {
    let origin: Vec<&str> = url.split('/').take(3).collect();
    let origin = origin.join("/");
    let mut bases = ["", "/openai", "/providers"].iter();
    let base = bases.find(|base| is_right(&format!("{base}{arrives}")))?;
    Some(format!("{origin}{base}"))
}

/// Whether an account has the routes of images or models at this path.
fn is_right(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().to_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|one| !one.is_empty()).collect();
    matches!(
        segments.as_slice(),
        [
            "openai",
            "deployments" | "images" | "chat" | "v1" | "models",
            ..
        ] | ["providers", "blackforestlabs", ..]
    )
}

/// Whether a resource is the one that a token for the deployments of an account is for.
fn is_for_models(resource: &str) -> bool {
    let scope = azure().scopes.models.as_str();
    let wanted = scope.strip_suffix("/.default").unwrap_or(scope);
    resource.trim_end_matches('/').eq_ignore_ascii_case(wanted)
}

/// Whether the gateway's identity is known to hold no role that lets it call models of the account.
fn lacks_role(gateway: &Gateway, account: &Account) -> bool {
    let (Some(roles), Some(id), Some(_)) = (&gateway.roles, &account.id, &gateway.identity) else {
        return false;
    };
    let id = id.as_str().to_lowercase();
    let covers = |scope: &str| {
        let scope = scope.trim_end_matches('/').to_lowercase();
        id == scope
            || id
                .strip_prefix(&scope)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let mut held = roles.iter().filter(|role| covers(&role.scope));
    // A role that is not in the table may let it in.
    !held.any(|role| {
        let mut known = azure().role_definitions.iter();
        known
            .find(|one| one.id.eq_ignore_ascii_case(&role.definition))
            .is_none_or(|one| one.calls_models)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_backend_is_told_the_url_that_makes_a_path_of_the_account() {
        let cases = [
            (
                "/deployments/d/images/generations",
                Some("https://A.example/openai"),
            ),
            (
                "/openai/deployments/d/images/edits?x=1",
                Some("https://A.example"),
            ),
            (
                "/providers/blackforestlabs/v1/flux-2-pro",
                Some("https://A.example"),
            ),
            (
                "/blackforestlabs/v1/flux-2-pro",
                Some("https://A.example/providers"),
            ),
            ("/v1/images/generations", Some("https://A.example/openai")),
            ("/draw", None),
        ];
        for (arrives, wanted) in cases {
            let found = right_url("https://A.example/openai/openai/", arrives);
            assert_eq!(found.as_deref(), wanted, "{arrives}");
        }
    }

    #[test]
    fn a_path_is_wrong_where_an_account_has_nothing() {
        for path in [
            "/deployments/d/images/generations",
            "/openai/openai/deployments/d/images/generations",
            "/openai/providers/blackforestlabs/v1/flux-2-pro",
            "/openai/v1/deployments/d/images/edits",
        ] {
            assert!(is_wrong(path), "{path}");
        }
        for path in [
            "/openai/deployments/{deployment-id}/images/generations?api-version={api-version}",
            "/openai/v1/images/generations",
            "/providers/blackforestlabs/v1/flux-2-pro",
            "/models/chat/completions",
            "/openai/images/generations",
            "",
        ] {
            assert!(!is_wrong(path), "{path}");
        }
    }

    #[test]
    fn the_region_of_an_answer_names_the_end_it_came_from() {
        let end = |account: &str, region: &str| End {
            account: account.into(),
            region: region.into(),
            ..End::default()
        };
        let mut found = Found {
            ends: vec![end("a", "uksouth"), end("b", "norwayeast")],
            ..Found::default()
        };
        assert_eq!(found.end_in("UK South").unwrap().account, "a");
        assert_eq!(found.end_in("Sweden Central"), None);
        found.ends.push(end("c", "uksouth"));
        assert_eq!(found.end_in("UK South"), None);
    }
}

//! Findings about deployments by themselves, and whether anything leads to them.

use super::check::{Groups, Raised};
use super::estate::{Estate, Flux};
use super::routes::{api_for, is_taken};
use super::way::Way;
use crate::expr::parse_timestamp;
use crate::knowledge::azure;
use crate::model::CallKind;
use crate::policy::{Facts, destinations, members};

/// No API of any gateway leads to it.
pub(super) fn not_routed(estate: &Estate<'_>) -> Vec<Raised> {
    if estate.gateways.is_empty() {
        return Vec::new();
    }
    if !estate.unread.knows_all_apis() {
        estate.leave("whether every deployment is routed: not all APIs could be read");
        return Vec::new();
    }
    let mut found = Groups::default();
    let uncertain = estate.apis().find(|api| {
        let ways = api.ways.iter();
        !api.is_certain || ways.clone().any(|way| !way.is_certain)
    });
    for flux in estate.flux() {
        let is_served = is_taken(estate, flux, CallKind::Generate);
        if let Some((way, said)) = sent_elsewhere(estate, flux).filter(|_| is_served) {
            let raised = found.of(&format!("{} elsewhere", way.api.name), || {
                about(flux)
                    .with("endpoint", flux.account.endpoint.trim_end_matches('/'))
                    .with("elsewhere", way.api.name.as_str())
                    .at_gateway(way.gateway)
            });
            raised.show(said);
            raised.hit(flux.name());
            continue;
        }
        if is_served || api_for(estate, flux).is_some() {
            continue;
        }
        if let Some(api) = uncertain {
            let name = flux.name();
            estate.leave(format!(
                "whether {name} is routed: a policy that decides where {} leads could not be read",
                api.name()
            ));
            continue;
        }
        let account = flux.account.name.as_str();
        let raised = found.of(account, || {
            about(flux)
                .shown_by(format!(
                    "no backend or serviceUrl that an API of {} can forward to is a host of account {account}",
                    gateways(estate)
                ))
                .with("endpoint", flux.account.endpoint.trim_end_matches('/'))
                .with("elsewhere", "")
                .at_gateway(estate.gateways[0].gateway)
        });
        raised.hit(flux.name());
    }
    found.done()
}

/// The operation that takes a deployment's calls and, by the deployment's name, forwards them to other accounts; nothing
/// where one leads to its own, where the others have the same model under the same name, or where conditions leave that
/// open.
fn sent_elsewhere<'e, 'a>(estate: &'e Estate<'a>, flux: Flux<'_>) -> Option<(&'e Way<'a>, String)> {
    let name = flux.deployment.name.as_str();
    let mut found = None;
    for place in estate.ways_to(flux.account) {
        let Some(way) = estate.way(*place) else {
            continue;
        };
        if !way.takes(flux, CallKind::Generate) {
            continue;
        }
        let ends = ends_by_name(estate, *place, way, name)?;
        let accounts: Vec<&str> = ends.iter().flat_map(|end| accounts_at(way, end)).collect();
        if ends.is_empty() || accounts.contains(&flux.account.name.as_str()) {
            return None;
        }
        let is_twin = |account: &&str| {
            let mut others = estate.flux();
            others.any(|other| {
                other.account.name == **account
                    && other.deployment.name == flux.deployment.name
                    && other.deployment.model.name == flux.deployment.model.name
            })
        };
        if accounts.iter().all(is_twin) {
            return None;
        }
        let said = format!(
            "calls of {} that name {name} are forwarded to {}, and the deployment is on account {}",
            way.name(),
            ends.join(", "),
            flux.account.name
        );
        found.get_or_insert((way, said));
    }
    found
}

/// Names of the backends that calls of an operation end at where they name a deployment; nothing where they end at the
/// same for every name.
fn ends_by_name(
    estate: &Estate<'_>,
    (gateway_at, ..): (usize, usize, usize),
    way: &Way<'_>,
    name: &str,
) -> Option<Vec<String>> {
    if way.leads.len() < 2 || !way.is_certain {
        return None;
    }
    let gateway = estate.gateways.get(gateway_at)?;
    let mut apis = way.gateway.apis.iter();
    let api_at = apis.position(|one| std::ptr::eq(one, way.api))?;
    let mut operations = way.api.operations.iter();
    let operation = operations.position(|one| std::ptr::eq(one, way.operation))?;
    let effective = gateway.policies.effective(api_at, operation, way.product);
    let facts = Facts {
        deployment: Some(name.to_owned()),
        ..way.facts.clone()
    };
    let leads = destinations(&effective, way.gateway, way.api, &facts);
    let reached = leads
        .iter()
        .flat_map(|lead| members(way.gateway, &lead.destination));
    let names = reached.map(|one| match one.backend {
        Some(backend) => backend.name.to_string(),
        None => one.url,
    });
    Some(names.collect())
}

/// Names of the accounts at an end of an operation.
fn accounts_at<'w>(way: &'w Way<'_>, name: &str) -> Vec<&'w str> {
    let ends = way.ends.iter().filter(|end| end.name() == name);
    ends.flat_map(|end| &end.accounts)
        .map(|account| account.name.as_str())
        .collect()
}

fn gateways(estate: &Estate<'_>) -> String {
    let names = estate.gateways.iter().map(|one| one.gateway.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// It is paused: 423.
pub(super) fn paused(estate: &Estate<'_>) -> Vec<Raised> {
    let paused = |flux: &Flux<'_>| flux.deployment.state.eq_ignore_ascii_case("Paused");
    estate
        .flux()
        .filter(paused)
        .map(|flux| about(flux).shown_by(format!("deploymentState is {}", flux.deployment.state)))
        .collect()
}

/// It, or its account, was not provisioned.
pub(super) fn failed(estate: &Estate<'_>) -> Vec<Raised> {
    let is_broken = |state: &str| {
        ["failed", "canceled", "disabled", "deleting"].contains(&state.to_lowercase().as_str())
    };
    let mut found = Vec::new();
    for flux in estate.flux() {
        let (own, account) = (
            &flux.deployment.provisioning_state,
            &flux.account.provisioning_state,
        );
        for (what, state) in [("the deployment", own), ("its account", account)] {
            if is_broken(state) {
                found.push(
                    about(flux)
                        .with("state", state.as_str())
                        .shown_by(format!("provisioningState of {what} is {state}")),
                );
            }
        }
    }
    found
}

/// Its model version is retired: 410.
pub(super) fn retired(estate: &Estate<'_>) -> Vec<Raised> {
    let now = taken_at(estate);
    let mut found = Vec::new();
    for flux in estate.flux() {
        let is_deprecated = flux.deployment.lifecycle.as_deref() == Some("Deprecated");
        let is_past = matches!((now, retires_at(flux)), (Some(now), Some(end)) if end <= now);
        if is_deprecated || is_past {
            found.push(shown_life(about(flux), flux));
        }
    }
    found
}

/// Its model version ends within the time that `azure.yaml` calls soon.
pub(super) fn retires_soon(estate: &Estate<'_>) -> Vec<Raised> {
    let now = taken_at(estate);
    let soon = f64::from(azure().retires_soon_days) * 86_400.0;
    let mut found = Vec::new();
    for flux in estate.flux() {
        let life = flux.deployment.lifecycle.as_deref().unwrap_or_default();
        let end = retires_at(flux);
        let is_soon = match (now, end) {
            (Some(now), Some(end)) => end > now && end <= now + soon,
            _ => life == "Deprecating",
        };
        if is_soon && life != "Deprecated" {
            let when = flux
                .deployment
                .retires_at
                .as_deref()
                .unwrap_or("a date that ARM does not say");
            found.push(shown_life(about(flux).with("when", when), flux));
        }
    }
    found
}

/// One call a minute.
pub(super) fn capacity_one(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Vec::new();
    for flux in estate.flux() {
        let capacity = flux.deployment.sku.capacity;
        let shown = match flux.requests_per_minute() {
            Some(limit) if limit <= 1.0 => format!("rateLimits allow {limit} requests a minute"),
            None if capacity == Some(1) => {
                "the capacity is 1, and ARM says no rateLimits".to_owned()
            }
            _ => continue,
        };
        let more = capacity.unwrap_or(1).saturating_mul(6);
        found.push(
            about(flux)
                .shown_by(shown)
                .with("sku", flux.deployment.sku.name.as_str())
                .with("version", flux.deployment.model.version.as_str())
                .with("more", more),
        );
    }
    found
}

/// Its name is the model's but for punctuation or case.
pub(super) fn name_punctuation(estate: &Estate<'_>) -> Vec<Raised> {
    let plain = |name: &str| -> String {
        let kept = name.chars().filter(char::is_ascii_alphanumeric);
        kept.map(|c| c.to_ascii_lowercase()).collect()
    };
    let differs = |flux: &Flux<'_>| {
        let (name, model) = (flux.deployment.name.as_str(), &flux.deployment.model.name);
        name != model && plain(name) == plain(model)
    };
    estate
        .flux()
        .filter(differs)
        .map(|flux| {
            let (name, model) = (&flux.deployment.name, &flux.deployment.model.name);
            about(flux).shown_by(format!(
                "the deployment is called {name}, its model {model}"
            ))
        })
        .collect()
}

/// A finding about a deployment, with the values that every command about one needs.
fn about(flux: Flux<'_>) -> Raised {
    Raised::on(flux.name())
        .at_account(flux.account)
        .with("deployment", flux.deployment.name.as_str())
        .with("model", flux.deployment.model.name.as_str())
}

fn shown_life(mut raised: Raised, flux: Flux<'_>) -> Raised {
    let version = &flux.deployment.model.version;
    if let Some(life) = &flux.deployment.lifecycle {
        raised.show(format!("lifecycleStatus of version {version} is {life}"));
    }
    if let Some(when) = &flux.deployment.retires_at {
        raised.show(format!("inference with version {version} ends {when}"));
    }
    raised
}

fn taken_at(estate: &Estate<'_>) -> Option<f64> {
    parse_timestamp(&estate.inventory.taken_at).ok()
}

fn retires_at(flux: Flux<'_>) -> Option<f64> {
    parse_timestamp(flux.deployment.retires_at.as_deref()?).ok()
}

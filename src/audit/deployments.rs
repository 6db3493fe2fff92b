//! Findings about deployments by themselves, and whether anything leads to them.

use super::check::{Groups, Raised};
use super::estate::{Estate, Flux};
use super::routes::{api_for, is_taken};
use crate::expr::parse_timestamp;
use crate::knowledge::azure;
use crate::model::CallKind;

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
                .at_gateway(estate.gateways[0].gateway)
        });
        raised.hit(flux.name());
    }
    found.done()
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

//! Findings about rates: what the gateway lets through against what the deployments take.

use super::check::{Groups, Raised};
use super::estate::{Estate, Flux};
use super::policies::on_statement;
use super::way::Way;
use crate::model::CallKind;
use crate::policy::{Truth, priority_of};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The gateway lets more through than the deployments take.
pub(super) fn above(estate: &Estate<'_>) -> Vec<Raised> {
    rates(estate, |gateway, deployments| gateway > deployments)
}

/// A gateway's limit below this share of what the deployments take leaves most of it unused.
const FAR_BELOW: f64 = 0.25;

/// The gateway lets far less through than the deployments take.
pub(super) fn below(estate: &Estate<'_>) -> Vec<Raised> {
    rates(estate, |gateway, deployments| {
        gateway < deployments * FAR_BELOW
    })
}

fn rates(estate: &Estate<'_>, is_wrong: impl Fn(f64, f64) -> bool) -> Vec<Raised> {
    let mut found = Groups::default();
    let mut known: HashMap<*const Vec<Flux<'_>>, BTreeMap<String, f64>> = HashMap::new();
    for way in estate.ways() {
        for name in ["rate-limit", "rate-limit-by-key"] {
            for guarded in way.named(name) {
                let number = |name: &str| guarded.statement.plain(name)?.parse::<f64>().ok();
                let (Some(calls), Some(period)) = (number("calls"), number("renewal-period"))
                else {
                    continue;
                };
                if period <= 0.0 || guarded.truth == Truth::No {
                    continue;
                }
                let gateway = calls * 60.0 / period;
                let limits = known
                    .entry(Rc::as_ptr(&way.flux))
                    .or_insert_with(|| limits(way));
                for (deployment, limit) in limits.iter() {
                    let limit = *limit;
                    if is_wrong(gateway, limit) {
                        let raised = on_statement(&mut found, way, guarded);
                        raised.values.insert("gateway_rate".into(), gateway.into());
                        raised.values.insert("limit".into(), limit.into());
                        raised.values.insert("policy".into(), name.into());
                        let key = if name == "rate-limit" {
                            "subscription"
                        } else {
                            "counter key"
                        };
                        raised.show(format!(
                            "each {key} gets {gateway} calls a minute; {deployment} takes {limit} at the backends that are asked first"
                        ));
                    }
                }
            }
        }
    }
    found.done()
}

/// Requests a minute by name of deployment, over all backends that are asked first; those without a stated limit are
/// left out.
fn limits(way: &Way<'_>) -> BTreeMap<String, f64> {
    let priority =
        |end: &super::way::End<'_>| end.reached.member.map(|(_, member)| priority_of(member));
    let first = way.ends.iter().filter_map(priority).min();
    let asked = way
        .ends
        .iter()
        .filter(|end| priority(end).is_none() || priority(end) == first);
    let mut limits: BTreeMap<String, f64> = BTreeMap::new();
    for flux in asked.flat_map(|end| &end.flux) {
        let edits = flux.has_edits() && way.takes(*flux, CallKind::Edit);
        if !edits && !way.takes(*flux, CallKind::Generate) {
            continue;
        }
        if let Some(limit) = flux.requests_per_minute() {
            *limits.entry(flux.deployment.name.to_string()).or_default() += limit;
        }
    }
    limits
}

//! Findings about where gateways forward to.

use super::check::{Groups, Raised};
use super::estate::Estate;
use super::routes::about;
use super::way::{Arrival, End, Way};
use crate::policy::{Destination, Truth, backend_named};
use crate::provider::azure::Publishes;
use serde_json::Value;
use std::collections::HashSet;

/// Calls of the image API arrive at an account without `/openai`.
pub(super) fn openai_missing(estate: &Estate<'_>) -> Vec<Raised> {
    wrong_base(estate, |arrival| !arrival.is_openai(0))
}

/// Calls of the image API arrive at an account with `/openai/openai`.
pub(super) fn openai_doubled(estate: &Estate<'_>) -> Vec<Raised> {
    wrong_base(estate, |arrival| {
        arrival.is_openai(0) && arrival.is_openai(1)
    })
}

fn wrong_base(estate: &Estate<'_>, is_wrong: impl Fn(&Arrival<'_, '_>) -> bool) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        if !matches!(way.published.what, Publishes::Deployment(..)) {
            continue;
        }
        for arrival in way.arrivals().filter(|one| is_wrong(one)) {
            let key = format!("{} {}", way.gateway.name, arrival.end.name());
            let raised = found.of(&key, || about_end(way, arrival.end));
            raised.hit(way.name());
            raised.hit_all(arrival.end.flux.iter().map(|flux| flux.name()));
            raised.show(format!(
                "{} arrives as {}",
                way.operation.url_template,
                arrival.shown()
            ));
        }
    }
    found.done()
}

/// A policy or a pool names a backend that does not exist.
pub(super) fn unknown(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for view in &estate.gateways {
        let gateway = view.gateway;
        if !estate.unread.knows(gateway, "backends") {
            estate.leave(format!(
                "backends that policies of gateway {} name: they could not be listed",
                gateway.name
            ));
            continue;
        }
        for way in view.apis.iter().flat_map(|api| &api.ways) {
            for leads in &way.leads {
                let Destination::Backend(name) = &leads.destination else {
                    continue;
                };
                if backend_named(gateway, name).is_none() {
                    let raised = found.of(&format!("{} {name}", gateway.name), || {
                        about(way).with("backend", name.as_str())
                    });
                    raised.hit(way.name());
                    let place = leads.set_by.map(|statement| statement.place.to_string());
                    raised.show(format!(
                        "{} names backend {name}",
                        place.unwrap_or_default()
                    ));
                }
            }
        }
        for pool in &gateway.backends {
            for member in &pool.pool {
                let name = member.backend.as_str();
                if backend_named(gateway, name).is_none() {
                    let make = || {
                        Raised::on(format!("backend {}/{}", gateway.name, pool.name))
                            .at_gateway(gateway)
                            .with("backend", name)
                    };
                    let raised = found.of(&format!("{} {name}", gateway.name), make);
                    raised.show(format!("pool {} has the member {name}", pool.name));
                }
            }
        }
    }
    found.done()
}

/// The gateway gives up before the model has drawn.
pub(super) fn timeout_short(estate: &Estate<'_>) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        for one in way.named("forward-request") {
            let seconds = |name: &str| one.statement.plain(name)?.parse::<f64>().ok();
            let timeout =
                seconds("timeout").or_else(|| seconds("timeout-ms").map(|ms| ms / 1000.0));
            let Some(timeout) = timeout.filter(|_| one.truth != Truth::No) else {
                continue;
            };
            for flux in way.flux.iter().copied() {
                let Some(family) = flux
                    .family
                    .filter(|family| family.latency.budget_s > timeout)
                else {
                    continue;
                };
                let latency = family.latency;
                let raised = found.of(&one.statement.place.to_string(), || {
                    about(way)
                        .with("timeout", timeout)
                        .with("place", one.statement.place.to_string())
                });
                let needed = raised
                    .values
                    .get("needed")
                    .and_then(Value::as_f64)
                    .unwrap_or(0.0);
                raised
                    .values
                    .insert("needed".into(), needed.max(latency.budget_s).into());
                raised.hit(way.name());
                raised.hit(flux.name());
                raised.show(format!(
                    "{} gives up after {timeout} s; {} takes about {} s, and up to {} s",
                    one.statement.place, family.model, latency.typical_s, latency.budget_s
                ));
            }
        }
    }
    found.done()
}

/// A rule of a circuit breaker, as far as it matters here.
struct Rule {
    name: String,
    ranges: Vec<(u64, u64)>,
    accepts_retry_after: bool,
    has_other_reasons: bool,
}

impl Rule {
    fn covers(&self, first: u64, last: u64) -> bool {
        self.ranges
            .iter()
            .any(|(min, max)| *min <= last && *max >= first)
    }

    fn shown(&self) -> String {
        let ranges = self.ranges.iter().map(|(min, max)| {
            if min == max {
                min.to_string()
            } else {
                format!("{min}-{max}")
            }
        });
        let ranges = ranges.collect::<Vec<_>>().join(", ");
        format!(
            "rule {} counts {}",
            self.name,
            if ranges.is_empty() {
                "no status".to_owned()
            } else {
                ranges
            }
        )
    }
}

fn rules_of(breaker: &Value) -> Vec<Rule> {
    let list = |value: &Value, pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let rules = list(breaker, "/rules");
    let number =
        |range: &Value, name: &str| range.get(name).and_then(Value::as_u64).unwrap_or_default();
    rules
        .iter()
        .map(|rule| Rule {
            name: rule
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            ranges: list(rule, "/failureCondition/statusCodeRanges")
                .iter()
                .map(|range| (number(range, "min"), number(range, "max")))
                .collect(),
            accepts_retry_after: rule.get("acceptRetryAfter") == Some(&Value::Bool(true)),
            // "Server errors" stands in every sample and names no reason of its own.
            has_other_reasons: list(rule, "/failureCondition/errorReasons")
                .iter()
                .any(|reason| {
                    reason
                        .as_str()
                        .is_some_and(|reason| reason != "Server errors")
                }),
        })
        .collect()
}

/// A breaker trips on 429 and stays open for a time of its own, whatever `Retry-After` says.
pub(super) fn breaker_ignores_retry_after(estate: &Estate<'_>) -> Vec<Raised> {
    breakers(estate, |rules| {
        let wrong = rules
            .iter()
            .find(|rule| rule.covers(429, 429) && !rule.accepts_retry_after)?;
        Some((
            format!("{}, and acceptRetryAfter is not set", wrong.shown()),
            false,
        ))
    })
}

/// A breaker counts nothing that an overloaded or broken model service answers.
pub(super) fn breaker_never_trips(estate: &Estate<'_>) -> Vec<Raised> {
    breakers(estate, |rules| {
        let trips = rules
            .iter()
            .any(|rule| rule.covers(429, 429) || rule.covers(500, 599));
        let shown = rules.iter().map(Rule::shown).collect::<Vec<_>>().join("; ");
        let is_unsure = rules.iter().any(|rule| rule.has_other_reasons);
        (!trips && !rules.is_empty()).then_some((shown, is_unsure))
    })
}

fn breakers(estate: &Estate<'_>, judge: impl Fn(&[Rule]) -> Option<(String, bool)>) -> Vec<Raised> {
    let mut found = Groups::default();
    let mut seen = HashSet::new();
    for way in estate.ways() {
        for end in way.ends.iter() {
            // Other operations go to the same backend.
            if !seen.insert(end.reached.backend.map(std::ptr::from_ref)) {
                continue;
            }
            let breaker = end
                .reached
                .backend
                .and_then(|backend| backend.circuit_breaker.as_ref());
            let Some((shown, is_unsure)) = breaker.and_then(|breaker| judge(&rules_of(breaker)))
            else {
                continue;
            };
            let raised = found.of(&format!("{} {}", way.gateway.name, end.name()), || {
                about_end(way, end)
            });
            raised.is_unsure |= is_unsure;
            raised.show(shown);
        }
    }
    found.done()
}

/// A finding about a backend, with the values that every command about one needs.
pub(super) fn about_end(way: &Way<'_>, end: &End<'_>) -> Raised {
    let url = end.reached.url.trim_end_matches('/');
    let origin = url::Url::parse(url)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    Raised::on(victim_of(way, end))
        .at_gateway(way.gateway)
        .with("backend", end.name())
        .with("url", url)
        .with("origin", origin)
        .with("api", way.api.name.as_str())
}

/// As victims are written: a backend, or the API whose policy has a URL of its own.
pub(super) fn victim_of(way: &Way<'_>, end: &End<'_>) -> String {
    match end.reached.backend {
        Some(backend) => format!("backend {}/{}", way.gateway.name, backend.name),
        None => format!("api {}/{}", way.gateway.name, way.api.name),
    }
}

//! What other exchanges of a run say of one that failed.

use crate::model::{CaseRun, Exchange, Hop, Leg, Run, StepRun, Verdict};
use serde::Serialize;

/// What other exchanges of the run say. Absent where none of them tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Siblings {
    /// Whether a call straight to the same deployment was taken.
    pub(crate) direct_ok: Option<bool>,
    /// Where such a call went, without its query, in lower case; one that was taken, where there is one.
    pub(crate) direct_url: String,
    /// Its api-version.
    pub(crate) direct_api_version: String,
    /// Why such a call broke off, by the word of JSON; empty where it was answered.
    pub(crate) direct_error: String,
    /// Whether a call to the same deployment through the gateway was taken.
    pub(crate) gateway_ok: Option<bool>,
    /// Whether calls to other deployments by the same way were taken.
    pub(crate) others_ok: Option<bool>,
    /// Whether the same call to the same deployment was also taken in this run, so that it fails now and then.
    pub(crate) same_ok: Option<bool>,
    /// Whether a call with the same body at that was taken, so that what the request holds is not at fault.
    pub(crate) same_body_ok: Option<bool>,
    /// What the gateway's traces of calls that failed in the same way say stopped them, each once.
    pub(crate) stopped_by: Vec<String>,
}

/// Looks through `run` for what helps to explain `exchange` of `case`.
pub(crate) fn siblings(run: &Run, case: &CaseRun, exchange: &Exchange) -> Siblings {
    let mut found = Siblings::default();
    let url = exchange.request.url.as_deref();
    found.stopped_by = traced(run, exchange);
    for other in &run.cases {
        let is_same_target = other.account == case.account && other.deployment == case.deployment;
        for step in &other.steps {
            let Some(sibling) = step
                .exchange
                .as_ref()
                .filter(|_| step.is_on_route || is_judged(step) || is_straight(step))
            else {
                continue;
            };
            let is_ok = is_taken(step, sibling);
            let note = |place: &mut Option<bool>| *place = Some(place.unwrap_or(false) || is_ok);
            match (is_same_target, sibling.leg) {
                (true, Some(Leg::Direct)) => {
                    if found.direct_ok != Some(true) {
                        found.take_direct(sibling);
                    }
                    note(&mut found.direct_ok);
                }
                (true, Some(Leg::Gateway)) => note(&mut found.gateway_ok),
                (false, leg) if leg == exchange.leg => note(&mut found.others_ok),
                _ => {}
            }
            // Targets of several accounts behind one pool are called by one URL.
            if sibling != exchange && url.is_some() && sibling.request.url.as_deref() == url {
                note(&mut found.same_ok);
                if sibling.request.body == exchange.request.body {
                    note(&mut found.same_body_ok);
                }
            }
        }
    }
    found
}

impl Siblings {
    /// What one call straight to the account says.
    pub(crate) fn of_direct(exchange: &Exchange, is_taken: bool) -> Self {
        let mut found = Siblings {
            direct_ok: Some(is_taken),
            ..Siblings::default()
        };
        found.take_direct(exchange);
        found
    }

    fn take_direct(&mut self, sibling: &Exchange) {
        let url = sibling.request.url.as_deref().unwrap_or_default();
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        self.direct_url = place.to_ascii_lowercase();
        self.direct_api_version = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("api-version="))
            .unwrap_or_default()
            .to_ascii_lowercase();
        self.direct_error = sibling
            .transport_error
            .as_ref()
            .and_then(|error| serde_json::to_value(error.kind).ok())
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default();
    }
}

/// What traces say stopped the calls of the same operation that failed with the same status.
fn traced(run: &Run, exchange: &Exchange) -> Vec<String> {
    let Some(way) = way_of(exchange).filter(|_| exchange.leg == Some(Leg::Gateway)) else {
        return Vec::new();
    };
    let mut found: Vec<String> = Vec::new();
    let steps = run.cases.iter().flat_map(|case| &case.steps);
    let exchanges = steps.filter_map(|step| step.exchange.as_ref());
    for other in exchanges.filter(|other| other.status() == exchange.status()) {
        let stopped_by = other
            .trace
            .as_ref()
            .and_then(|trace| trace.stopped_by.as_ref());
        if let Some(stopped_by) = stopped_by
            && way_of(other) == Some(way)
            && !found.contains(stopped_by)
        {
            found.push(stopped_by.clone());
        }
    }
    found
}

/// Host and operation of a call: the last two segments of its path.
fn way_of(exchange: &Exchange) -> Option<(&str, &str)> {
    let url = exchange.request.url.as_deref()?;
    let url = url.split('?').next().unwrap_or_default();
    let (host, path) = url.split_once("://")?.1.split_once('/')?;
    Some((host, super::groups::operation(path)))
}

/// Whether a call got as far as the model: it succeeded, or was made to be refused and the model service refused it.
fn is_taken(step: &StepRun, exchange: &Exchange) -> bool {
    let is_by_model = matches!(step.hop, Some(Hop::Backend | Hop::ContentFilter));
    let is_refused_as_meant = exchange.status() == Some(400)
        && (is_judged(step) || (step.is_refusal_intended && is_by_model));
    super::run::is_success(exchange) || is_refused_as_meant
}

/// Whether a step off the route still says something of the target: it was judged, and well.
fn is_judged(step: &StepRun) -> bool {
    matches!(step.verdict, Verdict::Pass | Verdict::Flaky)
}

/// Whether a step went straight to the account although a gateway stands before it: how that fails tells of the account.
fn is_straight(step: &StepRun) -> bool {
    step.exchange
        .as_ref()
        .is_some_and(|exchange| exchange.leg == Some(Leg::Direct))
}

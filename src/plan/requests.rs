//! The requests that a case will make, as far as they can be known before any answer is there.

use super::orders::{combinations, order_of};
use super::variables::with_variables;
use crate::expr::{Context, Engine};
use crate::knowledge::price_usd;
use crate::model::{CallKind, Leg, PlannedRequest, Target};
use crate::provider::{self, Ask, VersionAsk};
use crate::scenario::{Action, Scenario, Step};
use serde_json::{Value, json};

/// Every request of `scenario` on `target`, a line a step.
pub(super) fn of(
    engine: &Engine,
    scenario: &Scenario,
    target: &Target,
    context: &Context,
) -> Vec<PlannedRequest> {
    scenario
        .steps
        .iter()
        .filter_map(|step| {
            let context = first_attempt(engine, step, context);
            if !may_run(engine, step, &context) {
                return None;
            }
            let (method, url) = address(engine, step, target, &context)?;
            Some(PlannedRequest {
                step: engine
                    .render(&step.name, &context)
                    .unwrap_or_else(|_| step.name.clone()),
                method,
                url,
                times: times(engine, step, &context),
                images: step.images(),
            })
        })
        .collect()
}

/// Price of everything that `scenario` orders on `target`, in US dollars.
pub(super) fn cost(
    engine: &Engine,
    scenario: &Scenario,
    target: &Target,
    context: &Context,
) -> f64 {
    let steps = scenario.steps.iter().filter(|step| {
        let context = first_attempt(engine, step, context);
        may_run(engine, step, &context) && address(engine, step, target, &context).is_some()
    });
    let each = steps.map(|step| {
        let varied = combinations(step, context);
        let first = first_attempt(engine, step, context);
        let repeated = times(engine, step, &first) / (varied.len().max(1) as u32);
        let of = |context: &Context| {
            let order = order_of(engine, scenario, step, target, context);
            price_usd(target.family.as_ref(), &target.sku, order)
        };
        varied.iter().map(of).sum::<f64>() * f64::from(repeated)
    });
    each.sum::<f64>() + 0.0
}

/// The variables of a step's first attempt; nothing has been captured yet.
fn first_attempt(engine: &Engine, step: &Step, context: &Context) -> Context {
    let mut context = context.clone();
    let first: serde_json::Map<String, Value> = step
        .matrix
        .iter()
        .filter_map(|(name, values)| Some((name.clone(), values.first()?.clone())))
        .collect();
    context.set("matrix", &Value::Object(first));
    context.set("attempt", &json!(1));
    context.set("is_last", &json!(false));
    // A variable that asks for an answer cannot be known yet; then the rest of the step is shown without it.
    with_variables(engine, step, context.clone()).unwrap_or(context)
}

/// Whether the step's conditions hold, or cannot be told yet because they ask for an answer.
fn may_run(engine: &Engine, step: &Step, context: &Context) -> bool {
    step.when
        .iter()
        .all(|condition| engine.is_true(&condition.that, context).unwrap_or(true))
}

fn times(engine: &Engine, step: &Step, context: &Context) -> u32 {
    let varied: usize = step.matrix.values().map(Vec::len).product();
    let repeated = engine
        .eval(&step.repeat.times, context)
        .ok()
        .and_then(|value| value.as_f64());
    let repeated = repeated.unwrap_or(1.0).clamp(0.0, 1000.0).ceil() as u32;
    u32::try_from(varied)
        .unwrap_or(u32::MAX)
        .saturating_mul(repeated)
}

/// Method and URL of a step's call; absent where the target has no such way.
fn address(
    engine: &Engine,
    step: &Step,
    target: &Target,
    context: &Context,
) -> Option<(String, String)> {
    let vision = target
        .vision_via
        .filter(|_| matches!(step.action, Action::Describe(_)));
    let leg = step
        .how
        .via
        .or(vision)
        .unwrap_or_else(|| target.default_leg());
    if let Action::Http(http) = &step.action {
        let url = engine
            .render(&http.url, context)
            .unwrap_or_else(|_| http.url.clone());
        let base = match (leg, &target.gateway, &target.direct) {
            (Leg::Gateway, Some(leg), _) => leg.base_url.clone(),
            (_, _, Some(leg)) => format!("{}/openai", leg.endpoint.trim_end_matches('/')),
            _ => return None,
        };
        let url = if url.starts_with('/') {
            format!("{base}{url}")
        } else {
            url
        };
        return Some((http.method.clone(), url));
    }
    let render = |template: &Option<String>| {
        template.as_ref().map(|text| {
            engine
                .render(text, context)
                .unwrap_or_else(|_| text.clone())
        })
    };
    let deployment = render(&step.how.deployment);
    let version = step.how.api_version.as_ref().map(render);
    let ask = Ask {
        kind: match &step.action {
            Action::Edit(_) => CallKind::Edit,
            Action::Probe(probe) if probe.is_edit => CallKind::Edit,
            Action::Describe(_) => CallKind::Describe,
            _ => CallKind::Generate,
        },
        style: step.how.route,
        leg: Some(leg),
        deployment: deployment.as_deref(),
        api_version: match &version {
            None => VersionAsk::Usual,
            Some(None) => VersionAsk::Without,
            Some(Some(version)) => VersionAsk::Exactly(version),
        },
        // Only the address is wanted here; no picture is at hand and none is needed for it.
        picture: Some(&[]),
        ..Ask::generate("")
    };
    let request = provider::build(target, &ask).ok()?;
    Some((request.method.to_owned(), request.url.into()))
}

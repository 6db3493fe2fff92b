//! The variables that change while a case runs.

use crate::diagnose;
use crate::expr::Context;
use crate::model::StepRun;
use crate::scenario::answer_value;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a case has learnt so far.
pub(super) struct Scope {
    pub(super) case: Context,
    pub(super) captures: Map<String, Value>,
    pub(super) steps: Map<String, Value>,
}

impl Scope {
    /// The variables of one attempt before it is made.
    pub(super) fn before(
        &self,
        matrix: &BTreeMap<String, Value>,
        attempt: u32,
        is_last: bool,
    ) -> Context {
        let mut context = self.case.clone();
        context.set("captures", &Value::Object(self.captures.clone()));
        context.set("steps", &Value::Object(self.steps.clone()));
        context.set("matrix", &json!(matrix));
        context.set("attempt", &json!(attempt));
        context.set("is_last", &json!(is_last));
        context
    }
}

/// The answer of a step as checks and later steps see it; absent where nothing was sent.
pub(super) fn answer(step: &StepRun) -> Option<Value> {
    let exchange = step.exchange.as_ref()?;
    let is_failure = exchange.status().is_none_or(|status| status >= 400);
    let cause = if is_failure {
        diagnose::explain(exchange).cause
    } else {
        None
    };
    Some(answer_value(exchange, step.hop, cause.as_ref()))
}

/// `context` with everything of the last of `attempts`.
pub(super) fn after(context: &Context, attempts: &[Value]) -> Context {
    let mut context = context.clone();
    for (name, value) in attempts
        .last()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        context.set(name, value);
    }
    context.set("attempts", &json!(attempts));
    context
}

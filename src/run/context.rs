//! The variables that a scenario's templates and checks see.

use crate::expr::Context;
use crate::model::{Exchange, Header, Hop, StepRun};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a check sees of an answer: `status`, `headers`, `json`, `picture`, `hop` and the rest.
pub(super) fn of_answer(exchange: &Exchange, hop: Option<Hop>) -> Map<String, Value> {
    let response = exchange.response.as_ref();
    let pictures = serde_json::to_value(exchange.pictures()).unwrap_or_default();
    let mut variables = Map::new();
    let mut set = |name: &str, value: Value| variables.insert(name.to_owned(), value);
    set("status", json!(exchange.status().unwrap_or(0)));
    set(
        "reason",
        json!(response.and_then(|response| response.reason.clone())),
    );
    set(
        "headers",
        headers_value(response.map_or(&[], |response| &response.headers)),
    );
    set("body", json!(exchange.body()));
    set(
        "json",
        serde_json::from_str(exchange.body()).unwrap_or(Value::Null),
    );
    set(
        "picture",
        pictures
            .get(0)
            .cloned()
            .map_or(Value::Null, with_absent_parts),
    );
    set("pictures", pictures);
    set("hop", json!(hop));
    set(
        "error",
        serde_json::to_value(&exchange.transport_error).unwrap_or_default(),
    );
    set(
        "timings",
        serde_json::to_value(exchange.timings_ms).unwrap_or_default(),
    );
    set(
        "request",
        json!({
            "method": exchange.request.method,
            "url": exchange.request.url,
            "headers": headers_value(&exchange.request.headers),
            "body": exchange.request.body,
            "sent_at": exchange.sent_at,
        }),
    );
    variables
}

/// Parts of a picture that may be absent are none, so that a check may ask for them.
fn with_absent_parts(mut picture: Value) -> Value {
    if let Some(members) = picture.as_object_mut() {
        for name in ["provenance", "dhash", "error", "thumbnail", "blank_color"] {
            members.entry(name).or_insert(Value::Null);
        }
    }
    picture
}

fn headers_value(headers: &[Header]) -> Value {
    let mut members = Map::new();
    for Header(name, value) in headers {
        members
            .entry(name.to_ascii_lowercase())
            .or_insert_with(|| json!(value));
    }
    Value::Object(members)
}

/// What later attempts and steps see of one attempt.
pub(super) fn short_answer(step: &StepRun) -> Value {
    match &step.exchange {
        Some(exchange) => Value::Object(of_answer(exchange, step.hop)),
        None => json!({ "status": 0 }),
    }
}

/// Everything a template or check of one attempt may name.
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

/// `context` with everything of an answer.
pub(super) fn after(context: &Context, step: &StepRun, attempts: &[Value]) -> Context {
    let mut context = context.clone();
    if let Some(exchange) = &step.exchange {
        for (name, value) in of_answer(exchange, step.hop) {
            context.set(name, &value);
        }
    }
    context.set("attempts", &json!(attempts));
    context
}

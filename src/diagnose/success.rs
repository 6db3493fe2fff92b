//! Whether an answer is good: a good status, and nothing in the body that complains.

use crate::model::Exchange;
use serde_json::Value;

/// Members that a body carries only where something went wrong or is not done.
const COMPLAINTS: &[&str] = &[
    "error",
    "errors",
    "detail",
    "error_description",
    "statusCode",
];

/// States of jobs that ended well.
const GOOD_STATES: &[&str] = &["succeeded", "completed", "ready", "ok", "success"];

/// Ends of an answer that a filter has cut: OpenAI's word, then Gemini's.
const FILTERED: &[&str] = &[
    "content_filter",
    "SAFETY",
    "PROHIBITED_CONTENT",
    "BLOCKLIST",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
];

/// Whether `exchange` came to a good end; `json` is its body, where it is one.
pub(super) fn is_success(exchange: &Exchange, json: Option<&Value>) -> bool {
    let is_good = exchange.transport_error.is_none()
        && exchange
            .status()
            .is_some_and(|status| (200..300).contains(&status));
    let Some(Value::Object(body)) = json.filter(|_| is_good) else {
        return is_good && !exchange.pictures().is_empty();
    };
    let complains = |name: &&str| match body.get(*name) {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    };
    let is_ended = body
        .get("status")
        .and_then(Value::as_str)
        .is_none_or(|state| {
            GOOD_STATES
                .iter()
                .any(|good| state.eq_ignore_ascii_case(good))
        });
    let is_empty = ["output", "images", "data"].iter().any(|name| {
        body.get(*name)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    });
    let is_filtered = ["choices", "candidates"].iter().any(|name| {
        let ends = body.get(*name).and_then(Value::as_array);
        ends.into_iter().flatten().any(is_stopped)
    }) || body
        .get("promptFeedback")
        .is_some_and(|said| said["blockReason"].is_string());
    let refused = body.get("success") == Some(&Value::Bool(false));
    !(COMPLAINTS.iter().any(complains) || !is_ended || is_empty || is_filtered || refused)
}

/// Whether a filter ended this part of an answer, by the word that the service gives for its end.
fn is_stopped(part: &Value) -> bool {
    let ends = [&part["finish_reason"], &part["finishReason"]];
    ends.into_iter()
        .filter_map(Value::as_str)
        .any(|end| FILTERED.iter().any(|word| end.eq_ignore_ascii_case(word)))
}

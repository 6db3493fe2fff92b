//! The body of an answer as values: one answer inside the message of another, its message, and whose form it has.

use super::{loose, words};
use serde_json::Value;

/// The values in a body from the outermost to the innermost: wrappers put one answer into the message of another.
pub(super) fn documents(raw: &str) -> Vec<loose::Loose> {
    let mut found = Vec::new();
    let mut text = words::cut(raw).trim_start_matches('\u{feff}').to_owned();
    while found.len() < 4 {
        let Some(document) = first_document(&text).or_else(|| first_document(&unescaped(&text)?))
        else {
            break;
        };
        let inner = message_of(&document.value);
        found.push(document);
        match inner {
            Some(inner) if inner.contains('{') => text = inner,
            _ => break,
        }
    }
    found
}

fn first_document(text: &str) -> Option<loose::Loose> {
    let starts = text.match_indices(['{', '[']).map(|(at, _)| at).take(12);
    starts
        .filter_map(|at| loose::parse(&text[at..]))
        .find(|document| has_keys(&document.value))
}

/// A text with its JSON escapes undone: a log prints a body as the string that it was, `{\"error\": …}`.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains("\\\"") {
        return None;
    }
    let mut text = text.to_owned();
    for _ in 0..3 {
        if !text.contains("\\\"") {
            break;
        }
        text = text
            .replace("\\\\", "\\")
            .replace("\\n", "\n")
            .replace("\\\"", "\"");
    }
    Some(text)
}

fn has_keys(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().any(Value::is_object),
        _ => false,
    }
}

/// What a body says in words, wherever its service puts it.
pub(super) fn message_of(value: &Value) -> Option<String> {
    let error = value.get("error");
    let places = [
        error.and_then(|error| error.get("message")),
        value.get("message"),
        value.get("detail"),
        value.get("error_description"),
        value
            .get("errors")
            .and_then(|errors| errors.get(0)?.get("message")),
        value.get("Message"),
        error,
    ];
    places
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
        .map(str::to_owned)
}

/// Codes under which Resource Manager wraps the errors of a deployment.
const WRAPPERS: &[&str] = &[
    "InvalidTemplateDeployment",
    "DeploymentFailed",
    "ResourceDeploymentFailure",
    "MultipleErrorsOccurred",
    "OperationError",
];

/// Codes of the errors that a deployment's error holds, each once: `"code": "X"`, and `X: …` or `X - …` at the beginning
/// of a line.
pub(super) fn inner_errors(raw: &str) -> Vec<String> {
    let raw = words::cut(raw);
    let is_code = |word: &str| {
        let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
        capitals > 1
            && word.len() > 8
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && !word.ends_with("Error")
            && !word.ends_with("Exception")
    };
    let is_deployment = WRAPPERS.iter().any(|wrapper| raw.contains(wrapper));
    let mut codes: Vec<String> = Vec::new();
    if !is_deployment {
        return codes;
    }
    let keyed = raw.match_indices("code\"").map(|(at, found)| {
        let rest = raw[at + found.len()..].trim_start_matches([' ', ':', '"', '\\']);
        rest.split(['"', '\\']).next().unwrap_or_default()
    });
    let begun = raw.lines().filter_map(|line| {
        let line = line.trim_start_matches([' ', '\t', '-', '│', '*']);
        let (word, _) = line.split_once(": ").or_else(|| line.split_once(" - "))?;
        Some(word)
    });
    for word in keyed.chain(begun) {
        if is_code(word) && !WRAPPERS.contains(&word) && !codes.iter().any(|known| known == word) {
            codes.push(word.to_owned());
        }
    }
    codes
}

/// The form of a body. Spacing counts: it tells who wrote it.
pub(super) fn envelope(raw: &str, body: &str, value: Option<&Value>) -> &'static str {
    let raw = raw.trim_start_matches('\u{feff}').trim();
    let has = |key: &str| value.is_some_and(|value| value.get(key).is_some());
    let error = value.and_then(|value| value.get("error"));
    let in_error = |key: &str| error.is_some_and(|error| error.get(key).is_some());
    if raw.is_empty() {
        "empty"
    } else if has("statusCode") && has("message") {
        match (has("activityId"), raw.starts_with("{ \"statusCode\": ")) {
            (true, _) => "apim_fault",
            (false, true) => "apim",
            (false, false) => "apim_reprinted",
        }
    } else if has("error_codes") || (has("error_description") && body.contains("aadsts")) {
        "entra"
    } else if has("success") && has("errors") {
        "cloudflare_api"
    } else if in_error("details") && error.is_some_and(|error| error["details"].is_null()) {
        "arm"
    } else if error.is_some_and(|error| error["code"].is_number()) {
        match error.is_some_and(|error| error["status"].is_string()) {
            true => "google",
            false => "numbered",
        }
    } else if in_error("code") && in_error("type") {
        "openai"
    } else if raw.contains("\"DeploymentNotFound\", \"message\":\"") {
        "azure_router"
    } else if in_error("code") && raw.contains("\",\"message\": \"") {
        "azure_front"
    } else if in_error("code") {
        "azure"
    } else if in_error("type") || in_error("message") {
        "openai"
    } else if has("title") && has("detail") || has("title") && has("status") {
        "problem"
    } else if has("detail") {
        "detail"
    } else if body.starts_with("<?xml")
        || body.contains("<error> <code>")
        || body.contains("<error><code>")
    {
        "xml"
    } else if body.contains("<!doctype html") || body.contains("<html") || body.contains("<head>") {
        "html"
    } else if value.is_some() {
        "json"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope_of(raw: &str) -> &'static str {
        let found = documents(raw);
        envelope(
            raw,
            &words::normalise(raw),
            found.last().map(|found| &found.value),
        )
    }

    #[test]
    fn spacing_tells_the_envelopes_apart() {
        for (raw, name) in [
            (
                r#"{ "statusCode": 404, "message": "Resource not found" }"#,
                "apim",
            ),
            (
                r#"{"statusCode":401,"message":"Unauthorized."}"#,
                "apim_reprinted",
            ),
            (
                r#"{ "statusCode": 500, "message": "Internal server error", "activityId": "x" }"#,
                "apim_fault",
            ),
            (
                r#"{"error":{"code":"404","message": "Resource not found"}}"#,
                "azure_front",
            ),
            (
                r#"{"error":{"code":"DeploymentNotFound", "message":"The API"}}"#,
                "azure_router",
            ),
            (
                r#"{"error":{"code":"BadRequest","message":"API version not supported"}}"#,
                "azure",
            ),
            (
                r#"{"error":{"code":"ResourceNotFound","message":"Api not found.","details":null}}"#,
                "arm",
            ),
            (
                r#"{"error":{"message":"x","type":"invalid_request_error","code":null}}"#,
                "openai",
            ),
            (
                r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}"#,
                "google",
            ),
            (
                r#"{"error":{"code":402,"message":"Insufficient credits"}}"#,
                "numbered",
            ),
            ("<!DOCTYPE html><html>", "html"),
            ("Resource not found", "text"),
            ("", "empty"),
        ] {
            assert_eq!(envelope_of(raw), name, "{raw}");
        }
    }

    #[test]
    fn every_inner_error_of_a_deployment_is_found() {
        let text = "Deployment Error Details:\nInvalidTemplateDeployment: See inner errors for details.\nFlagMustBeSetForRestore: An existing resource\nInsufficientQuota: Insufficient quota.\n";
        assert_eq!(
            inner_errors(text),
            ["FlagMustBeSetForRestore", "InsufficientQuota"]
        );
        let json = r#"{"code":"InvalidTemplateDeployment","details":[{"code":"SkuNotAvailable","message":"x"}]}"#;
        assert_eq!(inner_errors(json), ["SkuNotAvailable"]);
        assert!(inner_errors("NotFoundError: x").is_empty());
    }

    #[test]
    fn a_body_that_a_log_escaped_is_a_value() {
        let raw = r#"failed: {\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"x\"}} end"#;
        assert_eq!(
            documents(raw)[0].value["error"]["code"],
            "DeploymentNotFound"
        );
    }

    #[test]
    fn the_innermost_of_wrapped_answers_is_read() {
        let raw = r#"Error code: 429 - {'error': {'message': "litellm.RateLimitError: {'error': {'code': '429', 'message': 'Requests have exceeded'}}", 'type': 'x'}}"#;
        let found = documents(raw);
        assert_eq!(found.len(), 2);
        assert_eq!(
            message_of(&found[1].value).as_deref(),
            Some("Requests have exceeded")
        );
    }
}

//! A gateway's trace, reduced: which policy in which section did what, and what stopped the request.
//!
//! The raw trace holds the caller's key, the backend's token and the debug token among its headers
//! (Azure/azure-rest-api-specs#23800). No header is taken over, and what looks like a key in a message is masked.

use crate::model::GatewayTrace;
use regex_lite::{Captures, Regex};
use serde_json::Value;
use std::sync::LazyLock;

const SECTIONS: [&str; 4] = ["inbound", "backend", "outbound", "on-error"];
/// More lines than a sound policy writes; the first and last tell most.
const MOST_LINES: usize = 60;
/// Longest line.
const MOST_CHARS: usize = 400;
/// What stands in place of a secret.
const MASK: &str = "(masked)";

/// Reduces the trace that ARM's `listTrace` gives. `secrets` are masked wherever they occur.
pub fn reduce(trace: &Value, secrets: &[&str]) -> GatewayTrace {
    let entries = |section: &str| {
        let list = trace.pointer("/traceEntries")?.get(section)?.as_array()?;
        Some(list.as_slice())
    };
    let mut lines = Vec::new();
    let mut stopped_by = None;
    let mut is_forwarded = false;
    for section in SECTIONS {
        for entry in entries(section).unwrap_or_default() {
            let source = entry["source"].as_str().unwrap_or("?");
            let data = &entry["data"];
            is_forwarded |= section == "backend" && source == "forward-request";
            if let Some(error) = fault(source, data) {
                // The error is told once, by the entry that names its place.
                if section == "on-error" || stopped_by.is_none() {
                    stopped_by = Some(error);
                }
            } else if let Some(text) = told(source, data) {
                lines.push(format!("{section}: {source}: {text}"));
            }
        }
    }
    if stopped_by.is_none() && !is_forwarded {
        let ended = lines
            .iter()
            .rev()
            .find(|line| line.contains("return-response"));
        stopped_by = ended.cloned();
    }
    lines.dedup();
    lines.truncate(MOST_LINES);
    let masked = |text: String| mask(&text, secrets);
    GatewayTrace {
        id: trace["traceId"].as_str().map(str::to_owned),
        lines: lines.into_iter().map(masked).collect(),
        is_forwarded: trace.get("traceEntries").map(|_| is_forwarded),
        stopped_by: stopped_by.map(masked),
        absent: None,
    }
}

/// The fields of `LastError` (Microsoft Learn, error handling in policies), where the entry is one.
fn fault(source: &str, data: &Value) -> Option<String> {
    let text = |name: &str| data[name].as_str().filter(|text| !text.is_empty());
    let reason = text("reason")?;
    let mut said = format!("{} failed with {reason}", text("source").unwrap_or(source));
    if let Some(message) = text("message") {
        said.push_str(&format!(": {message}"));
    }
    let place = [
        ("section", "in"),
        ("scope", "of scope"),
        ("path", "at"),
        ("policyId", "with id"),
    ];
    let place: Vec<String> = place
        .iter()
        .filter_map(|(name, word)| Some(format!("{word} {}", text(name)?)))
        .collect();
    if !place.is_empty() {
        said.push_str(&format!(" ({})", place.join(" ")));
    }
    Some(said)
}

/// What a policy says it did.
fn told(source: &str, data: &Value) -> Option<String> {
    if source == "api-inspector" {
        let found = data.get("configuration")?;
        let operation = &found["operation"];
        return Some(format!(
            "matched API {} and operation {} {}",
            found
                .pointer("/api/from")
                .and_then(Value::as_str)
                .unwrap_or("?"),
            operation["method"].as_str().unwrap_or("?"),
            operation["uriTemplate"].as_str().unwrap_or("?")
        ));
    }
    if let Some(text) = data.as_str() {
        return Some(text.to_owned());
    }
    let status = data.pointer("/response/status");
    if let Some(code) = status.and_then(|status| status.get("code")) {
        return Some(format!("the backend answered {code}"));
    }
    let mut said = data.get("message")?.as_str()?.to_owned();
    let url = data
        .pointer("/request/url")
        .or(data.get("newBackendServiceUrl"));
    if let Some(url) = url.and_then(Value::as_str) {
        said.push_str(&format!(" {url}"));
    }
    Some(said)
}

/// Values of parameters that are keys, bearer and other tokens, and long runs of hexadecimal or base64 digits.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = concat!(
        r"(?i)((?:subscription-|api-)?key|code|sig|token|secret|password)(=|: ?|%3d)[^&\s']+",
        r"|(bearer )\S+",
        r"|eyJ[\w-]+\.[\w.-]+",
        r"|\b[0-9a-f]{32,}\b",
        r"|\b[A-Za-z0-9+/]{40,}={0,2}",
    );
    Regex::new(pattern).ok()
});

fn mask(text: &str, secrets: &[&str]) -> String {
    let mut masked = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        masked = masked.replace(secret, MASK);
    }
    if let Some(pattern) = SECRETS.as_ref() {
        let put = |found: &Captures<'_>| {
            let part = |at| found.get(at).map_or("", |part| part.as_str());
            format!("{}{}{}{MASK}", part(1), part(2), part(3))
        };
        masked = pattern.replace_all(&masked, put).into_owned();
    }
    masked.chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trace() -> Value {
        json!({"serviceName": "apim-x", "traceId": "6e8b", "traceEntries": {
            "inbound": [
                {"source": "api-inspector", "data": {"request": {"method": "POST", "url": "https://x/y",
                    "headers": [{"name": "api-key", "value": "CANARY"}]}}},
                {"source": "api-inspector", "data": {"configuration": {"api": {"from": "/inference/openai"},
                    "operation": {"method": "POST", "uriTemplate": "/deployments/{d}/images/generations"}}}},
                {"source": "set-backend-service", "data": {"message": "Backend service was set to 'pool'."}},
                {"source": "authentication-managed-identity", "data": "Managed identity token for 'https://x' was obtained."},
            ],
            "backend": [
                {"source": "forward-request", "data": {"message": "Request is being forwarded to the backend service.",
                    "request": {"method": "POST", "url": "https://a.example/openai?subscription-key=CANARY"}}},
                {"source": "forward-request", "data": {"response": {"status": {"code": 401}, "headers": []}}},
            ],
            "outbound": [], "on-error": []}})
    }

    #[test]
    fn lines_tell_which_policy_did_what_and_no_key() {
        let reduced = reduce(&trace(), &[]);
        assert_eq!(reduced.id.as_deref(), Some("6e8b"));
        assert_eq!(reduced.is_forwarded, Some(true));
        assert_eq!(reduced.stopped_by, None);
        assert_eq!(
            reduced.lines,
            [
                "inbound: api-inspector: matched API /inference/openai and operation POST /deployments/{d}/images/generations",
                "inbound: set-backend-service: Backend service was set to 'pool'.",
                "inbound: authentication-managed-identity: Managed identity token for 'https://x' was obtained.",
                "backend: forward-request: Request is being forwarded to the backend service. https://a.example/openai?subscription-key=(masked)",
                "backend: forward-request: the backend answered 401",
            ]
        );
    }

    #[test]
    fn what_stopped_the_request_is_named_with_its_place() {
        let trace = json!({"traceId": "1", "traceEntries": {"on-error": [
            {"source": "set-variable", "data": {"source": "set-variable", "reason": "ExpressionValueEvaluationFailure",
             "message": "Expression evaluation failed.", "scope": "api", "section": "inbound", "path": "choose[1]", "policyId": "boom"}}]}});
        let reduced = reduce(&trace, &[]);
        assert_eq!(reduced.is_forwarded, Some(false));
        assert_eq!(
            reduced.stopped_by.as_deref(),
            Some(
                "set-variable failed with ExpressionValueEvaluationFailure: Expression evaluation failed. (in inbound of scope api at choose[1] with id boom)"
            )
        );
    }

    #[test]
    fn an_answer_of_a_policy_is_what_stopped_the_request() {
        let trace = json!({"traceEntries": {"inbound": [
            {"source": "return-response", "data": "Return response was applied; the rest of the policies is skipped."}]}});
        let stopped = reduce(&trace, &[]).stopped_by.unwrap();
        assert!(stopped.starts_with("inbound: return-response"), "{stopped}");
    }

    #[test]
    fn whatever_looks_like_a_secret_is_masked() {
        let key = "0123456789abcdef0123456789abcdef";
        for (text, shown) in [
            (format!("Header api-key: {key}"), "Header api-key: (masked)"),
            ("Bearer abc.def said".to_owned(), "Bearer (masked) said"),
            ("got eyJhbGciOi.eyJhdWQi.sig".to_owned(), "got (masked)"),
            (format!("value {key}!"), "value (masked)!"),
            ("my word hunter2".to_owned(), "my word (masked)"),
            (
                "Rate limit is exceeded".to_owned(),
                "Rate limit is exceeded",
            ),
        ] {
            assert_eq!(mask(&text, &["hunter2"]), shown);
        }
    }

    #[test]
    fn what_is_no_trace_gives_no_line() {
        assert_eq!(reduce(&json!("x"), &[]), GatewayTrace::default());
        let odd = json!({"traceEntries": {"inbound": [1, {}, {"data": {"message": 1}}]}});
        assert_eq!(reduce(&odd, &[]).lines, Vec::<String>::new());
    }
}

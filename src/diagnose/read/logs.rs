//! Lines of structured logs: the message that a logger put into a JSON object, and what stands beside it.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// Members that hold what was logged, the surest first.
const SAID: &[&str] = &[
    "log",
    "msg",
    "message",
    "@message",
    "textPayload",
    "Message",
    "MESSAGE",
    "@m",
    "event",
    "short_message",
];
/// Members that only a logger writes beside it.
const SIGNS: &[&str] = &[
    "level",
    "severity",
    "stream",
    "logger",
    "logger_name",
    "levelname",
    "lvl",
    "@l",
    "log.level",
    "caller",
    "loglevel",
    "LogLevel",
    "Level",
    "textPayload",
    "levelno",
    "log_level",
];
/// Members that say when and where, and nothing of what went wrong.
const AROUND: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "@timestamp",
    "@t",
    "Timestamp",
    "date",
    "hostname",
    "host",
    "pid",
    "thread",
    "thread_name",
    "process",
    "kubernetes",
    "docker",
    "insertId",
    "logName",
    "labels",
    "receiveTimestamp",
    "v",
    "version",
    "@version",
    "trace_id",
    "span_id",
    "traceId",
    "spanId",
    "resource",
    "container_id",
    "container_name",
    "source",
];

/// A text in which every line of a structured log is what was logged. A text that is one string in quotes is what the
/// string holds.
pub(super) fn unlogged(text: &str) -> Cow<'_, str> {
    if let Some(whole) = value_of(text).and_then(|value| said(&value)) {
        return Cow::Owned(whole);
    }
    let is_line = |line: &str| line.trim().starts_with('{') && line.trim().ends_with('}');
    if !text.lines().any(is_line) {
        return Cow::Borrowed(text);
    }
    let mut is_changed = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let inner = is_line(line)
            .then(|| value_of(line))
            .flatten()
            .and_then(|value| said(&value));
        is_changed |= inner.is_some();
        lines.push(inner.map_or(Cow::Borrowed(line), Cow::Owned));
    }
    match is_changed {
        true => Cow::Owned(lines.join("\n")),
        false => Cow::Borrowed(text),
    }
}

fn value_of(text: &str) -> Option<Value> {
    let text = text.trim();
    let is_whole = text.starts_with('{') && text.ends_with('}')
        || text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    is_whole.then(|| serde_json::from_str(text).ok()).flatten()
}

/// What was logged, with what else the line holds below it.
fn said(value: &Value) -> Option<String> {
    let line = match value {
        Value::String(text) => return Some(text.clone()),
        Value::Object(line) => line,
        _ => return None,
    };
    let is_logged = SIGNS.iter().any(|sign| {
        line.get(*sign)
            .is_some_and(|value| value.is_string() || value.is_number())
    }) && !line.contains_key("statusCode")
        && !line.get("error").is_some_and(is_envelope);
    let (name, message) = SAID
        .iter()
        .filter(|_| is_logged)
        .find_map(|name| Some((*name, line.get(*name)?.as_str()?)))?;
    let mut text = format!("{}{}", level(line), message.trim_end_matches('\n'));
    for (key, value) in line {
        if key == name || SIGNS.contains(&key.as_str()) || AROUND.contains(&key.as_str()) {
            continue;
        }
        match value {
            Value::Null => {}
            Value::String(value) if value.is_empty() => {}
            Value::String(value) => text.push_str(&format!("\n{key}: {value}")),
            value => text.push_str(&format!("\n{key}: {value}")),
        }
    }
    Some(text)
}

/// Whether a value is an error as services answer it, so that the object around it is an answer and no log.
fn is_envelope(value: &Value) -> bool {
    value.get("message").is_some() && value.get("code").is_some() && value.get("stack").is_none()
}

/// The level, where the message is plain text: it marks the beginning of an event.
fn level(line: &Map<String, Value>) -> String {
    let word = ["level", "severity", "levelname", "lvl", "@l"]
        .iter()
        .find_map(|name| line.get(*name)?.as_str());
    let message = SAID.iter().find_map(|name| line.get(*name)?.as_str());
    let is_plain = message.is_some_and(|said| said.starts_with(|c: char| c.is_alphanumeric()));
    match word {
        Some(word) if is_plain => format!("[{}] ", word.to_ascii_lowercase()),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_log_are_what_was_logged_and_answers_stay() {
        let twice =
            r#"{"log":"{\"level\":\"error\",\"msg\":\"boom\\nat x\"}\n","stream":"stderr"}"#;
        assert_eq!(unlogged(twice), r#"{"level":"error","msg":"boom\nat x"}"#);
        assert_eq!(unlogged(&unlogged(twice)), "[error] boom\nat x");
        assert_eq!(
            unlogged(
                "start\n{\"level\":\"error\",\"ts\":1,\"msg\":\"request failed\",\"error\":\"no such host\"}"
            ),
            "start\n[error] request failed\nerror: no such host"
        );
        assert_eq!(unlogged(r#""a \"b\"\nc""#), "a \"b\"\nc");
        for answer in [
            r#"{"statusCode":404,"message":"Resource not found"}"#,
            r#"{"timestamp":"2026-01-01","status":404,"error":"Not Found","message":"","path":"/x"}"#,
            r#"{"error":{"code":"404","message":"Resource not found"},"level":"x","message":"y"}"#,
        ] {
            assert_eq!(unlogged(answer), answer);
        }
    }
}

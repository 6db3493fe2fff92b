//! The last error of a log: what was tried again before it, and passed or failed otherwise, is not why it ended.

use crate::model::Exchange;

/// Events of a log that are looked at, from its end.
const MAX_EVENTS: usize = 6;

/// What the last events of a text say, each as an exchange of its own, the last first. Empty for a text that is no log.
pub(super) fn last_events(exchange: &Exchange) -> Vec<Exchange> {
    let is_text = exchange.transport_error.is_none()
        && exchange.trace.is_none()
        && exchange
            .response
            .as_ref()
            .is_some_and(|answer| answer.status.is_none() && answer.headers.is_empty());
    if !is_text {
        return Vec::new();
    }
    let events = events(exchange.body());
    if events.len() < 2 {
        return Vec::new();
    }
    let one = |text: &String| {
        let mut event = exchange.clone();
        if let Some(answer) = event.response.as_mut() {
            answer.body.clone_from(text);
        }
        event
    };
    events
        .iter()
        .rev()
        .filter(|text| is_failure(text))
        .take(MAX_EVENTS)
        .map(one)
        .collect()
}

/// The events of a log: each begins with a time or a level, and goes on to the next.
fn events(text: &str) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for line in text.lines() {
        match events.last_mut() {
            Some(event) if !begins_event(line) => {
                event.push('\n');
                event.push_str(line);
            }
            _ => events.push(line.to_owned()),
        }
    }
    events
}

fn begins_event(line: &str) -> bool {
    let start = line.trim_start_matches(['[', '(', '<']);
    let is_dated = start.get(..8).is_some_and(|time| {
        let shape: String = time
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        matches!(
            shape.as_str(),
            "0000-00-" | "0000/00/" | "00:00:00" | "00/00/00"
        )
    });
    const LEVELS: &[&str] = &[
        "ERROR", "WARN", "WARNING", "INFO", "DEBUG", "FATAL", "CRITICAL", "TRACE", "error]",
        "warn]", "warning]", "info]", "debug]", "fatal]",
    ];
    let has_level = LEVELS.iter().any(|level| {
        start
            .strip_prefix(level)
            .is_some_and(|rest| rest.starts_with([' ', ':', ']', '-', '\t']))
    });
    is_dated || has_level
}

fn is_failure(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "error",
        "fail",
        "exception",
        "denied",
        "refused",
        "timed out",
        "timeout",
        "http/1.1 4",
        "http/1.1 5",
        "aadsts",
    ]
    .iter()
    .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::{explain, read};

    fn cause(text: &str) -> String {
        let reading = read::exchanges(text.as_bytes()).unwrap().remove(0);
        explain(&reading.exchange)
            .cause
            .map_or("none".to_owned(), |cause| cause.to_string())
    }

    #[test]
    fn the_error_that_ended_it_counts_and_not_one_that_was_tried_again() {
        let log = "2026-11-28 04:47:01 WARN attempt 1: getaddrinfo EAI_AGAIN api.openai.com, retrying\n2026-11-28 04:47:03 WARN attempt 2: connect ECONNREFUSED 10.0.0.4:443, retrying\n2026-11-28 04:47:05 INFO connected\n2026-11-28 04:47:06 ERROR Error code: 404 - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}\n2026-11-28 04:47:06 INFO shutting down\n";
        assert_eq!(cause(log), "aoai_deployment_not_found");
    }

    #[test]
    fn a_wrapper_that_comes_later_does_not_hide_what_it_wraps() {
        let log = "2026-11-28 04:47:06 ERROR Error code: 401 - Access denied due to invalid subscription key or wrong API endpoint.\n2026-11-28 04:47:06 ERROR request failed\n";
        assert_eq!(cause(log), "aoai_key_invalid");
    }
}

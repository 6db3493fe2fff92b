//! What of an answer stays the same from call to call, so that a change of it means something.

use crate::model::{Exchange, Fingerprint, StepRun};
use serde_json::Value;
use std::collections::BTreeSet;

/// Headers that come and go without meaning.
const FLEETING: [&str; 9] = [
    "age",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "retry-after",
    "server-timing",
    "set-cookie",
    "transfer-encoding",
];
/// Longest text of an error that is kept, in characters.
const SAID: usize = 200;
/// Member under which content filters speak, on a picture and on a prompt.
const FILTERS: [&str; 4] = [
    "content_filter_results",
    "content_filter_result",
    "prompt_filter_results",
    "prompt_filter_result",
];

/// The look of the answer to a step; nothing for one that sent nothing.
pub(super) fn of(step: &StepRun) -> Option<Fingerprint> {
    let exchange = step.exchange.as_ref()?;
    let json: Option<Value> = serde_json::from_str(exchange.body()).ok();
    let is_error = exchange.status().is_none_or(|status| status >= 400);
    let mut filters = BTreeSet::new();
    if let Some(json) = &json {
        find_filters(json, &mut filters);
    }
    let headers = exchange
        .response
        .iter()
        .flat_map(|response| &response.headers);
    Some(Fingerprint {
        status: exchange.status(),
        hop: step.hop,
        api_version: api_version(exchange),
        says: if is_error {
            says(exchange, json.as_ref())
        } else {
            String::new()
        },
        shape: json.as_ref().map(shape).unwrap_or_default(),
        filters: filters.into_iter().collect::<Vec<_>>().join(" "),
        containers: exchange
            .pictures()
            .iter()
            .map(|picture| picture.container)
            .collect(),
        headers: headers
            .map(|header| header.0.to_ascii_lowercase())
            .filter(|name| !FLEETING.contains(&name.as_str()))
            .collect(),
    })
}

fn api_version(exchange: &Exchange) -> Option<String> {
    let (_, query) = exchange.request.url.as_deref()?.split_once('?')?;
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("api-version="))?;
    Some(value.to_owned())
}

/// The error in its own words: code and message where it is JSON, else the text, else why nothing came.
fn says(exchange: &Exchange, json: Option<&Value>) -> String {
    let error = json.map(|json| json.get("error").unwrap_or(json));
    let member = |name| {
        error
            .and_then(|error| error.get(name))
            .and_then(Value::as_str)
    };
    let words = match (member("code"), member("message")) {
        (None, None) if json.is_some() => String::new(),
        (None, None) => match &exchange.transport_error {
            Some(error) => error.text.clone(),
            None => exchange.body().to_owned(),
        },
        (Some(code), None) => return code.to_owned(),
        (Some(code), Some(message)) => return format!("{code}: {}", template(message)),
        (None, Some(message)) => message.to_owned(),
    };
    template(&words)
}

/// A text with everything that counts, dates or names a request replaced by `#`, in one line.
fn template(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        if is_identifier(word) {
            out.push('#');
            continue;
        }
        let mut was_digit = false;
        for character in word.chars() {
            let is_digit = character.is_ascii_digit();
            if !is_digit {
                out.push(character);
            } else if !was_digit {
                out.push('#');
            }
            was_digit = is_digit;
        }
    }
    out.chars().take(SAID).collect()
}

/// A GUID, a digest: long, of hexadecimal digits, at least one of them a decimal one.
fn is_identifier(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = word.chars().filter(char::is_ascii_hexdigit).count();
    digits >= 12
        && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        && word.contains(|c: char| c.is_ascii_digit())
}

/// The members of a value by their paths, what filters say left out: `created data[].b64_json`.
fn shape(value: &Value) -> String {
    let mut paths = BTreeSet::new();
    add_paths(value, "", &mut paths);
    paths.into_iter().collect::<Vec<_>>().join(" ")
}

fn add_paths(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let dot = if path.is_empty() { "" } else { "." };
            for (name, value) in members {
                if !FILTERS.contains(&name.as_str()) {
                    add_paths(value, &format!("{path}{dot}{name}"), paths);
                }
            }
        }
        Value::Array(items) => {
            let path = format!("{path}[]");
            items.iter().for_each(|item| add_paths(item, &path, paths));
        }
        _ if path.is_empty() => {}
        _ => {
            paths.insert(path.to_owned());
        }
    }
}

fn find_filters(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if FILTERS.contains(&name.as_str()) {
                    add_paths(value, name, found);
                } else {
                    find_filters(value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| find_filters(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Header, RecordedResponse, Verdict};

    fn answered(status: u16, body: &str) -> Fingerprint {
        let mut exchange = Exchange::default();
        exchange.request.url = Some("https://h/p?api-version=2025-04-01-preview&x=1".into());
        exchange.response = Some(RecordedResponse {
            status: Some(status),
            headers: vec![
                Header("Apim-Request-Id".into(), "1".into()),
                Header("Date".into(), "now".into()),
            ],
            body: body.into(),
            ..RecordedResponse::default()
        });
        let step = StepRun {
            name: "s".into(),
            verdict: Verdict::Pass,
            why: String::new(),
            checks: Vec::new(),
            exchange: Some(exchange),
            hop: None,
            output: Vec::new(),
            is_on_route: true,
            is_withheld: false,
            is_refusal_intended: false,
        };
        of(&step).unwrap()
    }

    #[test]
    fn what_counts_and_names_a_request_is_no_part_of_the_wording() {
        let throttled = |seconds: u32| {
            let body = format!(
                "{{\"error\":{{\"code\":\"429\",\"message\":\"Retry after {seconds} seconds. Id 0f8fad5b-d9cb-469f-a165-70867728950e\"}}}}"
            );
            answered(429, &body)
        };
        assert_eq!(throttled(7), throttled(54));
        assert_eq!(throttled(7).says, "429: Retry after # seconds. Id #");
        let other = answered(
            429,
            "{\"error\":{\"code\":\"429\",\"message\":\"Slow down\"}}",
        );
        assert_ne!(throttled(7), other);
    }

    #[test]
    fn a_picture_is_told_by_its_members_and_its_filters_apart() {
        let body = r#"{"created":1,"data":[{"b64_json":"","content_filter_results":{"hate":{"filtered":false}}},{"b64_json":""}]}"#;
        let found = answered(200, body);
        assert_eq!(found.shape, "created data[].b64_json");
        assert_eq!(found.filters, "content_filter_results.hate.filtered");
        assert_eq!(found.says, "");
        assert_eq!(found.api_version.as_deref(), Some("2025-04-01-preview"));
        assert_eq!(
            found.headers.into_iter().collect::<Vec<_>>(),
            ["apim-request-id"]
        );
    }

    #[test]
    fn words_that_are_no_identifiers_stay() {
        assert_eq!(
            template("deadbeefcafe facade  decade"),
            "deadbeefcafe facade decade"
        );
        assert_eq!(template("at 2026-01-02T03:04:05Z"), "at #-#-#T#:#:#Z");
    }
}

//! Messages of runtimes, gateways and providers, each held to the cause that it is a sign of.

use super::explain;
use super::read::reading;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Messages {
    failures: BTreeMap<String, Vec<String>>,
    answers: BTreeMap<String, Vec<(u16, String)>>,
}

fn cause_of(line: &Value) -> String {
    let diagnosis = explain(&reading(line, "1").exchange);
    diagnosis
        .cause
        .map_or("none".to_owned(), |cause| cause.to_string())
}

#[test]
fn messages_are_known_whoever_words_them() {
    let messages: Messages = serde_saphyr::from_str(include_str!("messages.yaml")).unwrap();
    let failures = messages.failures.iter().flat_map(|(cause, texts)| {
        let line = |text| json!({"transport_error": {"text": text}});
        texts.iter().map(move |text| (cause, line(text)))
    });
    let answers = messages.answers.iter().flat_map(|(cause, answers)| {
        let line = |status, body| json!({"response": {"status": status, "body": body}});
        answers
            .iter()
            .map(move |(status, body)| (cause, line(status, body)))
    });
    let wrong: Vec<String> = failures
        .chain(answers)
        .filter_map(|(cause, line)| {
            let named = cause_of(&line);
            (named != *cause).then(|| format!("{cause}, not {named}: {line}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

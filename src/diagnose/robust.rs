//! Whatever comes in, something comes out: no reader and no rule may panic.

use super::read::{self, reading};
use super::{builtin, explain};
use crate::knowledge::causes;
use crate::model::Exchange;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

static WITNESSES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let families = causes::builtin().unwrap();
    let causes = families.into_iter().flat_map(|family| family.causes);
    causes
        .flat_map(|cause| cause.witnesses.into_iter().chain(cause.near_misses))
        .collect()
});

/// Explains and holds the answer to what every answer promises.
fn check(exchange: &Exchange) {
    let said = explain(exchange);
    assert!(said.alternatives.len() <= 3);
    assert!(!said.title.is_empty());
    if said.cause.is_some() {
        assert!(said.hop.is_some() && said.remedy.is_some());
    }
    builtin().unwrap().hop(exchange);
}

/// A witness as text, with a piece cut out and another put in.
fn mutated() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(String::new()),
        "[{}\\[\\]\"':,\\\\<>]{1,6}",
        "\\PC{0,8}",
        Just("\u{0}\u{feff}\u{202e}令牌".to_owned()),
    ];
    (
        any::<prop::sample::Index>(),
        0.0..1.0_f64,
        0..40_usize,
        piece,
    )
        .prop_map(|(which, at, length, piece)| {
            let text = which.get(&WITNESSES).to_string();
            let chars: Vec<char> = text.chars().collect();
            let from = (at * chars.len() as f64) as usize;
            let to = (from + length).min(chars.len());
            let before: String = chars[..from].iter().collect();
            let after: String = chars[to..].iter().collect();
            format!("{before}{piece}{after}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(readings) = read::exchanges(&bytes) {
            readings.iter().for_each(|one| check(&one.exchange));
        }
        let text = String::from_utf8_lossy(&bytes);
        read::curl(&text).iter().for_each(|one| check(&one.exchange));
        let _ = read::har(&text);
        let _ = read::jsonl(&text);
    }

    #[test]
    fn mutated_witnesses_are_answered(text in mutated()) {
        if let Ok(readings) = read::exchanges(text.as_bytes()) {
            readings.iter().for_each(|one| check(&one.exchange));
        }
        read::curl(&text).iter().for_each(|one| check(&one.exchange));
    }

    #[test]
    fn any_parts_of_an_exchange_are_answered(
        status in prop::option::of(0_i64..70_000),
        url in "(https?://)?[a-z.:@/%?=&\\-é]{0,40}",
        name in "[A-Za-z\\-]{0,20}",
        value in "\\PC{0,60}",
        body in "\\PC{0,200}",
        kind in "[a-z_]{0,12}",
    ) {
        let line = serde_json::json!({
            "request": {"url": url, "headers": {"Authorization": value, "api-key": ""}, "body": body},
            "response": {"status": status, "headers": [[name, value], value], "body": body},
            "transport_error": {"kind": kind, "text": value},
        });
        check(&reading(&line, "1").exchange);
    }

    #[test]
    fn any_har_entry_is_answered(entry in mutated(), status in 0_u16..700) {
        let file = serde_json::json!({"log": {"entries": [
            {"request": {"method": "POST", "url": entry}, "response": {"status": status, "content": {"text": entry}}},
            entry,
        ]}});
        if let Ok(readings) = read::har(&file.to_string()) {
            readings.iter().for_each(|one| check(&one.exchange));
        }
    }
}

//! A text and every form in which it is pasted give the same diagnosis.

use super::exchanges;
use crate::diagnose::{explain, read::reading};
use crate::knowledge::causes;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// What becomes of a text on its way into a paste.
type Form = fn(&str) -> Vec<u8>;

/// Every form, by its name. The first is the text as it is.
const FORMS: &[(&str, Form)] = &[
    ("plain", |text| text.into()),
    ("quoted", |text| each(text, "> ")),
    ("quoted twice", |text| each(text, "> > ")),
    ("fenced", |text| format!("```json\n{text}\n```").into()),
    ("indented", |text| each(text, "    ")),
    ("wrapped at 80", |text| wrapped(text, 80)),
    ("wrapped at 72 and quoted", |text| {
        each(&String::from_utf8_lossy(&wrapped(text, 72)), "> ")
    }),
    ("docker compose", |text| each(text, "app-1  | ")),
    ("Kubernetes", |text| {
        each(text, "2026-11-28T04:47:01.123456789Z stderr F ")
    }),
    ("Terraform", |text| each(text, "│ ")),
    ("JSON log", |text| {
        json!({"level": "error", "time": "2026-11-28T04:47:01Z", "msg": text})
            .to_string()
            .into()
    }),
    ("JSON log in a container's log", |text| {
        let inner = json!({"level": "error", "msg": text}).to_string() + "\n";
        json!({"log": inner, "stream": "stderr"}).to_string().into()
    }),
    ("string", |text| json!(text).to_string().into()),
    ("HTML", |text| {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        escaped
            .replace('"', "&quot;")
            .replace('\'', "&#x27;")
            .into()
    }),
    ("typographic quotes", |text| {
        text.replace('"', "\u{201d}")
            .replace('\'', "\u{2019}")
            .into()
    }),
    ("line ends of Windows", |text| {
        text.replace('\n', "\r\n").into()
    }),
    ("colours", |text| {
        format!(
            "\u{1b}[31m{}\u{1b}[0m",
            text.replace('\n', "\u{1b}[0m\n\u{1b}[31m")
        )
        .into()
    }),
    ("UTF-16", |text| {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
    ("UTF-16 with a mark", |text| {
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_be_bytes)
            .collect()
    }),
    ("UTF-8 with a mark", |text| format!("\u{feff}{text}").into()),
    ("prose around", |text| {
        format!("Hi all,\n\nsince yesterday our image generation is broken, any idea?\n\n{text}\n\nThe same code works on my colleague's machine. Thanks!\n").into()
    }),
];

fn each(text: &str, prefix: &str) -> Vec<u8> {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| format!("{prefix}{line}"))
        .collect();
    lines.join("\n").into()
}

fn wrapped(text: &str, width: usize) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let chars: Vec<char> = line.chars().collect();
        match chars.is_empty() {
            true => lines.push(String::new()),
            false => lines.extend(chars.chunks(width).map(|part| part.iter().collect())),
        }
    }
    lines.join("\n").into()
}

/// Bodies of the witnesses of all causes that are explained by their words alone.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let families = causes::builtin().unwrap();
    let witnesses = families
        .iter()
        .flat_map(|family| &family.causes)
        .flat_map(|cause| &cause.witnesses);
    witnesses
        .filter_map(|witness: &Value| {
            let exchange = reading(witness, "1").exchange;
            let text = match &exchange.transport_error {
                Some(error) => error.text.clone(),
                None => exchange.body().to_owned(),
            };
            (text.len() > 20 && cause_of(text.as_bytes()) != ["none"]).then_some(text)
        })
        .collect()
});

fn cause_of(input: &[u8]) -> Vec<String> {
    let readings = exchanges(input).unwrap();
    let causes = readings
        .iter()
        .map(|reading| explain(&reading.exchange).cause);
    causes
        .map(|cause| cause.map_or("none".to_owned(), |cause| cause.to_string()))
        .collect()
}

#[test]
fn every_form_of_every_witness_gives_the_same_diagnosis() {
    let mut wrong = Vec::new();
    for text in TEXTS.iter() {
        let as_it_is = cause_of(text.as_bytes());
        for (name, form) in FORMS {
            let said = cause_of(&form(text));
            if said != as_it_is {
                wrong.push(format!("{name}: {said:?}, not {as_it_is:?}: {text}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        TEXTS.len() * FORMS.len(),
        wrong.join("\n")
    );
}

/// Whether a form writes something of its own before each line.
fn is_prefixed(form: &str) -> bool {
    let words = [
        "quoted",
        "docker",
        "Kubernetes",
        "Terraform",
        "container's log",
    ];
    words.iter().any(|word| form.contains(word))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn forms_upon_forms_give_the_same_diagnosis(
        text in any::<prop::sample::Index>(),
        inner in 0..12_usize,
        outer in 0..12_usize,
    ) {
        // What a log writes before each line is not there in the rest of a line that was broken afterwards, so the two
        // lines cannot be told from two that were logged.
        prop_assume!(!(FORMS[outer].0.starts_with("wrapped") && is_prefixed(FORMS[inner].0)));
        let text = text.get(&TEXTS);
        let once = FORMS[inner].1(text);
        let twice = FORMS[outer].1(&String::from_utf8_lossy(&once));
        prop_assert_eq!(cause_of(&twice), cause_of(text.as_bytes()), "{} of {}: {}", FORMS[outer].0, FORMS[inner].0, text);
    }
}

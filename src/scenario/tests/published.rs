//! The schemas and the page that describe the language.

use super::super::embedded;
use super::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn json_of(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn every_shipped_file_fits_the_schema() {
    for (files, schema) in [
        (embedded::FILES, scenario_schema()),
        (embedded::FRAGMENTS, fragment_schema()),
    ] {
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (file, text) in files {
            let errors: Vec<String> = validator
                .iter_errors(&json_of(text))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{file}: {errors:?}");
        }
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = jsonschema::validator_for(&scenario_schema()).unwrap();
    let is_valid = |text: &str| validator.is_valid(&json_of(text));
    let file = |step: &str| format!("id: B\nname: one\ntitle: two\nsteps:\n  - {{ {step} }}\n");
    assert!(is_valid(&file("probe: {}, expect: status == 400")));
    assert!(!is_valid(&file(
        "probe: {}, http: { url: /x }, expect: status == 400"
    )));
    assert!(!is_valid(&file("expect: status == 400")));
    assert!(!is_valid(&file("probe: {}")));
    assert!(is_valid(&file("include: x.yaml")));
    assert!(!is_valid(&file("probe: {}, expct: status == 400")));
    assert!(!is_valid(&file(
        "probe: {}, expect: status == 400, how: { credential: wrongkey }"
    )));
}

/// Blocks of `language` in a Markdown text.
fn blocks<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    markdown
        .split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

#[test]
fn the_examples_of_the_page_can_be_read() {
    let page = std::fs::read_to_string(repository().join("docs/scenarios.md")).unwrap();
    let examples = blocks(&page, "yaml");
    assert!(examples.len() > 10, "{}", examples.len());
    for example in examples {
        let is_whole = example.starts_with("id:") || example.contains("\nid:");
        let is_fragment = example.starts_with("title:");
        let text = match (is_whole, is_fragment) {
            (true, _) => example.to_owned(),
            (_, true) => continue,
            _ => format!(
                "id: example\nname: n\ntitle: t\nvars: {{ prompt: p, words: w }}\nsteps:\n{}",
                indented(example)
            ),
        };
        if let Err(error) = parse(
            "scenarios/example.yaml",
            &text,
            &Files(page_fragments(&page)),
        ) {
            panic!("{error}\n\n{text}");
        }
    }
}

fn indented(steps: &str) -> String {
    steps.lines().map(|line| format!("  {line}\n")).collect()
}

fn page_fragments(page: &str) -> BTreeMap<&'static str, &'static str> {
    let shown = blocks(page, "yaml")
        .into_iter()
        .find(|example| example.starts_with("title:"));
    let shown: &'static str = Box::leak(shown.unwrap_or_default().to_owned().into_boxed_str());
    BTreeMap::from([("scenarios/shared/refused.yaml", shown)])
}

/// The page names every variable, member of an answer, filter and test of ours.
#[test]
fn the_page_leaves_nothing_out() {
    let page = std::fs::read_to_string(repository().join("docs/scenarios.md")).unwrap();
    let names = [
        answer_scope().names().join(" "),
        family_scope().names().join(" "),
    ]
    .join(" ");
    let ours = "matrix captures steps attempt attempts is_last target family rpm route \
        bits_apart iso_seconds percentile ratio contains_ci endswith matches near startswith";
    for name in names.split(' ').chain(ours.split_whitespace()) {
        assert!(
            page.contains(&format!("`{name}")),
            "`{name}` is not on the page"
        );
    }
    for key in [
        "generate",
        "edit",
        "describe",
        "http",
        "probe",
        "include",
        "with",
        "how",
        "when",
        "expect",
        "capture",
        "repeat",
        "matrix",
        "wait",
        "poll",
        "timeout",
        "free",
        "paced",
        "honours_retry_after",
        "print",
    ] {
        assert!(
            page.contains(&format!("`{key}`")),
            "`{key}` is not on the page"
        );
    }
    assert!(Path::new(&repository()).join("docs/schema").is_dir());
}

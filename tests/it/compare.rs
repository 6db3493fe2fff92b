//! Runs against each other: what got worse, what got better, what is only said in other words.

use crate::program::{Desk, list, text};
use serde_json::Value;

const PRO: &str = "FLUX-1.1-pro";
/// The healthy estate, three seconds slower at its gateway.
const SLOWER: &str = "\
about: The gateway thinks longer.
extends: healthy
hosts:
  apim-pavavy6pu5hpa.azure-api.net: { first_byte: { ms: 12000 } }
";
/// What answers look like, whatever they are: three api-versions and a picture.
const LOOK: &str = "\
id: look
name: look
title: what answers look like, whatever they are
tags: [paid]
steps:
  - name: \"version {{ matrix.version }}\"
    matrix:
      version: [2024-08-01-preview, 2024-10-21, 2025-04-01-preview]
    probe: {}
    how:
      api_version: \"{{ matrix.version }}\"
    paced: false
    expect: [status >= 400]
  - name: picture
    generate: { prompt: a red bicycle, size: 512x512 }
    paced: false
    expect: [status == 200]
";

/// The healthy estate, whose gateway does this to every answer.
fn answering(policy: &str) -> String {
    format!(
        "\
about: The gateway changes what is answered.
extends: healthy
gateways:
  apim-pavavy6pu5hpa:
    apis:
      inference-api:
        policy: |
          <policies>
              <inbound>
                  <base />
                  <set-backend-service backend-id=\"inference-backend-pool\" />
              </inbound>
              <backend>
                  <base />
              </backend>
              <outbound>
                  <base />
                  {policy}
              </outbound>
              <on-error>
                  <base />
              </on-error>
          </policies>
"
    )
}

/// The healthy estate, whose gateway sets a header in every answer.
fn with_header(name: &str, value: &str) -> String {
    answering(&format!(
        "<set-header name=\"{name}\" exists-action=\"override\"><value>{value}</value></set-header>"
    ))
}

/// The healthy estate, whose gateway says another word in every answer.
fn with_word(word: &str, other: &str) -> String {
    answering(&format!(
        "<set-body>@(context.Response.Body.As<string>(preserveContent: true).Replace(\"{word}\", \"{other}\"))</set-body>"
    ))
}

/// The healthy estate, something of whose first account is otherwise.
fn with_account(what: &str) -> String {
    format!("about: x\nextends: healthy\naccounts:\n  foundry1-pavavy6pu5hpa:\n{what}")
}

fn run(desk: &Desk, world: &str, letters: &[&str], file: &str, code: i32) {
    let most = ["--world", world, "--deployment", PRO, "-o", file];
    desk.run(&[&["run"], letters, &most[..]].concat())
        .expect(code);
}

fn compared(desk: &Desk, base: &str, new: &str, code: i32) -> Value {
    desk.run(&["compare", base, new, "--format", "json"])
        .expect(code)
        .json()
}

#[test]
fn an_estate_that_stays_the_same_is_no_regression() {
    let desk = Desk::new();
    for file in ["1.json", "2.json", "3.json"] {
        run(&desk, "healthy", &["A", "C", "F", "K", "L"], file, 0);
    }
    desk.run(&["baseline", "update", "base.json", "1.json", "2.json"])
        .expect(0);
    for base in ["base.json", "1.json"] {
        let found = compared(&desk, base, "3.json", 0);
        for nothing in [
            "new_failures",
            "slower",
            "faster",
            "dearer",
            "drift",
            "fixed",
            "unproved",
        ] {
            assert_eq!(found[nothing], serde_json::json!([]), "{base}: {nothing}");
        }
        assert_eq!(found["is_regression"], false);
    }
    let said = desk
        .run(&["compare", "base.json", "3.json"])
        .expect(0)
        .stdout;
    assert!(
        said.contains("No regression: nothing has changed"),
        "{said}"
    );
}

#[test]
fn a_slower_gateway_is_found_by_many_timings_and_by_no_single_one() {
    let desk = Desk::new();
    desk.write("slower.yaml", SLOWER);
    run(&desk, "healthy", &["B", "C", "G"], "was.json", 0);
    run(&desk, "slower.yaml", &["B", "C", "G"], "is.json", 0);
    let found = compared(&desk, "was.json", "is.json", 8);
    let slower = list(&found["slower"]);
    assert_eq!(slower.len(), 1, "{found}");
    assert_eq!(slower[0]["has_pictures"], true);
    assert!(slower[0]["p"].as_f64().unwrap() < 0.01);
    assert!(slower[0]["is_ms"].as_f64() > slower[0]["was_ms"].as_f64());
    assert_eq!(found["new_failures"], serde_json::json!([]));
    // The other way round it is good news.
    let found = compared(&desk, "is.json", "was.json", 0);
    assert_eq!(list(&found["faster"]).len(), 1);
    // One picture each: too few to say.
    run(&desk, "healthy", &["B"], "one.json", 0);
    run(&desk, "slower.yaml", &["B"], "other.json", 0);
    let found = compared(&desk, "one.json", "other.json", 0);
    assert_eq!(found["untimed"][0]["samples"], serde_json::json!([1, 1]));
    let page = desk
        .run(&["compare", "one.json", "other.json"])
        .expect(0)
        .stdout;
    assert!(page.contains("Too few timings"), "{page}");
}

#[test]
fn a_run_against_its_baseline_ends_with_8_where_something_broke() {
    let desk = Desk::new();
    run(&desk, "healthy", &["B", "K"], "was.json", 0);
    desk.run(&["baseline", "update", "base.json", "was.json"])
        .expect(0);
    let world = crate::program::world("key-suspended");
    let against = |world: &str, code: i32| {
        let arguments = [
            "run",
            "B",
            "K",
            "--world",
            world,
            "--deployment",
            PRO,
            "-q",
            "--baseline",
            "base.json",
        ];
        desk.run(&arguments).expect(code).stderr
    };
    let said = against(&world, 8);
    assert!(said.contains("Against the baseline"), "{said}");
    assert!(said.contains("Regression: "), "{said}");
    assert!(said.contains("pass -> fail"), "{said}");
    let said = against("healthy", 0);
    assert!(said.contains("No regression"), "{said}");
    // What the baseline has failing is no news, and red as before.
    desk.run(&[
        "run",
        "B",
        "K",
        "--world",
        &world,
        "--deployment",
        PRO,
        "-o",
        "broken.json",
    ])
    .expect(4);
    desk.run(&["baseline", "update", "base.json", "broken.json"])
        .expect(0);
    let said = against(&world, 4);
    assert!(said.contains("No regression"), "{said}");
    // Nothing is sent where there is nothing to hold it against.
    let gone = ["run", "B", "--world", "healthy", "--baseline", "gone.json"];
    assert!(desk.run(&gone).expect(2).stderr.contains("gone.json"));
    desk.write("odd.json", "{\"schema_version\":1}");
    let odd = desk.run(&["compare", "odd.json", "was.json"]).expect(2);
    assert!(
        odd.stderr
            .contains("is neither a baseline nor the report of a run"),
        "{}",
        odd.stderr
    );
}

#[test]
fn an_answer_in_other_words_is_drift_and_fails_only_where_asked() {
    let desk = Desk::new();
    desk.write("reworded.yaml", &with_header("x-new-proxy", "1"));
    run(&desk, "healthy", &["B", "K"], "was.json", 0);
    run(&desk, "reworded.yaml", &["B", "K"], "is.json", 0);
    let found = compared(&desk, "was.json", "is.json", 0);
    let drift = list(&found["drift"]);
    assert_eq!(drift.len(), 1, "{drift:?}");
    assert_eq!(
        (text(&drift[0]["what"]), text(&drift[0]["is"])),
        ("headers", "x-new-proxy")
    );
    assert!(list(&drift[0]["at"]).len() > 2);
    desk.run(&["compare", "was.json", "is.json", "--drift", "fail"])
        .expect(8);
    let page = desk
        .run(&["compare", "was.json", "is.json", "--format", "md"])
        .expect(0)
        .stdout;
    assert!(page.contains("though the verdict stayed (1)"), "{page}");
    let other = desk
        .run(&["compare", "was.json", "is.json", "--format", "junit"])
        .expect(1);
    assert!(other.stderr.contains("--format json"), "{}", other.stderr);
}

/// Each kind of drift, and beside it a change that is none.
#[test]
fn each_kind_of_drift_is_told_and_what_only_varies_is_none() {
    let desk = Desk::new();
    desk.write("look.yaml", LOOK);
    let look = |world: &str, file: &str| {
        let scenario = ["run", "--scenarios", "look.yaml", "--deployment", PRO];
        desk.run(&[&scenario[..], &["--world", world, "-o", file]].concat())
            .expect(0);
        file.to_owned()
    };
    let changed = |text: &str, file: &str| {
        desk.write("world.yaml", text);
        look("world.yaml", file)
    };
    let drift = |was: &str, is: &str| -> Vec<(String, String, String)> {
        let found = compared(&desk, was, is, 0);
        assert_eq!(found["new_failures"], serde_json::json!([]));
        let told = list(&found["drift"]).iter();
        let part = |one: &Value, name: &str| text(&one[name]).to_owned();
        told.map(|one| (part(one, "what"), part(one, "was"), part(one, "is")))
            .collect()
    };
    let drifts = |was: &str, is: &str, what: &str, words: (&str, &str)| {
        let found = drift(was, is);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, what);
        assert!(
            found[0].1.contains(words.0) && found[0].2.contains(words.1),
            "{found:?}"
        );
    };
    let base = look("healthy", "base.json");
    // The same estate draws other pictures, with other ids and dates.
    assert_eq!(drift(&base, &look("healthy", "again.json")), []);

    let is = changed(&with_header("x-cache", "MISS"), "header.json");
    drifts(&base, &is, "headers", ("", "x-cache"));
    let other = changed(&with_header("x-cache", "HIT"), "value.json");
    assert_eq!(drift(&is, &other), [], "a header is told by its name");
    let fleeting = changed(&with_header("retry-after", "7"), "fleeting.json");
    assert_eq!(drift(&base, &fleeting), []);

    let is = changed(&with_word("Missing required", "7 lack the"), "wording.json");
    drifts(
        &base,
        &is,
        "wording",
        ("Missing required parameter", "# lack the parameter"),
    );
    let other = changed(&with_word("Missing required", "51 lack the"), "count.json");
    assert_eq!(drift(&is, &other), [], "numbers count something");

    let versions = "    api_versions: [2024-08-01-preview, 2025-04-01-preview]\n";
    let is = changed(&with_account(versions), "versions.json");
    let found = drift(&base, &is);
    let accepted = found.iter().find(|one| one.0 == "api-versions accepted");
    let (_, was, now) = accepted.unwrap_or_else(|| panic!("{found:?}"));
    assert!(was.contains("2024-10-21") && !now.contains("2024-10-21"));
    let versions = "    api_versions: [2024-08-01-preview, 2024-10-21, 2025-04-01-preview]\n";
    let other = changed(&with_account(versions), "unasked.json");
    assert_eq!(drift(&base, &other), [], "nobody asked with the others");

    let container = "    deployments: { FLUX-1.1-pro: { picture: wrong_container } }\n";
    let is = changed(&with_account(container), "container.json");
    drifts(&base, &is, "container", ("jpeg", "png"));
    let size = "    deployments: { FLUX-1.1-pro: { picture: wrong_size } }\n";
    let other = changed(&with_account(size), "size.json");
    assert_eq!(
        drift(&base, &other),
        [],
        "the size is what a scenario checks"
    );

    let is = changed(&with_word("profanity", "indecency"), "filter.json");
    drifts(&base, &is, "content filter", ("profanity", "indecency"));
    let page = desk.run(&["compare", &base, &is]).expect(0).stdout;
    assert!(
        page.contains("content filter: gone content_filter_results.profanity.detected"),
        "{page}"
    );
    let other = changed(&with_word("safe", "low"), "graver.json");
    assert_eq!(drift(&base, &other), [], "what it judged is no shape");
}

#[test]
fn a_failure_under_quarantine_is_no_regression_and_has_a_line_of_its_own() {
    let desk = Desk::new();
    run(&desk, "healthy", &["K"], "was.json", 0);
    let world = crate::program::world("key-suspended");
    desk.write(
        "covered.yaml",
        "quarantine:\n  - scenario: K\n    owner: anna@example.org\n    until: 2999-12-31\n    why: INC-4711\n",
    );
    let against = |config: &[&str], code: i32| {
        let most = ["run", "K", "--world", &world, "--deployment", PRO];
        let more = ["--baseline", "was.json", "-o", "is.json"];
        desk.run(&[&most[..], &more, config].concat())
            .expect(code)
            .stderr
    };
    let said = against(&["--config", "covered.yaml"], 0);
    assert!(said.contains("No regression: 1 quarantined"), "{said}");
    assert!(said.contains("Failing under a quarantine (1)"), "{said}");
    assert!(
        said.contains("quarantined until 2999-12-31 by anna@example.org: INC-4711"),
        "{said}"
    );
    assert!(!said.contains("New failures"), "{said}");
    let found = compared(&desk, "was.json", "is.json", 0);
    assert_eq!(found["new_failures"], serde_json::json!([]));
    assert_eq!(list(&found["quarantined"]).len(), 1);
    desk.run(&["baseline", "update", "base.json", "is.json"])
        .expect(0);
    let covered = &desk.json("base.json")["cases"][0]["quarantine"];
    assert!(text(covered).contains("anna@example.org"));
    let said = against(&[], 8);
    assert!(said.contains("New failures (1)"), "{said}");
}

#[test]
fn a_case_that_needed_another_try_is_flaky_on_either_side_and_its_good_answers_are_timed() {
    let desk = Desk::new();
    run(&desk, "healthy", &["A"], "was.json", 0);
    desk.write(
        "once.yaml",
        "extends: healthy\nhosts:\n  apim-pavavy6pu5hpa.azure-api.net:\n    answer: { status: 503, body: '{}' }\n    answer_times: 1\n",
    );
    let most = [
        "run",
        "A",
        "--world",
        "once.yaml",
        "--deployment",
        PRO,
        "-j",
        "1",
    ];
    desk.run(&[&most[..], &["--retries", "1", "-o", "is.json"]].concat())
        .expect(0);
    for (base, new, was, is) in [
        ("was.json", "is.json", "pass", "flaky"),
        ("is.json", "was.json", "flaky", "pass"),
    ] {
        let found = compared(&desk, base, new, 0);
        let flaky = list(&found["flaky"]);
        assert_eq!(flaky.len(), 1, "{found}");
        assert_eq!((text(&flaky[0]["was"]), text(&flaky[0]["is"])), (was, is));
        assert_eq!(found["drift"], serde_json::json!([]), "{base}");
        let page = desk.run(&["compare", base, new]).expect(0).stdout;
        let line = format!(
            "A foundry1-pavavy6pu5hpa/{PRO} via apim-pavavy6pu5hpa/inference-api: {was} -> {is}"
        );
        assert!(page.contains(&line), "{page}");
    }
    desk.run(&["baseline", "update", "base.json", "is.json"])
        .expect(0);
    let base = desk.json("base.json");
    let timings: Vec<usize> = list(&base["cases"][0]["steps"])
        .iter()
        .map(|step| list(&step["other_ms"]).len())
        .collect();
    assert_eq!(timings.iter().max(), Some(&2), "{base}");
    assert_eq!(
        timings.iter().min(),
        Some(&1),
        "the 503 is no time of an answer: {base}"
    );
}

#[test]
fn a_baseline_is_small_sorted_and_grows_by_timings_only() {
    let desk = Desk::new();
    run(&desk, "healthy", &["A", "B", "K"], "was.json", 0);
    for _ in 0..2 {
        desk.run(&["baseline", "update", "base.json", "was.json"])
            .expect(0);
    }
    let base = desk.json("base.json");
    let keys: Vec<&str> = list(&base["cases"])
        .iter()
        .map(|case| text(&case["case"]))
        .collect();
    assert!(keys.is_sorted() && keys.len() == 3, "{keys:?}");
    let picture = &base["cases"][1]["steps"][0];
    assert_eq!(list(&picture["picture_ms"]).len(), 2, "{picture}");
    let (small, large) = (desk.read("base.json").len(), desk.read("was.json").len());
    assert!(small * 2 < large, "{small} of {large}");
    // With the names the wrong way round nothing is written over.
    let was = desk.read("was.json");
    let told = desk
        .run(&["baseline", "update", "was.json", "base.json"])
        .expect(1)
        .stderr;
    assert!(told.contains("was.json is the report of a run"), "{told}");
    assert_eq!(desk.read("was.json"), was);
    // Another run changes few lines: a timing each.
    let before = desk.read("base.json");
    desk.run(&["baseline", "update", "base.json", "was.json"])
        .expect(0);
    let after = desk.read("base.json");
    let changed = before
        .lines()
        .zip(after.lines())
        .filter(|(one, other)| one != other);
    for (_, line) in changed {
        assert!(line.contains("_ms\":"), "{line}");
    }
    assert_eq!(before.lines().count(), after.lines().count());
}

/// `benches/identical.py` does it 200 times with a release build.
#[test]
fn runs_of_an_estate_that_stays_the_same_give_the_same_verdicts() {
    let desk = Desk::new();
    let verdicts = |number: usize| -> Vec<(String, String)> {
        let file = format!("{number}.json");
        run(
            &desk,
            "healthy",
            &["A", "B", "E", "F", "H", "I", "K", "L"],
            &file,
            0,
        );
        let run = desk.json(&file);
        let cases = list(&run["cases"]).iter();
        cases
            .map(|case| {
                (
                    text(&case["scenario"]).to_owned(),
                    text(&case["verdict"]).to_owned(),
                )
            })
            .collect()
    };
    let first = verdicts(0);
    assert_eq!(first.len(), 8);
    for number in 1..6 {
        assert_eq!(verdicts(number), first, "run {number}");
    }
}

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
/// The healthy estate, whose gateway adds a header to every answer.
const REWORDED: &str = "\
about: The gateway adds a header.
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
                  <set-header name=\"x-new-proxy\" exists-action=\"override\">
                      <value>1</value>
                  </set-header>
              </outbound>
              <on-error>
                  <base />
              </on-error>
          </policies>
";

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
    desk.write("reworded.yaml", REWORDED);
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

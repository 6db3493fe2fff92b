//! Failures that come and go, and failures that are known: tries, flaky verdicts, quarantine.

use super::program::{Desk, case, cents, list, text};
use serde_json::Value;

const PRO: &str = "FLUX-1.1-pro";
const GATEWAY: &str = "apim-pavavy6pu5hpa.azure-api.net";

/// A desk with a world whose gateway is unavailable for its first `times` calls, or for good.
fn desk(times: Option<u32>) -> Desk {
    let desk = Desk::new();
    let times = times.map_or(String::new(), |times| {
        format!("    answer_times: {times}\n")
    });
    desk.write(
        "world.yaml",
        &format!(
            "extends: healthy\nhosts:\n  {GATEWAY}:\n    answer:\n      status: 503\n      body: '{{ \"statusCode\": 503, \"message\": \"Service unavailable\" }}'\n{times}"
        ),
    );
    desk
}

/// Runs one letter on one deployment, a call at a time.
fn run(desk: &Desk, letter: &str, more: &[&str], code: i32) -> Value {
    let run = ["run", letter, "--deployment", PRO, "-j", "1"];
    let rest = ["--world", "world.yaml", "--format", "json"];
    desk.run(&[&run[..], &rest, more].concat())
        .expect(code)
        .json()
}

#[test]
fn a_failure_that_goes_away_is_flaky_and_both_tries_are_kept() {
    let desk = desk(Some(1));
    let report = run(
        &desk,
        "A",
        &["--retries", "2", "-o", "-", "-o", "a.xml", "-o", "a.har"],
        0,
    );
    assert_eq!(report["summary"]["flaky"], 1);
    let case = case(&report, "A", PRO);
    assert_eq!(case["verdict"], "flaky");
    assert!(
        text(&case["why"]).starts_with("passed on try 2; the first failed: "),
        "{case}"
    );
    let earlier = list(&case["earlier"]);
    assert_eq!(
        (earlier.len(), &earlier[0]["verdict"]),
        (1, &Value::from("fail"))
    );
    let statuses = |steps: &Value| -> Vec<Value> {
        let steps = list(steps).iter();
        steps
            .map(|step| step["exchange"]["response"]["status"].clone())
            .collect()
    };
    assert_eq!(statuses(&earlier[0]["steps"])[0], 503);
    assert!(!statuses(&case["steps"]).contains(&Value::from(503)));
    let junit = desk.read("a.xml");
    assert_eq!(junit.matches("<flakyFailure ").count(), 1, "{junit}");
    assert!(junit.contains("name=\"flaky\" value=\"true\""));
    assert!(
        desk.read("a.har")
            .replace(' ', "")
            .contains("\"status\":503"),
        "both tries are exchanges"
    );
    // The same world anew, since its gateway recovers only once a session.
    let strict = ["--retries", "1", "--flaky", "fail"];
    run(&desk, "A", &strict, 6);
}

#[test]
fn nothing_is_tried_again_unasked_and_what_stays_broken_fails() {
    let once = run(&desk(Some(1)), "A", &[], 4);
    assert!(case(&once, "A", PRO)["earlier"].is_null());
    let desk = desk(None);
    let always = run(&desk, "A", &["--retries", "2", "--journal", "run.jsonl"], 4);
    assert_eq!(always["summary"]["flaky"], 0);
    let case = case(&always, "A", PRO);
    assert_eq!(case["verdict"], "fail");
    assert_eq!(list(&case["earlier"]).len(), 2);
    let sent: Vec<Value> = desk
        .read("run.jsonl")
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<Value>(line)
                .unwrap()
                .get("sent")
                .cloned()
        })
        .collect();
    let first = |one: &&Value| one["attempt"] == sent[0]["attempt"];
    assert_eq!(sent.iter().filter(first).count(), 3, "one line a try");
    let resumed = ["--retries", "2", "--journal", "run.jsonl", "--resume"];
    assert_eq!(run(&desk, "A", &resumed, 4)["cases"], always["cases"]);
    let passing = run(&self::desk(Some(0)), "A", &["--retries", "2"], 0);
    assert_eq!(passing["summary"]["pass"], 1);
}

#[test]
fn what_buys_is_not_bought_again_unless_that_is_said() {
    let desk = desk(Some(1));
    let free_only = run(&desk, "B", &["--retries", "2"], 4);
    assert!(case(&free_only, "B", PRO)["earlier"].is_null());
    let paid = run(&desk, "B", &["--retries", "2", "--retry-paid"], 0);
    let case = case(&paid, "B", PRO);
    assert_eq!(case["verdict"], "flaky");
    assert_eq!(cents(&case["spent_usd"]), 4);
}

#[test]
fn a_way_that_was_dead_once_is_open_again_after_a_pass() {
    let desk = desk(Some(1));
    let world = desk
        .read("world.yaml")
        .replace("status: 503", "status: 403");
    desk.write("world.yaml", &world);
    let both = ["run", "K", "B", "--deployment", PRO, "-j", "1"];
    let more = ["--world", "world.yaml", "--format", "json"];
    let blocked = desk.run(&[&both[..], &more[..]].concat()).expect(4).json();
    assert_eq!(case(&blocked, "B", PRO)["verdict"], "skip");
    let retried = [&both[..], &more, &["--retries", "1"]].concat();
    let open = desk.run(&retried).expect(0).json();
    assert_eq!(case(&open, "K", PRO)["verdict"], "flaky");
    assert_eq!(case(&open, "B", PRO)["verdict"], "pass");
}

#[test]
fn a_killed_run_remembers_its_tries() {
    let desk = desk(None);
    let journal = ["--retries", "1", "--journal", "run.jsonl"];
    let whole = run(&desk, "A", &journal, 4);
    // As a kill would leave it: the last try is missing its last call.
    let text = desk.read("run.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    desk.write(
        "run.jsonl",
        &format!("{}\n", lines[..lines.len() - 2].join("\n")),
    );
    let resumed = run(&desk, "A", &[&journal[..], &["--resume"]].concat(), 4);
    let tries = |report: &Value| {
        let case = case(report, "A", PRO);
        (list(&case["earlier"]).len(), list(&case["steps"]).len())
    };
    assert_eq!(tries(&resumed), tries(&whole));
}

fn quarantine(until: &str, deployment: &str) -> String {
    format!(
        "quarantine:\n  - scenario: A\n    deployment: {deployment}\n    owner: anna@example.org\n    until: {until}\n    why: INC-4711\n"
    )
}

#[test]
fn a_known_failure_is_shown_and_does_not_redden() {
    let desk = desk(None);
    desk.write("live.yaml", &quarantine("2999-12-31", PRO));
    let report = run(
        &desk,
        "A",
        &[
            "--config",
            "live.yaml",
            "-o",
            "-",
            "-o",
            "a.txt",
            "-o",
            "a.xml",
            "-o",
            "a.tap",
            "-o",
            "a.html",
            "-o",
            "a.md",
        ],
        0,
    );
    assert_eq!(report["summary"]["quarantined"], 1);
    assert_eq!(report["summary"]["fail"], 0);
    let case = case(&report, "A", PRO);
    assert_eq!(case["verdict"], "fail", "it is told as it is");
    assert_eq!(case["quarantine"]["owner"], "anna@example.org");
    for (file, word) in [
        (
            "a.txt",
            "quarantined until 2999-12-31 by anna@example.org: INC-4711",
        ),
        (
            "a.xml",
            "quarantined until 2999-12-31 by anna@example.org: INC-4711",
        ),
        ("a.tap", " # TODO quarantined until 2999-12-31"),
        ("a.html", "quarantined until 2999-12-31"),
        ("a.md", "quarantined until 2999-12-31"),
    ] {
        let read = desk.read(file);
        let shown: Vec<&str> = read.split_whitespace().collect();
        assert!(
            shown.join(" ").contains(word.trim()),
            "{file}: {}",
            desk.read(file)
        );
    }
    assert!(desk.read("a.xml").contains("failures=\"0\""));
}

#[test]
fn an_entry_that_is_over_or_about_another_covers_nothing() {
    let desk = desk(None);
    desk.write(
        "other.yaml",
        &quarantine("2999-12-31", "FLUX.1-Kontext-pro"),
    );
    let other = run(&desk, "A", &["--config", "other.yaml"], 4);
    assert_eq!(other["summary"]["fail"], 1);
    assert!(
        other["expired"].is_null(),
        "it speaks of no case of this run"
    );
    desk.write("over.yaml", &quarantine("2020-12-31", PRO));
    let over = run(&desk, "A", &["--config", "over.yaml"], 4);
    assert_eq!(over["summary"]["fail"], 1);
    // Even where nothing fails: a date that nobody looked at is how quarantines become permanent.
    let healthy = ["run", "A", "--deployment", PRO, "--world", "healthy"];
    let passing = desk
        .run(&[&healthy[..], &["--config", "over.yaml"]].concat())
        .expect(4);
    assert!(
        passing
            .stdout
            .contains("A on FLUX-1.1-pro: the quarantine ended on 2020-12-31"),
        "{}",
        passing.stdout
    );
    desk.write("live.yaml", &quarantine("2999-12-31", PRO));
    desk.run(&[&healthy[..], &["--config", "live.yaml"]].concat())
        .expect(0);
}

//! A plan on several machines, and one report of it.

use crate::program::{Desk, list, text};
use serde_json::{Value, json};

const PHASE: [&str; 4] = ["--world", "phase-1.5", "--format", "json"];

fn keys(document: &Value) -> Vec<String> {
    let cases = list(&document["cases"]).iter();
    let key = |case: &Value| {
        format!(
            "{} {}/{} {}",
            text(&case["scenario"]),
            text(&case["account"]),
            text(&case["deployment"]),
            text(&case["route"])
        )
    };
    cases.map(key).collect()
}

#[test]
fn the_shards_of_a_plan_are_disjoint_and_complete() {
    let desk = Desk::new();
    let whole = desk.run(&[&["plan"], &PHASE[..]].concat()).expect(0).json();
    desk.run(&[
        "run",
        "A",
        "K",
        "--world",
        "phase-1.5",
        "--history",
        "h.db",
        "-q",
    ])
    .expect(0);
    for more in [&[][..], &["--balance", "h.db"]] {
        let mut all = Vec::new();
        for number in 1..=5 {
            let shard = format!("{number}/5");
            let arguments = [&["plan", "--shard", &shard], &PHASE[..], more].concat();
            let plan = desk.run(&arguments).expect(0).json();
            assert_eq!(
                plan["shard"],
                json!({"number": number, "count": 5, "planned": 24})
            );
            all.extend(keys(&plan));
        }
        all.sort();
        let mut wanted = keys(&whole);
        wanted.sort();
        assert_eq!(all, wanted);
    }
    let pod = Desk::new()
        .set("JOB_COMPLETION_INDEX", "4")
        .set("FLUXPROBE_SHARDS", "5");
    let auto = pod
        .run(&[&["plan", "--shard", "auto"], &PHASE[..]].concat())
        .expect(0)
        .json();
    let last = desk
        .run(&[&["plan", "--shard", "5/5"], &PHASE[..]].concat())
        .expect(0)
        .json();
    assert_eq!(auto["cases"], last["cases"]);
    for wrong in ["6/5", "0/5", "two", "auto"] {
        let said = desk
            .run(&[&["plan", "--shard", wrong], &PHASE[..]].concat())
            .expect(1)
            .stderr;
        assert!(said.contains("--shard"), "{said}");
    }
}

#[test]
fn shards_merge_into_the_report_of_the_whole() {
    let desk = Desk::new();
    let run = ["run", "A", "B", "F", "I", "K"];
    desk.run(&[&run[..], &["--world", "phase-1.5", "-o", "whole.json"]].concat())
        .expect(4);
    let mut codes = Vec::new();
    for number in 1..=3 {
        let shard = format!("{number}/3");
        let file = format!("{number}.json");
        let ended = desk.run(
            &[
                &run[..],
                &["--world", "phase-1.5", "--shard", &shard, "-o", &file],
            ]
            .concat(),
        );
        codes.push(ended.code);
    }
    assert!(codes.contains(&Some(4)), "{codes:?}");
    let files = ["1.json", "2.json", "3.json"];
    let merged = desk
        .run(&[&["merge"], &files[..], &["--format", "json"]].concat())
        .expect(4)
        .json();
    let whole = desk.json("whole.json");
    let mut wanted = keys(&whole);
    wanted.sort();
    let mut found = keys(&merged);
    found.sort();
    assert_eq!(found, wanted);
    for sum in ["pass", "fail", "skip", "images", "spent_usd"] {
        assert_eq!(merged["summary"][sum], whole["summary"][sum], "{sum}");
    }
    let causes = |report: &Value| {
        let diagnoses = list(&report["diagnoses"]).iter();
        diagnoses
            .map(|one| one["cause"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(causes(&merged), causes(&whole));
    assert_eq!(merged["skipped"], whole["skipped"]);

    // A shard is held against its own part of a baseline, the merged run against the whole.
    let part = [
        "--world",
        "phase-1.5",
        "--shard",
        "1/3",
        "--baseline",
        "whole.json",
    ];
    let said = desk.run(&[&run[..], &part].concat()).stderr;
    assert!(said.contains("Against the baseline"), "{said}");
    assert!(!said.contains("No longer proved"), "{said}");
    desk.write("merged.json", &merged.to_string());
    let against = |new: &str| {
        let compared = ["compare", "whole.json", new, "--format", "json"];
        desk.run(&compared).expect(0).json()
    };
    assert_eq!(against("merged.json")["unproved"], serde_json::json!([]));
    assert!(!list(&against("1.json")["unproved"]).is_empty());

    let ended = desk.run(&["merge", "1.json", "3.json"]).expect(2);
    assert!(
        ended.stderr.contains("missing: shard 2/3"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stdout.contains("missing: shard 2/3"),
        "{}",
        ended.stdout
    );
    let twice = desk
        .run(&["merge", "1.json", "1.json", "2.json"])
        .expect(2)
        .stderr;
    assert!(twice.contains("is in two of the runs"), "{twice}");
}

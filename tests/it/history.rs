//! Runs kept together: trends, spending, runs that are late or missing.

use crate::program::{Desk, cents, list, text};
use serde_json::{Value, json};

const PRO: &str = "FLUX-1.1-pro";

/// A saved run, moved to another day.
fn dated(run: &Value, day: &str) -> String {
    let mut run = run.clone();
    run["started_at"] = json!(format!("{day}T03:00:00.000Z"));
    run.to_string()
}

#[test]
fn runs_are_kept_shown_and_forgotten() {
    let desk = Desk::new();
    let run = [
        "run",
        "B",
        "I",
        "--world",
        "phase-1.5",
        "--deployment",
        "FLUX.1-Kontext-pro",
    ];
    desk.run(
        &[
            &run[..],
            &["--history", "h.db", "-o", "run.json", "-o", "run.html"],
        ]
        .concat(),
    )
    .expect(4);
    let saved = desk.json("run.json");
    let page = desk.read("run.html");
    assert!(page.contains("id=\"trend\""), "the page shows the trend");
    for day in ["2026-01-01", "2026-01-02", "2026-01-03"] {
        desk.write(&format!("{day}.json"), &dated(&saved, day));
    }
    let import = [
        "history",
        "--history",
        "h.db",
        "import",
        "2026-01-01.json",
        "2026-01-02.json",
        "2026-01-03.json",
        "run.json",
    ];
    let said = desk.run(&import).expect(0).stderr;
    assert!(said.contains("3 of 4 runs were new"), "{said}");

    let history = desk
        .run(&["history", "--history", "h.db", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(
        (&history["runs"], &history["results"]),
        (&json!(4), &json!(8))
    );
    let trends = list(&history["trends"]);
    let letters: Vec<&str> = trends
        .iter()
        .map(|trend| text(&trend["scenario"]))
        .collect();
    assert_eq!(letters, ["B", "I"]);
    assert_eq!(trends[0]["passes"], 4);
    assert_eq!(trends[1]["failures"], 4);
    assert_eq!(trends[1]["flake_rate"], 0.0);
    assert_eq!(trends[0]["latest"], json!(["pass", "pass", "pass", "pass"]));
    assert!(trends[0]["p90_ms"].as_f64().unwrap() > 0.0);
    let days = list(&history["days"]);
    assert_eq!(days.len(), 4);
    assert_eq!(
        cents(&days[0]["spent_usd"]),
        cents(&saved["summary"]["spent_usd"])
    );

    let page = desk.run(&["history", "--history", "h.db"]).expect(0).stdout;
    for word in ["100 %", "✓✓✓✓", "✗✗✗✗", "2026-01-02", "4 runs"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let narrow = Desk::new().set("COLUMNS", "80");
    std::fs::copy(desk.path("h.db"), narrow.path("fluxprobe.db")).unwrap();
    let page = narrow.run(&["history"]).expect(0).stdout;
    for line in page.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let one = desk
        .run(&[
            "history",
            "--history",
            "h.db",
            "--letters",
            "b",
            "--format",
            "md",
        ])
        .expect(0);
    assert!(
        one.stdout.contains("| `B`") && !one.stdout.contains("| `I`"),
        "{}",
        one.stdout
    );

    let prune = ["history", "--history", "h.db", "prune", "--keep-days", "30"];
    desk.run(&prune).expect(0);
    let history = desk
        .run(&["history", "--history", "h.db", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(history["runs"], 1);
}

#[test]
fn a_run_after_a_gap_says_that_one_is_missing() {
    let desk = Desk::new();
    let run = [
        "run",
        "A",
        "--world",
        "healthy",
        "--deployment",
        PRO,
        "--format",
        "json",
        "--history",
        "h.db",
    ];
    let first = desk
        .run(&[&run[..], &["--every", "24h"]].concat())
        .expect(0)
        .json();
    assert!(first["findings"].is_null(), "nothing was expected yet");
    desk.run(&["history", "--history", "h.db", "prune", "--keep-days", "0"])
        .expect(0);
    let mut old = first.clone();
    let began: jiff::Timestamp = text(&first["started_at"]).parse().unwrap();
    let long_ago = jiff::Timestamp::from_second(began.as_second() - 3 * 24 * 3600).unwrap();
    old["started_at"] = json!(long_ago.to_string());
    desk.write("old.json", &old.to_string());
    desk.run(&["history", "--history", "h.db", "import", "old.json"])
        .expect(0);
    let late = desk
        .run(&[&run[..], &["--every", "24h"]].concat())
        .expect(0)
        .json();
    let finding = text(&late["findings"][0]);
    assert!(
        finding.contains("missing: the one before began at"),
        "{finding}"
    );
    // The run just kept is recent, so the next one is on time.
    let next = desk
        .run(&[&run[..], &["--every", "24h"]].concat())
        .expect(0)
        .json();
    assert!(next["findings"].is_null(), "{}", next["findings"]);
}

#[test]
fn a_history_that_cannot_be_used_is_told_before_anything_is_sent() {
    let desk = Desk::new();
    let missing = desk.run(&["history"]).expect(1).stderr;
    assert!(
        missing.contains("there is no history fluxprobe.db"),
        "{missing}"
    );
    desk.write(
        "words.db",
        "these are words, and no database at all, however long they go on here",
    );
    let run = ["run", "A", "--world", "healthy", "--history"];
    for file in ["words.db", "no/such/folder/h.db"] {
        let said = desk
            .run(&[&run[..], &[file, "--journal", "never.jsonl"]].concat())
            .expect(1)
            .stderr;
        assert!(
            said.contains(&format!("the history {file} cannot be used")),
            "{said}"
        );
    }
    assert!(!desk.path("never.jsonl").exists());
}

//! Money and time: the wall, the deadline, and the question before a larger sum.

use crate::program::{Desk, case, cents, list, text};
use crate::resume::Estate;

const PRO: &str = "FLUX-1.1-pro";

#[test]
fn a_deadline_ends_the_run_after_what_is_under_way() {
    let desk = Desk::new();
    // The sixth call of K waits for the deployment's limit, a minute of simulated time.
    let run = [
        "run",
        "A",
        "K",
        "B",
        "--world",
        "healthy",
        "--deployment",
        PRO,
        "-j",
        "1",
    ];
    let report = desk
        .run(&[&run[..], &["--deadline", "30s", "--format", "json"]].concat())
        .expect(7)
        .json();
    assert_eq!(report["is_interrupted"], true);
    assert_eq!(case(&report, "A", PRO)["verdict"], "pass");
    for letter in ["K", "B"] {
        let case = case(&report, letter, PRO);
        assert_eq!(case["verdict"], "skip", "{letter}");
        assert!(text(&case["why"]).starts_with("deadline: nothing more was started after 30 s"));
    }
    assert_eq!(report["summary"]["spent_usd"], 0.0);
    assert!(report["elapsed_ms"].as_f64().unwrap() < 60_000.0);
    let shown = desk
        .run(&[&run[..], &["--deadline", "30s"]].concat())
        .expect(7);
    assert!(
        shown
            .stdout
            .contains("Stopped before all cases had run (deadline:"),
        "{}",
        shown.stdout
    );

    // One that is not met changes nothing.
    let report = desk
        .run(&[&run[..], &["--deadline", "1h", "--format", "json"]].concat())
        .expect(0)
        .json();
    assert!(report["stopped_by"].is_null());
}

#[test]
fn what_is_spent_and_avoided_stands_in_every_format_for_people() {
    let desk = Desk::new();
    let run = [
        "run",
        "B",
        "C",
        "--world",
        "healthy",
        "--deployment",
        PRO,
        "-j",
        "1",
        "--max-cost",
        "0.12",
    ];
    let outputs = ["-o", "r.json", "-o", "r.md", "-o", "r.html", "-o", "r.txt"];
    desk.run(&[&run[..], &outputs[..]].concat()).expect(7);
    let sums = &desk.json("r.json")["summary"];
    assert_eq!(
        (
            cents(&sums["spent_usd"]),
            cents(&sums["possibly_spent_usd"])
        ),
        (12, 0)
    );
    assert!(cents(&sums["avoided_usd"]) >= 4, "{sums}");
    let avoided = format!("${:.2} avoided", sums["avoided_usd"].as_f64().unwrap());
    for name in ["r.md", "r.txt"] {
        let page = desk.read(name);
        assert!(page.contains("$0.12 spent"), "{name}");
        assert!(page.contains(&avoided), "{name}");
    }
    let page = desk.read("r.html");
    assert!(page.contains("<dt>spent</dt><dd>$0.12</dd>"));
    assert!(page.contains(&format!(
        "<dt>avoided</dt><dd>{}</dd>",
        avoided.replace(" avoided", "")
    )));
}

#[test]
fn what_is_planned_is_spent_or_avoided() {
    let desk = Desk::new();
    let world = ["--world", "healthy", "--format", "json"];
    let plan = desk.run(&[&["plan"], &world[..]].concat()).expect(0).json();
    let run = [&["run", "-j", "1", "--max-cost", "0.10"], &world[..]].concat();
    let report = desk.run(&run).expect(7).json();
    let sums = &report["summary"];
    let (spent, avoided) = (cents(&sums["spent_usd"]), cents(&sums["avoided_usd"]));
    assert_eq!(spent, 8);
    assert_eq!(spent + avoided, cents(&plan["cost_usd"]), "{sums}");
    // Without a wall nothing is avoided, though steps that do not apply are skipped.
    let run = [&["run", "A", "B", "E", "I"], &world[..]].concat();
    let report = desk.run(&run).expect(0).json();
    assert_eq!(cents(&report["summary"]["avoided_usd"]), 0);
}

#[test]
fn a_larger_sum_is_asked_for_on_a_terminal_and_nowhere_else() {
    let estate = Estate::open();
    let run = format!("run B --deployment {PRO} --format json");
    let answered = |answer: &str, more: &str| {
        let desk = estate.desk();
        let program = env!("CARGO_BIN_EXE_fluxprobe");
        let line = format!("{program} {run} -o run.json {more}");
        let ended = desk
            .command("sh")
            .args([
                "-c",
                &format!("echo {answer} | timeout 200 script -qec '{line}' /dev/null"),
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        (ended.status.code(), said, desk.path("run.json").exists())
    };
    let before = estate.paid();
    let (code, said, has_report) = answered("n", "--confirm-above 0.03");
    assert_eq!(code, Some(7), "{said}");
    assert!(
        said.contains("This run may buy 1 picture for $0.04. Go on? [y/N]"),
        "{said}"
    );
    assert!(said.contains("not agreed"), "{said}");
    assert!(!has_report);
    assert_eq!(estate.paid(), before);
    let (code, said, has_report) = answered("y", "--confirm-above 0.03");
    assert_eq!((code, has_report), (Some(0), true), "{said}");
    for quiet in [
        "--confirm-above 0.03 --yes",
        "--confirm-above 0.04",
        "--confirm-above 0.03 --max-cost 0.03",
    ] {
        let (_, said, has_report) = answered("n", quiet);
        assert!(has_report && !said.contains("Go on?"), "{quiet}: {said}");
    }
    // Where nobody sits, nobody is asked.
    let desk = estate.desk();
    let run = format!("{run} --confirm-above 0.03");
    let words: Vec<&str> = run.split(' ').collect();
    let report = desk.run(&words).expect(0).json();
    assert_eq!(list(&report["cases"]).len(), 1);
}

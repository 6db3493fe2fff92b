//! The verbs and what lies between them: files, budget, journal, signals, formats, schemas.

use crate::program::{Desk, case, cents, list, text, wait, world};
use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};

const PRO: &str = "FLUX-1.1-pro";
const KONTEXT: &str = "FLUX.1-Kontext-pro";
const PHASE: [&str; 2] = ["--world", "phase-1.5"];
const HEALTHY: [&str; 2] = ["--world", "healthy"];

/// What must not differ between two runs of the same plan: everything but times, pictures and ids.
fn essence(report: &Value) -> Vec<String> {
    let cases = list(&report["cases"]).iter().flat_map(|case| {
        let head = format!(
            "{} {} {} {} ${}",
            case["scenario"], case["deployment"], case["route"], case["verdict"], case["spent_usd"]
        );
        let steps = list(&case["steps"]).iter().map(|step| {
            let exchange = &step["exchange"];
            format!(
                "  {} {} {} {}",
                step["name"],
                step["verdict"],
                exchange["request"]["url"],
                exchange["response"]["status"]
            )
        });
        std::iter::once(head).chain(steps).collect::<Vec<_>>()
    });
    let diagnoses = list(&report["diagnoses"]).iter().map(|diagnosis| {
        format!(
            "{} {} {} {}",
            diagnosis["cause"], diagnosis["hop"], diagnosis["remedy"], diagnosis["victims"]
        )
    });
    cases.chain(diagnoses).collect()
}

#[test]
fn each_verb_starts_from_the_file_of_the_verb_before() {
    let desk = Desk::new();
    let letters = ["A", "B", "I"];
    desk.run(&[&["discover", "-o", "inventory.json"], &PHASE[..]].concat())
        .expect(0);
    let inventory = ["--inventory", "inventory.json"];
    let planned = [&["plan"], &letters[..], &PHASE, &["-o", "plan.json"]].concat();
    desk.run(&[&planned[..], &inventory[..]].concat()).expect(0);
    let from_file = desk.json("plan.json");
    desk.run(&planned).expect(0);
    assert_eq!(from_file, desk.json("plan.json"));

    let stepwise = ["run", "--plan", "plan.json", "-o", "stepwise.json"];
    desk.run(&[&stepwise[..], &inventory[..], &PHASE[..]].concat())
        .expect(4);
    let at_once = [&["run"], &letters[..], &PHASE, &["-o", "at-once.json"]].concat();
    desk.run(&at_once).expect(4);
    assert_eq!(
        essence(&desk.json("stepwise.json")),
        essence(&desk.json("at-once.json"))
    );
    assert_eq!(
        desk.json("at-once.json")["diagnoses"][0]["cause"],
        "apim_operation_not_matched"
    );
}

#[test]
fn the_budget_is_a_wall() {
    let desk = Desk::new();
    let run = ["run", "A", "B", "D", "G", "--max-cost", "0.10"];
    let report = desk
        .run(&[&run[..], &HEALTHY[..], &["--format", "json"]].concat())
        .expect(7)
        .json();
    let summary = &report["summary"];
    assert_eq!(cents(&summary["spent_usd"]), 8);
    assert_eq!(summary["images"], 2);
    assert!(cents(&summary["avoided_usd"]) > 0);
    let mut stopped = 0;
    for case in list(&report["cases"]) {
        if case["scenario"] == "A" {
            assert_eq!(case["verdict"], "pass", "what is free runs past the wall");
        }
        if case["verdict"] == "skip" {
            let why = text(&case["why"]);
            assert!(
                why.starts_with("budget: ") && why.contains("--max-cost $0.10"),
                "{why}"
            );
            stopped += 1;
        }
    }
    assert_eq!(stopped, 4);
}

#[test]
fn fail_fast_starts_nothing_after_the_first_failure() {
    let desk = Desk::new();
    let world = world("key-suspended");
    let run = ["run", "A", "F", "K", "--world", &world, "-j", "1"];
    let more = ["--fail-fast", "--format", "json"];
    let report = desk.run(&[&run[..], &more[..]].concat()).expect(4).json();
    let verdicts: Vec<&str> = list(&report["cases"])
        .iter()
        .map(|case| text(&case["verdict"]))
        .collect();
    assert_eq!(verdicts.iter().filter(|one| **one == "fail").count(), 1);
    assert_eq!(
        verdicts.iter().filter(|one| **one == "skip").count(),
        verdicts.len() - 1,
        "{verdicts:?}"
    );
    for case in list(&report["cases"]) {
        if case["verdict"] == "skip" {
            assert!(!text(&case["why"]).is_empty());
            assert_eq!(list(&case["steps"]).len(), 0, "{case}");
        }
    }
}

#[test]
fn the_journal_holds_every_exchange_in_the_order_of_its_end() {
    let desk = Desk::new();
    let run = ["run", "A", "B", "F", "-j", "1", "--journal", "run.jsonl"];
    let arguments = [&run[..], &HEALTHY[..], &["-o", "run.json"]].concat();
    desk.run(&arguments).expect(0);
    let lines: Vec<Value> = desk
        .read("run.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let report = desk.json("run.json");
    let cases = list(&report["cases"]);
    let exchanges: Vec<&Value> = cases
        .iter()
        .flat_map(|case| list(&case["steps"]))
        .map(|step| &step["exchange"])
        .collect();
    assert_eq!(list(&lines[0]["begun"]["plan"]["cases"]).len(), cases.len());
    let (mut sent, mut done, mut intents) = (Vec::new(), 0, 0);
    for line in &lines {
        assert_eq!(line["schema_version"], 1);
        if line["sent"].is_object() {
            sent.push(&line["sent"]["step"]["exchange"]);
        }
        intents += usize::from(line["about_to_pay"].is_object());
        done += usize::from(cases.contains(&line["done"]));
    }
    assert_eq!(sent.len(), exchanges.len());
    assert!(sent.iter().all(|one| exchanges.contains(one)));
    assert!(sent.is_sorted_by_key(|one| text(&one["sent_at"])));
    assert_eq!(done, cases.len(), "as the report has them");
    assert_eq!(
        intents as u64,
        report["summary"]["images"].as_u64().unwrap()
    );
    // A journal is never written over: it may be all that is left of a run that was paid for.
    let ended = desk.run(&arguments).expect(1);
    assert!(ended.stderr.contains("run.jsonl"), "{}", ended.stderr);
    assert_eq!(desk.read("run.jsonl").lines().count(), lines.len());
}

#[test]
fn an_interrupted_run_still_writes_its_report() {
    let desk = Desk::new();
    let run = ["run", "-j", "1", "--journal", "run.jsonl", "-o", "run.json"];
    let child = desk.start(&[&run[..], &HEALTHY[..]].concat());
    let patience = Instant::now() + Duration::from_secs(60);
    let has_begun = || {
        std::fs::read_to_string(desk.path("run.jsonl")).is_ok_and(|text| text.contains("\"sent\""))
    };
    while !has_begun() {
        assert!(Instant::now() < patience, "nothing was journalled");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    let ended = wait(child).expect(130);
    assert!(ended.stderr.contains("interrupted"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    let report = desk.json("run.json");
    assert_eq!(report["is_interrupted"], true);
    let cases = list(&report["cases"]);
    assert_eq!(cases.len(), 24, "what did not run stands there too");
    assert!(cases.iter().any(|case| !list(&case["steps"]).is_empty()));
    let last = cases
        .iter()
        .rfind(|case| case["verdict"] == "skip")
        .unwrap();
    assert!(text(&last["why"]).starts_with("interrupted by Ctrl-C"));
    let journal = desk.read("run.jsonl");
    let answered = cases
        .iter()
        .flat_map(|case| list(&case["steps"]))
        .filter(|step| {
            step["exchange"].is_object()
                && step["exchange"]["transport_error"]["kind"] != "interrupted"
        });
    assert_eq!(journal.matches("\"sent\":").count(), answered.count());
}

#[test]
fn data_goes_to_stdout_or_to_every_file_and_messages_to_stderr() {
    let desk = Desk::new();
    let run = [&["run", "A", "--deployment", PRO][..], &HEALTHY[..]].concat();
    let files = ["-o", "a.json", "-o", "b.md", "-o", "c.txt"];
    let ended = desk.run(&[&run[..], &files[..]].concat()).expect(0);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("1 pass"), "{}", ended.stderr);
    assert_eq!(case(&desk.json("a.json"), "A", PRO)["verdict"], "pass");
    assert!(desk.read("b.md").starts_with("# "));
    assert!(desk.read("c.txt").contains('┌'));
    let named = desk
        .run(&[&run[..], &["--format", "md"]].concat())
        .expect(0);
    assert!(named.stdout.starts_with("# "), "{}", named.stdout);
    assert_eq!(named.stderr, "");
    let json = desk.run(&[&run[..], &["-o", "-", "--format", "json"]].concat());
    assert_eq!(json.expect(0).json()["schema_version"], 1);

    // What cannot be shown or written is told before anything is sent.
    for (arguments, word) in [
        (["-o", "report.pdf"], "report.pdf"),
        (["-o", "no/such/folder/a.json"], "no/such/folder/a.json"),
    ] {
        let journal = ["--journal", "never.jsonl"];
        let ended = desk
            .run(&[&run[..], &arguments[..], &journal[..]].concat())
            .expect(1);
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
        assert!(!desk.path("never.jsonl").exists());
    }
    let plan = ["plan", "A", "--format", "junit"];
    let ended = desk.run(&[&plan[..], &HEALTHY[..]].concat()).expect(1);
    assert!(ended.stderr.contains("--format json"), "{}", ended.stderr);
}

#[test]
fn documents_are_what_their_schemas_say() {
    let desk = Desk::new();
    let run = ["run", "B", "I", "--deployment", KONTEXT, "-o", "run.json"];
    desk.run(&[&run[..], &PHASE[..]].concat()).expect(4);
    desk.run(&[&["plan", "-o", "plan.json"], &PHASE[..]].concat())
        .expect(0);
    desk.run(&[&["discover", "-o", "inventory.json"], &PHASE[..]].concat())
        .expect(0);
    for name in ["run", "plan", "inventory"] {
        let schema = desk.run(&["schema", name]).expect(0).json();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let document = desk.json(&format!("{name}.json"));
        let wrong: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        assert!(!validator.is_valid(&serde_json::json!({"schema_version": "one"})));
    }
    let scenario = desk.run(&["schema", "scenario"]).expect(0);
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/schema/scenario.schema.json"
    );
    assert_eq!(
        scenario.json(),
        serde_json::from_str::<Value>(&std::fs::read_to_string(shipped).unwrap()).unwrap()
    );
}

/// Commands of the README's code blocks, without the program's name, and whether they stand in a world.
fn commands_of_the_readme() -> Vec<Vec<String>> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let mut is_code = false;
    let mut found = Vec::new();
    for line in readme.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            let command = line
                .strip_prefix("fluxprobe ")
                .or_else(|| line.strip_prefix("cargo run --release -- "));
            let words = command.map(|command| command.split_whitespace().map(str::to_owned));
            found.extend(words.map(Iterator::collect));
        }
    }
    found
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let commands = commands_of_the_readme();
    assert!(commands.len() >= 4, "{commands:?}");
    for words in commands {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let world = words.iter().position(|word| *word == "--world");
        // Without a world they ask for Azure, and say so where nobody is signed in.
        let code = match world.and_then(|at| words.get(at + 1)) {
            None => 3,
            Some(&"phase-1.5") if words[0] == "run" => 4,
            Some(_) => 0,
        };
        let ended = Desk::new().run(&words).expect(code);
        match code {
            3 => assert!(ended.stderr.contains("AZURE_TENANT_ID"), "{}", ended.stderr),
            _ => assert!(!ended.stdout.is_empty()),
        }
    }
}

/// What the README shows of `explain` is what it prints.
#[test]
fn the_readme_explains_a_failure_as_the_program_does() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = readme.split_once("$ cat failure.txt\n").unwrap();
    let (failure, rest) = rest
        .split_once("$ fluxprobe explain failure.txt\n")
        .unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let desk = Desk::new();
    desk.write("failure.txt", failure);
    let ended = desk.run(&["explain", "failure.txt"]).expect(0);
    assert_eq!(ended.stdout, shown);
}

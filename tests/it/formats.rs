//! What the built program writes, read by those it is written for.

use super::program::{Desk, case, list, text};
use serde_json::{Value, json};
use std::process::Command;

/// A desk with a run of two letters in every format, in the folder `out`.
fn desk() -> Desk {
    let desk = Desk::new();
    let run = [
        "run",
        "--world",
        "phase-1.5",
        "B",
        "I",
        "K",
        "--output-dir",
        "out",
    ];
    desk.run(&run).expect(4);
    desk
}

#[track_caller]
fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn schemas_hold_for_what_the_program_writes_and_not_for_anything() {
    let desk = desk();
    let world = ["--world", "phase-1.5", "--format", "json"];
    let run_json = desk.json("out/run.json");
    let plan = desk
        .run(&[&["plan", "B"], &world[..]].concat())
        .expect(0)
        .json();
    let inventory = desk
        .run(&[&["discover"], &world[..]].concat())
        .expect(0)
        .json();
    let audit = [&["audit", "--fail-on", "never"], &world[..]].concat();
    let audit = desk.run(&audit).expect(0).json();
    let routes = desk
        .run(&[&["routes"], &world[..]].concat())
        .expect(0)
        .json();
    let run_path = desk.path("out/run.json").display().to_string();
    let comparison = desk
        .run(&["compare", &run_path, &run_path, "--format", "json"])
        .expect(0)
        .json();
    desk.run(&["baseline", "update", "base.json", &run_path])
        .expect(0);
    for (name, value) in [
        ("run", run_json),
        ("plan", plan),
        ("inventory", inventory),
        ("audit", audit),
        ("routes", routes),
        ("comparison", comparison),
        ("baseline", desk.json("base.json")),
    ] {
        let schema = desk.run(&["schema", name]).expect(0).json();
        assert_valid(&schema, &value);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut wrong = value.clone();
        wrong["schema_version"] = json!("one");
        assert!(!validator.is_valid(&wrong), "{name} takes anything");
    }
}

#[test]
fn every_format_of_a_run_reads_back() {
    let desk = desk();
    let run = desk.json("out/run.json");
    let cases = list(&run["cases"]).len();

    let ctrf = desk.json("out/run.ctrf.json");
    assert_eq!(list(&ctrf["results"]["tests"]).len(), cases);
    let sarif = desk.json("out/run.sarif");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "apim_operation_not_matched");
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "scenarios/i-image-editing.yaml");

    let count = "import sys, xml.dom.minidom as x; d = x.parse(sys.argv[1]); print(len(d.getElementsByTagName('testcase')), len(d.getElementsByTagName('failure')))";
    let python = Command::new("python3")
        .args(["-c", count])
        .arg(desk.path("out/run.xml"))
        .output();
    let counted = String::from_utf8(python.unwrap().stdout).unwrap();
    assert_eq!(counted.trim(), format!("{cases} 1"));

    let tap = desk.read("out/run.tap");
    assert!(tap.starts_with(&format!("TAP version 14\n1..{cases}\n")));
    assert_eq!(tap.matches("\nnot ok ").count(), 1);
    for line in desk.read("out/run.jsonl").lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["event"].is_string(), "{line}");
    }
}

#[test]
fn an_archive_is_explained_as_the_run_was() {
    let desk = desk();
    let entries = desk.json("out/run.har");
    let entries = list(&entries["log"]["entries"]);
    let lines = desk
        .run(&["explain", "out/run.har", "--format", "jsonl"])
        .expect(0);
    let lines: Vec<Value> = lines
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), entries.len());
    let at = entries.iter().position(|entry| {
        text(&entry["comment"]).contains("Kontext-pro via")
            && text(&entry["comment"]).ends_with(": edit route")
    });
    let explained = &lines[at.unwrap()];
    assert_eq!(explained["cause"], "apim_operation_not_matched");
    assert_eq!(explained["hop"], "gateway");
}

#[test]
fn commands_are_shell_and_hold_no_key() {
    let desk = desk();
    let checked = Command::new("bash")
        .arg("-n")
        .arg(desk.path("out/run.sh"))
        .output()
        .unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    let script = desk.read("out/run.sh");
    assert!(script.contains("-H 'api-key: '\"$APIM_KEY\""));
    assert!(script.contains("-F 'image=@\"in.png\";type=image/png'"));
    let hurl = desk.read("out/run.hurl");
    assert!(hurl.contains("\napi-key: {{APIM_KEY}}\n"));
    assert!(hurl.contains("\nimage: file,in.png; image/png\n"));
    // What curl would send, asked of curl's place: a script that prints its arguments.
    desk.write(
        "curl",
        "#!/bin/sh\nfor a; do printf '<%s>' \"$a\"; done\necho\n",
    );
    let path = format!("{}:/usr/bin:/bin", desk.path("").display());
    let run = Command::new("bash")
        .args(["-c", "chmod +x curl; bash out/run.sh"])
        .env("PATH", path)
        .env("APIM_KEY", "k e'y")
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    let sent = String::from_utf8(run.stdout).unwrap();
    assert!(sent.contains("<-H><api-key: k e'y>"), "{sent}");
    let urls: Vec<&str> = script
        .lines()
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert_eq!(
        sent.lines()
            .filter(|line| line.starts_with("<-sS>"))
            .count(),
        urls.len()
    );
}

#[test]
fn a_saved_run_is_shown_again_as_it_was() {
    let desk = desk();
    let again = desk
        .run(&["report", "out/run.json", "--format", "junit"])
        .expect(0);
    assert_eq!(again.stdout, desk.read("out/run.xml"));
    let several = [
        "report",
        "out/run.json",
        "--format",
        "tap",
        "--format",
        "md",
        "-o",
        "a.md",
    ];
    let several = desk.run(&several).expect(0);
    assert_eq!(several.stdout, desk.read("out/run.tap"));
    assert_eq!(desk.read("a.md"), desk.read("out/run.md"));
    let refused = desk
        .run(&["report", "out/run.json", "--format", "tap,md"])
        .expect(1);
    assert!(
        refused.stderr.contains("--output-dir"),
        "{}",
        refused.stderr
    );
    let other = desk.run(&["report", "out/run.tap"]).expect(2);
    assert!(
        other.stderr.contains("is not the report of a run"),
        "{}",
        other.stderr
    );
}

#[test]
fn a_job_in_ci_is_annotated_on_stderr_and_summed_up_on_its_page() {
    let run = ["run", "--world", "phase-1.5", "I", "--format", "json"];
    let github = Desk::new()
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_STEP_SUMMARY", "summary.md");
    let ended = github.run(&run).expect(4);
    let kontext = ended.json();
    assert_eq!(case(&kontext, "I", "FLUX.1-Kontext-pro")["verdict"], "fail");
    let error = "\n::error file=scenarios/i-image-editing.yaml,line=";
    assert!(
        format!("\n{}", ended.stderr).contains(error),
        "{}",
        ended.stderr
    );
    assert!(github.read("summary.md").starts_with("# Report\n"));
    let azure = Desk::new().set("TF_BUILD", "True");
    let ended = azure.run(&run).expect(4);
    assert!(
        ended.stderr.contains("##vso[task.complete result=Failed;]"),
        "{}",
        ended.stderr
    );
    let quiet = Desk::new().set("GITHUB_ACTIONS", "true");
    let ended = quiet
        .run(&[&run[..], &["--annotate", "never"]].concat())
        .expect(4);
    assert!(!ended.stderr.contains("::error"));
}

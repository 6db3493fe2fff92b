//! What makes fluxprobe pleasant to run every night: profiles, a first configuration, checks of files, completions,
//! the manual, and running again while a scenario is written.

use crate::program::{Desk, cents, list, text, world};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

const PRO: &str = "FLUX-1.1-pro";
const HEALTHY: [&str; 2] = ["--world", "healthy"];

#[test]
fn the_smoke_profile_buys_one_picture_a_deployment_at_most() {
    let desk = Desk::new();
    let smoke = ["run", "--profile", "smoke", "--format", "json"];
    let report = desk.run(&[&smoke[..], &HEALTHY].concat()).expect(0).json();
    assert_eq!(
        report["summary"]["images"], 2,
        "one on each of two deployments"
    );
    assert_eq!(cents(&report["summary"]["spent_usd"]), 8);
    let ran: Vec<&str> = list(&report["cases"])
        .iter()
        .map(|one| text(&one["scenario"]))
        .collect();
    assert_eq!(ran, ["K", "B", "K", "B"]);
    // Who names letters means those; the bound on pictures stays.
    let more = ["run", "B-D", "--profile", "smoke", "--format", "json"];
    let report = desk.run(&[&more[..], &HEALTHY].concat()).expect(0).json();
    assert_eq!(report["summary"]["images"], 2);
    let why = "buys 6 pictures, and 1 at most may be bought on a deployment (--max-images)";
    let skipped = list(&report["skipped"]).iter();
    assert_eq!(skipped.filter(|one| one["why"] == why).count(), 2);
}

#[test]
fn a_profile_of_the_file_lies_over_the_one_that_comes_along_and_a_flag_over_both() {
    let desk = Desk::new();
    desk.write(
        "c.yaml",
        "profiles:\n  smoke: {scenarios: [A], tags: [], retries: 3}\n",
    );
    let plan = [
        "plan",
        "--profile",
        "smoke",
        "--config",
        "c.yaml",
        "--format",
        "json",
    ];
    let planned = desk.run(&[&plan[..], &HEALTHY].concat()).expect(0).json();
    assert!(
        list(&planned["cases"])
            .iter()
            .all(|one| one["scenario"] == "A")
    );
    let flag = [&plan[..], &HEALTHY, &["K"]].concat();
    let planned = desk.run(&flag).expect(0).json();
    assert!(
        list(&planned["cases"])
            .iter()
            .all(|one| one["scenario"] == "K")
    );
    let shown = desk
        .run(&["config", "show", "--profile", "smoke", "--config", "c.yaml"])
        .expect(0);
    for line in [
        "profile.retries         = 3  (c.yaml profile smoke)",
        "profile.max_images      = 1  (built-in profile smoke)",
    ] {
        assert!(
            squeezed(&shown.stdout).contains(&squeezed(line)),
            "{}",
            shown.stdout
        );
    }
    let ended = desk
        .run(&["plan", "--profile", "smok", "--world", "healthy"])
        .expect(1);
    assert!(
        ended
            .stderr
            .contains("there is no profile `smok`: there are ci, nightly, smoke"),
        "{}",
        ended.stderr
    );
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn config_show_tells_variables_of_flags_too_and_no_secret() {
    let desk = Desk::new()
        .set("FLUXPROBE_JOBS", "3")
        .set("AZURE_CLIENT_SECRET", "canary-secret");
    let shown = desk
        .run(&["config", "show", "--color", "never"])
        .expect(0)
        .stdout;
    let shown = squeezed(&shown);
    assert!(
        shown.contains("jobs = 3 (environment FLUXPROBE_JOBS)"),
        "{shown}"
    );
    assert!(shown.contains("auth = auto (default)"), "{shown}");
    assert!(shown.contains("color = never (flag --color)"), "{shown}");
    assert!(shown.contains("client_secret = (set) (environment AZURE_CLIENT_SECRET)"));
    assert!(!shown.contains("canary-secret"));
}

#[test]
fn init_writes_what_it_finds_and_writes_over_nothing() {
    let desk = Desk::new();
    let init = ["init", "--world", "phase-1.5"];
    let told = desk.run(&init).expect(0).stdout;
    assert!(
        told.starts_with("wrote fluxprobe.yaml: 2 FLUX deployments\n"),
        "{told}"
    );
    let written = desk.read("fluxprobe.yaml");
    assert!(
        written.contains("accounts:\n  - foundry1-pavavy6pu5hpa\n"),
        "{written}"
    );
    assert!(
        written.contains("gateways:\n  - apim-pavavy6pu5hpa\n"),
        "{written}"
    );
    let checked = desk.run(&["check"]).expect(0).stdout;
    assert_eq!(
        checked,
        "fluxprobe.yaml: configuration, 0 targets, 0 quarantined\n"
    );
    let plan = ["plan", "--world", "phase-1.5", "--format", "json"];
    let without = desk.run(&plan).expect(0).json();
    let with = desk
        .run(&[&plan[..], &["--config", "fluxprobe.yaml"]].concat())
        .expect(0)
        .json();
    assert_eq!(with["cases"], without["cases"]);

    // What stands behind comment marks is right as well.
    let bare: Vec<&str> = written
        .lines()
        .filter_map(|line| match line.strip_prefix("# ") {
            Some(rest) => rest.starts_with([' ', 'd', 't', 'p', 'q']).then_some(rest),
            None => Some(line),
        })
        .filter(|line| line.starts_with(' ') || line.ends_with(':') || line.is_empty())
        .collect();
    desk.write("bare.yaml", &bare.join("\n"));
    let checked = desk.run(&["check", "bare.yaml"]).expect(0).stdout;
    assert_eq!(
        checked,
        "bare.yaml: configuration, 2 targets, 1 quarantined\n"
    );

    let refused = desk.run(&init).expect(1);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(desk.read("fluxprobe.yaml"), written);
    desk.write("fluxprobe.yaml", "# mine\n");
    desk.run(&[&init[..], &["--force"]].concat()).expect(0);
    assert_eq!(desk.read("fluxprobe.yaml"), written);
}

#[test]
fn a_new_scenario_is_valid_and_passes_without_buying() {
    let desk = Desk::new();
    desk.run(&["new", "scenario", "night-watch"]).expect(0);
    let checked = desk.run(&["check", "night-watch.yaml"]).expect(0).stdout;
    assert_eq!(checked, "night-watch.yaml: scenario night-watch, 1 step\n");
    let run = ["run", "--scenarios", "night-watch.yaml", "--format", "json"];
    let report = desk.run(&[&run[..], &HEALTHY].concat()).expect(0).json();
    assert_eq!(report["summary"]["pass"], 2);
    assert_eq!(report["summary"]["images"], 0);
    let full = desk.read("night-watch.yaml").replace("\n  # ", "\n  ");
    let full = full
        .replace("\n  A probe", "\n  # A probe")
        .replace("\n  A picture", "\n  # A picture");
    desk.write("full.yaml", &full.replace("id: night-watch", "id: full"));
    let report = desk
        .run(&[
            "run",
            "--scenarios",
            "full.yaml",
            "--world",
            "healthy",
            "--format",
            "json",
        ])
        .expect(0)
        .json();
    assert_eq!(report["summary"]["images"], 2);
    let refused = desk.run(&["new", "scenario", "night-watch"]).expect(1);
    assert!(refused.stderr.contains("--force"));
    let bad = desk.run(&["new", "scenario", "Bad Name"]).expect(1);
    assert!(bad.stderr.contains("id"), "{}", bad.stderr);
    assert!(!desk.path("Bad Name.yaml").exists());
}

#[test]
fn check_finds_every_kind_of_file_and_says_where_it_is_wrong() {
    let desk = Desk::new();
    desk.write(
        "s.yaml",
        "id: mine\nname: m\ntitle: t\nsteps:\n  - http: { url: / }\n    expct: status == 200\n",
    );
    desk.write(
        "w.yaml",
        "extends: healthy\nhosts:\n  a.example: { dns_mising: true }\n",
    );
    desk.write("c.yaml", "family: mine\ncauses:\n  - slugg: x\n");
    desk.write(
        "fluxprobe.yaml",
        "quarantine:\n  - {scenario: I, owner: a, until: never}\n",
    );
    let good = world("too-slow");
    let ended = desk
        .run(&[
            "check",
            "s.yaml",
            "w.yaml",
            "c.yaml",
            "fluxprobe.yaml",
            &good,
        ])
        .expect(2);
    assert_eq!(
        ended.stdout,
        format!("{good}: world, 1 hosts with faults\n")
    );
    for said in [
        "s.yaml:6:5: ",
        "did you mean `expect`?",
        "w.yaml:3:16: ",
        "did you mean `dns_missing`?",
        "c.yaml:3:5: ",
        "fluxprobe.yaml:2:",
        "`until` takes a day such as 2026-12-31",
        "6 |     expct: status == 200",
    ] {
        assert!(ended.stderr.contains(said), "no {said:?}: {}", ended.stderr);
    }
    assert_eq!(ended.stderr.matches("error: ").count(), 4);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [
        "scenarios",
        "tests/worlds",
        "src/knowledge/causes/apim.yaml",
    ] {
        let folder = root.join(folder);
        desk.run(&["check", "-q", folder.to_str().unwrap()])
            .expect(0);
    }
    let nothing = Desk::new().run(&["check"]).expect(5);
    assert!(nothing.stderr.contains("nothing to check"));
    desk.write("odd.yaml", "hello: world\n");
    let odd = desk.run(&["check", "odd.yaml"]).expect(2);
    assert!(odd.stderr.contains("--kind"), "{}", odd.stderr);
}

#[test]
fn shells_take_the_completions_and_man_the_pages() {
    let desk = Desk::new();
    for (shell, word) in [
        ("bash", "complete -F _fluxprobe"),
        ("zsh", "#compdef fluxprobe"),
        ("fish", "complete -c fluxprobe"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer"),
    ] {
        let script = desk.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains(word), "{shell}");
        assert!(script.contains("retry-paid"), "{shell}");
    }
    let bash = desk.run(&["completions", "bash"]).expect(0).stdout;
    desk.write("c.bash", &bash);
    let asked = "source c.bash; COMP_WORDS=(fluxprobe comp); COMP_CWORD=1; _fluxprobe fluxprobe comp fluxprobe; echo \"${COMPREPLY[*]}\"";
    let completed = Command::new("bash")
        .args(["-c", asked])
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&completed.stdout).contains("completions"));

    let page = desk.run(&["man"]).expect(0).stdout;
    assert!(
        page.contains(".TH fluxprobe 1") && page.contains("a case failed"),
        "{page}"
    );
    let run = desk.run(&["man", "run"]).expect(0).stdout;
    assert!(run.contains("fluxprobe\\-run") && run.contains("\\-\\-retries"));
    desk.run(&["man", "nonsense"]).expect(1);
    desk.run(&["man", "--output-dir", "man1"]).expect(0);
    for name in [
        "fluxprobe.1",
        "fluxprobe-run.1",
        "fluxprobe-config-show.1",
        "fluxprobe-new-scenario.1",
    ] {
        assert!(
            desk.read(&format!("man1/{name}")).contains(".SH NAME"),
            "{name}"
        );
    }
}

#[test]
fn a_watched_scenario_runs_again_when_it_changes_and_never_buys() {
    let desk = Desk::new();
    desk.run(&["new", "scenario", "mine"]).expect(0);
    let watch = [
        "run",
        "--watch",
        "--scenarios",
        "mine.yaml",
        "--deployment",
        PRO,
        "--format",
        "jsonl",
    ];
    let mut child = desk.start(&[&watch[..], &HEALTHY].concat());
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut summary = || {
        let line = stdout.find(|line| line.as_ref().unwrap().contains("\"event\":\"summary\""));
        serde_json::from_str::<serde_json::Value>(&line.unwrap().unwrap()).unwrap()
    };
    let mut said = |word: &str| {
        let line = stderr.find(|line| line.as_ref().unwrap().contains(word));
        line.unwrap().unwrap()
    };
    assert_eq!(summary()["pass"], 1);
    said("watching for changes");
    let scenario = desk.read("mine.yaml");
    desk.write(
        "mine.yaml",
        &scenario.replace("status == 400", "status == 401"),
    );
    assert_eq!(summary()["fail"], 1);
    said("watching");
    desk.write(
        "mine.yaml",
        &scenario.replace("status == 400", "statuss == 400"),
    );
    said("did you mean `status`?");
    said("watching");
    let paid = scenario.replace(
        "probe:\n      json: { n: 1 }",
        "generate: { prompt: a lighthouse }",
    );
    desk.write("mine.yaml", &paid);
    let bought = summary();
    assert_eq!((&bought["images"], &bought["pass"]), (&0.into(), &0.into()));
    said("watching");
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let refused = desk
        .run(&["run", "--watch", "--world", "healthy"])
        .expect(1);
    assert!(refused.stderr.contains("--scenarios"));
}

//! A session, as the cells of a notebook use it.

use fluxprobe::model::{Hop, Verdict};
use fluxprobe::notebook::{Base, Changes, NotebookError, Program, Results, Session, Show, Shown};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const RECORDED: &str = "HTTP/1.1 404 Resource Not Found\r\nContent-Type: application/json\r\n\r\n{ \"statusCode\": 404, \"message\": \"Resource not found\" }";

fn program() -> Program {
    Program::at(env!("CARGO_BIN_EXE_fluxprobe"))
}

fn session(world: &str) -> Session {
    let session = program().world(world).unwrap();
    session.deployment("FLUX-1.1-pro").quiet()
}

/// What this thread has started and not waited for.
fn children() -> Vec<String> {
    let pids = fs::read_to_string("/proc/thread-self/children").unwrap();
    pids.split_whitespace().map(str::to_owned).collect()
}

/// Sends a signal to the programs that this thread has started.
fn signal(name: &str) {
    for pid in children() {
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.unwrap().success());
    }
}

/// The world of the notebook about regressions.
fn worse() -> String {
    format!("{}/notebooks/worse.yaml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_run_meets_no_limit_that_an_earlier_one_of_the_session_has_used_up() {
    let session = session("phase-1.5");
    let burst = session.run("L").unwrap();
    assert_eq!(burst.run.summary.pass, 1, "{burst}");
    let after = session.run("K").unwrap();
    assert_eq!(after.run.summary.pass, 1, "{after}");
}

#[test]
fn a_run_is_held_against_a_baseline_and_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let usual = session("healthy").run("B C I").unwrap();
    let file = folder.path().join("baseline.json");
    usual.baseline().unwrap().save(&file).unwrap();

    let worse = session(&worse());
    let today = worse.run("B C I").unwrap();
    let changes = worse.compare(&file, &today).unwrap();
    assert!(changes.is_regression);
    assert_eq!(changes.slower.len(), 1, "{changes}");
    assert!(changes.new_failures.is_empty(), "{changes}");
    let headers = changes.drift.iter().find(|drift| drift.what == "headers");
    assert_eq!(headers.unwrap().was, "x-ms-region");
    assert!(changes.html().contains("data-change=\"Slower (1)\""));
    assert!(changes.to_string().contains("Regression: 1 slower target"));

    let run = folder.path().join("run.json");
    today.save(&run).unwrap();
    let again: Results = program().load(&run).unwrap();
    let kept: Base = program().load(&file).unwrap();
    assert_eq!(worse.compare(&kept, &again).unwrap(), changes);
    let told = folder.path().join("changes.json");
    changes.save(&told).unwrap();
    let loaded: Changes = program().load(&told).unwrap();
    assert_eq!(loaded, changes);

    let updated = kept.updated(&today).unwrap();
    assert_eq!(updated.taken_at, today.run.started_at);
    let now = worse.compare(&updated, &today).unwrap();
    assert!(now.slower.is_empty() && now.drift.is_empty(), "{now}");
}

#[test]
fn a_session_says_what_it_looks_at_and_no_path() {
    let session = program().world("healthy").unwrap();
    assert_eq!(format!("{session:?}"), "a session on the world healthy");
    let narrowed = format!("{:?}", session.deployment("FLUX-1.1-pro"));
    assert!(
        narrowed.contains("deployments: [\"FLUX-1.1-pro\"]"),
        "{narrowed}"
    );
}

#[test]
fn an_error_is_a_sentence() {
    let session = session("healthy");
    let said = |error: NotebookError| format!("{error:?}");
    assert_eq!(
        said(session.run("Z").unwrap_err()),
        "there is no scenario \"Z\": there are A, B, C, D, E, F, G, H, I, J, K, L"
    );
    let nothing = session.run("A").unwrap();
    assert_eq!(nothing.run.cases[0].verdict, Verdict::Pass);
    let missing = session.compare("no/such.json", &nothing).unwrap_err();
    assert!(said(missing).starts_with("no/such.json cannot be read: "));
}

#[test]
fn the_same_verbs_can_be_awaited_and_called_inside_a_runtime() {
    let session = session("healthy");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let later = session.later();
        let (estate, plan) = tokio::join!(later.discover(), later.plan("A B"));
        assert_eq!(plan.unwrap().cases.len(), 2);
        // A plain call here blocks, and does not panic as a runtime within a runtime would.
        assert_eq!(session.discover().unwrap().targets, estate.unwrap().targets);
    });
}

#[test]
fn every_value_shows_itself_rich_and_plain_and_comes_over_the_pipe_whole() {
    let session = session("phase-1.5");
    let results = session.run("A I").unwrap();
    let again = session.diagnose(&results).unwrap();
    assert_eq!(again.len(), results.diagnoses.len());
    let explained = session.explain(RECORDED);
    let explained = explained.unwrap();
    assert_eq!(explained[0].diagnosis.hop, Some(Hop::Gateway));
    let visit = session.doctor("FLUX-1.1-pro").unwrap();
    for (html, text, word) in [
        shown(&session.discover().unwrap(), "FLUX-1.1-pro"),
        shown(&session.plan("A").unwrap(), "FLUX-1.1-pro"),
        shown(&session.audit().unwrap(), "operation_edits_missing"),
        shown(&session.routes().unwrap(), "inference-backend-pool"),
        shown(&results, "FLUX-1.1-pro"),
        shown(&explained, "404"),
        shown(&visit, "route"),
        (
            results.matrix().html().to_owned(),
            results.matrix().to_string(),
            "FLUX-1.1-pro",
        ),
    ] {
        assert!(
            html.contains("class=\"fluxprobe\"") && html.contains(word),
            "no {word} in {html}"
        );
        assert!(text.contains(word) && !text.contains('<'), "{text}");
    }
}

#[test]
fn what_a_session_saves_is_what_the_command_line_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saved.json");
    let session = program().world("phase-1.5").unwrap();
    let command_line = |arguments: &[&str]| {
        let ended = Command::new(env!("CARGO_BIN_EXE_fluxprobe"))
            .args(arguments)
            .args(["--world", "phase-1.5", "--format", "json"])
            .output()
            .unwrap();
        undated(&ended.stdout)
    };
    let saved = || undated(&fs::read(&file).unwrap());
    session.plan("A-D").unwrap().save(&file).unwrap();
    assert_eq!(saved(), command_line(&["plan", "A-D"]));
    session.audit().unwrap().save(&file).unwrap();
    assert_eq!(saved(), command_line(&["audit"]));
    session.routes().unwrap().save(&file).unwrap();
    assert_eq!(saved(), command_line(&["routes"]));
    session.discover().unwrap().save(&file).unwrap();
    assert_eq!(saved(), command_line(&["discover"]));
}

/// A document without the moment it was read at.
fn undated(json: &[u8]) -> Value {
    let mut value: Value = serde_json::from_slice(json).unwrap();
    value.as_object_mut().unwrap().remove("taken_at");
    value
}

fn shown<T: Show>(value: &Shown<T>, word: &'static str) -> (String, String, &'static str) {
    (value.html(), value.to_string(), word)
}

#[test]
fn a_program_that_is_killed_is_told_of_and_started_again() {
    let session = session("healthy");
    let estate = session.discover().unwrap();
    // Stopped, it takes the question and cannot answer it any more.
    signal("-STOP");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let later = session.later();
    let (plan, ()) =
        runtime.block_on(async { tokio::join!(later.plan("A"), async { signal("-KILL") }) });
    let said = plan.map(|_| ()).unwrap_err().to_string();
    assert!(
        said.starts_with("the program ended (signal: 9 (SIGKILL))"),
        "{said}"
    );
    assert_eq!(session.plan("A").unwrap().cases.len(), 1);
    assert!(estate.to_string().contains("FLUX-1.1-pro"));
    signal("-KILL");
    assert!(estate.to_string().contains("FLUX-1.1-pro"));
}

#[test]
fn a_line_that_asks_nothing_is_refused_and_the_next_one_answered() {
    let mut piped = Command::new(env!("CARGO_BIN_EXE_fluxprobe"))
        .arg("pipe")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = piped.stdin.take().unwrap();
    let mut lines = BufReader::new(piped.stdout.take().unwrap()).lines();
    let mut ask = |line: &str| {
        writeln!(input, "{line}").unwrap();
        let answered: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        answered
    };
    let refused = ask("hello");
    assert_eq!(refused["id"], 0);
    let sentence = refused["answer"]["failed"].as_str().unwrap();
    assert!(
        sentence.starts_with("this line asks nothing that is known"),
        "{sentence}"
    );
    let explained =
        ask(r#"{"id": 5, "ask": {"explain": "HTTP/1.1 404 Resource Not Found\r\n\r\n"}}"#);
    assert_eq!(explained["id"], 5);
    assert!(
        explained["answer"]["paper"]["explained"].is_array(),
        "{explained}"
    );
    drop(input);
    assert!(piped.wait().unwrap().success());
}

#[test]
fn no_program_is_left_where_the_session_is_gone() {
    drop(session("healthy"));
    assert_eq!(children(), Vec::<String>::new());
}

#[test]
fn a_program_that_is_missing_or_another_is_told() {
    let said = |program: Program| program.world("healthy").unwrap_err().to_string();
    let missing = said(Program::at("no/such/fluxprobe"));
    assert!(
        missing.starts_with("the program no/such/fluxprobe cannot be started: "),
        "{missing}"
    );
    assert!(missing.contains("FLUXPROBE_PROGRAM"), "{missing}");
    let other = said(Program::at("true"));
    assert!(other.starts_with("the program ended"), "{other}");
    let unknown = program().world("helthy").unwrap_err().to_string();
    assert!(unknown.contains("healthy"), "{unknown}");
}

//! A session, as the cells of a notebook use it.

use fluxprobe::model::Verdict;
use fluxprobe::notebook::{Base, Changes, NotebookError, Results, Session};

fn session(world: &str) -> Session {
    let session = Session::world(world).unwrap();
    session.deployment("FLUX-1.1-pro").quiet()
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
    usual.baseline().save(&file).unwrap();

    let worse = session(&worse());
    let today = worse.run("B C I").unwrap();
    let changes = worse.compare(&file, &today).unwrap();
    assert!(changes.is_regression);
    assert_eq!(changes.slower.len(), 1, "{changes}");
    assert!(changes.new_failures.is_empty(), "{changes}");
    let hop = changes.drift.iter().find(|drift| drift.what == "hop");
    assert_eq!(hop.unwrap().is, "gateway");
    assert!(changes.html().contains("data-change=\"Slower (1)\""));
    assert!(changes.to_string().contains("Regression: 1 slower target"));

    let run = folder.path().join("run.json");
    today.save(&run).unwrap();
    let again: Results = Session::load(&run).unwrap();
    let kept: Base = Session::load(&file).unwrap();
    assert_eq!(worse.compare(&kept, &again).unwrap(), changes);
    let told = folder.path().join("changes.json");
    changes.save(&told).unwrap();
    let loaded: Changes = Session::load(&told).unwrap();
    assert_eq!(loaded, changes);

    let updated = kept.updated(&today);
    assert_eq!(updated.taken_at, today.run.started_at);
    let now = worse.compare(&updated, &today).unwrap();
    assert!(now.slower.is_empty() && now.drift.is_empty(), "{now}");
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

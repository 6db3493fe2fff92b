//! `fluxprobe run --watch`: the free cases again whenever a scenario file changes.

use super::args::RunArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::journal::Kept;
use super::output;
use super::run::{Work, planned};
use super::session::{Opened, Session};
use crate::diagnose::Diagnoser;
use crate::harness::scenarios;
use crate::model::{Inventory, Plan, Skipped};
use crate::report::{Document, escape};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often the files are looked at, in real time: they change there, whatever the clock of a world says.
const LOOK: Duration = Duration::from_millis(300);

/// Runs, shows, waits for a change, and again, until Ctrl-C.
pub(super) async fn run(
    session: &Session,
    args: &RunArgs,
    opened: &Opened,
    diagnoser: &Diagnoser,
    interrupt: &mut Interrupt,
) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let progress = session.progress();
    let mut inventory: Option<Inventory> = None;
    loop {
        let seen = state_of(&args.plan_args.scenarios);
        let round = async {
            let scenarios = scenarios(&args.plan_args.scenarios)?;
            // What exists is asked once; only the scenarios change.
            let mut made = match inventory.take() {
                None => planned(session, opened, args, None, &scenarios, &progress).await?,
                Some(known) => {
                    let plan_args = &args.plan_args;
                    session
                        .plan_known(opened, plan_args, &scenarios, known)
                        .await?
                }
            };
            inventory = made.inventory.clone();
            free_only(&mut made.plan);
            let work = Work {
                args,
                opened,
                planned: &made,
                scenarios: &scenarios,
                progress: &progress,
            };
            let run = work.carry_out(Kept::default(), None, interrupt).await?;
            let is_interrupted = run.is_interrupted;
            let report = opened
                .harness
                .diagnose(run, made.inventory.as_ref(), diagnoser);
            outputs.write(Document::Report(&report))?;
            Ok::<bool, Failure>(is_interrupted)
        };
        match round.await {
            Ok(true) => return Ok(Exit::Interrupted),
            Ok(false) => {}
            Err(failure) if failure.exit == Exit::BadInput || failure.exit == Exit::Nothing => {
                output::message(&failure.shown(false));
            }
            Err(failure) => return Err(failure),
        }
        output::message("watching for changes; Ctrl-C ends it\n");
        tokio::select! {
            changed = changed(&args.plan_args.scenarios, seen) => {
                let name = escape::terminal(&changed.display().to_string());
                output::message(&format!("{name} has changed\n"));
            }
            _ = interrupt.next() => return Ok(Exit::Interrupted),
        }
    }
}

/// Leaves out what buys pictures: a file that is being written must not spend.
fn free_only(plan: &mut Plan) {
    let (free, paid) = std::mem::take(&mut plan.cases)
        .into_iter()
        .partition(|case| case.images == 0);
    plan.cases = free;
    plan.cost_usd = 0.0;
    let paid: Vec<crate::model::Case> = paid;
    plan.skipped.extend(paid.into_iter().map(|case| Skipped {
        scenario: case.scenario,
        account: case.account,
        deployment: case.deployment,
        why: "buys pictures, and --watch runs only what is free".to_owned(),
    }));
}

/// Waits until a file is not as it was, and names it.
async fn changed(paths: &[PathBuf], before: State) -> PathBuf {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        let now = state_of(paths);
        if let Some(path) = difference(&before, &now) {
            return path;
        }
    }
}

/// When each file was last written, and how long it is.
type State = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// The named files and everything in YAML beside or below them, since fragments stand there.
fn state_of(paths: &[PathBuf]) -> State {
    let mut state = State::new();
    for path in paths {
        let folder = if path.is_dir() {
            path.as_path()
        } else {
            note(path, &mut state);
            path.parent().unwrap_or(Path::new(""))
        };
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        look_into(folder, 2, &mut state);
    }
    state
}

fn look_into(folder: &Path, depth: u32, state: &mut State) {
    // What cannot be read now may be readable at the next look.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ends = path.extension().and_then(|end| end.to_str());
        if matches!(ends, Some("yaml" | "yml")) {
            note(&path, state);
        } else if depth > 1 && path.is_dir() {
            look_into(&path, depth - 1, state);
        }
    }
}

fn note(path: &Path, state: &mut State) {
    if let Ok(about) = fs::metadata(path) {
        state.insert(path.to_owned(), (about.modified().ok(), about.len()));
    }
}

/// The first file that was written, came or went.
fn difference(before: &State, now: &State) -> Option<PathBuf> {
    let other = now
        .iter()
        .find(|(path, about)| before.get(*path) != Some(about));
    let gone = || before.keys().find(|path| !now.contains_key(*path));
    other.map(|(path, _)| path).or_else(gone).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_comes_or_goes_is_seen_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a.yaml")];
        fs::write(&paths[0], "one").unwrap();
        fs::create_dir(folder.path().join("shared")).unwrap();
        let before = state_of(&paths);
        fs::write(folder.path().join("report.json"), "{}").unwrap();
        assert_eq!(difference(&before, &state_of(&paths)), None);
        let fragment = folder.path().join("shared/f.yaml");
        fs::write(&fragment, "x").unwrap();
        let with_fragment = state_of(&paths);
        assert_eq!(difference(&before, &with_fragment), Some(fragment.clone()));
        assert_eq!(difference(&with_fragment, &before), Some(fragment));
        fs::write(&paths[0], "longer").unwrap();
        assert_eq!(
            difference(&with_fragment, &state_of(&paths)),
            Some(paths[0].clone())
        );
    }

    #[test]
    fn nothing_that_buys_is_left_in_the_plan() {
        let case = |images| crate::model::Case {
            images,
            ..crate::model::Case::default()
        };
        let mut plan = Plan {
            cases: vec![case(0), case(1)],
            ..Plan::default()
        };
        free_only(&mut plan);
        assert_eq!((plan.cases.len(), plan.skipped.len()), (1, 1));
    }
}

//! Every broken world of `tests/worlds` is run, and what is said of it is held against the causes it must name.

use fluxprobe::diagnose;
use fluxprobe::discover::{Selection, targets};
use fluxprobe::harness::{Harness, HarnessError, Settings};
use fluxprobe::model::{Diagnosis, Report};
use fluxprobe::plan::Choice;
use fluxprobe::run::{Events, RunEvent, RunOptions};
use fluxprobe::scenario;
use fluxprobe::sim::World;
use futures_util::{StreamExt, stream};
use std::path::{Path, PathBuf};

/// Worlds at once: painting keeps a core busy, waiting does not.
const AT_ONCE: usize = 6;

/// Nobody looks on.
struct Nobody;

impl Events for Nobody {
    fn take(&self, _: &RunEvent<'_>) {}
}

/// Worlds whose answers are junk: that nothing can be decided is all that can be said of them.
const UNDECIDABLE: [&str; 1] = ["huge-body"];

/// What was made of a world.
struct Told {
    diagnoses: Vec<Diagnosis>,
    report: Option<Report>,
    planned_usd: f64,
}

impl Told {
    fn said(diagnoses: Vec<Diagnosis>) -> Self {
        Told {
            diagnoses,
            report: None,
            planned_usd: 0.0,
        }
    }
}

async fn tell(world: &str, letters: &[String]) -> Told {
    let settings = Settings {
        world: Some(world.to_owned()),
        ..Settings::default()
    };
    let harness = Harness::open(settings).await.unwrap();
    let told = tell_of(&harness, letters).await;
    harness.close().await;
    told
}

async fn tell_of(harness: &Harness, letters: &[String]) -> Told {
    let selection = Selection::default();
    let inventory = match harness.discover(&selection, &|_| {}).await {
        Ok(inventory) => inventory,
        Err(HarnessError::Discover(error)) => {
            return Told::said(vec![diagnose::explain_said(&error.to_string())]);
        }
        Err(error) => panic!("{error}"),
    };
    let targets = targets(&inventory, &selection);
    if targets.is_empty() {
        return Told::said(diagnose::explain_gaps(&inventory));
    }
    let scenarios = scenario::built_in().unwrap();
    let choice = Choice {
        scenarios: letters.to_vec(),
        ..Choice::default()
    };
    let plan = harness.plan(&targets, &scenarios, &choice).unwrap();
    let planned_usd = plan.cases.iter().map(|case| case.cost_usd).sum();
    let run = harness
        .run(&plan, &scenarios, &RunOptions::default(), &Nobody)
        .await;
    let report = harness.diagnose(run, Some(&inventory), diagnose::builtin().unwrap());
    Told {
        diagnoses: report.diagnoses.clone(),
        report: Some(report),
        planned_usd,
    }
}

/// What is wrong with what was said of `world`, if anything.
fn complaint(name: &str, world: &World, told: &Told) -> Option<String> {
    let named: Vec<&str> = told.diagnoses.iter().map(word).collect();
    let mut wanted: Vec<&str> = world.expect_causes.iter().map(String::as_str).collect();
    if UNDECIDABLE.contains(&name) {
        wanted.push("undecided");
    }
    if let Some(command) = told.diagnoses.iter().find_map(placeholder) {
        return Some(format!("the inventory knows more than this: {command}"));
    }
    let is_first = named.first() == wanted.first();
    let is_complete = wanted.iter().all(|cause| named.contains(cause));
    let is_no_more = named.iter().all(|cause| wanted.contains(cause));
    if is_first && is_complete && is_no_more {
        let report = told.report.as_ref().filter(|_| wanted.is_empty());
        return report.and_then(failed_in);
    }
    let said: Vec<String> = told.diagnoses.iter().map(shown).collect();
    Some(format!("wants {wanted:?}, said {said:?}"))
}

/// What failed, or was not called through a gateway, in a run where nothing is wrong.
fn failed_in(report: &Report) -> Option<String> {
    let cases = &report.run.cases;
    let failed: Vec<String> = cases
        .iter()
        .filter(|case| case.verdict.is_bad())
        .map(|case| format!("{}: {}", case.key(), case.why))
        .collect();
    if !failed.is_empty() {
        return Some(format!(
            "nothing is wrong, and these fail: {}",
            failed.join("; ")
        ));
    }
    let is_tried = cases.iter().any(|case| case.target.gateway.is_some());
    (!is_tried).then(|| "no case went through the gateway".to_owned())
}

/// The command of a diagnosis of a run, where it holds a placeholder for something that the inventory knows.
fn placeholder(diagnosis: &Diagnosis) -> Option<&str> {
    let known = [
        "ACCOUNT_ID",
        "/SUB/",
        "-g GROUP",
        "-n ACCOUNT",
        "-n APIM",
        "MODEL ",
        "DEPLOYMENT ",
        "/SID/",
    ];
    let is_of_run = !diagnosis.victims.is_empty();
    let command = diagnosis.remedy.as_ref()?.command.as_deref()?;
    let has = |word: &&str| command.contains(*word);
    (is_of_run && known.iter().any(has)).then_some(command)
}

fn word(diagnosis: &Diagnosis) -> &str {
    diagnosis
        .cause
        .as_ref()
        .map_or("undecided", |cause| cause.as_str())
}

fn shown(diagnosis: &Diagnosis) -> String {
    let what = match diagnosis.cause {
        Some(_) => word(diagnosis).to_owned(),
        None => format!("undecided ({})", diagnosis.title),
    };
    format!("{what} x{}", diagnosis.victims.len())
}

fn worlds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_world_names_its_causes_and_no_others() {
    let files = worlds();
    assert!(files.len() >= 40, "{} worlds", files.len());
    let told = stream::iter(files).map(|file| async move {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let file = file.to_str().unwrap().to_owned();
        let world = match World::load(&file) {
            Ok(world) => world,
            Err(error) => return Some(format!("{name}: {error}")),
        };
        let letters = world.letters.clone();
        let told = tokio::spawn(async move { tell(&file, &letters).await }).await;
        match told {
            Ok(told) => complaint(&name, &world, &told).map(|what| format!("{name}: {what}")),
            Err(error) => Some(format!("{name}: {error}")),
        }
    });
    let wrong: Vec<String> = told
        .buffer_unordered(AT_ONCE)
        .filter_map(|complaint| async move { complaint })
        .collect()
        .await;
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_healthy_world_is_silent_and_spends_what_was_planned() {
    let letters = ["A", "B", "E", "F", "H", "I", "K"].map(str::to_owned);
    let told = tell("healthy", &letters).await;
    assert_eq!(told.diagnoses, []);
    let summary = told.report.unwrap().run.summary;
    assert_eq!((summary.fail, summary.error), (0, 0));
    assert!(
        (summary.spent_usd - told.planned_usd).abs() < 1e-9,
        "spent {}, planned {}",
        summary.spent_usd,
        told.planned_usd
    );
    assert_eq!(summary.possibly_spent_usd, 0.0);
}

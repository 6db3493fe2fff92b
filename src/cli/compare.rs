//! `fluxprobe compare` and `fluxprobe baseline`, and what `run --baseline` says at its end.

use super::args_over_time::{BaselineCommand, CompareArgs, CompareBy, DriftIs};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::output;
use super::session::Session;
use crate::compare::{baseline_of, compare, update};
use crate::harness;
use crate::model::{Baseline, Comparison, Report, Run};
use crate::report::{Document, FORMATS, Style};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Holds two runs or baselines against each other.
pub(super) fn run(session: &Session, args: &CompareArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Comparison(&Comparison::default()))?;
    let comparison = compare(&baseline(&args.base)?, &baseline(&args.new)?);
    outputs.write(Document::Comparison(&comparison))?;
    Ok(exit_of(&comparison, args.drift).unwrap_or(Exit::Passed))
}

/// Takes runs into a baseline file, and says what that changed in it.
pub(super) fn update_file(session: &Session, command: &BaselineCommand) -> Result<Exit, Failure> {
    let BaselineCommand::Update(args) = command;
    let before = match args.file.exists() {
        true => {
            refuse_run(&args.file)?;
            baseline(&args.file)?
        }
        false => Baseline::default(),
    };
    let mut after = before.clone();
    for file in &args.runs {
        let report: Report = inputs::document(file, "the report of a run")?;
        update(&mut after, &report.run);
    }
    let text = FORMATS
        .iter()
        .find(|format| format.name() == "json")
        .map(|json| json.render(Document::Baseline(&after), &Style::default()))
        .transpose()?
        .unwrap_or_default();
    fs::write(&args.file, text).map_err(|error| Failure::unwritable(&args.file, &error))?;
    if !session.global.is_quiet {
        output::message(&format!(
            "{}: {} cases, as of {}\n",
            args.file.display(),
            after.cases.len(),
            after.taken_at
        ));
    }
    Ok(Exit::Passed)
}

/// The baseline that a run is to be held against; read before anything is sent.
///
/// # Errors
/// Where it is none.
pub(super) fn wanted(by: &CompareBy) -> Result<Option<Baseline>, Failure> {
    by.baseline.as_deref().map(baseline).transpose()
}

/// Says on stderr what has changed since `base`, and gives the exit code where that decides it.
///
/// # Errors
/// Where the comparison cannot be shown.
pub(super) fn tell(
    run: &Run,
    base: &Baseline,
    by: &CompareBy,
    style: &Style,
) -> Result<Option<Exit>, Failure> {
    let now = baseline_of(run);
    let mut base = base.clone();
    if run.shard.is_some() {
        // What the other shards prove is no business of this one.
        base.cases
            .retain(|case| now.cases.iter().any(|one| one.case == case.case));
    }
    let comparison = compare(&base, &now);
    let text = FORMATS[0].render(Document::Comparison(&comparison), style)?;
    output::message(&format!("\nAgainst the baseline\n{text}"));
    Ok(exit_of(&comparison, by.drift))
}

fn exit_of(comparison: &Comparison, drift: DriftIs) -> Option<Exit> {
    let has_drifted = drift == DriftIs::Fail && !comparison.drift.is_empty();
    (comparison.is_regression || has_drifted).then_some(Exit::Regression)
}

/// Refuses a run where a baseline is written: what was paid for is not written over.
fn refuse_run(file: &Path) -> Result<(), Failure> {
    let value: Value = inputs::document(file, "a baseline")?;
    if value.get("summary").is_none() {
        return Ok(());
    }
    let text = format!(
        "{} is the report of a run and would be written over: name the baseline first, then the runs",
        file.display()
    );
    Err(Failure::new(Exit::Usage, text))
}

/// What a file says of a run: a baseline as it is, or the report of a run as the baseline it would be.
fn baseline(file: &Path) -> Result<Baseline, Failure> {
    let name = file.display().to_string();
    Ok(harness::baseline(&name, &inputs::bytes(file)?)?)
}

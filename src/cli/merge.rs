//! `fluxprobe merge`.

use super::args_over_time::MergeArgs;
use super::causes;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::run::exit_of;
use super::session::Session;
use crate::compare::{MergeError, merge};
use crate::model::{Inventory, Report, Run};
use crate::report::Document;

/// Makes one report of the shards of a run, and judges it as one run.
pub(super) fn run(session: &Session, args: &MergeArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Report(&Report::new(Run::default(), Vec::new())))?;
    let diagnoser = causes::diagnoser(session, &args.causes)?;
    let inventory: Option<Inventory> = match &args.inventory {
        Some(file) => Some(inputs::document(file, "an inventory")?),
        None => None,
    };
    let mut runs = Vec::new();
    for file in &args.runs {
        let report: Report = inputs::document(file, "the report of a run")?;
        runs.push(report.run);
    }
    let merged = merge(runs)?;
    let diagnoses = diagnoser.diagnose(&merged.run, inventory.as_ref());
    let report = Report::new(merged.run, diagnoses);
    outputs.write(Document::Report(&report))?;
    match merged.missing {
        Some(missing) => Err(Failure::new(
            Exit::BadInput,
            format!("{missing}; the report shows the others. Give the files of all shards"),
        )),
        None => Ok(exit_of(&report.run, args.flaky)),
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        Failure::new(Exit::BadInput, error)
    }
}

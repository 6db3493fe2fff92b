//! `fluxprobe explain`.

use super::args::ExplainArgs;
use super::causes;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::output::{self, Outputs};
use super::session::Session;
use super::stream;
use crate::diagnose::Diagnoser;
use crate::harness;
use crate::model::{Explained, Inventory, Report};
use crate::report::Document;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads exchanges and explains each by itself, or shows a saved run again.
pub(super) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit, Failure> {
    if let Some(slug) = &args.cause {
        output::data(&causes::page(slug, &causes::own(session, &args.causes)?)?)?;
        return Ok(Exit::Passed);
    }
    let mut outputs = session.outputs()?;
    let explainer = Explainer {
        diagnoser: causes::diagnoser(session, &args.causes)?,
        inventory: match &args.inventory {
            Some(file) => Some(inputs::document(file, "an inventory")?),
            None => None,
        },
        has_own_causes: !args.causes.causes.is_empty(),
    };
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() {
        &stdin
    } else {
        args.files.as_slice()
    };
    let mut explained = Vec::new();
    let mut count = 0;
    for file in files {
        let mut source = inputs::open(file)?;
        if outputs.are_lines() && stream::is_of_lines(source.as_mut(), file)? {
            count += stream::explain(&explainer.diagnoser, source.as_mut(), file, &mut outputs)?;
            continue;
        }
        let bytes = stream::bounded(source.as_mut(), file)?;
        match saved_run(&bytes) {
            Some(report) => {
                let report = explainer.again(report);
                count += 1;
                match outputs.are_lines() {
                    true => explained.extend(failures_of(&report)),
                    false => outputs.append(Document::Report(&report))?,
                }
            }
            None => explained.extend(explainer.explain(&bytes, file)?),
        }
    }
    count += explained.len();
    if !explained.is_empty() || count == 0 {
        outputs.append(Document::Explained(&explained))?;
    }
    Ok(if count == 0 {
        Exit::Nothing
    } else {
        Exit::Passed
    })
}

struct Explainer {
    diagnoser: Arc<Diagnoser>,
    inventory: Option<Inventory>,
    has_own_causes: bool,
}

impl Explainer {
    fn explain(&self, bytes: &[u8], file: &Path) -> Result<Vec<Explained>, Failure> {
        harness::explain(&self.diagnoser, bytes).map_err(|error| inputs::at(file, error.into()))
    }

    /// A saved run as it was judged, or judged again where there is something new to judge by.
    fn again(&self, report: Report) -> Report {
        if self.inventory.is_none() && !self.has_own_causes {
            return report;
        }
        let diagnoses = self
            .diagnoser
            .diagnose(&report.run, self.inventory.as_ref());
        Report::new(report.run, diagnoses)
    }
}

/// What `run` wrote with `--format json`, where the bytes are that.
fn saved_run(bytes: &[u8]) -> Option<Report> {
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    is_object
        .then(|| serde_json::from_slice(bytes).ok())
        .flatten()
}

/// The failures of a run one by one, each with the diagnosis that explains it.
fn failures_of(report: &Report) -> Vec<Explained> {
    let mut explained = Vec::new();
    for case in &report.run.cases {
        let key = case.key();
        for step in &case.steps {
            let hit =
                |victim: &crate::model::Victim| victim.case == key && victim.step == step.name;
            let diagnosis = report
                .diagnoses
                .iter()
                .find(|diagnosis| diagnosis.victims.iter().any(hit));
            if let (Some(diagnosis), Some(exchange)) = (diagnosis, &step.exchange) {
                explained.push(Explained {
                    id: format!("{key}: {}", step.name),
                    exchange: exchange.clone(),
                    diagnosis: diagnosis.clone(),
                    notes: Vec::new(),
                });
            }
        }
    }
    explained
}

/// Writes explained exchanges of a stream.
pub(super) fn write(outputs: &mut Outputs, explained: &[Explained]) -> Result<(), Failure> {
    outputs.append(Document::Explained(explained))
}

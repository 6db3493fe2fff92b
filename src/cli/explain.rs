//! `fluxprobe explain`.

use super::args::ExplainArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::session::Session;
use crate::diagnose::Diagnoser;
use crate::diagnose::read;
use crate::report::{Document, Explained};
use std::path::{Path, PathBuf};

/// Reads exchanges and explains each by itself.
pub(super) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let diagnoser = Diagnoser::builtin().map_err(|error| Failure::new(Exit::BadInput, error))?;
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() {
        &stdin
    } else {
        args.files.as_slice()
    };
    let mut explained = Vec::new();
    for file in files {
        explained.extend(explain_file(&diagnoser, file)?);
    }
    outputs.write(Document::Explained(&explained))?;
    Ok(if explained.is_empty() {
        Exit::Nothing
    } else {
        Exit::Passed
    })
}

fn explain_file(diagnoser: &Diagnoser, file: &Path) -> Result<Vec<Explained>, Failure> {
    let readings = read::exchanges(&inputs::bytes(file)?).map_err(|error| {
        let failure = Failure::from(error);
        let name = match file.to_str() {
            Some("-") => "stdin".to_owned(),
            _ => file.display().to_string(),
        };
        Failure::new(failure.exit, format!("{name}: {}", failure.text))
    })?;
    let explained = readings.into_iter().map(|reading| Explained {
        diagnosis: diagnoser.explain(&reading.exchange),
        id: reading.id,
        exchange: reading.exchange,
        notes: reading.notes,
    });
    Ok(explained.collect())
}

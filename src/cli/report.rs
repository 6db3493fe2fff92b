//! `fluxprobe report`.

use super::args::ReportArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::map;
use super::session::Session;
use crate::model::Report;
use crate::report::Document;

/// Shows what an earlier run wrote, and sends nothing.
pub(super) fn run(session: &Session, args: &ReportArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let report: Report = inputs::document(&args.file, "the report of a run")?;
    let map = match &args.inventory {
        Some(file) => Some(map::drawn(&inputs::document(file, "an inventory")?)),
        None => None,
    };
    outputs.write(match &map {
        Some(map) => Document::Mapped(&report, map),
        None => Document::Report(&report),
    })?;
    Ok(Exit::Passed)
}

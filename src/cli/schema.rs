//! `fluxprobe schema`.

use super::args::{SchemaArgs, SchemaOf};
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::model::{Audit, Baseline, Checkup, Comparison, Inventory, Plan, Report, RouteMap};
use crate::scenario::scenario_schema;
use schemars::schema_for;
use std::fs;

/// Prints the JSON Schema of a document.
pub(super) fn run(session: &Session, args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.document {
        SchemaOf::Run => schema_for!(Report).to_value(),
        SchemaOf::Plan => schema_for!(Plan).to_value(),
        SchemaOf::Audit => schema_for!(Audit).to_value(),
        SchemaOf::Routes => schema_for!(RouteMap).to_value(),
        SchemaOf::Inventory => schema_for!(Inventory).to_value(),
        SchemaOf::Comparison => schema_for!(Comparison).to_value(),
        SchemaOf::Baseline => schema_for!(Baseline).to_value(),
        SchemaOf::Checkup => schema_for!(Checkup).to_value(),
        SchemaOf::Scenario => scenario_schema(),
    };
    let text = format!("{schema:#}\n");
    if session.global.output.is_empty() {
        output::data(&text)?;
    }
    for path in &session.global.output {
        fs::write(path, &text).map_err(|error| Failure::unwritable(path, &error))?;
    }
    Ok(Exit::Passed)
}

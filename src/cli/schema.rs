//! `fluxprobe schema`.

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::model::{
    Audit, Baseline, Checkup, Comparison, History, Inventory, Plan, Report, RouteMap,
};
use crate::scenario::scenario_schema;
use crate::sim::world::world_schema;
use clap::{Args, ValueEnum};
use schemars::schema_for;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which document.
    #[arg(value_enum, value_name = "DOCUMENT")]
    pub(super) document: SchemaOf,
}

/// A document that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// What `run` writes.
    Run,
    /// What `plan` writes.
    Plan,
    /// What `discover` writes.
    Inventory,
    /// What `audit` writes.
    Audit,
    /// What `routes` writes.
    Routes,
    /// What `history` writes.
    History,
    /// What `compare` writes.
    Comparison,
    /// What `baseline update` writes.
    Baseline,
    /// What `doctor` writes.
    Checkup,
    /// A scenario file.
    Scenario,
    /// A world file.
    World,
}

/// Prints the JSON Schema of a document.
pub(super) fn run(session: &Session, args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.document {
        SchemaOf::Run => schema_for!(Report).to_value(),
        SchemaOf::Plan => schema_for!(Plan).to_value(),
        SchemaOf::Audit => schema_for!(Audit).to_value(),
        SchemaOf::Routes => schema_for!(RouteMap).to_value(),
        SchemaOf::Inventory => schema_for!(Inventory).to_value(),
        SchemaOf::History => schema_for!(History).to_value(),
        SchemaOf::Comparison => schema_for!(Comparison).to_value(),
        SchemaOf::Baseline => schema_for!(Baseline).to_value(),
        SchemaOf::Checkup => schema_for!(Checkup).to_value(),
        SchemaOf::Scenario => scenario_schema(),
        SchemaOf::World => world_schema(),
    };
    let text = format!("{schema:#}\n");
    session.print(&text)?;
    Ok(Exit::Passed)
}

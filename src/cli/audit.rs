//! `fluxprobe audit`.

use super::args::{AuditArgs, FailOn};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::session::Session;
use crate::audit::{Habits, audit};
use crate::model::{Audit, Inventory, Severity};
use crate::report::Document;

/// Judges the map without calling anything on it. A saved inventory is judged without any network.
pub(super) async fn run(session: &Session, args: &AuditArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let inventory = match &args.inventory {
        Some(file) => inputs::document(file, "an inventory")?,
        None => discovered(session, args).await?,
    };
    let found = audit(&inventory, &Habits::default());
    outputs.write(Document::Audit(&found))?;
    let is_empty = inventory.accounts.is_empty() && inventory.gateways.is_empty();
    Ok(match is_empty {
        true => Exit::Nothing,
        false => exit_of(&found, args.fail_on),
    })
}

async fn discovered(session: &Session, args: &AuditArgs) -> Result<Inventory, Failure> {
    let progress = session.progress();
    let opened = session.open().await?;
    let found = opened.find(&args.scope, &progress).await;
    opened.harness.close().await;
    Ok(found?.inventory)
}

fn exit_of(audit: &Audit, fail_on: FailOn) -> Exit {
    let least = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
        FailOn::Never => return Exit::Passed,
    };
    match audit.worst() {
        Some(worst) if worst >= least => Exit::Failed,
        _ => Exit::Passed,
    }
}

//! `fluxprobe audit`.

use super::args::{AuditArgs, FailOn};
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::progress::Progress;
use super::session::{Opened, Session};
use crate::audit::{Habits, audit};
use crate::model::{Audit, Inventory, Severity};
use crate::report::Document;

/// Judges the map without buying anything on it. A saved inventory is judged without any network, unless probes are
/// asked for.
pub(super) async fn run(session: &Session, args: &AuditArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let (found, is_empty) = judged(session, args).await?;
    outputs.write(Document::Audit(&found))?;
    Ok(if is_empty {
        Exit::Nothing
    } else {
        exit_of(&found, args.fail_on)
    })
}

/// The audit, and whether there was nothing to judge.
async fn judged(session: &Session, args: &AuditArgs) -> Result<(Audit, bool), Failure> {
    let saved = match &args.inventory {
        Some(file) => Some(inputs::document(file, "an inventory")?),
        None => None,
    };
    match saved {
        Some(inventory) if !args.is_probing => Ok(judge(&inventory)),
        saved => {
            let progress = session.progress();
            let opened = session.open().await?;
            let found = live(&opened, args, saved, &progress).await;
            opened.harness.close().await;
            found
        }
    }
}

async fn live(
    opened: &Opened,
    args: &AuditArgs,
    saved: Option<Inventory>,
    progress: &Progress,
) -> Result<(Audit, bool), Failure> {
    let inventory = match saved {
        Some(inventory) => inventory,
        None => opened.find(&args.scope, progress).await?.inventory,
    };
    let (mut found, is_empty) = judge(&inventory);
    if args.is_probing {
        opened.harness.probe(&mut found).await;
    }
    Ok((found, is_empty))
}

fn judge(inventory: &Inventory) -> (Audit, bool) {
    let is_empty = inventory.accounts.is_empty() && inventory.gateways.is_empty();
    (audit(inventory, &Habits::default()), is_empty)
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

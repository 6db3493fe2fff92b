//! `fluxprobe audit`.

use super::args_map::{AuditArgs, FailOn};
use super::exit::Exit;
use super::failure::Failure;
use super::map;
use super::session::{Opened, Session};
use crate::audit::{Habits, audit};
use crate::model::{Audit, Inventory, Severity};
use crate::report::Document;

/// Judges the map without buying anything on it. A saved inventory is judged without any network, unless probes are
/// asked for.
pub(super) async fn run(session: &Session, args: &AuditArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Audit(&Audit::default()))?;
    let habits = habits_of(args)?;
    let (inventory, mut found) = match args.is_probing {
        true => probed(session, args, &habits).await?,
        false => {
            let inventory = map::inventory(session, &args.map).await?;
            let found = audit(&inventory, &habits);
            (inventory, found)
        }
    };
    found.read_from = map::file_of(&args.map);
    outputs.write(Document::Audit(&found))?;
    let is_empty = map::exit_of_empty(&inventory);
    Ok(is_empty.unwrap_or_else(|| exit_of(&found, args.fail_on)))
}

/// What callers do, with what their files name.
fn habits_of(args: &AuditArgs) -> Result<Habits, Failure> {
    let mut habits = Habits::default();
    for file in &args.caller {
        let place = file.display().to_string();
        habits.references.push((place, map::text_of(file)?));
    }
    Ok(habits)
}

/// The map with its findings, confirmed or refuted by calls.
async fn probed(
    session: &Session,
    args: &AuditArgs,
    habits: &Habits,
) -> Result<(Inventory, Audit), Failure> {
    let saved = map::saved(&args.map)?;
    let opened = session.open().await?;
    let judged = live(session, &opened, args, habits, saved).await;
    opened.harness.close().await;
    judged
}

async fn live(
    session: &Session,
    opened: &Opened,
    args: &AuditArgs,
    habits: &Habits,
    saved: Option<Inventory>,
) -> Result<(Inventory, Audit), Failure> {
    let inventory = match saved {
        Some(inventory) => inventory,
        None => {
            opened
                .find(&args.map.scope, &session.progress())
                .await?
                .inventory
        }
    };
    let mut found = audit(&inventory, habits);
    opened.harness.probe(&mut found).await;
    Ok((inventory, found))
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

//! `fluxprobe discover`.

use super::args::DiscoverArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::report::Document;

/// Reads everything that may be read and shows it. What may not be read is shown as a gap and is no failure.
pub(super) async fn run(session: &Session, args: &DiscoverArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    let progress = session.progress();
    let opened = session.open().await?;
    let found = opened.find(&args.scope, &progress).await;
    opened.harness.close().await;
    let inventory = found?.inventory;
    outputs.write(Document::Inventory(&inventory))?;
    let is_empty = inventory.accounts.is_empty() && inventory.gateways.is_empty();
    Ok(if is_empty {
        Exit::Nothing
    } else {
        Exit::Passed
    })
}

//! Where the map comes from: a file, or discovery.

use super::args_map::MapArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::session::Session;
use crate::audit::{Habits, audit, route_map};
use crate::model::{Inventory, RouteMap};

/// The inventory that a file holds; nothing where none is named.
pub(super) fn saved(args: &MapArgs) -> Result<Option<Inventory>, Failure> {
    match &args.inventory {
        Some(file) => Ok(Some(inputs::document(file, "an inventory")?)),
        None => Ok(None),
    }
}

/// The inventory that a file holds, without any network, or a fresh one.
pub(super) async fn inventory(session: &Session, args: &MapArgs) -> Result<Inventory, Failure> {
    if let Some(saved) = saved(args)? {
        return Ok(saved);
    }
    let progress = session.progress();
    let opened = session.open().await?;
    let found = opened.find(&args.scope, &progress).await;
    opened.harness.close().await;
    Ok(found?.inventory)
}

/// The map of an inventory, with what an audit finds marked on it.
pub(super) fn drawn(inventory: &Inventory) -> RouteMap {
    route_map(inventory, &audit(inventory, &Habits::default()))
}

/// How a command ends that was given nothing to look at.
pub(super) fn exit_of_empty(inventory: &Inventory) -> Option<Exit> {
    let is_empty = inventory.accounts.is_empty() && inventory.gateways.is_empty();
    is_empty.then_some(Exit::Nothing)
}

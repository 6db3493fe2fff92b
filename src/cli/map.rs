//! Where the map comes from: a file, or discovery.

use super::args_map::MapArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs;
use super::session::Session;
use crate::audit::{Habits, audit, route_map};
use crate::discover::template::inventory_of;
use crate::model::{Inventory, RouteMap};
use std::path::Path;

/// The inventory that a file holds, or that a template deploys; nothing where none is named.
pub(super) fn saved(args: &MapArgs) -> Result<Option<Inventory>, Failure> {
    if let Some(file) = &args.inventory {
        return Ok(Some(inputs::document(file, "an inventory")?));
    }
    let Some(file) = &args.arm_template else {
        return Ok(None);
    };
    let template = text_of(file)?;
    let parameters = args.arm_parameters.as_deref().map(text_of).transpose()?;
    let inventory = inventory_of(&template, parameters.as_deref());
    let inventory = inventory.map_err(|error| {
        let text = format!("{} cannot be used: {error}", file.display());
        Failure::new(Exit::BadInput, text)
    })?;
    Ok(Some(inventory))
}

/// The file that the map is read from, as it was named.
pub(super) fn file_of(args: &MapArgs) -> Option<String> {
    let file = args.inventory.as_ref().or(args.arm_template.as_ref())?;
    Some(file.display().to_string()).filter(|file| file != "-")
}

/// The text of a file; `-` is stdin.
pub(super) fn text_of(file: &Path) -> Result<String, Failure> {
    String::from_utf8(inputs::bytes(file)?).map_err(|error| {
        let text = format!("{} is no text: {error}; save it as UTF-8", file.display());
        Failure::new(Exit::BadInput, text)
    })
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

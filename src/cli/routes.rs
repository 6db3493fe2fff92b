//! `fluxprobe routes`.

use super::args_map::RoutesArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::map;
use super::session::Session;
use crate::model::RouteMap;
use crate::report::Document;

/// Draws the map, with what an audit finds marked on it. A broken map is shown and is no failure.
pub(super) async fn run(session: &Session, args: &RoutesArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Routes(&RouteMap::default()))?;
    let inventory = map::inventory(session, &args.map).await?;
    outputs.write(Document::Routes(&map::drawn(&inventory)))?;
    Ok(map::exit_of_empty(&inventory).unwrap_or(Exit::Passed))
}

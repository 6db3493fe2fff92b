//! `fluxprobe sim`.

use super::args::SimArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::output;
use super::session::Session;
use crate::sim::World;
use crate::sim::serve::{ReadyInfo, SimServer};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The world that is served where none is named.
const DEFAULT_WORLD: &str = "phase-1.5";

/// Serves a world until it is told to stop.
pub(super) async fn run(session: &Session, args: &SimArgs) -> Result<Exit, Failure> {
    let name = session.global.world.as_deref().unwrap_or(DEFAULT_WORLD);
    let mut interrupt = Interrupt::listen();
    let server = SimServer::start(World::load(name)?).await?;
    let ready = std::path::absolute(&args.ready_file)
        .map_err(|error| Failure::unwritable(&args.ready_file, &error))?;
    let ca_file = ready.with_extension("ca.pem");
    server.write_ca(&ca_file)?;
    write_ready(&ready, &server.info(&ca_file))
        .map_err(|error| Failure::unwritable(&ready, &error))?;
    if !session.global.is_quiet {
        output::message(&format!(
            "serving {name} at {}; Ctrl-C ends it\n",
            server.proxy_url()
        ));
    }
    for note in server.notes() {
        output::message(&format!("note: {note}\n"));
    }
    interrupt.next().await;
    server.stop().await;
    // Nobody shall take a dead simulator for a live one.
    let _ = fs::remove_file(&ready);
    Ok(Exit::Passed)
}

/// Writes the whole file or none of it, for its owner only: who waits for it must never see half of it, and it holds
/// credentials, if only of a world that does not exist.
fn write_ready(path: &Path, info: &ReadyInfo) -> io::Result<()> {
    let half = path.with_extension("part");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(&serde_json::to_vec_pretty(info)?)?;
    file.sync_all()?;
    fs::rename(&half, path)
}

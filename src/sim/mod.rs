//! The simulated internet: Entra, IMDS, ARM, the Foundry data plane and the APIM gateway, answering at their
//! production URLs on this machine.
//!
//! This is another country. It imports nothing else of fluxprobe, not even its nouns, so that a misreading of a
//! service cannot cancel itself out between the client and the service it is tested on. It knows the services from
//! what they put on the wire, and a [`World`] file says which of them exist and what is broken.

pub mod ai_gateway;
pub mod apim;
pub mod arm;
pub mod clock;
pub mod draw;
mod edge;
pub mod entra;
pub mod foundry;
pub mod front;
pub mod imds;
pub mod internet;
pub mod live;
pub mod paint;
pub mod reply;
pub mod serve;
pub mod trace;
pub mod world;

pub use clock::SimClock;
pub use internet::{Context, Internet, NetFailure, Service};
pub use live::Live;
pub use serve::SimServer;
pub use world::World;

use std::sync::Arc;

/// Reads `world` as a server would, without serving it: what it holds that is valid and not simulated.
///
/// # Errors
/// What [`services`] refuses, and a backend at a host that nobody answers on.
pub fn check(world: World) -> Result<Vec<String>, apim::ApimError> {
    let clock = SimClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
    Ok(assemble(&Live::new(world), clock)?.notes())
}

/// The internet of `world` with every service in it.
fn assemble(world: &Live, clock: SimClock) -> Result<Arc<Internet>, apim::ApimError> {
    let internet = Internet::new(world.clone(), clock, services(world)?);
    let exists = |host: &str| internet.knows(host) || internet.fault_of(host).is_some();
    apim::check_hosts(internet.world(), exists, &internet.hosts())?;
    Ok(internet)
}

/// Every service of a simulated internet over `world`; one line each.
///
/// # Errors
/// Where the real service would refuse a policy of the world's gateways, with its place.
pub fn services(world: &Live) -> Result<Vec<Box<dyn Service>>, apim::ApimError> {
    let traces = Arc::new(trace::Traces::default());
    Ok(vec![
        Box::new(entra::Entra),
        Box::new(entra::Graph::new(world.clone())),
        Box::new(imds::ManagedIdentity),
        Box::new(arm::Arm::new(world.clone(), traces.clone())),
        Box::new(foundry::Foundry::new(world.clone())),
        Box::new(ai_gateway::AiGateways::new(world.now())),
        Box::new(front::Fronts::new(world.now())),
        Box::new(apim::ApimGateway::new(world.clone(), traces)?),
    ])
}

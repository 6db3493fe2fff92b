//! Opening a simulated internet: its resolver, its clock and its root certificate go into the door, and nothing else
//! of fluxprobe knows.

use crate::net::{Clock, DoorSettings, Identity, IdentityKind, NameError, Names, UnderWay};
use crate::sim::imds::{APP_SERVICE_HOST, METADATA_HOST};
use crate::sim::serve::Resolution;
use crate::sim::{SimClock, SimServer, World};
use async_trait::async_trait;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use url::Url;

/// Where the identity of a machine is asked for; no resolver is asked for a literal address.
const IDENTITY_HOSTS: [&str; 2] = [METADATA_HOST, APP_SERVICE_HOST];

/// A simulated internet that is being served.
pub(super) struct OpenWorld {
    server: Arc<SimServer>,
}

impl OpenWorld {
    /// Starts the world that `name` names: a built-in one, a generated one, or a file.
    pub(super) async fn open(name: &str) -> Result<Self, String> {
        let world = World::load(name).map_err(|error| error.to_string())?;
        let server = SimServer::start(world)
            .await
            .map_err(|error| error.to_string())?;
        Ok(OpenWorld {
            server: Arc::new(server),
        })
    }

    /// What of the world is not simulated, each with its place.
    pub(super) fn notes(&self) -> Vec<String> {
        self.server.notes()
    }

    /// The door's settings within this world.
    pub(super) fn door_settings(&self) -> Result<DoorSettings, String> {
        let proxy = Url::parse(&self.server.proxy_url()).map_err(|error| error.to_string())?;
        Ok(DoorSettings {
            clock: Arc::new(WorldClock(self.server.clock().clone())),
            names: Arc::new(WorldNames(self.server.clone())),
            extra_roots_pem: self.server.ca_pem().into_bytes(),
            is_insecure: false,
            uses_environment_proxy: false,
            proxied_hosts: IDENTITY_HOSTS
                .map(|host| (host.to_owned(), proxy.clone()))
                .to_vec(),
        })
    }

    /// Who to sign in as: what `asked` names, or the service principal that the world keeps for fluxprobe.
    pub(super) fn identity(&self, asked: &Identity) -> Identity {
        if asked.kind != IdentityKind::Auto {
            return asked.clone();
        }
        let info = self.server.info(Path::new(""));
        Identity {
            kind: IdentityKind::ServicePrincipal,
            tenant_id: Some(info.tenant_id),
            client_id: Some(info.client_id),
            client_secret: Some(info.client_secret.into()),
            ..Identity::default()
        }
    }

    /// Lets the world finish what it is answering, and ends it.
    pub(super) async fn close(self) {
        if let Some(server) = Arc::into_inner(self.server) {
            server.stop().await;
        }
    }
}

struct WorldClock(SimClock);

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }

    fn begin(&self) -> UnderWay {
        Box::new(self.0.begin())
    }
}

struct WorldNames(Arc<SimServer>);

#[async_trait]
impl Names for WorldNames {
    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, NameError> {
        match self.0.resolve(host) {
            Resolution::Address(address) => Ok(vec![address]),
            Resolution::NotFound => Err(NameError::NotFound(host.to_owned())),
            Resolution::ResolverFailed => Err(NameError::ResolverFailed(
                host.to_owned(),
                "no answer".to_owned(),
            )),
        }
    }
}

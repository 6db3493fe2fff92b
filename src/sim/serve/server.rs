//! The running server and its handle.

use super::certificates::Certificates;
use super::dead_ends::{Closed, Silent};
use super::log::{Log, Seen};
use super::{ReadyInfo, ServeError, proxy, tls};
use crate::sim::internet::Internet;
use crate::sim::{Live, SimClock, World};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long answers under way may take to finish, in real time.
const GRACE: Duration = Duration::from_secs(5);

/// A simulated internet on this machine. Dropping it ends everything; [`SimServer::stop`] lets answers finish first.
pub struct SimServer {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

/// What a name resolves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Connect here, whatever port the URL implies.
    Address(SocketAddr),
    /// The name does not exist.
    NotFound,
    /// The resolver does not answer.
    ResolverFailed,
}

/// What every connection needs.
pub(super) struct Shared {
    pub(super) internet: Arc<Internet>,
    pub(super) certificates: Certificates,
    pub(super) log: Log,
    stop: watch::Sender<bool>,
    tls_address: SocketAddr,
    plain_address: SocketAddr,
    closed: Closed,
    silent: Silent,
}

impl SimServer {
    /// Starts to serve `world` on two free ports of 127.0.0.1. Must be called within a tokio runtime.
    pub async fn start(world: World) -> Result<Self, ServeError> {
        let offset = Duration::from_secs(world.clock_offset_seconds.unsigned_abs());
        #[expect(
            clippy::disallowed_methods,
            reason = "programs that are served check certificates and tokens by the real time"
        )]
        let now = SystemTime::now();
        let epoch = if world.clock_offset_seconds < 0 {
            now - offset
        } else {
            now + offset
        };
        let world = Live::new(world);
        let internet = crate::sim::assemble(&world, SimClock::starting_at(epoch))?;
        Self::serve(internet).await
    }

    /// Starts to serve an internet that was put together elsewhere.
    pub async fn serve(internet: Arc<Internet>) -> Result<Self, ServeError> {
        let (tls_listener, tls_address) = listen().await?;
        let (plain_listener, plain_address) = listen().await?;
        let shared = Arc::new(Shared {
            internet,
            certificates: Certificates::new()?,
            log: Log::default(),
            stop: watch::Sender::new(false),
            tls_address,
            plain_address,
            closed: Closed::bind().map_err(ServeError::Listen)?,
            silent: Silent::bind().await.map_err(ServeError::Listen)?,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(
            shared.clone(),
            tls_listener,
            |shared, stream| async move {
                tls::serve(&shared, stream, None).await;
            },
        ));
        tasks.spawn(accept(
            shared.clone(),
            plain_listener,
            |shared, stream| async move {
                proxy::serve(&shared, stream).await;
            },
        ));
        Ok(SimServer { shared, tasks })
    }

    /// What a resolver of this internet says to `host`: a name or an address, without a port.
    pub fn resolve(&self, host: &str) -> Resolution {
        self.shared.resolve(&host.to_ascii_lowercase())
    }

    /// URL of the forward proxy.
    pub fn proxy_url(&self) -> String {
        format!("http://{}", self.shared.plain_address)
    }

    /// URL of the control endpoint: `/clock`, `/clock/advance?seconds=N`, `/requests`.
    pub fn control_url(&self) -> String {
        self.proxy_url()
    }

    /// The root certificate that clients must trust, as PEM.
    pub fn ca_pem(&self) -> String {
        self.shared.certificates.root_pem()
    }

    /// Writes [`SimServer::ca_pem`] to `path`.
    pub fn write_ca(&self, path: &Path) -> Result<(), ServeError> {
        std::fs::write(path, self.ca_pem()).map_err(|source| ServeError::WriteCa {
            path: path.to_owned(),
            source,
        })
    }

    /// The clock that both sides share.
    pub fn clock(&self) -> &SimClock {
        self.shared.internet.clock()
    }

    /// The world that is served.
    pub fn world(&self) -> &Arc<World> {
        self.shared.internet.world()
    }

    /// What was asked so far, the latest ten thousand requests.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.log.all()
    }

    /// What of the world is not simulated, each with its place.
    pub fn notes(&self) -> Vec<String> {
        self.shared.internet.notes()
    }

    /// What another program must know; `ca_file` is where [`SimServer::write_ca`] wrote.
    pub fn info(&self, ca_file: &Path) -> ReadyInfo {
        let internet = &self.shared.internet;
        ReadyInfo {
            tls_port: self.shared.tls_address.port(),
            not_simulated: internet.notes(),
            ..ReadyInfo::of(
                self.world(),
                internet.hosts(),
                self.proxy_url(),
                ca_file.to_owned(),
            )
        }
    }

    /// Stops accepting, lets answers under way finish, and ends.
    pub async fn stop(mut self) {
        self.shared.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        // Whoever is not done by then is cut off when the tasks are dropped.
        let _ = tokio::time::timeout(GRACE, ended).await;
    }
}

impl Shared {
    /// Waits until the server is told to stop.
    pub(super) async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Where `host` (lower case) is reached.
    pub(super) fn resolve(&self, host: &str) -> Resolution {
        let address = match (self.internet.knows(host), self.internet.knows_plain(host)) {
            (true, _) => self.tls_address,
            (_, true) => self.plain_address,
            _ => return Resolution::NotFound,
        };
        match self.internet.fault_of_connection(host) {
            Some(fault) if fault.dns_missing => Resolution::NotFound,
            Some(fault) if fault.dns_fails => Resolution::ResolverFailed,
            Some(fault) if fault.port_closed => Resolution::Address(self.closed.address()),
            Some(fault) if fault.unroutable => Resolution::Address(self.silent.address()),
            _ => Resolution::Address(address),
        }
    }

    /// What a proxy says about an address that nobody answers on; `None` for a live one.
    pub(super) fn dead_end(&self, address: SocketAddr) -> Option<&'static str> {
        if address == self.closed.address() {
            Some("502 Bad Gateway")
        } else if address == self.silent.address() {
            Some("504 Gateway Timeout")
        } else {
            None
        }
    }

    /// Whether `host` (with its port) is the plain port itself.
    pub(super) fn is_own_address(&self, host: &str) -> bool {
        match host.rsplit_once(':') {
            Some((name, port)) => {
                matches!(name, "127.0.0.1" | "localhost")
                    && port.parse() == Ok(self.plain_address.port())
            }
            None => false,
        }
    }
}

async fn listen() -> Result<(TcpListener, SocketAddr), ServeError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(ServeError::Listen)?;
    let address = listener.local_addr().map_err(ServeError::Listen)?;
    Ok((listener, address))
}

/// Accepts until told to stop; owns every connection it accepted.
async fn accept<F, Fut>(shared: Arc<Shared>, listener: TcpListener, serve: F)
where
    F: Fn(Arc<Shared>, TcpStream) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    // Answers are small and wait for nothing else: latency is what counts.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(shared.clone(), stream));
                }
            }
            Some(_) = connections.join_next() => {}
            _ = shared.stopped() => break,
        }
    }
    drop(listener);
    connections.join_all().await;
}

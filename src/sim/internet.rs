//! Who answers on which host: the one place where a request of the simulated internet is handed to a service.

use super::{SimClock, World};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A service of the simulated internet: takes a whole request, gives a whole answer.
///
/// `Err` is for what is no HTTP answer at all. A service keeps its own state (counters, breakers, traces) inside.
#[async_trait]
pub trait Service: Send + Sync {
    /// Whether this service answers on `host` (lower case, no port).
    fn answers_on(&self, host: &str) -> bool;

    /// Hosts that it can name beforehand, for the ready file.
    fn hosts(&self) -> Vec<String>;

    /// Answers one request. The URI is absolute (`https://host/path?query`).
    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure>;
}

/// What a service may use while it answers.
#[derive(Clone)]
pub struct Context {
    /// The world as loaded: what exists.
    pub world: Arc<World>,
    /// Simulated time.
    pub clock: SimClock,
    /// The address that the caller is seen to come from.
    pub caller_ip: String,
    /// The gateway that the call comes through, where one forwards it (for private endpoints).
    pub via_gateway: Option<String>,
    internet: Weak<Internet>,
}

impl Context {
    /// Sleeps in simulated time on behalf of the exchange being answered.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.serve_sleep(duration).await;
    }

    /// Calls another host of the same internet, as a gateway calls its backend.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NetFailure> {
        let Some(internet) = self.internet.upgrade() else {
            return Err(NetFailure::Reset);
        };
        internet.answer(self, request).await
    }
}

/// Why there was no HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetFailure {
    /// The name does not exist.
    NameNotFound,
    /// The resolver did not answer.
    ResolverFailed,
    /// Nothing listens there.
    Refused,
    /// No packet came back.
    Unroutable,
    /// The connection was dropped.
    Reset,
    /// TLS could not be agreed on or the certificate is not to be trusted.
    Tls,
}

/// All hosts of one world.
pub struct Internet {
    world: Arc<World>,
    clock: SimClock,
    services: Vec<Box<dyn Service>>,
    me: Weak<Internet>,
}

impl Internet {
    /// Joins `services` into one internet over `world`.
    pub fn new(world: Arc<World>, clock: SimClock, services: Vec<Box<dyn Service>>) -> Arc<Self> {
        Arc::new_cyclic(|me| Internet {
            world,
            clock,
            services,
            me: me.clone(),
        })
    }

    /// The world it was made from.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Its clock.
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// Every host that can be named beforehand.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self
            .services
            .iter()
            .flat_map(|service| service.hosts())
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// Whether any service answers on `host`.
    pub fn knows(&self, host: &str) -> bool {
        self.services.iter().any(|service| service.answers_on(host))
    }

    /// The context of a call that comes from outside, from `caller_ip`.
    pub fn context(&self, caller_ip: &str) -> Context {
        Context {
            world: self.world.clone(),
            clock: self.clock.clone(),
            caller_ip: caller_ip.to_owned(),
            via_gateway: None,
            internet: self.me.clone(),
        }
    }

    /// Hands a request to the service of its host.
    pub async fn answer(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let host = request
            .uri()
            .host()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match self
            .services
            .iter()
            .find(|service| service.answers_on(&host))
        {
            Some(service) => service.call(context, request).await,
            None => Err(NetFailure::NameNotFound),
        }
    }
}

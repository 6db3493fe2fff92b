//! The service: every gateway of a world behind its hosts.

use super::answer;
use super::error::ApimError;
use super::serve;
use super::site::Site;
use crate::sim::trace::Traces;
use crate::sim::world::Gateway;
use crate::sim::{Context, Live, NetFailure, Service, World};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The API Management gateways of a world.
pub struct ApimGateway {
    world: Live,
    traces: Arc<Traces>,
    /// The world that was read last, and what was read.
    loaded: Mutex<Arc<Loaded>>,
}

/// The gateways of one state of the world, read.
struct Loaded {
    world: Arc<World>,
    sites: Vec<Site>,
    /// Position in `sites` by host.
    hosts: BTreeMap<String, usize>,
}

/// Whether the gateway `name` can run with `config`: its policies are read as when it is served.
///
/// # Errors
/// The first policy, attribute or expression that is wrong or not simulated, with its place.
pub fn check(name: &str, config: &Gateway) -> Result<(), ApimError> {
    Site::load(name, config, None).map(|_| ())
}

impl ApimGateway {
    /// Reads all gateways of `world` and their policies. Traces of requests that ask for one go to `traces`.
    ///
    /// Fails where the real service would refuse a policy, an attribute or an expression, with its place.
    pub fn new(world: impl Into<Live>, traces: Arc<Traces>) -> Result<Self, ApimError> {
        let world = world.into();
        let loaded = Loaded::of(world.now(), None)?;
        Ok(ApimGateway {
            world,
            traces,
            loaded: Mutex::new(Arc::new(loaded)),
        })
    }

    /// What the policies hold that is valid and not simulated, each with its place.
    pub fn notes(&self) -> Vec<String> {
        let loaded = self.loaded();
        loaded
            .sites
            .iter()
            .flat_map(|site| site.notes.clone())
            .collect()
    }

    /// The gateways as they stand. They are read again after a change; ARM has refused what cannot be read.
    fn loaded(&self) -> Arc<Loaded> {
        let world = self.world.now();
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&loaded.world, &world)
            && let Ok(next) = Loaded::of(world, Some(&loaded))
        {
            *loaded = Arc::new(next);
        }
        loaded.clone()
    }
}

impl Loaded {
    fn of(world: Arc<World>, before: Option<&Loaded>) -> Result<Self, ApimError> {
        let mut sites: Vec<Site> = Vec::new();
        let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
        for (name, config) in &world.gateways {
            let earlier = before.and_then(|it| it.sites.iter().find(|site| site.name == *name));
            let site = Site::load(name, config, earlier)?;
            for host in site.hosts() {
                if let Some(first) = hosts.insert(host.clone(), sites.len()) {
                    let first = sites.get(first).map_or(name, |site| &site.name);
                    return Err(ApimError::HostTwice {
                        host,
                        first: first.clone(),
                        second: name.clone(),
                    });
                }
            }
            sites.push(site);
        }
        Ok(Loaded {
            world,
            sites,
            hosts,
        })
    }
}

#[async_trait]
impl Service for ApimGateway {
    fn answers_on(&self, host: &str) -> bool {
        self.loaded().hosts.contains_key(host)
    }

    fn hosts(&self) -> Vec<String> {
        self.loaded().hosts.keys().cloned().collect()
    }

    fn takes_plain_http(&self, _host: &str) -> bool {
        true
    }

    fn notes(&self) -> Vec<String> {
        ApimGateway::notes(self)
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let is_plain = request.uri().scheme_str() == Some("http");
        let host = request.uri().host().unwrap_or_default();
        let loaded = self.loaded();
        let site = loaded
            .hosts
            .get(&host.to_ascii_lowercase())
            .and_then(|at| loaded.sites.get(*at))
            .ok_or(NetFailure::NameNotFound)?;
        // `protocols` of every API here is [https]: in plain HTTP the gateway finds none.
        let fault = loaded.world.host_fault(&host.to_ascii_lowercase());
        if is_plain && !fault.is_some_and(|fault| fault.not_tls) {
            return Ok(answer::not_found().into_response());
        }
        Ok(serve::answer(site, &loaded.world, &self.traces, context, request).await)
    }
}

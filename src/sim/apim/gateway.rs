//! The service: every gateway of a world behind its hosts.

use super::error::ApimError;
use super::serve;
use super::site::Site;
use crate::sim::trace::Traces;
use crate::sim::{Context, NetFailure, Service, World};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The API Management gateways of a world.
pub struct ApimGateway {
    world: Arc<World>,
    traces: Arc<Traces>,
    sites: Vec<Site>,
    /// Position in `sites` by host.
    hosts: BTreeMap<String, usize>,
}

impl ApimGateway {
    /// Reads all gateways of `world` and their policies. Traces of requests that ask for one go to `traces`.
    ///
    /// Fails where a policy, an attribute or an expression is not simulated, with its place.
    pub fn new(world: Arc<World>, traces: Arc<Traces>) -> Result<Self, ApimError> {
        let mut sites: Vec<Site> = Vec::new();
        let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
        for (name, config) in &world.gateways {
            let site = Site::load(name, config)?;
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
        Ok(ApimGateway {
            world,
            traces,
            sites,
            hosts,
        })
    }
}

#[async_trait]
impl Service for ApimGateway {
    fn answers_on(&self, host: &str) -> bool {
        self.hosts.contains_key(host)
    }

    fn hosts(&self) -> Vec<String> {
        self.hosts.keys().cloned().collect()
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let host = request.uri().host().unwrap_or_default();
        let site = self
            .hosts
            .get(&host.to_ascii_lowercase())
            .and_then(|at| self.sites.get(*at))
            .ok_or(NetFailure::NameNotFound)?;
        Ok(serve::answer(site, &self.world, &self.traces, context, request).await)
    }
}

//! Who answers on which host: the one place where a request of the simulated internet is handed to a service.

use super::world::{CannedAnswer, HostFault};
use super::{Live, SimClock, World};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
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

    /// What of the world this service cannot carry out, each with its place.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it is spoken to in plain HTTP instead of HTTPS, as the metadata service of a machine is.
    fn is_plain_http(&self) -> bool {
        false
    }

    /// Whether `host` takes TLS.
    fn takes_tls(&self, _host: &str) -> bool {
        !self.is_plain_http()
    }

    /// Whether port 80 of `host` takes calls too.
    fn takes_plain_http(&self, _host: &str) -> bool {
        self.is_plain_http()
    }

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
    /// The world as it stood when the call came: what exists.
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

    /// Waits no longer than `duration` in simulated time for another service.
    pub async fn patience(&self, duration: Duration) {
        self.clock.patience(duration).await;
    }

    /// Calls another host of the same internet, as a gateway calls its backend. What is wrong with that host shows.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NetFailure> {
        let Some(internet) = self.internet.upgrade() else {
            return Err(NetFailure::Reset);
        };
        let host = host_of(&request);
        let mut response = internet.answer(self, request).await?;
        let damage = response
            .extensions()
            .get::<Damage>()
            .copied()
            .unwrap_or_default();
        if damage
            .cut_after
            .is_some_and(|kept| kept < response.body().len())
        {
            return Err(NetFailure::Reset);
        }
        if let Some(size) = damage.huge_body {
            *response.body_mut() = Bytes::from(vec![b'x'; size]);
        }
        Ok(response)
    }
}

/// What is done to the body of an answer on its way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Damage {
    /// The connection ends after so many bytes.
    pub(super) cut_after: Option<usize>,
    /// Junk of so many bytes takes its place.
    pub(super) huge_body: Option<usize>,
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
    /// As loaded. Hosts and the machine are not changed while they are served.
    world: Arc<World>,
    /// As it stands.
    live: Live,
    clock: SimClock,
    services: Vec<Box<dyn Service>>,
    answered: AtomicU64,
    /// Calls that were counted, by what they were counted for.
    canned: Mutex<BTreeMap<String, u64>>,
    me: Weak<Internet>,
}

impl Internet {
    /// Joins `services` into one internet over `world`.
    pub fn new(
        world: impl Into<Live>,
        clock: SimClock,
        services: Vec<Box<dyn Service>>,
    ) -> Arc<Self> {
        let live = world.into();
        Arc::new_cyclic(|me| Internet {
            world: live.now(),
            live,
            clock,
            services,
            answered: AtomicU64::new(0),
            canned: Mutex::default(),
            me: me.clone(),
        })
    }

    /// The world it was made from, as it was then.
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
        let fronts = self.world.hosts.keys().filter(|host| self.forwards(host));
        hosts.extend(fronts.cloned());
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// What of the world is not simulated, each with its place.
    pub fn notes(&self) -> Vec<String> {
        self.services
            .iter()
            .flat_map(|service| service.notes())
            .collect()
    }

    /// Whether any service answers on `host` over HTTPS.
    pub fn knows(&self, host: &str) -> bool {
        let service = self.service(host);
        service.is_some_and(|service| !service.is_plain_http()) || self.forwards(host)
    }

    /// Whether something forwards what is asked of `host` to another one.
    fn forwards(&self, host: &str) -> bool {
        let edge = self.fault_of(host).and_then(|fault| fault.edge.as_ref());
        edge.is_some_and(|edge| edge.forwards_to.is_some())
    }

    /// How often `label` was counted, this time included.
    pub(super) fn number_of(&self, label: &str) -> u64 {
        let mut counted = self.canned.lock().unwrap_or_else(PoisonError::into_inner);
        let number = counted.entry(label.to_owned()).or_default();
        *number += 1;
        *number
    }

    /// Whether `host` takes TLS on port 443.
    pub fn takes_tls(&self, host: &str) -> bool {
        let service = self.service(host);
        service.is_some_and(|service| service.takes_tls(host)) || self.forwards(host)
    }

    /// Whether `host` takes plain HTTP: on its port 80, or where it should speak TLS and does not.
    pub fn takes_plain_http(&self, host: &str) -> bool {
        let is_not_tls = self.fault_of(host).is_some_and(|fault| fault.not_tls);
        self.service(host)
            .is_some_and(|service| is_not_tls || service.takes_plain_http(host))
    }

    /// Whether any service answers on `host` in plain HTTP and nothing else.
    pub fn knows_plain(&self, host: &str) -> bool {
        self.service(host).is_some_and(Service::is_plain_http)
    }

    /// What is wrong with `host` for everybody who connects, whatever is asked.
    pub fn fault_of_connection(&self, host: &str) -> Option<&HostFault> {
        self.fault_of(host).filter(|fault| fault.only.is_none())
    }

    /// What is wrong with `host` (lower case, no port).
    pub fn fault_of(&self, host: &str) -> Option<&HostFault> {
        self.world.host_fault(host)
    }

    /// The context of a call that comes from outside, from `caller_ip`.
    pub fn context(&self, caller_ip: &str) -> Context {
        Context {
            world: self.live.now(),
            clock: self.clock.clone(),
            caller_ip: caller_ip.to_owned(),
            via_gateway: None,
            internet: self.me.clone(),
        }
    }

    /// Hands a request to the service of its host, unless the host is broken.
    pub async fn answer(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let host = host_of(&request);
        if !self.knows(&host) && !self.knows_plain(&host) {
            return Err(NetFailure::NameNotFound);
        }
        let fault = self.fault_met(context, &host, &request);
        let mut damage = Damage::default();
        if let Some(fault) = fault {
            // What is wrong with TLS is not met by a call that does without it.
            let is_plain = request.uri().scheme_str() == Some("http");
            let failure =
                failure_of(fault, &host).filter(|one| !is_plain || *one != NetFailure::Tls);
            if let Some(failure) = failure {
                return Err(failure);
            }
            if let Some(latency) = &fault.first_byte {
                let number = self.answered.fetch_add(1, Ordering::Relaxed);
                let label = format!("first byte {host} {number}");
                context.sleep(latency.pick(self.world.seed, &label)).await;
            }
            damage.cut_after = fault.cut_after;
            damage.huge_body = fault.huge_body;
        }
        let canned = fault.and_then(|fault| fault.answer.as_ref().map(|answer| (fault, answer)));
        let mut response = match canned {
            Some((fault, canned)) if self.is_still_canned(&host, fault) => canned_answer(canned),
            _ => match self.fault_of(&host).and_then(|it| it.edge.as_ref()) {
                Some(edge) => self.through(context, edge, &host, request).await?,
                None => self.served(context, &host, request).await?,
            },
        };
        response.extensions_mut().insert(damage);
        Ok(response)
    }

    /// What the service of `host` answers.
    pub(super) async fn served(
        &self,
        context: &Context,
        host: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let service = self.service(host).ok_or(NetFailure::NameNotFound)?;
        service.call(context, request).await
    }

    /// Whether this call still gets the canned answer of `host`.
    fn is_still_canned(&self, host: &str, fault: &HostFault) -> bool {
        fault
            .answer_times
            .is_none_or(|times| self.number_of(host) <= times)
    }

    fn service(&self, host: &str) -> Option<&dyn Service> {
        self.services
            .iter()
            .find(|service| service.answers_on(host))
            .map(AsRef::as_ref)
    }
}

fn host_of(request: &Request<Bytes>) -> String {
    request
        .uri()
        .host()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// What a caller that trusts the simulator's root meets before any HTTP.
fn failure_of(fault: &HostFault, host: &str) -> Option<NetFailure> {
    let is_foreign = !fault.certificate_names.is_empty()
        && !fault
            .certificate_names
            .iter()
            .any(|name| certificate_covers(name, host));
    let meets = [
        (fault.dns_missing, NetFailure::NameNotFound),
        (fault.dns_fails, NetFailure::ResolverFailed),
        (fault.port_closed, NetFailure::Refused),
        (fault.unroutable, NetFailure::Unroutable),
        (fault.reset, NetFailure::Reset),
        (
            fault.certificate_expired || fault.certificate_untrusted || fault.not_tls || is_foreign,
            NetFailure::Tls,
        ),
    ];
    meets
        .into_iter()
        .find(|(is_so, _)| *is_so)
        .map(|(_, failure)| failure)
}

/// A wildcard stands for exactly one label (RFC 6125).
fn certificate_covers(name: &str, host: &str) -> bool {
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(suffix), Some((_, parent))) => suffix.eq_ignore_ascii_case(parent),
        _ => name.eq_ignore_ascii_case(host),
    }
}

pub(super) fn canned_answer(canned: &CannedAnswer) -> Response<Bytes> {
    let body = canned.bytes();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(canned.status).unwrap_or(StatusCode::OK);
    for (name, value) in &canned.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    #[async_trait]
    impl Service for Echo {
        fn answers_on(&self, host: &str) -> bool {
            host.ends_with(".example")
        }

        fn hosts(&self) -> Vec<String> {
            vec!["a.example".into()]
        }

        async fn call(
            &self,
            _context: &Context,
            _request: Request<Bytes>,
        ) -> Result<Response<Bytes>, NetFailure> {
            Ok(Response::new(Bytes::from_static(b"echo")))
        }
    }

    async fn send(fault: HostFault) -> Result<Response<Bytes>, NetFailure> {
        let mut world = World::default();
        world.hosts.insert("a.example".into(), fault);
        let clock = SimClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        let internet = Internet::new(Arc::new(world), clock, vec![Box::new(Echo)]);
        let request = Request::get("https://a.example/").body(Bytes::new());
        internet.context("::1").send(request.unwrap()).await
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_host_shows_to_another_host() {
        let fails = |fault| async { send(fault).await.unwrap_err() };
        let fault = HostFault {
            dns_missing: true,
            ..HostFault::default()
        };
        assert_eq!(fails(fault).await, NetFailure::NameNotFound);
        let fault = HostFault {
            certificate_names: vec!["*.b.example".into()],
            ..HostFault::default()
        };
        assert_eq!(fails(fault).await, NetFailure::Tls);
        let fault = HostFault {
            cut_after: Some(3),
            ..HostFault::default()
        };
        assert_eq!(fails(fault).await, NetFailure::Reset);
    }

    #[tokio::test]
    async fn a_fault_that_does_no_harm_is_not_felt() {
        let fault = HostFault {
            certificate_names: vec!["*.example".into()],
            cut_after: Some(4),
            ..HostFault::default()
        };
        assert_eq!(send(fault).await.unwrap().body(), "echo");
    }

    #[tokio::test]
    async fn a_canned_answer_needs_no_service() {
        let canned = CannedAnswer {
            status: 502,
            headers: vec![("Server".into(), "nginx".into())],
            body: String::new(),
            body_base64: Some("/w==".into()),
        };
        let fault = HostFault {
            answer: Some(canned),
            ..HostFault::default()
        };
        let response = send(fault).await.unwrap();
        assert_eq!(response.status(), 502);
        assert_eq!(response.headers()["server"], "nginx");
        assert_eq!(response.body().as_ref(), [0xff]);
    }
}

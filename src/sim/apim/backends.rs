//! Forwarding: base URL, credentials, pools and circuit breakers (azure.md 2.3, 3.6).

use super::answer;
use super::context::join_url;
use super::fault::Fault;
use super::flow::{Destination, Flow};
use super::message::{Answer, drop_hop_by_hop, header, header_line};
use super::serve::DEBUG_HEADER;
use crate::sim::NetFailure;
use crate::sim::entra;
use crate::sim::world::{Backend, Breaker};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, RETRY_AFTER, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Uri};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long the gateway waits for a connection that nobody answers.
const CONNECT_PATIENCE: Duration = Duration::from_secs(21);

/// Weight and priority of a pool member that names none.
const DEFAULT_WEIGHT: u32 = 1;
const DEFAULT_PRIORITY: u32 = 1;

/// What a gateway remembers of its backends.
#[derive(Debug, Default)]
pub(super) struct Backends(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    breakers: HashMap<String, BreakerState>,
    /// Credit of each member of a pool, by pool and member: smooth weighted rotation.
    credits: HashMap<(String, String), i64>,
}

#[derive(Debug, Default)]
struct BreakerState {
    failures: VecDeque<Duration>,
    open_until: Duration,
}

/// Sends the request as it stands; the answer becomes `context.Response`.
pub(super) async fn forward(
    flow: &mut Flow<'_>,
    timeout: Duration,
    keeps_body: bool,
) -> Result<(), Box<Fault>> {
    flow.response = None;
    let chosen = choose(flow)?;
    let url = match &chosen {
        Some((_, backend)) => join_url(&backend.url, &flow.path, &flow.query),
        None => service_url(flow)?,
    };
    let request = build_request(flow, &url, chosen.as_ref().map(|(_, it)| *it), keeps_body)?;
    flow.note(
        "forward-request",
        json!({
            "message": "Request is being forwarded to the backend service.",
            "request": {"method": request.method().as_str(), "url": url},
        }),
    );
    let mut context = flow.context.clone();
    context.caller_ip.clone_from(&flow.site.config.outbound_ip);
    context.via_gateway = Some(flow.site.name.clone());
    let host = request.uri().host().unwrap_or_default().to_owned();
    let sending = async {
        let answered = context.send(request).await;
        if let Err(NetFailure::Unroutable) = answered {
            context.sleep(CONNECT_PATIENCE).await;
        }
        answered.map_err(|failure| connection_fault(failure, &host))
    };
    let answered = tokio::select! {
        answered = sending => answered,
        () = context.patience(timeout) => Err(timeout_fault()),
    };
    let answer = Answer::from_backend(answered.inspect_err(|fault| {
        if let Some(recorder) = &mut flow.recorder {
            let data = json!({"message": fault.error.message, "reason": fault.error.reason});
            recorder.note(flow.section, "forward-request", data);
        }
    })?);
    flow.note(
        "forward-request",
        json!({
            "response": {"status": {"code": answer.status, "reason": answer.reason()},
                "headers": answer.headers.iter()
                    .map(|(name, value)| json!({"name": name.as_str(), "value": String::from_utf8_lossy(value.as_bytes())}))
                    .collect::<Vec<_>>()},
        }),
    );
    if let Some((id, backend)) = chosen
        && let Some(breaker) = &backend.breaker
    {
        let now = flow.now();
        flow.site.backends.lock().watch(id, breaker, &answer, now);
    }
    flow.response = Some(answer);
    Ok(())
}

/// The backend that the request goes to, by id; `None` where it goes to a URL.
fn choose<'a>(flow: &Flow<'a>) -> Result<Option<(&'a str, &'a Backend)>, Box<Fault>> {
    let Destination::Backend(id) = &flow.destination else {
        return Ok(None);
    };
    let backends = &flow.site.config.backends;
    let Some((id, backend)) = backends.get_key_value(id) else {
        return Err(Fault::new(
            "BackendNotFound",
            format!("The backend '{id}' could not be found."),
        )
        .from_source("set-backend-service"));
    };
    let now = flow.now();
    let mut state = flow.site.backends.lock();
    if backend.pool.is_empty() {
        if state.is_open(id, now) {
            return Err(closed(format!("Backend {id} is temporarily unavailable")));
        }
        return Ok(Some((id, backend)));
    }
    let available: Vec<(&str, u32, i64)> = backend
        .pool
        .iter()
        .filter(|member| !state.is_open(&member.backend, now))
        .map(|member| {
            let priority = member.priority.unwrap_or(DEFAULT_PRIORITY);
            let weight = member.weight.unwrap_or(DEFAULT_WEIGHT);
            (member.backend.as_str(), priority, i64::from(weight))
        })
        .collect();
    let first = available.iter().map(|(_, priority, _)| *priority).min();
    let group: Vec<(&str, i64)> = available
        .into_iter()
        .filter(|(_, priority, _)| Some(*priority) == first)
        .map(|(member, _, weight)| (member, weight))
        .collect();
    let picked = state.rotate(id, &group);
    drop(state);
    picked
        .and_then(|member| backends.get_key_value(member))
        .map(|(id, backend)| Some((id.as_str(), backend)))
        .ok_or_else(|| closed(format!("Backend pool {id} is temporarily unavailable")))
}

fn closed(reason: String) -> Box<Fault> {
    let answer = answer::unavailable(reason.clone());
    Fault::answered("BackendUnavailable", reason, answer).from_source("backend")
}

/// Without a service URL and without a backend there is nowhere to go. Unverified: taken as a connection failure.
fn service_url(flow: &Flow<'_>) -> Result<String, Box<Fault>> {
    let has_service = flow.api.is_some_and(|api| api.config.service_url.is_some());
    if flow.destination == Destination::Service && !has_service {
        return Err(Fault::new(
            "BackendConnectionFailure",
            "The API has no service URL and no policy sets a backend.",
        ));
    }
    Ok(flow.current_url())
}

fn build_request(
    flow: &mut Flow<'_>,
    url: &str,
    backend: Option<&Backend>,
    keeps_body: bool,
) -> Result<Request<bytes::Bytes>, Box<Fault>> {
    let uri = Uri::try_from(url)
        .ok()
        .filter(|uri| uri.host().is_some())
        .ok_or_else(|| {
            Fault::new(
                "BackendConnectionFailure",
                format!("Invalid URI: '{url}' could not be parsed."),
            )
        })?;
    let mut headers = flow.headers.clone();
    drop_hop_by_hop(&mut headers);
    headers.remove(DEBUG_HEADER);
    if let Some(host) = uri
        .authority()
        .and_then(|it| HeaderValue::try_from(it.as_str()).ok())
    {
        headers.insert(HOST, host);
    }
    if let Some(backend) = backend {
        for (name, value) in &backend.headers {
            headers.extend(header(name, value).map(|(name, value)| (Some(name), value)));
        }
        if let Some(resource) = &backend.managed_identity_resource {
            let token = managed_identity_token(flow, None, resource)?;
            let bearer = format!("Bearer {token}");
            headers.extend(
                header(AUTHORIZATION.as_str(), &bearer).map(|(name, value)| (Some(name), value)),
            );
        }
    }
    let body = flow.body.read(keeps_body);
    if !headers.contains_key(TRANSFER_ENCODING)
        && (headers.contains_key(CONTENT_LENGTH) || !body.is_empty())
    {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let mut request = Request::new(body);
    *request.method_mut() = flow.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// A token of the gateway's own identity for `resource`, or of the one called `client_id`.
pub(super) fn managed_identity_token(
    flow: &Flow<'_>,
    client_id: Option<&str>,
    resource: &str,
) -> Result<String, Box<Fault>> {
    let own = flow.site.config.identity.as_deref();
    let Some(identity) = own.filter(|own| client_id.is_none_or(|wanted| wanted == *own)) else {
        return Err(Fault::new(
            "ManagedIdentityFailure",
            "The service has no such managed identity, or it is not enabled.",
        )
        .from_source("authentication-managed-identity"));
    };
    let now = flow.context.clock.now();
    Ok(entra::issue(flow.world, identity, resource, now))
}

fn connection_fault(failure: NetFailure, host: &str) -> Box<Fault> {
    let message = match failure {
        NetFailure::NameNotFound => format!("The remote name could not be resolved: '{host}'"),
        NetFailure::ResolverFailed => format!("The name server did not answer for '{host}'"),
        NetFailure::Refused => format!("Error connecting to {host}:443: connection refused"),
        NetFailure::Unroutable => format!("Error connecting to {host}:443: connection timed out"),
        NetFailure::Reset => "The underlying connection was closed: The connection was closed unexpectedly.".to_owned(),
        NetFailure::Tls => "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS secure channel.".to_owned(),
    };
    Fault::new("BackendConnectionFailure", message)
}

fn timeout_fault() -> Box<Fault> {
    Fault::new("Timeout", "The operation has timed out.")
}

impl Backends {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_open(&self, id: &str, now: Duration) -> bool {
        self.breakers
            .get(id)
            .is_some_and(|breaker| now < breaker.open_until)
    }

    /// Counts a failure, and opens the breaker with the one that is too many.
    fn watch(&mut self, id: &str, rule: &Breaker, answer: &Answer, now: Duration) {
        let fails = |(least, most): &(u16, u16)| (*least..=*most).contains(&answer.status);
        if !rule.status_ranges.iter().any(fails) {
            return;
        }
        let interval = Duration::from_secs(rule.interval_seconds);
        let state = self.breakers.entry(id.to_owned()).or_default();
        state.failures.push_back(now);
        while state
            .failures
            .front()
            .is_some_and(|at| at.saturating_add(interval) <= now)
        {
            state.failures.pop_front();
        }
        if state.failures.len() < rule.count as usize {
            return;
        }
        state.failures.clear();
        let asked = header_line(&answer.headers, RETRY_AFTER.as_str())
            .filter(|_| rule.accept_retry_after)
            .and_then(|seconds| seconds.trim().parse().ok());
        state.open_until =
            now.saturating_add(Duration::from_secs(asked.unwrap_or(rule.trip_seconds)));
    }

    /// Picks a member by weight, so that each has its share in every round.
    fn rotate<'m>(&mut self, pool: &str, group: &[(&'m str, i64)]) -> Option<&'m str> {
        let total: i64 = group.iter().map(|(_, weight)| weight).sum();
        let key = |member: &str| (pool.to_owned(), member.to_owned());
        for (member, weight) in group {
            *self.credits.entry(key(member)).or_default() += weight;
        }
        // The first of equals is taken, so that an even pool starts with its first member.
        let (picked, _) = group.iter().rev().max_by_key(|(member, _)| {
            self.credits.get(&key(member)).copied().unwrap_or_default()
        })?;
        *self.credits.entry(key(picked)).or_default() -= total;
        Some(picked)
    }
}

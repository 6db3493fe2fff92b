//! Sending one request and writing down what happened.

use super::names::TimedNames;
use super::phases::{Mark, Phases, TimedConnectorLayer, milliseconds};
use super::{Clock, Names, failure, record, tls};
use crate::model::{
    Exchange, Header, Leg, RecordedRequest, RecordedResponse, Timings, TransportError,
    TransportFailure,
};
use azure_core::credentials::Secret;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::ext::ReasonPhrase;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::redirect;
use rustls::client::danger::ServerCertVerifier;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest time for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Header in which API Management takes a debug token (Microsoft Learn, request tracing).
const TRACE_TOKEN: &str = "Apim-Debug-Authorization";

/// The one way out.
pub struct Door {
    pub(super) client: reqwest::Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) names: Arc<dyn Names>,
    pub(super) verifier: Arc<dyn ServerCertVerifier>,
    pub(super) is_insecure: bool,
    /// What the proxy variables say, where they count.
    pub(super) proxies: Option<Matcher>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

/// How the door is set up.
pub struct DoorSettings {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// How names become addresses.
    pub names: Arc<dyn Names>,
    /// Roots to trust beside the system's, as PEM; empty for none.
    pub extra_roots_pem: Vec<u8>,
    /// `-k`: certificates are not checked.
    pub is_insecure: bool,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment count.
    pub uses_environment_proxy: bool,
    /// Hosts that no resolver is asked for (literal addresses), and the HTTP proxy they are reached through instead.
    pub proxied_hosts: Vec<(String, Url)>,
}

/// Why the door could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// A root certificate could not be read.
    #[error(
        "the CA file holds no readable PEM certificate ({0}): give --cacert or SSL_CERT_FILE a PEM file"
    )]
    Certificate(String),
    /// TLS could not be set up.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
    /// The client could not be built.
    #[error("the HTTP client could not be set up: {0}; check the proxy variables")]
    Client(String),
}

/// A request to send.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// HTTP method.
    pub method: http::Method,
    /// Whole URL without its credential.
    pub url: Url,
    /// Headers without their credential.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: OutgoingBody,
    /// What lets the request in. It is put in after the request has been recorded.
    pub credential: Option<Credential>,
    /// What makes a gateway trace the call. It opens traces, so it is no part of any record.
    pub trace_token: Option<Secret>,
    /// Longest time for the whole exchange.
    pub timeout: Duration,
    /// Which way it goes, for the record.
    pub leg: Option<Leg>,
}

/// Body of a request.
#[derive(Debug, Clone, Default)]
pub struct OutgoingBody {
    /// The bytes; always sent with `Content-Length`.
    pub bytes: Bytes,
    /// `Content-Type`; absent for none.
    pub content_type: Option<String>,
    /// What is recorded instead of the bytes.
    pub shown: Option<String>,
}

/// A secret and where it goes.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Where.
    pub place: Place,
    /// What. Its `Debug` shows nothing.
    pub secret: Secret,
}

impl Credential {
    /// Every secret in it.
    pub fn secrets(&self) -> Vec<Secret> {
        let token = match &self.place {
            Place::HeaderAndToken(_, token) => Some(token.clone()),
            Place::Header(_) | Place::Query(_) | Place::Bearer => None,
        };
        std::iter::once(self.secret.clone()).chain(token).collect()
    }
}

/// Where a credential goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
    /// `Authorization: Bearer`.
    Bearer,
    /// A header of this name, with a token in `Authorization: Bearer` beside it.
    HeaderAndToken(String, Secret),
}

/// Takes the body of an answer as it arrives.
pub trait BodySink: Send {
    /// Told once, before any chunk: the content type, if one was said.
    fn begin(&mut self, content_type: Option<&str>);
    /// The next chunk. `false` stops reading: the answer is too large to go on.
    fn push(&mut self, chunk: &[u8]) -> bool;
}

impl Door {
    /// Sets the door up.
    ///
    /// # Errors
    /// [`DoorError`] where a CA file or the proxy variables cannot be used.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub fn new(settings: DoorSettings) -> Result<Self, DoorError> {
        let verifier = tls::verifier(&settings.extra_roots_pem, settings.is_insecure)?;
        let tls = tls::client_config(verifier.clone())?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(TimedNames(settings.names.clone())))
            .connector_layer(TimedConnectorLayer)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("fluxprobe/", env!("CARGO_PKG_VERSION")));
        if !settings.uses_environment_proxy {
            builder = builder.no_proxy();
        }
        if !settings.proxied_hosts.is_empty() {
            let hosts = settings.proxied_hosts;
            builder = builder.proxy(reqwest::Proxy::custom(move |url| {
                let host = url.host_str()?;
                hosts
                    .iter()
                    .find(|(known, _)| known == host)
                    .map(|(_, proxy)| proxy.clone())
            }));
        }
        let client = builder
            .build()
            .map_err(|error| DoorError::Client(error.to_string()))?;
        Ok(Door {
            client,
            clock: settings.clock,
            names: settings.names,
            verifier,
            is_insecure: settings.is_insecure,
            proxies: settings.uses_environment_proxy.then(Matcher::from_env),
        })
    }

    /// The clock that this door goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Sends `outgoing` once and records what happened. The body of the answer goes to `sink`; the record's own
    /// `body` and `pictures` stay empty, for the caller to fill from it.
    pub async fn send(&self, outgoing: Outgoing, sink: &mut dyn BodySink) -> Exchange {
        let phases = Phases::new(self.clock.clone());
        let mut exchange = Exchange {
            request: record_request(&outgoing),
            sent_at: self.clock.timestamp(),
            leg: outgoing.leg,
            ..Exchange::default()
        };
        let is_read = matches!(outgoing.method, http::Method::GET | http::Method::HEAD);
        let timeout = outgoing.timeout;
        let request = match self.build(outgoing) {
            Ok(request) => request,
            Err(text) => {
                exchange.transport_error = Some(TransportError {
                    kind: TransportFailure::Protocol,
                    text,
                });
                return exchange;
            }
        };
        let under_way = self.clock.begin();
        let started = self.clock.elapsed();
        let mut answer = Answer::default();
        let outcome = {
            let attempt = phases
                .clone()
                .during(self.attempt(request, &mut answer, sink));
            tokio::select! {
                outcome = attempt => outcome,
                () = self.clock.sleep(timeout) => Err(timed_out(timeout, &phases)),
            }
        };
        let ended = self.clock.elapsed();
        drop(under_way);
        let is_connected = answer.head_at.is_some() || phases.at(Mark::ConnectEnd).is_some();
        let was_opened = phases.at(Mark::ConnectStart).is_some();
        exchange.timings_ms = timings(&phases, started, ended, &answer, was_opened);
        exchange.response = answer.response;
        if let Err(error) = outcome {
            let may_have_arrived = is_connected || !was_opened;
            exchange.is_billing_ambiguous = !is_read && may_have_arrived;
            exchange.transport_error = Some(error);
        }
        exchange
    }

    /// The record of a request that was given up before its answer came, because the run was ended.
    pub fn given_up(&self, outgoing: &Outgoing) -> Exchange {
        let is_read = matches!(outgoing.method, http::Method::GET | http::Method::HEAD);
        Exchange {
            request: record_request(outgoing),
            sent_at: self.clock.timestamp(),
            leg: outgoing.leg,
            transport_error: Some(TransportError {
                kind: TransportFailure::Interrupted,
                text: "the run was interrupted before an answer came".to_owned(),
            }),
            is_billing_ambiguous: !is_read,
            ..Exchange::default()
        }
    }

    async fn attempt(
        &self,
        request: reqwest::Request,
        answer: &mut Answer,
        sink: &mut dyn BodySink,
    ) -> Result<(), TransportError> {
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| failure::classify(&error))?;
        answer.head_at = Some(self.clock.elapsed());
        let recorded = answer.response.insert(record_head(&response));
        sink.begin(
            response
                .headers()
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok()),
        );
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    recorded.body_bytes += chunk.len() as u64;
                    if !sink.push(&chunk) {
                        recorded.is_body_cut = true;
                        let text = format!(
                            "the answer is larger than {} bytes and was not read on",
                            recorded.body_bytes
                        );
                        return Err(TransportError {
                            kind: TransportFailure::Protocol,
                            text,
                        });
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    recorded.is_body_cut = true;
                    let text = format!(
                        "the answer broke off after {} bytes: {}",
                        recorded.body_bytes,
                        failure::classify(&error).text
                    );
                    return Err(TransportError {
                        kind: TransportFailure::Truncated,
                        text,
                    });
                }
            }
        }
    }

    fn build(&self, outgoing: Outgoing) -> Result<reqwest::Request, String> {
        let mut url = outgoing.url;
        let mut headers = HeaderMap::new();
        for (name, value) in &outgoing.headers {
            headers.append(header_name(name)?, header_value(name, value)?);
        }
        if let Some(content_type) = &outgoing.body.content_type {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(header_value("Content-Type", content_type)?);
        }
        if let Some(Credential { place, secret }) = &outgoing.credential {
            match place {
                Place::Header(name) => {
                    headers.insert(header_name(name)?, secret_value(name, secret.secret())?);
                }
                Place::Bearer => {
                    headers.insert(AUTHORIZATION, bearer_value(secret)?);
                }
                Place::HeaderAndToken(name, token) => {
                    headers.insert(header_name(name)?, secret_value(name, secret.secret())?);
                    headers.insert(AUTHORIZATION, bearer_value(token)?);
                }
                Place::Query(name) => {
                    url.query_pairs_mut().append_pair(name, secret.secret());
                }
            }
        }
        if let Some(token) = &outgoing.trace_token {
            let value = secret_value(TRACE_TOKEN, token.secret())?;
            headers.insert(header_name(TRACE_TOKEN)?, value);
        }
        let mut request = reqwest::Request::new(outgoing.method, url);
        *request.headers_mut() = headers;
        if !outgoing.body.bytes.is_empty() {
            *request.body_mut() = Some(outgoing.body.bytes.into());
        }
        Ok(request)
    }
}

fn bearer_value(token: &Secret) -> Result<http::HeaderValue, String> {
    secret_value("Authorization", &format!("Bearer {}", token.secret()))
}

/// What has come back so far; kept outside of the attempt so that a timeout loses nothing.
#[derive(Default)]
struct Answer {
    response: Option<RecordedResponse>,
    head_at: Option<Duration>,
}

fn record_request(outgoing: &Outgoing) -> RecordedRequest {
    let mut headers: Vec<Header> = Vec::new();
    let mut map = HeaderMap::new();
    for (name, value) in &outgoing.headers {
        if let (Ok(name), Ok(value)) = (header_name(name), header_value(name, value)) {
            map.append(name, value);
        }
    }
    if let Some(content_type) = &outgoing.body.content_type
        && let Ok(value) = header_value("Content-Type", content_type)
    {
        map.entry(CONTENT_TYPE).or_insert(value);
    }
    headers.extend(record::headers(&map));
    RecordedRequest {
        method: Some(outgoing.method.to_string()),
        url: Some(record::recordable_url(&outgoing.url)),
        headers,
        credential_in: outgoing
            .credential
            .as_ref()
            .map(|credential| match &credential.place {
                Place::Header(name) | Place::HeaderAndToken(name, _) => format!("header {name}"),
                Place::Query(name) => format!("query {name}"),
                // Whether it was a token decides between two causes; the value is never kept.
                Place::Bearer if is_token(&credential.secret) => {
                    "header Authorization: Bearer (JWT)".to_owned()
                }
                Place::Bearer => "header Authorization: Bearer".to_owned(),
            }),
        body: outgoing.body.shown.clone(),
        body_bytes: outgoing.body.bytes.len() as u64,
    }
}

/// Whether a secret has the form of a signed JSON Web Token (RFC 7519): three parts, the first a JSON object in base64url.
fn is_token(value: &Secret) -> bool {
    let value = value.secret();
    value.starts_with("eyJ") && value.split('.').count() == 3
}

fn record_head(response: &reqwest::Response) -> RecordedResponse {
    let canonical = response.status().canonical_reason().unwrap_or_default();
    let reason = response
        .extensions()
        .get::<ReasonPhrase>()
        .map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned())
        .filter(|reason| reason != canonical);
    RecordedResponse {
        status: Some(response.status().as_u16()),
        reason,
        headers: record::headers(response.headers()),
        ..RecordedResponse::default()
    }
}

fn timed_out(timeout: Duration, phases: &Phases) -> TransportError {
    let is_opening =
        phases.at(Mark::ConnectStart).is_some() && phases.at(Mark::ConnectEnd).is_none();
    let (kind, what) = if is_opening {
        (
            TransportFailure::ConnectTimeout,
            "the connection was not open",
        )
    } else {
        (TransportFailure::Timeout, "there was no whole answer")
    };
    TransportError {
        kind,
        text: format!("{what} within {} s", timeout.as_secs_f64()),
    }
}

fn timings(
    phases: &Phases,
    started: Duration,
    ended: Duration,
    answer: &Answer,
    was_opened: bool,
) -> Timings {
    let connected_at = phases.at(Mark::ConnectEnd);
    let ready_at = connected_at.unwrap_or(started);
    let tcp_from = if phases.at(Mark::DnsEnd).is_some() {
        Mark::DnsEnd
    } else {
        Mark::ConnectStart
    };
    let tcp_to = if phases.at(Mark::TlsStart).is_some() {
        Mark::TlsStart
    } else {
        Mark::ConnectEnd
    };
    Timings {
        dns: phases.between(Mark::DnsStart, Mark::DnsEnd),
        tcp: phases.between(tcp_from, tcp_to),
        tls: phases.between(Mark::TlsStart, Mark::ConnectEnd),
        first_byte: answer
            .head_at
            .map(|at| milliseconds(at.saturating_sub(ready_at))),
        body: answer
            .head_at
            .map(|at| milliseconds(ended.saturating_sub(at))),
        total: milliseconds(ended.saturating_sub(started)),
        is_reused: answer.head_at.is_some() && !was_opened,
    }
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::try_from(name).map_err(|_| format!("{name:?} is no header name"))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(value)
        .map_err(|_| format!("the value of header {name} holds a character no header may"))
}

fn secret_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        format!("the key for {name} holds a character no header may: a line break may have been copied with it")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

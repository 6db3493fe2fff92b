//! One connection of HTTP/1.1 after its transport stands: requests in, answers out, with what is wrong with the host.

use super::log::Seen;
use super::server::Shared;
use crate::sim::clock::http_date;
use crate::sim::internet::{Damage, NetFailure};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST};
use http::uri::{Authority, Parts, PathAndQuery, Scheme, Uri};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// The largest request body that is taken, in bytes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// The media type of server-sent events.
const EVENTS: &[u8] = b"text/event-stream";

/// How much junk is sent at a time.
const CHUNK: usize = 64 * 1024;

/// Why a connection ends before its answer does. Never shown: hyper only closes the connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Dropped {
    /// There was no answer at all.
    #[error("no answer: {0:?}")]
    NoAnswer(NetFailure),
    /// The answer was to be cut.
    #[error("cut short")]
    Cut,
    /// The request did not come whole.
    #[error("the request was not read: {0}")]
    Request(#[from] hyper::Error),
}

pub(super) type Body = BoxBody<Bytes, Dropped>;

/// How the connection was reached.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Scheme of the URLs asked for here.
    pub(super) scheme: Scheme,
    /// The host that the transport names, for requests that name none themselves.
    pub(super) host: String,
    /// Whether the client connected to the host itself rather than to a proxy.
    pub(super) is_direct: bool,
}

/// Serves HTTP/1.1 on `io` until either side ends it or the server stops.
pub(super) async fn serve<I>(shared: &Arc<Shared>, io: I, entry: Entry)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| answer(shared.clone(), entry.clone(), request));
    let connection = http1::Builder::new()
        .title_case_headers(true)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(io), service);
    let mut connection = pin!(connection);
    // What ends a connection early was either asked for by the world or done by the client: nothing to report.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = shared.stopped() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(
    shared: Arc<Shared>,
    entry: Entry,
    request: Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    let (mut head, body) = request.into_parts();
    let host = host_of(&head).unwrap_or_else(|| entry.host.clone());
    let is_plain = entry.scheme == Scheme::HTTP;
    if is_plain && shared.is_own_address(&host) {
        return Ok(dated(&shared, super::control::answer(&shared, &head)));
    }
    let mut seen = Seen {
        method: head.method.to_string(),
        host: bare(&host),
        path: head.uri.path().to_owned(),
        status: None,
    };
    let is_known = if is_plain {
        shared.internet.takes_plain_http(&seen.host)
    } else {
        shared.internet.knows(&seen.host)
    };
    let result = if is_known {
        head.uri = absolute(&entry.scheme, &seen.host, &head.uri);
        match http_body_util::Limited::new(body, LARGEST_BODY)
            .collect()
            .await
        {
            Ok(body) => {
                let request = Request::from_parts(head, body.to_bytes());
                let context = shared.internet.context(&shared.internet.world().caller_ip);
                shared.internet.answer(&context, request).await
            }
            Err(_) => Ok(status(StatusCode::PAYLOAD_TOO_LARGE)),
        }
    } else if is_plain && entry.is_direct {
        Err(NetFailure::Refused)
    } else {
        Ok(status(nobody_there(is_plain)))
    };
    seen.status = result
        .as_ref()
        .ok()
        .map(|response| response.status().as_u16());
    shared.log.add(seen);
    let response = result.map_err(Dropped::NoAnswer)?;
    Ok(dated(&shared, with_body(response)))
}

/// A proxy that cannot reach a host says 502; a front end that does not hold it says 404.
fn nobody_there(is_plain: bool) -> StatusCode {
    if is_plain {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::NOT_FOUND
    }
}

fn status(code: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = code;
    response
}

fn host_of(head: &http::request::Parts) -> Option<String> {
    let named = head.uri.authority().map(Authority::to_string);
    named.or_else(|| {
        let host = head.headers.get(HOST)?.to_str().ok()?;
        Some(host.to_owned())
    })
}

/// A host in lower case without its port.
fn bare(host: &str) -> String {
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    host.to_ascii_lowercase()
}

fn absolute(scheme: &Scheme, host: &str, uri: &Uri) -> Uri {
    let mut parts = Parts::default();
    parts.scheme = Some(scheme.clone());
    parts.authority = Authority::try_from(host).ok();
    parts.path_and_query = uri
        .path_and_query()
        .cloned()
        .or(Some(PathAndQuery::from_static("/")));
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

fn dated(shared: &Shared, mut response: Response<Body>) -> Response<Body> {
    let now = http_date(shared.internet.clock().now());
    if let Ok(date) = HeaderValue::try_from(now) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    response
}

fn with_body(response: Response<Bytes>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    let fault = head.extensions.get::<Damage>().copied().unwrap_or_default();
    let length = fault.huge_body.unwrap_or(body.len());
    let kept = fault.cut_after.unwrap_or(usize::MAX);
    if fault.huge_body.is_none() && kept >= length {
        let is_stream = head
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(EVENTS));
        let body = if is_stream { events(body) } else { whole(body) };
        return Response::from_parts(head, body);
    }
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(length));
    let sample = if fault.huge_body.is_some() {
        Bytes::from_static(&[b'x'; CHUNK])
    } else {
        body
    };
    Response::from_parts(head, pieces(sample, length, kept))
}

/// Server-sent events, one at a time and without a length, as a service sends them.
fn events(body: Bytes) -> Body {
    let mut ends: Vec<usize> = body
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| *pair == b"\n\n")
        .map(|(at, _)| at + 2)
        .collect();
    ends.push(body.len());
    let frames = stream::iter(ends.into_iter().scan(0, move |start, end| {
        let piece = body.slice(*start..end);
        *start = end;
        Some(piece)
    }));
    let frames = frames.filter(|piece| std::future::ready(!piece.is_empty()));
    BodyExt::boxed(StreamBody::new(frames.map(|piece| Ok(Frame::data(piece)))))
}

pub(super) fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}

/// `length` bytes that repeat `sample` and are never held at once; ended after `kept`.
fn pieces(sample: Bytes, length: usize, kept: usize) -> Body {
    let wanted = length.min(kept);
    let frames = stream::unfold(Some(0usize), move |sent| {
        let sample = sample.clone();
        async move {
            let sent = sent?;
            if sent < wanted {
                let piece = sample.slice(..sample.len().min(wanted - sent));
                let sent = sent + piece.len();
                return Some((Ok(Frame::data(piece)), Some(sent)));
            }
            // What was sent so far is flushed only while the body waits.
            tokio::task::yield_now().await;
            (sent < length).then_some((Err(Dropped::Cut), None))
        }
    });
    BodyExt::boxed(StreamBody::new(Box::pin(frames)))
}

//! Requests and answers as the gateway holds them while policies change them.

use super::expr::Received;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use hyper::ext::ReasonPhrase;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::sync::PoisonError;

/// What is escaped in a query value that a policy sets.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b':')
    .remove(b'/');

/// Headers that end at this hop (RFC 9110, 7.6.1). `Transfer-Encoding` is not among them: a body that came without
/// a length goes on without one, which some backends refuse.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// Query parameters in their order, as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, Option<String>)>);

impl Query {
    /// Reads what follows the `?`.
    pub(super) fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty());
        Query(
            pairs
                .map(|pair| match pair.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (pair.to_owned(), None),
                })
                .collect(),
        )
    }

    /// What follows the `?`; empty where there is nothing.
    pub(super) fn print(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            })
            .collect();
        pairs.join("&")
    }

    /// Every value of `name`, decoded; names are compared without regard to case.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(known, _)| decode(known).eq_ignore_ascii_case(name))
            .map(|(_, value)| decode_form(value.as_deref().unwrap_or_default()))
            .collect()
    }

    /// Every name once, decoded.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in &self.0 {
            let name = decode(name);
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
        names
    }

    /// The first value of `name`, decoded.
    pub(super) fn first(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// Takes every value of `name` away.
    pub(super) fn remove(&mut self, name: &str) {
        self.0
            .retain(|(known, _)| !decode(known).eq_ignore_ascii_case(name));
    }

    /// Adds a value.
    pub(super) fn append(&mut self, name: &str, value: &str) {
        let encode = |text| utf8_percent_encode(text, QUERY_VALUE).to_string();
        self.0.push((encode(name), Some(encode(value))));
    }

    /// Adds the parameters of `other` whose decoded name `is_wanted`.
    pub(super) fn extend_from(&mut self, other: &Query, is_wanted: impl Fn(&str) -> bool) {
        let wanted = other.0.iter().filter(|(name, _)| is_wanted(&decode(name)));
        self.0.extend(wanted.cloned());
    }
}

/// Percent-decodes a part of a path.
pub(super) fn decode(raw: &str) -> String {
    percent_decode_str(raw).decode_utf8_lossy().into_owned()
}

fn decode_form(raw: &str) -> String {
    decode(&raw.replace('+', " "))
}

/// A request's body: a stream that the first reader uses up, or bytes that were kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    bytes: Bytes,
    is_kept: bool,
}

impl Body {
    /// The body as it comes from the client.
    pub(super) fn from_client(bytes: Bytes) -> Self {
        Body {
            bytes,
            is_kept: false,
        }
    }

    /// A body that a policy has made.
    pub(super) fn made(bytes: Bytes) -> Self {
        Body {
            bytes,
            is_kept: true,
        }
    }

    /// Reads it; a stream that `keeps` does not keep is empty afterwards.
    pub(super) fn read(&mut self, keeps: bool) -> Bytes {
        self.is_kept |= keeps;
        if self.is_kept {
            self.bytes.clone()
        } else {
            std::mem::take(&mut self.bytes)
        }
    }

    /// Whether nothing is left, or nothing came.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes, without using them up: only for counting.
    pub(super) fn peek(&self) -> &Bytes {
        &self.bytes
    }
}

/// An answer before it is sent.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The reason phrase where it is not the usual one.
    pub(super) reason: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// An answer with nothing but a status.
    pub(super) fn empty(status: u16) -> Self {
        Answer {
            status,
            reason: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Takes over a backend's answer, without the headers that end at this hop.
    pub(super) fn from_backend(response: Response<Bytes>) -> Self {
        let (mut parts, body) = response.into_parts();
        drop_hop_by_hop(&mut parts.headers);
        parts.headers.remove(http::header::TRANSFER_ENCODING);
        let reason = parts
            .extensions
            .get::<ReasonPhrase>()
            .map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
        Answer {
            status: parts.status.as_u16(),
            reason,
            headers: parts.headers,
            body,
        }
    }

    /// The answer that a policy has received for a request of its own.
    pub(super) fn from_received(received: &Received) -> Self {
        let body = received.body.lock().unwrap_or_else(PoisonError::into_inner);
        Answer {
            status: received.status,
            reason: None,
            headers: received.headers.clone(),
            body: body.clone(),
        }
    }

    /// The reason phrase that goes on the wire.
    pub(super) fn reason(&self) -> String {
        let usual = || {
            StatusCode::from_u16(self.status)
                .ok()
                .and_then(|status| status.canonical_reason())
                .unwrap_or_default()
                .to_owned()
        };
        self.reason.clone().unwrap_or_else(usual)
    }

    /// For the wire.
    pub(super) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers;
        if let Some(reason) = self.reason
            && let Ok(reason) = ReasonPhrase::try_from(reason)
        {
            response.extensions_mut().insert(reason);
        }
        response
    }
}

/// Takes away the headers that end at this hop, those named by `Connection` included.
pub(super) fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(http::header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| name != "transfer-encoding")
        .collect();
    for name in HOP_BY_HOP
        .into_iter()
        .chain(named.iter().map(String::as_str))
    {
        headers.remove(name);
    }
}

/// All values of a header in one line, as C# reads them.
pub(super) fn header_line(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// A header's name and value, where they can be one.
pub(super) fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::try_from(name).ok()?;
    let value = HeaderValue::try_from(value.trim()).ok()?;
    Some((name, value))
}

//! Headers: those that every answer has, and how many of their own a caller may send.

use super::answer::{Answer, Reached};
use super::regions;
use crate::sim::clock::http_date;
use crate::sim::draw;
use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use std::time::SystemTime;

/// A caller may send ten headers of its own.
const MOST_CUSTOM: usize = 10;

/// Headers that are nobody's own. Which ones the real service leaves out of its count is not documented; these are the
/// standard ones, those of the service itself, and those that the official SDKs and proxies add.
const STANDARD: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "api-key",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "expect",
    "forwarded",
    "from",
    "host",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "request-id",
    "te",
    "trailer",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-real-ip",
    "x-request-id",
];
const STANDARD_PREFIXES: &[&str] = &[
    "apim-",
    "ocp-apim-",
    "openai-",
    "sec-",
    "x-forwarded-",
    "x-ms-",
    "x-stainless-",
];

/// Whether there are more headers of the caller's own than the service takes.
pub(super) fn are_too_many(headers: &HeaderMap) -> bool {
    let own = headers.keys().map(HeaderName::as_str).filter(|name| {
        !STANDARD.contains(name)
            && !STANDARD_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
    });
    own.count() > MOST_CUSTOM
}

/// The answer with the headers that the part of the service adds that gave it. `location` is the account's region.
pub(super) fn complete(
    answer: Answer,
    request: &HeaderMap,
    location: Option<&str>,
) -> Response<Bytes> {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("apim-request-id", &draw::fresh_guid());
    put(
        "strict-transport-security",
        "max-age=31536000; includeSubDomains; preload",
    );
    put("x-content-type-options", "nosniff");
    let told = request.get("x-ms-client-request-id");
    let told = told.and_then(|value| value.to_str().ok());
    put("x-ms-client-request-id", told.unwrap_or("Not-Set"));
    if answer.reached >= Reached::Router
        && let Some(location) = location
    {
        put("x-ms-region", regions::display(location));
    }
    if answer.reached == Reached::Model {
        put("x-request-id", &draw::fresh_guid());
    }
    for (name, value) in &answer.headers {
        put(name, value);
    }
    let mut response = Response::new(answer.body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    *response.headers_mut() = headers;
    response
}

/// Puts the time of an account's own clock on an answer.
pub(super) fn date(response: &mut Response<Bytes>, now: SystemTime) {
    let date = HeaderValue::try_from(http_date(now)).ok();
    response.headers_mut().extend(date.map(|date| (DATE, date)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_headers_of_ones_own_are_let_through_and_eleven_are_not() {
        let mut headers = HeaderMap::new();
        for name in [
            "api-key",
            "content-type",
            "x-stainless-lang",
            "x-ms-client-request-id",
        ] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        for index in 0..10 {
            let name = HeaderName::try_from(format!("x-own-{index}")).unwrap();
            headers.insert(name, HeaderValue::from_static("x"));
        }
        assert!(!are_too_many(&headers));
        headers.insert("x-own-more", HeaderValue::from_static("x"));
        assert!(are_too_many(&headers));
    }
}

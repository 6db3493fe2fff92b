//! Answers, as the services write them.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

/// A compact JSON answer with `Content-Type: application/json; charset=utf-8`.
pub fn json(status: u16, body: &Value) -> Response<Bytes> {
    raw(status, "application/json; charset=utf-8", body.to_string())
}

/// An answer with exactly these bytes.
pub fn raw(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// An answer without a body.
pub fn empty(status: u16) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response
}

/// Adds a header; a value that no header can hold is left out.
pub fn set(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, value);
    }
}

//! The control endpoint: another program reads and moves the clock, and sees what was asked.

use super::answer::{Body, whole};
use super::server::Shared;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// `GET /clock`, `POST /clock/advance?seconds=N`, `GET /requests`; anything else is explained.
pub(super) fn answer(shared: &Shared, head: &http::request::Parts) -> Response<Body> {
    let (status, body) = match (&head.method, head.uri.path()) {
        (&Method::GET, "/clock") => (StatusCode::OK, clock(shared)),
        (&Method::POST, "/clock/advance") => match seconds(head.uri.query().unwrap_or_default()) {
            Some(by) => {
                shared.internet.clock().advance(by);
                (StatusCode::OK, clock(shared))
            }
            None => (
                StatusCode::BAD_REQUEST,
                json!({"error": "write ?seconds=N with a number that is not negative"}),
            ),
        },
        (&Method::GET, "/requests") => (StatusCode::OK, json!(shared.log.all())),
        _ => (
            StatusCode::NOT_FOUND,
            json!({"error": "there is GET /clock, POST /clock/advance?seconds=N and GET /requests"}),
        ),
    };
    let mut response = Response::new(whole(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn clock(shared: &Shared) -> Value {
    let clock = shared.internet.clock();
    let now = jiff::Timestamp::try_from(clock.now()).unwrap_or_default();
    json!({"now": now.to_string(), "elapsed_seconds": clock.elapsed().as_secs_f64()})
}

fn seconds(query: &str) -> Option<Duration> {
    let (_, value) =
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "seconds")?;
    Duration::try_from_secs_f64(value.parse().ok()?).ok()
}

//! The door as `azure_core` sees it, so that ARM and Entra calls go the same way as probes.

use super::Door;
use super::failure;
use crate::model::TransportFailure;
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind, Result};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Method, Request, StatusCode};

/// Largest answer of a management call; the longest lists come in pages far below it.
const MAX_BYTES: usize = 64 << 20;

#[async_trait]
impl HttpClient for Door {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let mut outgoing =
            reqwest::Request::new(method_of(request.method())?, request.url().clone());
        for (name, value) in request.headers().iter() {
            let name = http::HeaderName::try_from(name.as_str())
                .map_err(|error| data_error(&error.to_string()))?;
            let value = http::HeaderValue::from_str(value.as_str())
                .map_err(|error| data_error(&error.to_string()))?;
            outgoing.headers_mut().append(name, value);
        }
        let Body::Bytes(body) = request.body() else {
            return Err(data_error("a management call never streams its body"));
        };
        // A POST without a body must still say so: ARM refuses one without Content-Length.
        if !body.is_empty() || request.method() == Method::Post {
            *outgoing.body_mut() = Some(body.clone().into());
        }
        let under_way = self.clock.begin();
        let answer = self.fetch(outgoing).await;
        drop(under_way);
        answer
    }
}

impl Door {
    async fn fetch(&self, request: reqwest::Request) -> Result<AsyncRawResponse> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| io_error(&host, &error))?;
        let status = StatusCode::from(response.status().as_u16());
        let headers: std::collections::HashMap<HeaderName, HeaderValue> = response
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                let value = value.to_str().ok()?.to_owned();
                Some((
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value),
                ))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| io_error(&host, &error))?
        {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(data_error(&format!(
                    "{host} answered more than {MAX_BYTES} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(
            status,
            Headers::from(headers),
            body,
        ))
    }
}

fn method_of(method: Method) -> Result<http::Method> {
    http::Method::from_bytes(method.as_str().as_bytes())
        .map_err(|error| data_error(&error.to_string()))
}

fn data_error(text: &str) -> Error {
    Error::with_message(ErrorKind::DataConversion, text.to_owned())
}

fn io_error(host: &str, error: &reqwest::Error) -> Error {
    let failure = failure::classify(error);
    let text = format!("{host}: {}", failure.text);
    // The pipeline retries `Io`. A name that does not exist or a certificate nobody trusts will not change by that.
    let kind = match failure.kind {
        TransportFailure::Reset | TransportFailure::Truncated | TransportFailure::Timeout => {
            ErrorKind::Io
        }
        _ => ErrorKind::Other,
    };
    Error::with_message(kind, text)
}

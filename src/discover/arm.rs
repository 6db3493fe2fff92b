//! Azure Resource Manager through `azure_core`'s pipeline: bearer token, retries, pages, bounds.

use super::error::{ArmError, ArmFailure};
use super::patience::{Patience, Refused};
use crate::knowledge::azure;
use crate::net::Clock;
use azure_core::credentials::TokenCredential;
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{
    ClientOptions, Context, HttpClient, Method, Pipeline, PipelineSendOptions, Request,
    RetryOptions, Transport, Url,
};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// A way into ARM. Cheap to share; it holds at most [`IN_FLIGHT`] requests open at once.
pub struct Arm {
    pipeline: Pipeline,
    endpoint: &'static str,
    slots: Semaphore,
    patience: Patience,
}

/// Requests that may be open at once.
pub const IN_FLIGHT: usize = 32;
/// Pages that one list may have, so that a list that never ends is noticed.
const MOST_PAGES: usize = 1000;

impl Arm {
    /// A way into ARM with this client and credential; nothing is sent yet. Waits are taken from `clock`.
    pub fn new(
        client: Arc<dyn HttpClient>,
        credential: Arc<dyn TokenCredential>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let scopes = [azure().scopes.arm.as_str()];
        let bearer: Arc<dyn Policy> =
            Arc::new(BearerTokenAuthorizationPolicy::new(credential, scopes));
        // `azure_core` would wait by the machine's clock, so retries are made here.
        let options = ClientOptions {
            transport: Some(Transport::new(client)),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        Arm {
            pipeline: Pipeline::new(
                option_env!("CARGO_PKG_NAME"),
                option_env!("CARGO_PKG_VERSION"),
                options,
                Vec::new(),
                vec![bearer],
                None,
            ),
            endpoint: azure().arm.endpoint.as_str(),
            slots: Semaphore::new(IN_FLIGHT),
            patience: Patience::new(clock),
        }
    }

    /// The same, which waits no longer than until the clock shows `deadline`.
    #[must_use]
    pub fn until(mut self, deadline: Option<Duration>) -> Self {
        self.patience.end_at(deadline);
        self
    }

    /// An action that changes nothing and takes a document, such as `listTrace`. It is sent once.
    pub async fn post_json(
        &self,
        path: &str,
        api_version: &str,
        body: &Value,
    ) -> Result<Value, ArmError> {
        let url = self.url(path, api_version)?;
        self.send_with(Method::Post, url, Some(body)).await
    }

    /// One resource. `path` begins with a slash and may carry a query.
    pub async fn get(&self, path: &str, api_version: &str) -> Result<Value, ArmError> {
        self.send(Method::Get, self.url(path, api_version)?).await
    }

    /// All items of a list, every page of it.
    pub async fn list(&self, path: &str, api_version: &str) -> Result<Vec<Value>, ArmError> {
        let mut items = Vec::new();
        let mut next = Some(self.url(path, api_version)?);
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else {
                return Ok(items);
            };
            let mut page = self.send(Method::Get, url).await?;
            if let Some(Value::Array(value)) = page.get_mut("value") {
                items.append(value);
            }
            next = match page.get("nextLink").and_then(Value::as_str) {
                None | Some("") => None,
                Some(link) => Some(self.own(link)?),
            };
        }
        Err(ArmError::malformed(format!(
            "the list has more than {MOST_PAGES} pages"
        )))
    }

    /// An action that changes nothing, such as `listKeys`. It is sent once.
    pub async fn post(&self, path: &str, api_version: &str) -> Result<Value, ArmError> {
        self.send(Method::Post, self.url(path, api_version)?).await
    }

    fn url(&self, path: &str, api_version: &str) -> Result<Url, ArmError> {
        let mut url = self.own(&format!("{}{path}", self.endpoint))?;
        url.query_pairs_mut()
            .append_pair("api-version", api_version);
        Ok(url)
    }

    /// A URL of ARM's own origin: no other may be asked with ARM's token.
    fn own(&self, url: &str) -> Result<Url, ArmError> {
        let wrong = |error| ArmError::malformed(format!("`{url}` is no URL of ARM: {error}"));
        let found = Url::parse(url).map_err(wrong)?;
        if found.origin() != Url::parse(self.endpoint).map_err(wrong)?.origin() {
            let host = found.host_str().unwrap_or_default();
            return Err(ArmError::malformed(format!(
                "a link leads to `{host}`, which is not ARM and gets no token"
            )));
        }
        Ok(found)
    }

    async fn send(&self, method: Method, url: Url) -> Result<Value, ArmError> {
        self.send_with(method, url, None).await
    }

    /// Sends a request until it is answered: a throttled one as long as ARM asks for patience, a read that failed otherwise
    /// a few times. A throttled request was not carried out, so an action is repeated as well.
    async fn send_with(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Value, ArmError> {
        let _slot = self.slots.acquire().await;
        let scope = scope_of(&url).to_owned();
        let mut failures = 0;
        loop {
            self.patience.hold(&scope).await;
            let (error, refused) = match self.send_once(method, &url, body).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let is_waited_for = match error.kind {
                ArmFailure::Status(429) => self.patience.throttled(&scope, &refused),
                _ if method == Method::Get && may_pass(error.kind) => {
                    failures += 1;
                    self.patience.failed(failures, &refused).await
                }
                _ => false,
            };
            if !is_waited_for {
                return Err(error);
            }
        }
    }

    async fn send_once(
        &self,
        method: Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Value, (ArmError, Refused)> {
        let mut request = Request::new(url.clone(), method);
        request.insert_header("accept", "application/json");
        match body {
            Some(body) => {
                let bytes = body.to_string().into_bytes();
                request.insert_header("content-type", "application/json");
                request.insert_header("content-length", bytes.len().to_string());
                request.set_body(bytes);
            }
            None if method != Method::Get => request.insert_header("content-length", "0"),
            None => {}
        }
        let options = PipelineSendOptions {
            skip_checks: true,
            ..PipelineSendOptions::default()
        };
        let answer = self
            .pipeline
            .send(&Context::default(), &mut request, Some(options))
            .await
            .map_err(|error| (ArmError::of(&error), Refused::default()))?;
        let body = without_bom(answer.body());
        if !answer.status().is_success() {
            let error = ArmError::of_answer(u16::from(answer.status()), body);
            let headers = answer.headers().iter();
            let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
            return Err((error, Refused::of(headers)));
        }
        serde_json::from_slice(body).map_err(|error| {
            // The answer itself is not repeated: it may be one that holds a key.
            let error = ArmError::malformed(format!("the answer is no JSON: {error}"));
            (error, Refused::default())
        })
    }
}

/// Whether the same request may well succeed a little later.
fn may_pass(failure: ArmFailure) -> bool {
    match failure {
        ArmFailure::Transport => true,
        ArmFailure::Status(status) => matches!(status, 408 | 500 | 502 | 503 | 504),
        ArmFailure::NoToken | ArmFailure::TokenRefused | ArmFailure::Malformed => false,
    }
}

/// What ARM counts requests by: the subscription; the tenant where none is named.
fn scope_of(url: &Url) -> &str {
    let mut segments = url.path().split('/').skip(1);
    match (segments.next(), segments.next()) {
        (Some(first), Some(id)) if first.eq_ignore_ascii_case("subscriptions") => id,
        _ => "",
    }
}

/// Some providers begin their JSON with a byte order mark (Azure/azure-rest-api-specs#42472).
fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

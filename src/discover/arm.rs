//! Azure Resource Manager through `azure_core`'s pipeline: bearer token, retries for reads, pages, bounds.

use super::error::ArmError;
use crate::knowledge::azure;
use azure_core::credentials::TokenCredential;
use azure_core::http::headers::HeaderName;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::policies::{Policy, RetryHeaders, RetryPolicy};
use azure_core::http::{
    ClientOptions, Context, HttpClient, Method, Pipeline, PipelineSendOptions, Request,
    RetryOptions, StatusCode, Transport, Url,
};
use azure_core::time::Duration;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A way into ARM. Cheap to share; it holds at most [`IN_FLIGHT`] requests open at once.
#[derive(Debug)]
pub struct Arm {
    reads: Pipeline,
    actions: Pipeline,
    endpoint: &'static str,
    slots: Semaphore,
}

/// Requests that may be open at once.
pub const IN_FLIGHT: usize = 32;
/// Pages that one list may have, so that a list that never ends is noticed.
const MOST_PAGES: usize = 1000;

impl Arm {
    /// A way into ARM with this client and credential; nothing is sent yet.
    pub fn new(client: Arc<dyn HttpClient>, credential: Arc<dyn TokenCredential>) -> Self {
        let scopes = [azure().scopes.arm.as_str()];
        let bearer: Arc<dyn Policy> =
            Arc::new(BearerTokenAuthorizationPolicy::new(credential, scopes));
        let transport = Transport::new(client);
        let pipeline = |retry: RetryOptions| {
            let options = ClientOptions {
                transport: Some(transport.clone()),
                retry,
                ..ClientOptions::default()
            };
            Pipeline::new(
                option_env!("CARGO_PKG_NAME"),
                option_env!("CARGO_PKG_VERSION"),
                options,
                Vec::new(),
                vec![bearer.clone()],
                None,
            )
        };
        Arm {
            reads: pipeline(RetryOptions::custom(Arc::new(ReadRetry::new()))),
            actions: pipeline(RetryOptions::none()),
            endpoint: azure().arm.endpoint.as_str(),
            slots: Semaphore::new(IN_FLIGHT),
        }
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

    async fn send_with(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Value, ArmError> {
        let _slot = self.slots.acquire().await;
        let pipeline = match method {
            Method::Get => &self.reads,
            _ => &self.actions,
        };
        let mut request = Request::new(url, method);
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
        let answer = pipeline
            .send(&Context::default(), &mut request, Some(options))
            .await
            .map_err(|error| ArmError::of(&error))?;
        let body = without_bom(answer.body());
        if !answer.status().is_success() {
            return Err(ArmError::of_answer(u16::from(answer.status()), body));
        }
        serde_json::from_slice(body).map_err(|error| {
            // The answer itself is not repeated: it may be one that holds a key.
            ArmError::malformed(format!("the answer is no JSON: {error}"))
        })
    }
}

/// Some providers begin their JSON with a byte order mark (Azure/azure-rest-api-specs#42472).
fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// Three retries, waiting as long as ARM asks but never longer than [`LONGEST_WAIT`].
#[derive(Debug)]
struct ReadRetry {
    headers: RetryHeaders,
}

const MOST_RETRIES: u32 = 3;
const LONGEST_WAIT: Duration = Duration::seconds(20);
const LONGEST_IN_ALL: Duration = Duration::seconds(60);

impl ReadRetry {
    fn new() -> Self {
        let headers = ["x-ms-retry-after-ms", "retry-after-ms", "retry-after"];
        ReadRetry {
            headers: RetryHeaders {
                retry_headers: headers.map(HeaderName::from_static).into(),
            },
        }
    }
}

#[async_trait::async_trait]
impl RetryPolicy for ReadRetry {
    fn is_expired(&self, since_start: Duration, retries: u32) -> bool {
        retries >= MOST_RETRIES || since_start >= LONGEST_IN_ALL
    }

    fn retry_headers(&self) -> Option<&RetryHeaders> {
        Some(&self.headers)
    }

    fn retry_status_codes(&self) -> &[StatusCode] {
        &[]
    }

    fn sleep_duration(&self, retries: u32) -> Duration {
        Duration::milliseconds(100) * 2_i32.pow(retries.min(6))
    }

    async fn wait(&self, retries: u32, asked: Option<Duration>) {
        let wait = asked.unwrap_or_else(|| self.sleep_duration(retries));
        azure_core::sleep::sleep(wait.min(LONGEST_WAIT)).await;
    }
}

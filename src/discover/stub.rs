//! For tests: an ARM made of canned answers, and a credential that gives a token.

use azure_core::Bytes;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{AUTHORIZATION, Headers};
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode};
use azure_core::time::{Duration, OffsetDateTime};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// Answers by `PATH` or `PATH?part=of-query`; several answers to one path come in turn, the last one for ever.
#[derive(Debug, Default)]
pub(super) struct StubArm {
    answers: Mutex<BTreeMap<String, VecDeque<(u16, String)>>>,
    /// `METHOD URL` of every request, in order.
    pub(super) asked: Mutex<Vec<String>>,
    is_dead: bool,
}

impl StubArm {
    pub(super) fn dead() -> Self {
        StubArm {
            is_dead: true,
            ..StubArm::default()
        }
    }

    /// Adds a 200 to a path.
    pub(super) fn with(self, path: &str, body: &str) -> Self {
        self.with_status(path, 200, body)
    }

    pub(super) fn with_status(self, path: &str, status: u16, body: &str) -> Self {
        self.answers
            .lock()
            .unwrap()
            .entry(path.to_owned())
            .or_default()
            .push_back((status, body.to_owned()));
        self
    }

    pub(super) fn asked(&self, part: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|url| url.contains(part)).count()
    }

    fn answer(&self, request: &Request) -> (u16, String) {
        let mut answers = self.answers.lock().unwrap();
        let path = request.url().path();
        let with_query = request.path_and_query();
        let key = answers
            .keys()
            .find(|key| key.contains('?') && with_query.contains(key.as_str()))
            .cloned()
            .unwrap_or_else(|| path.to_owned());
        match answers.get_mut(&key) {
            Some(turns) if turns.len() > 1 => turns.pop_front().unwrap(),
            Some(turns) => turns[0].clone(),
            None if path.contains("/policies/") => (404, NO_POLICY.into()),
            None => (200, r#"{"value":[],"nextLink":null}"#.into()),
        }
    }
}

const NO_POLICY: &str =
    r#"{"error":{"code":"ResourceNotFound","message":"Policy not found.","details":null}}"#;

#[async_trait::async_trait]
impl HttpClient for StubArm {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if self.is_dead {
            return Err(Error::with_message(
                ErrorKind::Connection,
                "no route to host",
            ));
        }
        assert_eq!(
            request.headers().get_optional_str(&AUTHORIZATION),
            Some("Bearer canary-token")
        );
        let line = format!("{} {}", request.method().as_ref(), request.url());
        self.asked.lock().unwrap().push(line);
        let (status, body) = self.answer(request);
        let mut headers = Headers::new();
        if status == 429 {
            headers.insert("retry-after", "0");
        }
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::from(status),
            headers,
            Bytes::from(body),
        ))
    }
}

/// Gives a token, or fails as it was told to.
#[derive(Debug, Default)]
pub(super) struct StubCredential(pub(super) Option<&'static str>);

impl StubCredential {
    pub(super) fn working() -> Arc<Self> {
        Arc::default()
    }
}

#[async_trait::async_trait]
impl TokenCredential for StubCredential {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://management.azure.com/.default"]);
        match self.0 {
            Some(text) => Err(Error::with_message(ErrorKind::Credential, text)),
            None => Ok(AccessToken::new(
                "canary-token".to_owned(),
                OffsetDateTime::now_utc() + Duration::hours(1),
            )),
        }
    }
}

//! An answer before it gets the headers that every answer has.

use crate::sim::world::CannedAnswer;
use bytes::Bytes;

/// How far a request came; the headers of the answer tell it (azure.md 5.6, 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    /// The front end: network, credential, path.
    FrontEnd,
    /// The router, which knows deployments.
    Router,
    /// The model of a deployment.
    Model,
}

/// What is said, and who says it. `Err` of a step that refuses, `Ok` of the last one.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    pub(super) reached: Reached,
}

impl Answer {
    /// A JSON answer of the front end.
    pub(super) fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Answer {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.into(),
            reached: Reached::FrontEnd,
        }
    }

    /// An answer that the world words itself. Headers that are not its content type are left out where they cannot be sent.
    pub(super) fn canned(canned: &CannedAnswer) -> Self {
        let mut answer = Answer::new(canned.status, canned.bytes());
        for (name, value) in &canned.headers {
            match name.to_ascii_lowercase().as_str() {
                "content-type" => answer.headers[0].1.clone_from(value),
                "retry-after" => answer.headers.push(("retry-after", value.clone())),
                "retry-after-ms" => answer.headers.push(("retry-after-ms", value.clone())),
                _ => {}
            }
        }
        answer
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says who answers.
    pub(super) fn said_by(mut self, reached: Reached) -> Self {
        self.reached = reached;
        self
    }
}

/// Text as a JSON string, quotes included.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

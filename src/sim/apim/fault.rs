//! A fault of a request: what on-error sees, and what the caller gets if on-error does nothing.

use super::document::{Section, Step};
use super::expr::Thrown;
use super::message::Answer;
use serde_json::{Value, json};

/// What stops a request and sends it to on-error.
#[derive(Debug)]
pub(super) struct Fault {
    /// `context.LastError`.
    pub(super) error: LastError,
    /// The answer; none means the 500 with the activity id, and `context.Response` is null.
    pub(super) answer: Option<Answer>,
}

/// The fields of `context.LastError` (azure.md 3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LastError {
    pub(super) source: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) scope: String,
    pub(super) section: String,
    pub(super) path: String,
    pub(super) policy_id: String,
}

/// Whether a request goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// With the next policy.
    Continue,
    /// Not: the answer stands.
    Respond,
}

/// What a policy gives.
pub(super) type Outcome = Result<Next, Box<Fault>>;

impl Fault {
    /// A fault whose answer is the 500 with the activity id.
    pub(super) fn new(reason: &str, message: impl Into<String>) -> Box<Self> {
        Box::new(Fault {
            error: LastError {
                reason: reason.into(),
                message: message.into(),
                ..LastError::default()
            },
            answer: None,
        })
    }

    /// A fault with an answer of its own.
    pub(super) fn answered(reason: &str, message: impl Into<String>, answer: Answer) -> Box<Self> {
        let mut fault = Fault::new(reason, message);
        fault.answer = Some(answer);
        fault
    }

    /// Names the source, where it is not the policy's own name.
    pub(super) fn from_source(mut self: Box<Self>, source: &str) -> Box<Self> {
        self.error.source = source.into();
        self
    }

    /// Says where it happened, unless an inner policy has said so.
    pub(super) fn located(mut self: Box<Self>, step: &Step, section: Section) -> Box<Self> {
        let error = &mut self.error;
        if error.source.is_empty() {
            error.source.clone_from(&step.name);
        }
        if error.section.is_empty() {
            error.section = section.name().into();
            error.scope = step.scope.name().into();
            error.path.clone_from(&step.path);
            error.policy_id = step.id.clone().unwrap_or_default();
        }
        self
    }
}

impl From<Thrown> for Box<Fault> {
    fn from(thrown: Thrown) -> Self {
        Fault::new(
            "ExpressionValueEvaluationFailure",
            format!("Expression evaluation failed. {}", thrown.0),
        )
    }
}

impl LastError {
    /// As a trace shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "source": self.source,
            "reason": self.reason,
            "message": self.message,
            "scope": self.scope,
            "section": self.section,
            "path": self.path,
            "policyId": self.policy_id,
        })
    }
}

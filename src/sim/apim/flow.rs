//! A request on its way through the policies: all that they may read and change.

use super::answer;
use super::document::{Section, Step, Text};
use super::expr::Value;
use super::fault::{Fault, LastError, Next, Outcome};
use super::message::{Answer, Body, Query, header};
use super::recorder::Recorder;
use super::site::{ApiSite, OperationSite, Site};
use crate::sim::{Context, World};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What an expression that is not simulated gives where a number is wanted: one that does as a count and as seconds.
const UNKNOWN_NUMBER: u64 = 60;

/// A request on its way.
pub(super) struct Flow<'a> {
    pub(super) site: &'a Site,
    pub(super) world: &'a World,
    pub(super) context: &'a Context,
    /// `context.RequestId`, and the activity id of a 500.
    pub(super) request_id: String,
    pub(super) original: OriginalUrl,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    /// The path below the API's prefix, or what `rewrite-uri` made of it.
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) api: Option<&'a ApiSite>,
    pub(super) operation: Option<&'a OperationSite>,
    pub(super) parameters: Vec<(String, String)>,
    /// Id of the subscription whose key was given.
    pub(super) subscription: Option<&'a str>,
    /// Id of the product that the subscription is for.
    pub(super) product: Option<&'a str>,
    pub(super) destination: Destination,
    pub(super) variables: HashMap<String, Value>,
    pub(super) response: Option<Answer>,
    /// The answer that `return-response` is making.
    pub(super) draft: Option<Answer>,
    pub(super) last_error: Option<LastError>,
    pub(super) section: Section,
    /// Headers that go on the answer, whoever gives it.
    pub(super) answer_headers: Vec<(HeaderName, HeaderValue)>,
    /// What is counted when the answer is known.
    pub(super) deferred: Vec<Deferred>,
    pub(super) recorder: Option<Recorder>,
    /// Size of the request's body as it came.
    pub(super) request_bytes: usize,
}

/// The URL that the client called.
pub(super) struct OriginalUrl {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: Query,
}

/// Where a request is forwarded to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// The API's own service URL.
    Service,
    /// A base URL that a policy has set.
    Url(String),
    /// A backend or a pool, by id.
    Backend(String),
}

/// Something to count once the answer is known.
pub(super) enum Deferred {
    /// Calls of a limit with a condition on the answer.
    Calls {
        key: String,
        condition: Arc<Text>,
        amount: Option<Arc<Text>>,
        /// The period of a quota; none for a rate limit.
        quota: Option<Duration>,
    },
    /// Bytes of a bandwidth quota.
    Bytes { key: String, period: Duration },
    /// Tokens that the model says it used; with the period, a quota's.
    Tokens {
        key: String,
        quota: Option<Duration>,
        consumed_header: Option<String>,
    },
}

impl<'a> Flow<'a> {
    /// A request as it has come in.
    pub(super) fn new(
        site: &'a Site,
        world: &'a World,
        context: &'a Context,
        request: Request<Bytes>,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let original = OriginalUrl {
            scheme: parts.uri.scheme_str().unwrap_or("https").to_owned(),
            host: parts.uri.host().unwrap_or_default().to_owned(),
            path: parts.uri.path().to_owned(),
            query: Query::parse(parts.uri.query().unwrap_or_default()),
        };
        Flow {
            site,
            world,
            context,
            request_id: crate::sim::draw::fresh_guid(),
            method: parts.method,
            headers: parts.headers,
            request_bytes: body.len(),
            body: Body::from_client(body),
            path: original.path.clone(),
            query: original.query.clone(),
            original,
            api: None,
            operation: None,
            parameters: Vec::new(),
            subscription: None,
            product: None,
            destination: Destination::Service,
            variables: HashMap::new(),
            response: None,
            draft: None,
            last_error: None,
            section: Section::Inbound,
            answer_headers: Vec::new(),
            deferred: Vec::new(),
            recorder: None,
        }
    }

    /// Runs `steps` in their order, until one of them answers or fails.
    pub(super) async fn run(&mut self, steps: impl IntoIterator<Item = &Step>) -> Outcome {
        for step in steps {
            match step.policy.apply(self).await {
                Ok(Next::Continue) => {}
                Ok(Next::Respond) => return Ok(Next::Respond),
                Err(fault) => return Err(fault.located(step, self.section)),
            }
        }
        Ok(Next::Continue)
    }

    /// The value of `text` for this request.
    pub(super) fn value(&mut self, text: &Text) -> Result<Value, Box<Fault>> {
        match text {
            Text::Literal(literal) => Ok(Value::String(literal.clone())),
            Text::Unsimulated => Ok(Value::Null),
            Text::Expression(expression) => Ok(expression.evaluate(self)?),
        }
    }

    /// `text` as a string.
    pub(super) fn text(&mut self, text: &Text) -> Result<String, Box<Fault>> {
        Ok(self.value(text)?.print())
    }

    /// `text` as a condition.
    pub(super) fn flag(&mut self, text: &Text) -> Result<bool, Box<Fault>> {
        if matches!(text, Text::Unsimulated) {
            return Ok(false);
        }
        match self.value(text)? {
            Value::String(written) if written.eq_ignore_ascii_case("true") => Ok(true),
            Value::String(written) if written.eq_ignore_ascii_case("false") => Ok(false),
            value => Ok(value.as_bool()?),
        }
    }

    /// `text` as a whole number that is not negative.
    pub(super) fn number(&mut self, text: &Text) -> Result<u64, Box<Fault>> {
        if matches!(text, Text::Unsimulated) {
            return Ok(UNKNOWN_NUMBER);
        }
        let printed = self.text(text)?;
        printed.trim().parse().map_err(|_| {
            Fault::new(
                "ExpressionValueEvaluationFailure",
                format!("Expression evaluation failed. '{printed}' is no whole number."),
            )
        })
    }

    /// The answer that policies of outbound and on-error change; the 500 where there is none yet.
    pub(super) fn response_mut(&mut self) -> &mut Answer {
        let activity_id = &self.request_id;
        self.response
            .get_or_insert_with(|| answer::internal_error(activity_id))
    }

    /// Puts a header on the answer, whoever gives it; nothing where `name` is absent.
    pub(super) fn promise_header(&mut self, name: Option<&str>, value: &str) {
        self.answer_headers
            .extend(name.and_then(|name| header(name, value)));
    }

    /// Simulated time since the clock started.
    pub(super) fn now(&self) -> Duration {
        self.context.clock.elapsed()
    }

    /// Adds to the trace, where one is kept.
    pub(super) fn note(&mut self, source: &str, data: impl Into<serde_json::Value>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.note(self.section, source, data.into());
        }
    }
}

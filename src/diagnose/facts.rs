//! What can be read off one exchange without judging it: the words, the envelope, the host, the way credentials went.

use super::body::{documents, envelope, inner_errors, message_of};
use super::place;
use super::printed;
use super::request::{RequestFacts, called_url_in, lower, request_facts};
use super::sieve::Sieve;
use super::success::is_success;
use super::{token, words};
use crate::knowledge::causes::HostRule;
use crate::model::{Exchange, PictureFacts, RecordedRequest, TransportError};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that conditions may ask of an exchange. All words are in lower case.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Facts {
    /// Status, as recorded or as the text prints it.
    pub(crate) status: Option<u16>,
    /// The status, or the one that the name of an exception or a reason phrase stands for.
    pub(crate) likely_status: Option<u16>,
    /// Body and transport error, normalised.
    pub(crate) text: String,
    /// Bytes of the text that are the answer's own; what follows is the gateway's trace.
    #[serde(skip)]
    pub(crate) own_text: usize,
    /// What the gateway's trace says; empty without one.
    pub(crate) trace: TraceFacts,
    /// What the text is searched through.
    #[serde(skip)]
    pub(crate) sieve: Sieve,
    /// Body alone, normalised.
    pub(crate) body: String,
    /// Whether anything at all came back.
    pub(crate) answered: bool,
    /// Whether it is an answer without any complaint in it: its words are content then, and no error's.
    pub(crate) is_success: bool,
    /// Response headers.
    pub(crate) headers: BTreeMap<String, String>,
    /// Whether response headers were recorded at all, so that an absent one says something.
    pub(crate) has_headers: bool,
    /// Form of the body.
    pub(crate) envelope: &'static str,
    /// Every value of a `code` key, the innermost answer's first.
    pub(crate) codes: Vec<String>,
    /// Every value of a `type` key.
    pub(crate) types: Vec<String>,
    /// Every value of a `param` key.
    pub(crate) params: Vec<String>,
    /// Categories that a content filter says have fired.
    pub(crate) filtered: Vec<&'static str>,
    /// Waiting time that the answer asks for, as it prints it.
    pub(crate) wait: String,
    /// The first text in quotes of the message.
    pub(crate) quoted: String,
    /// Whose form a key has that the answer shows in part: `azure` for hexadecimal digits only, else empty.
    pub(crate) shown_key: &'static str,
    /// Codes of the errors that a deployment's error holds, without the wrappers around them.
    pub(crate) inner_errors: Vec<String>,
    /// Message of the innermost answer, as written.
    pub(crate) message: String,
    /// Whether the body breaks off.
    pub(crate) is_cut: bool,
    /// The body as a value, where it is one.
    pub(crate) json: Option<Value>,
    /// The request.
    pub(crate) request: RequestFacts,
    /// Why nothing came back.
    pub(crate) error: ErrorFacts,
    /// Pictures that came.
    pub(crate) pictures: usize,
    /// Whether one of them says that FLUX in Azure drew it.
    pub(crate) is_azure_flux: bool,
    /// Which way the exchange took, where it went to a target: `gateway` or `direct`.
    pub(crate) leg: String,
    /// What a refused token says of itself, faults first; empty where none was recorded.
    pub(crate) token: Vec<String>,
    /// Time to the whole answer, in milliseconds.
    pub(crate) total_ms: f64,
    /// What the inventory says of the request; empty without one.
    pub(crate) found: super::found::Found,
    /// Whether a check did not hold on an answer that is good by itself, so that its words are no error's.
    pub(crate) check_failed: bool,
    /// What the check was about, where it was a picture.
    pub(crate) drawn: super::drawn::Drawn,
    /// What other exchanges of the run say; empty outside a run.
    pub(crate) sibling: super::siblings::Siblings,
}

/// Why nothing came back.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ErrorFacts {
    /// Kind, by the word of JSON; empty where something came back.
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// What the gateway's trace says.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TraceFacts {
    /// What stopped the call in the gateway; empty where nothing did.
    pub(crate) stopped_by: String,
    /// Whether the gateway forwarded the call; absent without a trace.
    pub(crate) is_forwarded: Option<bool>,
    /// Whether it is the trace of another call that failed in the same way.
    pub(crate) is_of_sibling: bool,
    /// Whether the text itself is the gateway's record, so that a broken connection in it is the gateway's own.
    pub(crate) is_record: bool,
}

impl Facts {
    /// Reads the facts of `exchange`; `hosts` says whose a host is.
    pub(crate) fn of(exchange: &Exchange, hosts: &[HostRule]) -> Facts {
        let raw = exchange.body();
        let body = words::normalise(raw);
        let error = error_facts(exchange.transport_error.as_ref());
        let text = match (body.is_empty(), error.text.is_empty()) {
            (_, true) => body.clone(),
            (true, false) => error.text.clone(),
            (false, false) => format!("{body} {}", error.text),
        };
        let text = place::without_boilerplate(text);
        let searched = with_trace(&text, exchange);
        let documents = documents(raw);
        let innermost = documents.last();
        let message = innermost
            .and_then(|found| message_of(&found.value))
            .unwrap_or_else(|| words::cut(said(exchange)).trim().to_owned());
        let mut headers = lower(exchange.response.iter().flat_map(|answer| &answer.headers));
        let has_headers = headers.len() > 1;
        if headers.is_empty() {
            headers = printed::headers_in(words::cut(said(exchange)));
        }
        let pictures = exchange.pictures();
        let status = status_of(exchange, &text, documents.first().map(|found| &found.value));
        let inner_errors = inner_errors(raw);
        let values = |key| words::values_of(&text, key).into_iter().map(str::to_owned);
        Facts {
            status,
            likely_status: status.or_else(|| words::status_of_names_in(&text)),
            answered: exchange.response.is_some(),
            has_headers,
            envelope: envelope(raw, &body, innermost.map(|found| &found.value)),
            codes: values("code").collect(),
            types: values("type").collect(),
            params: values("param").collect(),
            filtered: words::filtered_in(&text),
            wait: words::wait_in(&text),
            quoted: words::quoted_in(&message),
            shown_key: printed::shown_key_in(&text),
            inner_errors,
            message,
            found: Default::default(),
            sibling: Default::default(),
            check_failed: false,
            drawn: Default::default(),
            is_cut: documents.first().is_some_and(|found| found.is_cut)
                || exchange
                    .response
                    .as_ref()
                    .is_some_and(|answer| answer.is_body_cut),
            is_success: is_success(exchange, documents.first().map(|found| &found.value)),
            json: documents.into_iter().next().map(|found| found.value),
            request: request_of(exchange, &text, hosts),
            pictures: pictures.len(),
            is_azure_flux: pictures.iter().any(is_drawn_in_azure),
            leg: exchange.leg.map(|leg| leg.to_string()).unwrap_or_default(),
            total_ms: exchange.timings_ms.total,
            token: token_facts(exchange, &text),
            headers,
            body,
            sieve: Sieve::of(&searched),
            own_text: text.len(),
            trace: trace_facts(exchange, &text),
            text: searched,
            error,
        }
    }

    /// Takes over what the traces of calls that failed in the same way say, where this call has none and they agree.
    pub(crate) fn take_sibling_trace(&mut self) {
        let [only] = self.sibling.stopped_by.as_slice() else {
            return;
        };
        if !self.trace.stopped_by.is_empty() || self.envelope != "apim_fault" {
            return;
        }
        self.trace.stopped_by.clone_from(only);
        self.trace.is_of_sibling = true;
        self.text = format!("{} {}", self.text, words::normalise(only));
        self.sieve = Sieve::of(&self.text);
    }

    /// Turns the facts of a good answer into those of a check that failed on it: only what was drawn speaks, for the
    /// words of a good answer are content.
    pub(crate) fn judge(&mut self, drawn: super::drawn::Drawn) {
        self.check_failed = true;
        self.is_success = false;
        self.drawn = drawn;
        self.text = String::new();
        self.body = String::new();
        self.sieve = Sieve::of("");
        self.json = None;
        self.codes.clear();
        self.types.clear();
        self.envelope = "";
    }
}

fn error_facts(error: Option<&TransportError>) -> ErrorFacts {
    ErrorFacts {
        kind: error
            .and_then(|error| serde_json::to_value(error.kind).ok())
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        text: error.map_or_else(String::new, |error| words::normalise(&error.text)),
    }
}

/// What was said in place of a message: the body, or the failure where there is none.
fn said(exchange: &Exchange) -> &str {
    match exchange.transport_error.as_ref() {
        Some(error) if exchange.body().is_empty() => &error.text,
        _ => exchange.body(),
    }
}

/// The request, and where none was recorded the URL of the call that the text speaks of.
fn request_of(exchange: &Exchange, text: &str, hosts: &[HostRule]) -> RequestFacts {
    let recorded = &exchange.request;
    let url = match recorded.url.as_deref().unwrap_or_default() {
        "" => called_url_in(text, hosts),
        url => Some(url.to_owned()),
    };
    let recorded = RecordedRequest {
        url,
        ..recorded.clone()
    };
    request_facts(&recorded, hosts)
}

fn is_drawn_in_azure(picture: &PictureFacts) -> bool {
    let provenance = picture.provenance.as_ref();
    let agent = provenance.and_then(|from| from.agent.as_deref());
    agent.is_some_and(|agent| agent.contains("Black forest labs in Azure AI"))
}

/// The status that speaks of the failure: a server's 500 around a refusal says less than the refusal, and a 200 around
/// an error, as streams and some relays give it, says nothing.
fn status_of(exchange: &Exchange, text: &str, body: Option<&Value>) -> Option<u16> {
    let outer = exchange.status().or_else(|| words::status_in(text));
    let holds_error = |body: &Value| body.get("error").is_some_and(Value::is_object);
    match outer {
        Some(500..) => words::inner_status_in(text).or(outer),
        Some(200..300) if body.is_some_and(holds_error) => words::inner_status_in(text),
        _ => outer,
    }
}

fn trace_facts(exchange: &Exchange, text: &str) -> TraceFacts {
    let trace = exchange.trace.clone().unwrap_or_default();
    let failure = exchange.transport_error.as_ref();
    let is_evidence = trace.lines.first().is_some_and(|line| {
        line == exchange.body() || failure.is_some_and(|failure| *line == failure.text)
    });
    TraceFacts {
        stopped_by: trace.stopped_by.unwrap_or_default(),
        is_forwarded: trace.is_forwarded,
        is_of_sibling: false,
        is_record: is_evidence || words::is_gateway_record(text),
    }
}

/// The words of an answer, and what the gateway's own trace says stopped the call.
fn with_trace(text: &str, exchange: &Exchange) -> String {
    let trace = exchange.trace.as_ref();
    match trace.and_then(|trace| trace.stopped_by.as_ref()) {
        Some(stopped_by) => format!("{text} {}", words::normalise(stopped_by)),
        None => text.to_owned(),
    }
}

/// Explains the token of a request against what the answer says it wants, without showing it. The answer's own date
/// is the clock.
fn token_facts(exchange: &Exchange, text: &str) -> Vec<String> {
    let value = exchange.request.header("authorization").unwrap_or_default();
    let sent = value.split_whitespace().next_back().and_then(token::read);
    let Some(sent) = sent.filter(|_| matches!(exchange.status(), Some(401 | 403))) else {
        return Vec::new();
    };
    let audience = text
        .split_once("audience is incorrect (")
        .and_then(|(_, rest)| {
            let audience = rest.split(')').next()?.trim();
            audience
                .starts_with("https://")
                .then(|| audience.to_owned())
        });
    let now = exchange
        .header("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .map(|date| date.timestamp().as_second());
    let wanted = token::Wanted {
        audience,
        tenant: None,
        now,
    };
    token::explain(&sent, &wanted)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_of_a_good_answer_are_content() {
        let explain = |body: serde_json::Value| {
            let line = serde_json::json!({"response": {"status": 200, "body": body}});
            super::super::explain(&super::super::read::reading(&line, "1").exchange).cause
        };
        let words = "The image is too small: connection refused, nsfw, Resource not found, 令牌, request was throttled";
        assert_eq!(
            explain(
                serde_json::json!({"choices": [{"finish_reason": "stop", "message": {"content": words}}]})
            ),
            None
        );
        assert_eq!(
            explain(
                serde_json::json!({"created": 1, "data": [{"url": null, "revised_prompt": words}]})
            ),
            None
        );
        assert_eq!(
            explain(serde_json::json!({"status": "failed", "error": "CUDA out of memory"})),
            Some("provider_job_failed".into())
        );
    }

    #[test]
    fn a_status_around_an_error_is_not_the_errors() {
        let status = |status: u16, body: &str| {
            let line = serde_json::json!({"response": {"status": status, "body": body}});
            let exchange = super::super::read::reading(&line, "1").exchange;
            super::Facts::of(&exchange, &[]).status
        };
        assert_eq!(status(200, r#"{"error":{"message":"boom"}}"#), None);
        assert_eq!(status(200, r#"{"data":[]}"#), Some(200));
        let wrapped =
            "litellm.RateLimitError: Error code: 429 - {'error': {'message': 'slow down'}}";
        assert_eq!(status(500, wrapped), Some(429));
    }

    #[test]
    fn a_refused_token_is_explained_and_not_shown() {
        // {"alg":"RS256"} . {"aud":"https://management.azure.com","exp":1700000000}
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQuYXp1cmUuY29tIiwiZXhwIjoxNzAwMDAwMDAwfQ.c2ln";
        let line = serde_json::json!({
            "request": {"headers": {"Authorization": format!("Bearer {token}")}},
            "response": {"status": 401, "headers": {"Date": "Tue, 14 Nov 2023 22:14:20 GMT"},
                "body": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}
        });
        let exchange = super::super::read::reading(&line, "1").exchange;
        let said = super::super::explain(&exchange);
        assert_eq!(said.cause, Some("entra_token_rejected".into()));
        let evidence = said.evidence.join("\n");
        assert!(
            evidence.contains("the token is for https://management.azure.com"),
            "{evidence}"
        );
        assert!(
            evidence.contains("expired at 2023-11-14T22:13:20Z (60 s ago)"),
            "{evidence}"
        );
        assert!(!evidence.contains("eyJ"));
    }
}

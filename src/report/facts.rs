//! What is told of an exchange, for every format alike.

use super::words;
use crate::model::{Exchange, GatewayTrace, Header, RecordedResponse, Timings};

/// Headers that every hop sends alike, so that they tell nothing of who answered.
const COMMON_HEADERS: [&str; 12] = [
    "cache-control",
    "connection",
    "content-length",
    "date",
    "expires",
    "keep-alive",
    "last-modified",
    "pragma",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
];
/// Lines of a body that are shown, and characters of each.
const BODY_LINES: usize = 12;
const BODY_COLUMNS: usize = 600;

/// `POST https://…`, whatever of it is known.
pub(super) fn request_line(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let parts: Vec<&str> = [request.method.as_deref(), request.url.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() {
        "a request that was not recorded".to_owned()
    } else {
        parts.join(" ")
    }
}

/// `404 Resource Not Found`, or why nothing came.
pub(super) fn answer_line(exchange: &Exchange) -> String {
    let mut line = exchange
        .response
        .as_ref()
        .map_or(String::new(), status_line);
    if let Some(error) = &exchange.transport_error {
        line.push_str(if line.is_empty() {
            "no answer"
        } else {
            ", then no more"
        });
        line.push_str(&format!(
            ": {} ({})",
            words::failure(error.kind),
            error.text
        ));
    }
    if line.is_empty() {
        line.push_str("no answer was recorded");
    }
    line
}

fn status_line(response: &RecordedResponse) -> String {
    let status = match response.status {
        Some(status) => status.to_string(),
        None => "an answer of unknown status".to_owned(),
    };
    let standard = response
        .status
        .and_then(|status| http::StatusCode::from_u16(status).ok())
        .and_then(|status| status.canonical_reason());
    match response.reason.as_deref().or(standard) {
        Some(reason) => format!("{status} {reason}"),
        None => status,
    }
}

/// `183 ms (dns 1.0 ms, tcp 2.0 ms, …)`.
pub(super) fn timing_line(timings: &Timings) -> String {
    let phases: Vec<String> = [
        ("dns", timings.dns),
        ("tcp", timings.tcp),
        ("tls", timings.tls),
        ("first byte", timings.first_byte),
        ("body", timings.body),
    ]
    .into_iter()
    .filter_map(|(name, ms)| Some(format!("{name} {}", words::time(ms?))))
    .chain(timings.is_reused.then(|| "open connection".to_owned()))
    .collect();
    let total = words::time(timings.total);
    if phases.is_empty() {
        total
    } else {
        format!("{total} ({})", phases.join(", "))
    }
}

/// Response headers that tell one hop from another, in the order in which they came.
pub(super) fn telling_headers(exchange: &Exchange) -> impl Iterator<Item = &Header> {
    exchange
        .response
        .iter()
        .flat_map(|response| &response.headers)
        .filter(|Header(name, _)| !COMMON_HEADERS.contains(&name.to_ascii_lowercase().as_str()))
}

/// The first lines of the answer's body, and how much is not shown.
pub(super) fn body_lines(exchange: &Exchange) -> (Vec<String>, Option<String>) {
    let Some(response) = &exchange.response else {
        return (Vec::new(), None);
    };
    let mut lines = Vec::new();
    let mut is_cut = response.is_body_cut;
    for line in response.body.lines() {
        if lines.len() == BODY_LINES {
            is_cut = true;
            break;
        }
        let shown: String = line.chars().take(BODY_COLUMNS).collect();
        is_cut |= shown.len() < line.len();
        lines.push(shown);
    }
    let rest = is_cut.then(|| {
        format!(
            "the body is longer: {} in all",
            words::bytes(response.body_bytes)
        )
    });
    (lines, rest)
}

/// One line for each picture of the answer.
pub(super) fn picture_lines(exchange: &Exchange) -> impl Iterator<Item = String> {
    exchange.pictures().iter().map(|picture| {
        let container = format!("{:?}", picture.container).to_uppercase();
        let mut line = format!(
            "{container} {}x{}, {}",
            picture.width,
            picture.height,
            words::bytes(picture.bytes)
        );
        if picture.is_truncated {
            line.push_str(", ends early");
        }
        if picture.is_blank {
            line.push_str(", blank");
        }
        if let Some(agent) = picture.provenance.as_ref().and_then(|p| p.agent.as_deref()) {
            line.push_str(&format!(", made by {agent}"));
        }
        if let Some(error) = &picture.error {
            line.push_str(&format!(", does not decode: {error}"));
        }
        line
    })
}

/// What the gateway's trace says, a line each: its policies, then what stopped the call, or why there is no trace.
pub(super) fn trace_lines(trace: &GatewayTrace) -> impl Iterator<Item = String> {
    let lines = trace.lines.iter().cloned();
    let stopped = trace.stopped_by.as_ref();
    let passed = trace.is_forwarded == Some(true) && stopped.is_none();
    let end = stopped
        .map(|by| format!("stopped by {by}"))
        .or(passed.then(|| "the gateway forwarded the call and stopped nothing".to_owned()));
    let absent = trace.absent.as_ref().map(|why| format!("no trace: {why}"));
    lines.chain(end).chain(absent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TransportError, TransportFailure};

    #[test]
    fn an_empty_exchange_says_so() {
        let exchange = Exchange::default();
        assert_eq!(request_line(&exchange), "a request that was not recorded");
        assert_eq!(answer_line(&exchange), "no answer was recorded");
        assert_eq!(body_lines(&exchange), (Vec::new(), None));
    }

    #[test]
    fn a_broken_answer_tells_both_halves() {
        let exchange = Exchange {
            response: Some(RecordedResponse {
                status: Some(200),
                body: "x\n".repeat(20),
                body_bytes: 2048,
                ..RecordedResponse::default()
            }),
            transport_error: Some(TransportError {
                kind: TransportFailure::Truncated,
                text: "unexpected end".into(),
            }),
            ..Exchange::default()
        };
        assert_eq!(
            answer_line(&exchange),
            "200 OK, then no more: the answer broke off (unexpected end)"
        );
        let (lines, rest) = body_lines(&exchange);
        assert_eq!(lines.len(), BODY_LINES);
        assert_eq!(rest.as_deref(), Some("the body is longer: 2.0 KiB in all"));
    }
}

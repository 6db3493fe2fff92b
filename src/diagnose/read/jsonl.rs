//! JSON lines, any part absent, in the notations that reports use.

use super::{ReadError, Reading, plain};
use crate::model::{
    Exchange, GatewayTrace, Header, RecordedRequest, RecordedResponse, TransportError,
    TransportFailure,
};
use serde_json::Value;

/// Reads one exchange a line; one object over several lines is read as well.
///
/// # Errors
/// [`ReadError::Line`] for a line that is no JSON object, [`ReadError::Empty`] where there is none.
pub fn jsonl(text: &str) -> Result<Vec<Reading>, ReadError> {
    if let Ok(value @ Value::Object(_)) = serde_json::from_str(text) {
        return Ok(vec![reading(&value, "1")]);
    }
    let mut readings = Vec::new();
    for (at, text) in text.lines().enumerate() {
        readings.extend(line(text, at + 1)?);
    }
    match readings.is_empty() {
        true => Err(ReadError::Empty),
        false => Ok(readings),
    }
}

/// Reads the exchange of one line; an empty line holds none. `number` counts lines from 1.
///
/// # Errors
/// [`ReadError::Line`] where it is no JSON object.
pub fn line(text: &str, number: usize) -> Result<Option<Reading>, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = |why: String| ReadError::Line { line: number, why };
    let value: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if !value.is_object() {
        return Err(wrong("it is no object".to_owned()));
    }
    Ok(Some(reading(&value, &number.to_string())))
}

/// Whether a line is an object with a part of an exchange.
pub fn is_line(line: &[u8]) -> bool {
    serde_json::from_slice::<Value>(line).is_ok_and(|value| has_part(&value))
}

/// Whether an object has a part of an exchange.
pub(super) fn has_part(value: &Value) -> bool {
    ["request", "response", "transport_error"]
        .iter()
        .any(|part| {
            value
                .get(part)
                .is_some_and(|part| part.is_object() || part.is_null())
        })
}

/// Reads one exchange from an object; `fallback` names it where it has no `id`. An exchange that fluxprobe itself
/// recorded is taken over whole.
pub fn reading(value: &Value, fallback: &str) -> Reading {
    let id = value.get("id").map_or_else(|| fallback.to_owned(), text_of);
    if value.get("timings_ms").is_some()
        && let Ok(exchange) = serde_json::from_value::<Exchange>(value.clone())
    {
        return Reading {
            id,
            exchange,
            notes: Vec::new(),
        };
    }
    let mut notes = Vec::new();
    let exchange = Exchange {
        request: request(value.get("request"), &mut notes),
        response: response(value.get("response"), &mut notes),
        transport_error: value.get("transport_error").and_then(transport_error),
        trace: record(value),
        leg: value
            .get("leg")
            .and_then(|leg| serde_json::from_value(leg.clone()).ok()),
        ..Exchange::default()
    };
    Reading {
        id,
        exchange,
        notes,
    }
}

/// Where `evidence` says that the text is a gateway's trace and not its answer: the text as that trace.
fn record(value: &Value) -> Option<GatewayTrace> {
    let is_trace = value.get("evidence")?.as_str()? == "trace";
    let text = ["response", "transport_error"].iter().find_map(|part| {
        let part = value.get(*part)?;
        ["body", "text"].iter().find_map(|name| string(part, name))
    });
    is_trace.then(|| GatewayTrace {
        lines: text.into_iter().collect(),
        ..GatewayTrace::default()
    })
}

fn request(value: Option<&Value>, notes: &mut Vec<String>) -> RecordedRequest {
    let Some(value) = value.filter(|value| value.is_object()) else {
        return RecordedRequest::default();
    };
    let body = value
        .get("body")
        .filter(|body| !body.is_null())
        .map(text_of);
    RecordedRequest {
        method: string(value, "method"),
        url: string(value, "url").or_else(|| string(value, "uri")),
        headers: headers(value.get("headers"), notes),
        credential_in: string(value, "credential_in"),
        body_bytes: body.as_ref().map_or(0, |body| body.len() as u64),
        body,
    }
}

fn response(value: Option<&Value>, notes: &mut Vec<String>) -> Option<RecordedResponse> {
    let value = value.filter(|value| !value.is_null())?;
    if !value.is_object() {
        let body = plain(&text_of(value)).into_owned();
        return Some(RecordedResponse {
            body_bytes: body.len() as u64,
            body,
            ..RecordedResponse::default()
        });
    }
    let status = ["status", "status_code", "statusCode"]
        .iter()
        .find_map(|name| value.get(*name))
        .filter(|status| !status.is_null());
    let read = status.and_then(number);
    if let (Some(status), None) = (status, read) {
        notes.push(format!("`{}` is no HTTP status", text_of(status)));
    }
    let body = ["body", "content", "text"]
        .iter()
        .find_map(|name| value.get(*name))
        .map(text_of)
        .map(|body| plain(&body).into_owned())
        .unwrap_or_default();
    Some(RecordedResponse {
        status: read,
        reason: string(value, "reason"),
        headers: headers(value.get("headers"), notes),
        body_bytes: body.len() as u64,
        body,
        is_body_cut: value
            .get("is_body_cut")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        pictures: value
            .get("pictures")
            .and_then(|pictures| serde_json::from_value(pictures.clone()).ok())
            .unwrap_or_default(),
    })
}

fn transport_error(value: &Value) -> Option<TransportError> {
    if let Value::String(text) = value {
        return Some(TransportError {
            kind: TransportFailure::Other,
            text: plain(text).into_owned(),
        });
    }
    let kind = value.get("kind");
    let text = string(value, "text")
        .or_else(|| string(value, "message"))
        .or_else(|| kind.map(text_of))?;
    Some(TransportError {
        // A kind that is not one of ours is a word of the reporter's; the text decides then.
        kind: kind
            .and_then(|kind| serde_json::from_value(kind.clone()).ok())
            .unwrap_or(TransportFailure::Other),
        text: plain(&text).into_owned(),
    })
}

/// Headers as a map, a map of lists, a list of pairs, a list of `name`/`value` objects, or lines of text.
pub(super) fn headers(value: Option<&Value>, notes: &mut Vec<String>) -> Vec<Header> {
    let mut headers = Vec::new();
    match value {
        Some(Value::Object(map)) => {
            for (name, value) in map {
                match value {
                    Value::Array(values) => {
                        headers.extend(
                            values
                                .iter()
                                .map(|value| Header(name.clone(), text_of(value))),
                        );
                    }
                    value => headers.push(Header(name.clone(), text_of(value))),
                }
            }
        }
        Some(Value::Array(items)) => {
            for item in items {
                let pair = match item {
                    Value::Array(pair) if pair.len() == 2 => {
                        Some((text_of(&pair[0]), text_of(&pair[1])))
                    }
                    Value::Object(map) => map.get("name").map(|name| {
                        (
                            text_of(name),
                            map.get("value").map(text_of).unwrap_or_default(),
                        )
                    }),
                    Value::String(line) => line
                        .split_once(':')
                        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())),
                    _ => None,
                };
                match pair {
                    Some((name, value)) => headers.push(Header(name, value)),
                    None => {
                        notes.push("a header is neither a pair nor a name with a value".to_owned());
                    }
                }
            }
        }
        Some(Value::String(lines)) => {
            headers.extend(lines.lines().filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                Some(Header(name.trim().to_owned(), value.trim().to_owned()))
            }));
        }
        Some(Value::Null) | None => {}
        Some(_) => notes.push("the headers are neither a map nor a list".to_owned()),
    }
    headers
}

pub(super) fn string(value: &Value, name: &str) -> Option<String> {
    value
        .get(name)
        .filter(|value| !value.is_null())
        .map(text_of)
}

pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn number(value: &Value) -> Option<u16> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn any_part_may_be_absent_and_nothing_is_invented() {
        let empty = reading(&json!({}), "7");
        assert_eq!(empty.id, "7");
        assert_eq!(empty.exchange, Exchange::default());
        let bare = reading(&json!({"response": {"body": "401 Unauthorized"}}), "1");
        assert_eq!(bare.exchange.status(), None);
        assert_eq!(bare.exchange.body(), "401 Unauthorized");
    }

    #[test]
    fn headers_and_bodies_are_taken_in_every_notation() {
        for headers in [
            json!({"Retry-After": 57}),
            json!({"Retry-After": ["57"]}),
            json!([["Retry-After", "57"]]),
            json!([{"name": "Retry-After", "value": "57"}]),
            json!("Retry-After: 57\r\n"),
        ] {
            let read = reading(
                &json!({"response": {"status": "429", "headers": headers, "body": {"a": 1}}}),
                "1",
            );
            assert_eq!(read.exchange.header("retry-after"), Some("57"));
            assert_eq!(read.exchange.status(), Some(429));
            assert_eq!(read.exchange.body(), r#"{"a":1}"#);
            assert!(read.notes.is_empty());
        }
    }

    #[test]
    fn an_unknown_kind_of_failure_keeps_its_text() {
        let read = reading(
            &json!({"transport_error": {"kind": "identity", "text": "no IMDS"}}),
            "1",
        );
        let error = read.exchange.transport_error.unwrap();
        assert_eq!(
            (error.kind, error.text.as_str()),
            (TransportFailure::Other, "no IMDS")
        );
    }

    #[test]
    fn what_was_recorded_here_comes_back_whole() {
        let exchange = Exchange {
            sent_at: "2026-01-01T00:00:00Z".into(),
            ..Exchange::default()
        };
        let value = serde_json::to_value(&exchange).unwrap();
        assert_eq!(reading(&value, "1").exchange, exchange);
    }

    #[test]
    fn a_broken_line_is_named() {
        let error = jsonl("{\"id\":1}\n{").unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }

    #[test]
    fn a_coarse_kind_of_failure_is_kept() {
        for (word, kind) in [
            ("dns", TransportFailure::Dns),
            ("tcp", TransportFailure::Tcp),
            ("tls", TransportFailure::Tls),
        ] {
            let read = reading(
                &json!({"transport_error": {"kind": word, "text": "it broke"}}),
                "1",
            );
            assert_eq!(read.exchange.transport_error.unwrap().kind, kind);
        }
    }

    #[test]
    fn a_broken_connection_in_a_gateways_trace_is_the_gateways() {
        use crate::model::Hop;
        let body = "No connection could be made because the target machine actively refused it";
        let said = |evidence: Value| {
            let line = json!({"response": {"body": body}, "evidence": evidence});
            let told = super::super::super::explain(&reading(&line, "1").exchange);
            (told.cause.map(|cause| cause.to_string()), told.hop)
        };
        let own = Some("tcp_connection_refused".to_owned());
        assert_eq!(said(Value::Null), (own, Some(Hop::Tcp)));
        let gateways = Some("apim_backend_unreachable".to_owned());
        assert_eq!(said(json!("trace")), (gateways, Some(Hop::Gateway)));
    }
}

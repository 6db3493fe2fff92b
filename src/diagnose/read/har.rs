//! HAR files, as browsers and proxies export them.

use super::jsonl::{headers, number, string, text_of};
use super::{ReadError, Reading};
use crate::model::{
    Exchange, RecordedRequest, RecordedResponse, Timings, TransportError, TransportFailure,
};
use serde_json::Value;

/// Reads every entry of a HAR file, in its order. Values of headers that carry credentials are dropped, their names
/// kept.
///
/// # Errors
/// [`ReadError::Har`] where the text is no HAR file.
pub fn har(text: &str) -> Result<Vec<Reading>, ReadError> {
    let file: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| ReadError::Har(error.to_string()))?;
    let entries = file
        .get("log")
        .and_then(|log| log.get("entries"))
        .and_then(Value::as_array)
        .ok_or_else(|| ReadError::Har("it has no `log.entries`".to_owned()))?;
    Ok(entries
        .iter()
        .enumerate()
        .map(|(at, entry)| one(entry, (at + 1).to_string()))
        .collect())
}

fn one(entry: &Value, id: String) -> Reading {
    let mut notes = Vec::new();
    let empty = Value::Null;
    let request = entry.get("request").unwrap_or(&empty);
    let response = entry.get("response").unwrap_or(&empty);
    let status = response.get("status").and_then(number);
    let error = string(response, "_error").filter(|error| !error.is_empty());
    let content = response.get("content").unwrap_or(&empty);
    let is_binary = content.get("encoding").and_then(Value::as_str) == Some("base64");
    let body = match is_binary {
        true => {
            notes.push("the body is kept as base64 in the file and was not read".to_owned());
            String::new()
        }
        false => string(content, "text").unwrap_or_default(),
    };
    let sent = request
        .get("postData")
        .and_then(|data| string(data, "text"));
    let answer = RecordedResponse {
        status,
        reason: string(response, "statusText").filter(|reason| !reason.is_empty()),
        headers: headers(response.get("headers"), &mut notes),
        body_bytes: content
            .get("size")
            .and_then(Value::as_u64)
            .unwrap_or(body.len() as u64),
        body,
        ..RecordedResponse::default()
    };
    let timing = |name: &str| {
        let value = entry
            .get("timings")
            .and_then(|timings| timings.get(name)?.as_f64());
        value.filter(|value| *value >= 0.0)
    };
    let exchange = Exchange {
        request: RecordedRequest {
            method: string(request, "method"),
            url: string(request, "url"),
            headers: headers(request.get("headers"), &mut notes),
            credential_in: None,
            body_bytes: sent.as_ref().map_or(0, |sent| sent.len() as u64),
            body: sent,
        },
        // Status 0 is how a HAR file says that nothing came back.
        response: status.is_some().then_some(answer),
        transport_error: error.map(|text| TransportError {
            kind: TransportFailure::Other,
            text,
        }),
        timings_ms: Timings {
            dns: timing("dns"),
            tcp: timing("connect"),
            tls: timing("ssl"),
            first_byte: timing("wait"),
            body: timing("receive"),
            total: entry
                .get("time")
                .and_then(Value::as_f64)
                .unwrap_or_default(),
            is_reused: false,
        },
        sent_at: entry
            .get("startedDateTime")
            .map(text_of)
            .unwrap_or_default(),
        ..Exchange::default()
    };
    Reading {
        id,
        exchange,
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_with_their_headers_bodies_and_failures() {
        let file = r#"{"log":{"entries":[
            {"request":{"method":"POST","url":"https://x/y","headers":[{"name":"api-key","value":"k"}],"postData":{"text":"{}"}},
             "response":{"status":404,"statusText":"Not Found","headers":[{"name":"Server","value":"s"}],"content":{"size":3,"text":"abc"}},
             "time":12.5,"timings":{"dns":-1,"wait":10}},
            {"request":{"method":"GET","url":"https://x/z"},"response":{"status":0,"_error":"net::ERR_NAME_NOT_RESOLVED"}}]}}"#;
        let read = har(file).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].exchange.body(), "abc");
        assert_eq!(read[0].exchange.header("server"), Some("s"));
        assert_eq!(read[0].exchange.timings_ms.dns, None);
        assert_eq!(read[0].exchange.timings_ms.first_byte, Some(10.0));
        assert_eq!(read[1].exchange.response, None);
        let error = read[1].exchange.transport_error.as_ref().unwrap();
        assert_eq!(error.text, "net::ERR_NAME_NOT_RESOLVED");
    }

    #[test]
    fn other_json_is_refused() {
        assert!(matches!(har("{}"), Err(ReadError::Har(_))));
    }
}

//! HAR 1.2, which browsers and proxies read, and `explain` too.

use super::call::{Body, Call, Content, Place};
use super::{Named, exchanges};
use crate::model::{Exchange, Header};
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::{escape, words};
use serde_json::{Value, json};

/// HTTP archive.
pub(in crate::report) struct Har;

impl Renderer for Har {
    fn name(&self) -> &'static str {
        "har"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["har"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let begun = match document {
            Document::Report(report) | Document::Mapped(report, _) => {
                report.run.started_at.as_str()
            }
            _ => "",
        };
        let exchanges = exchanges(document, self.name())?;
        let entries: Vec<Value> = exchanges.iter().map(|named| entry(named, begun)).collect();
        let file = json!({
            "log": {
                "version": "1.2",
                "creator": { "name": "fluxprobe", "version": env!("CARGO_PKG_VERSION") },
                "entries": entries,
            }
        });
        Ok(format!(
            "{}\n",
            escape::json(&serde_json::to_string(&file)?)
        ))
    }
}

fn entry(named: &Named<'_>, begun: &str) -> Value {
    let exchange = named.exchange;
    let timings = &exchange.timings_ms;
    // Unknown times are -1, and the time for TLS is part of the time to connect.
    let known = |ms: Option<f64>| ms.unwrap_or(-1.0);
    let connect = match (timings.tcp, timings.tls) {
        (None, None) => -1.0,
        (tcp, tls) => tcp.unwrap_or_default() + tls.unwrap_or_default(),
    };
    let started = [exchange.sent_at.as_str(), begun, "1970-01-01T00:00:00Z"];
    json!({
        "startedDateTime": started.iter().find(|time| !time.is_empty()),
        "time": timings.total,
        "request": request(exchange),
        "response": response(exchange),
        "cache": {},
        "timings": {
            "blocked": -1,
            "dns": known(timings.dns),
            "connect": connect,
            "ssl": known(timings.tls),
            "send": 0,
            "wait": timings.first_byte.unwrap_or_default(),
            "receive": timings.body.unwrap_or_default(),
        },
        "comment": named.name,
    })
}

fn request(exchange: &Exchange) -> Value {
    let Some(call) = Call::of(exchange) else {
        return json!({
            "method": exchange.request.method.as_deref().unwrap_or("GET"), "url": "",
            "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "queryString": [],
            "headersSize": -1, "bodySize": exchange.request.body_bytes,
        });
    };
    let mut url = call.url.to_owned();
    let header = |name: &str, value: String| json!({ "name": name, "value": value });
    let mut headers: Vec<Value> = call
        .headers
        .iter()
        .map(|(name, value)| header(name, (*value).to_owned()))
        .collect();
    if let Some(credential) = call.credential {
        let variable = format!("${}", credential.variable);
        match credential.place {
            Place::Header(name) => headers.push(header(name, variable)),
            Place::Bearer => headers.push(header("Authorization", format!("Bearer {variable}"))),
            Place::Query(name) => {
                let mark = if url.contains('?') { '&' } else { '?' };
                url.push_str(&format!("{mark}{name}={variable}"));
            }
        }
    }
    let query: Vec<Value> = url::Url::parse(&url).map_or(Vec::new(), |url| {
        let pairs = url.query_pairs();
        pairs
            .map(|(name, value)| header(&name, value.into_owned()))
            .collect()
    });
    let mut request = json!({
        "method": call.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "queryString": query,
        "headersSize": -1,
        "bodySize": exchange.request.body_bytes,
    });
    if !call.notes.is_empty() {
        request["comment"] = call.notes.join("; ").into();
    }
    let kind = exchange.request.header("content-type").unwrap_or_default();
    match &call.body {
        Body::Nothing => {}
        Body::Text(text) => request["postData"] = json!({ "mimeType": kind, "text": text }),
        Body::Form(parts) => {
            let params = parts.iter().map(|part| match &part.content {
                Content::Text(text) => json!({ "name": part.name, "value": text }),
                Content::File { name, kind } => {
                    json!({ "name": part.name, "fileName": name, "contentType": kind })
                }
            });
            request["postData"] = json!({
                "mimeType": "multipart/form-data",
                "params": params.collect::<Vec<_>>(),
            });
        }
    }
    request
}

/// An answer that never came has status 0, as browsers write it.
fn response(exchange: &Exchange) -> Value {
    let answer = exchange.response.as_ref();
    let headers = answer.map_or(&[][..], |answer| answer.headers.as_slice());
    let pair = |Header(name, value): &Header| json!({ "name": name, "value": value });
    let mut response = json!({
        "status": exchange.status().unwrap_or(0),
        "statusText": answer.and_then(|answer| answer.reason.as_deref()).unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers.iter().map(pair).collect::<Vec<_>>(),
        "content": {
            "size": answer.map_or(0, |answer| answer.body_bytes),
            "mimeType": exchange.header("content-type").unwrap_or_default(),
            "text": exchange.body(),
        },
        "redirectURL": exchange.header("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": answer.map_or(-1, |answer| i64::try_from(answer.body_bytes).unwrap_or(-1)),
    });
    if let Some(error) = &exchange.transport_error {
        let said = format!("{}: {}", words::failure(error.kind), error.text);
        response["_error"] = said.into();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(document: Document<'_>) -> Value {
        let text = Har.render(document, &Style::default()).unwrap();
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_entry_has_what_the_format_asks_for() {
        let report = fixture::gateway_404();
        let file = shown(Document::Report(&report));
        let entries = file["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 3);
        let failed = &entries[2];
        assert_eq!(failed["startedDateTime"], "2026-01-02T03:04:07Z");
        assert_eq!(failed["response"]["status"], 404);
        assert_eq!(failed["timings"]["connect"], 14.7);
        let key = json!({ "name": "api-key", "value": "$APIM_KEY" });
        assert!(
            failed["request"]["headers"]
                .as_array()
                .unwrap()
                .contains(&key)
        );
        for member in [
            "startedDateTime",
            "time",
            "request",
            "response",
            "cache",
            "timings",
        ] {
            assert!(!failed[member].is_null(), "{member}");
        }
    }

    #[test]
    fn what_was_explained_and_what_is_hostile_is_written_too() {
        let explained = fixture::explained();
        let file = shown(Document::Explained(&explained));
        assert_eq!(file["log"]["entries"].as_array().unwrap().len(), 2);
        shown(Document::Report(&fixture::hostile()));
    }
}

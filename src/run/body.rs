//! Bodies as they go out, and as they are recorded: without the pictures in them.

use crate::net::OutgoingBody;
use crate::provider::{Body, FormPart};
use bytes::Bytes;
use serde_json::Value;

/// Longest part of a request body that is recorded, in bytes.
const SHOWN_BODY: usize = 4096;

/// A provider's body, ready to send.
pub(super) fn encoded(body: &Body) -> OutgoingBody {
    let (content_type, bytes) = body.encode();
    let shown = match body {
        Body::Json(json) => cut(&without_data(json.clone()).to_string()),
        Body::Form(parts) => {
            let parts: Vec<String> = parts.iter().map(shown_part).collect();
            cut(&parts.join("\n"))
        }
    };
    OutgoingBody {
        bytes: Bytes::from(bytes),
        content_type: Some(content_type),
        shown: Some(shown),
    }
}

/// A text sent as it stands, as JSON by its content type whether it is any or not.
pub(super) fn raw(text: String) -> OutgoingBody {
    OutgoingBody {
        shown: Some(cut(&text)),
        bytes: Bytes::from(text),
        content_type: Some("application/json".to_owned()),
    }
}

fn shown_part(part: &FormPart) -> String {
    match (&part.filename, &part.content_type) {
        (Some(file), kind) => {
            let kind = kind.as_deref().unwrap_or("no content type");
            format!(
                "{}: file {file} ({kind}, {} bytes)",
                part.name,
                part.content.len()
            )
        }
        (None, _) => format!("{}: {}", part.name, String::from_utf8_lossy(&part.content)),
    }
}

/// A JSON value with the content of data URIs and base64 pictures left out.
fn without_data(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > SHOWN_BODY => {
            let head: String = text.chars().take(32).collect();
            Value::String(format!("{head}… ({} characters)", text.len()))
        }
        Value::Array(items) => items.into_iter().map(without_data).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, without_data(value)))
            .collect(),
        other => other,
    }
}

/// A text that is not longer than what is recorded.
fn cut(text: &str) -> String {
    if text.len() <= SHOWN_BODY {
        return text.to_owned();
    }
    let mut end = SHOWN_BODY;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

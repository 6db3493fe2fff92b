//! Bodies and headers of requests and answers, as expressions read them.

use super::super::ast::Type;
use super::super::value::{Thrown, Value};
use bytes::Bytes;
use http::HeaderMap;

/// `Body.As<T>()`.
pub(crate) fn read_as(bytes: &Bytes, to: Type) -> Result<Value, Thrown> {
    match to {
        Type::Json | Type::JObject | Type::JArray => serde_json::from_slice(bytes)
            .map_err(|error| Thrown(format!("Error reading JObject from JsonReader. {error}")))
            .and_then(|json| Value::json(json).cast(to)),
        Type::Bytes => Ok(Value::Bytes(bytes.clone())),
        _ => Ok(Value::String(String::from_utf8_lossy(bytes).into_owned())),
    }
}

/// `Body.AsFormUrlEncodedContent()`: every name with its values.
pub(crate) fn form(bytes: &Bytes) -> Value {
    let mut entries: Vec<(String, Vec<Value>)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        let value = Value::String(value.into_owned());
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => entries.push((name.into_owned(), vec![value])),
        }
    }
    Value::map(
        entries
            .into_iter()
            .map(|(name, values)| (Value::String(name), Value::list(values)))
            .collect(),
    )
}

/// Headers as a dictionary of lists.
pub(super) fn headers(headers: &HeaderMap) -> Value {
    Value::map(
        headers
            .keys()
            .map(|name| {
                let values = headers.get_all(name).iter();
                let values = values.map(|value| {
                    Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned())
                });
                (
                    Value::String(name.as_str().to_owned()),
                    Value::list(values.collect()),
                )
            })
            .collect(),
    )
}

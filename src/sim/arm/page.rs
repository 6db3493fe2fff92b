//! Lists come in pages; the two providers link them differently.

use super::call::{Answer, Call};
use super::errors::ArmError;
use crate::sim::reply;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

/// Answers one page of `items` with a `$skiptoken` link, which is absent on the last page.
pub(super) fn by_token<T>(call: &Call<'_>, items: &[T], write: impl Fn(&T) -> Value) -> Answer {
    let start = match call.query.get("$skiptoken") {
        None => 0,
        Some(token) => {
            read_token(token).ok_or_else(|| ArmError::validation("The skip token is not valid."))?
        }
    };
    let end = start.saturating_add(call.page_size());
    let page: Vec<Value> = items
        .iter()
        .skip(start)
        .take(call.page_size())
        .map(write)
        .collect();
    let mut body = json!({"value": page});
    if end < items.len() {
        let token = URL_SAFE_NO_PAD.encode(end.to_string());
        body["nextLink"] = json!(link(call, &[("$skiptoken", token)]));
    }
    Ok(reply::json(200, &body))
}

/// Answers one page of `items` as API Management does: `$top`, `$skip`, `count` of all, and an empty link at the end.
pub(super) fn by_skip<T>(call: &Call<'_>, items: &[T], write: impl Fn(&T) -> Value) -> Answer {
    let skip = number(call, "$skip")?.unwrap_or(0);
    let top = number(call, "$top")?;
    if top == Some(0) {
        return Err(ArmError::validation("$top must be greater than zero."));
    }
    let size = top.unwrap_or(usize::MAX).min(call.page_size());
    let page: Vec<Value> = items.iter().skip(skip).take(size).map(write).collect();
    let end = skip.saturating_add(size);
    let next = if end < items.len() {
        let mut pairs = vec![("$top", size.to_string()), ("$skip", end.to_string())];
        if let Some(filter) = call.query.get("$filter") {
            pairs.push(("$filter", filter.clone()));
        }
        link(call, &pairs)
    } else {
        String::new()
    };
    let body = json!({"value": page, "count": items.len(), "nextLink": next});
    Ok(reply::json(200, &body))
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<usize>, ArmError> {
    match call.query.get(name) {
        None => Ok(None),
        Some(value) => value.parse().map(Some).map_err(|_| {
            ArmError::validation(&format!("{name} must be a number that is not negative."))
        }),
    }
}

fn read_token(token: &str) -> Option<usize> {
    let raw = URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(raw).ok()?.parse().ok()
}

fn link(call: &Call<'_>, pairs: &[(&str, String)]) -> String {
    let query = Serializer::new(String::new())
        .append_pair("api-version", &call.api_version)
        .extend_pairs(pairs)
        .finish();
    format!("https://management.azure.com{}?{query}", call.path)
}

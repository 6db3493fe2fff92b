//! What can be read off one exchange without judging it: the words, the envelope, the host, the way credentials went.

use super::sieve::Sieve;
use super::{loose, words};
use crate::knowledge::causes::HostRule;
use crate::model::{Exchange, Header, RecordedRequest};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that conditions may ask of an exchange. All words are in lower case.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Facts {
    /// Status, as recorded or as the text prints it.
    pub(crate) status: Option<u16>,
    /// Body and transport error, normalised.
    pub(crate) text: String,
    /// What the text is searched through.
    #[serde(skip)]
    pub(crate) sieve: Sieve,
    /// Body alone, normalised.
    pub(crate) body: String,
    /// Whether anything at all came back.
    pub(crate) answered: bool,
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
    /// Time to the whole answer, in milliseconds.
    pub(crate) total_ms: f64,
    /// What the inventory says of the request; empty without one.
    pub(crate) found: super::found::Found,
    /// What other exchanges of the run say; empty outside a run.
    pub(crate) sibling: super::siblings::Siblings,
}

/// What was sent.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RequestFacts {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Account or gateway by the host's first label, where the host is Azure's.
    pub(crate) resource: String,
    /// Whose the host is, by its name.
    pub(crate) host_kind: String,
    pub(crate) api_version: String,
    pub(crate) has_api_version: bool,
    /// Whether it has the form of an api-version: a date, `preview`, `latest` or `v1`.
    pub(crate) is_api_version_form: bool,
    /// Whether it begins with a date, so that it can be compared.
    pub(crate) is_api_version_dated: bool,
    pub(crate) deployment: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Names of everything that looks like a credential.
    pub(crate) credentials: Vec<String>,
    /// Whether headers or a credential were recorded at all.
    pub(crate) has_headers: bool,
    /// Whether a bearer was sent that is a JWT.
    pub(crate) is_jwt: bool,
    pub(crate) body: String,
}

/// Why nothing came back.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ErrorFacts {
    /// Kind, by the word of JSON; empty where something came back.
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Facts {
    /// Reads the facts of `exchange`; `hosts` says whose a host is.
    pub(crate) fn of(exchange: &Exchange, hosts: &[HostRule]) -> Facts {
        let raw = exchange.body();
        let error = exchange.transport_error.as_ref();
        let body = words::normalise(raw);
        let error = ErrorFacts {
            kind: error
                .and_then(|error| serde_json::to_value(error.kind).ok())
                .and_then(|kind| kind.as_str().map(str::to_owned))
                .unwrap_or_default(),
            text: error.map_or_else(String::new, |error| words::normalise(&error.text)),
        };
        let text = match (body.is_empty(), error.text.is_empty()) {
            (_, true) => body.clone(),
            (true, false) => error.text.clone(),
            (false, false) => format!("{body} {}", error.text),
        };
        let documents = documents(raw);
        let innermost = documents.last();
        let message = innermost
            .and_then(|found| message_of(&found.value))
            .unwrap_or_else(|| words::cut(raw).trim().to_owned());
        let headers = lower(exchange.response.iter().flat_map(|answer| &answer.headers));
        let pictures = exchange.pictures();
        Facts {
            status: exchange.status().or_else(|| words::status_in(&text)),
            answered: exchange.response.is_some(),
            has_headers: headers.len() > 1,
            envelope: envelope(raw, &body, innermost.map(|found| &found.value)),
            codes: words::values_of(&text, "code")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            types: words::values_of(&text, "type")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            params: words::values_of(&text, "param")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            filtered: words::filtered_in(&text),
            wait: words::wait_in(&text),
            quoted: words::quoted_in(&message),
            message,
            found: Default::default(),
            sibling: Default::default(),
            is_cut: documents.first().is_some_and(|found| found.is_cut)
                || exchange
                    .response
                    .as_ref()
                    .is_some_and(|answer| answer.is_body_cut),
            json: documents.into_iter().next().map(|found| found.value),
            request: request_facts(&exchange.request, hosts),
            pictures: pictures.len(),
            is_azure_flux: pictures.iter().any(|picture| {
                let agent = picture
                    .provenance
                    .as_ref()
                    .and_then(|from| from.agent.as_deref());
                agent.is_some_and(|agent| agent.contains("Black forest labs in Azure AI"))
            }),
            leg: exchange.leg.map(|leg| leg.to_string()).unwrap_or_default(),
            total_ms: exchange.timings_ms.total,
            headers,
            body,
            sieve: Sieve::of(&text),
            text,
            error,
        }
    }
}

fn lower<'a>(headers: impl Iterator<Item = &'a Header>) -> BTreeMap<String, String> {
    headers
        .map(|Header(name, value)| (name.to_ascii_lowercase(), value.to_ascii_lowercase()))
        .collect()
}

/// The values in a body from the outermost to the innermost: wrappers put one answer into the message of another.
fn documents(raw: &str) -> Vec<loose::Loose> {
    let mut found = Vec::new();
    let mut text = words::cut(raw).trim_start_matches('\u{feff}').to_owned();
    while found.len() < 4 {
        let starts = text.match_indices(['{', '[']).map(|(at, _)| at).take(12);
        let Some(document) = starts
            .filter_map(|at| loose::parse(&text[at..]))
            .find(|document| has_keys(&document.value))
        else {
            break;
        };
        let inner = message_of(&document.value);
        found.push(document);
        match inner {
            Some(inner) if inner.contains('{') => text = inner,
            _ => break,
        }
    }
    found
}

fn has_keys(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().any(Value::is_object),
        _ => false,
    }
}

fn message_of(value: &Value) -> Option<String> {
    let error = value.get("error");
    let places = [
        error.and_then(|error| error.get("message")),
        value.get("message"),
        value.get("detail"),
        value.get("error_description"),
        value
            .get("errors")
            .and_then(|errors| errors.get(0)?.get("message")),
        value.get("Message"),
        error,
    ];
    places
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
        .map(str::to_owned)
}

/// The form of a body. Spacing counts: it tells who wrote it.
fn envelope(raw: &str, body: &str, value: Option<&Value>) -> &'static str {
    let raw = raw.trim_start_matches('\u{feff}').trim();
    let has = |key: &str| value.is_some_and(|value| value.get(key).is_some());
    let error = value.and_then(|value| value.get("error"));
    let in_error = |key: &str| error.is_some_and(|error| error.get(key).is_some());
    if raw.is_empty() {
        "empty"
    } else if has("statusCode") && has("message") {
        match (has("activityId"), raw.starts_with("{ \"statusCode\": ")) {
            (true, _) => "apim_fault",
            (false, true) => "apim",
            (false, false) => "apim_reprinted",
        }
    } else if has("error_codes") || (has("error_description") && body.contains("aadsts")) {
        "entra"
    } else if has("success") && has("errors") {
        "cloudflare_api"
    } else if in_error("details") && error.is_some_and(|error| error["details"].is_null()) {
        "arm"
    } else if in_error("code") && in_error("type") {
        "openai"
    } else if raw.contains("\"DeploymentNotFound\", \"message\":\"") {
        "azure_router"
    } else if in_error("code") && raw.contains("\",\"message\": \"") {
        "azure_front"
    } else if in_error("code") {
        "azure"
    } else if in_error("type") || in_error("message") {
        "openai"
    } else if has("title") && has("detail") || has("title") && has("status") {
        "problem"
    } else if has("detail") {
        "detail"
    } else if body.starts_with("<?xml")
        || body.contains("<error> <code>")
        || body.contains("<error><code>")
    {
        "xml"
    } else if body.contains("<!doctype html") || body.contains("<html") || body.contains("<head>") {
        "html"
    } else if value.is_some() {
        "json"
    } else {
        "text"
    }
}

const KEY_NAMES: &[&str] = &[
    "api-key",
    "ocp-apim-subscription-key",
    "authorization",
    "x-api-key",
    "x-key",
    "subscription-key",
    "apikey",
];

fn request_facts(request: &RecordedRequest, hosts: &[HostRule]) -> RequestFacts {
    let url = request.url.clone().unwrap_or_default();
    let (host, port, path, query) = split_url(&url);
    let headers = lower(request.headers.iter());
    let mut credentials: Vec<String> = headers
        .keys()
        .filter(|name| KEY_NAMES.contains(&name.as_str()))
        .cloned()
        .collect();
    if let Some(name) = request
        .credential_in
        .as_deref()
        .map(str::to_ascii_lowercase)
        && !credentials.contains(&name)
    {
        credentials.push(name);
    }
    for name in query.split('&').filter_map(|pair| pair.split('=').next()) {
        if KEY_NAMES.contains(&name) && !credentials.iter().any(|known| known == name) {
            credentials.push(name.to_owned());
        }
    }
    let after = |mark: &str| {
        let rest = path.split_once(mark).map(|(_, rest)| rest)?;
        Some(rest.split('/').next().unwrap_or_default().to_owned())
    };
    let api_version = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("api-version="))
        .map(str::to_owned);
    let kind = host_kind(&host, hosts).to_owned();
    let is_named = ["apim", "aoai", "foundry", "cognitive"].contains(&kind.as_str());
    RequestFacts {
        resource: match host.split_once('.') {
            Some((label, _)) if is_named => label.to_owned(),
            _ => String::new(),
        },
        method: request
            .method
            .clone()
            .unwrap_or_default()
            .to_ascii_lowercase(),
        host_kind: kind,
        deployment: after("/deployments/").unwrap_or_default(),
        has_api_version: api_version.is_some(),
        is_api_version_dated: api_version.as_deref().is_some_and(is_dated),
        is_api_version_form: api_version.as_deref().is_some_and(|version| {
            is_dated(version) || ["preview", "latest", "v1"].contains(&version)
        }),
        api_version: api_version.unwrap_or_default(),
        has_headers: !headers.is_empty() || request.credential_in.is_some(),
        is_jwt: request.header("authorization").is_some_and(|value| {
            value
                .split_whitespace()
                .next_back()
                .is_some_and(super::token::is_jwt)
        }),
        body: words::normalise(request.body.as_deref().unwrap_or_default()),
        url,
        host,
        port,
        path,
        query,
        headers,
        credentials,
    }
}

/// `YYYY-MM-DD`, with nothing or `-preview` behind it.
fn is_dated(version: &str) -> bool {
    let (Some(date), Some(rest)) = (version.get(..10), version.get(10..)) else {
        return false;
    };
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_date && matches!(rest, "" | "-preview")
}

/// Host, port, path and query of a URL in lower case, as far as there are any; reports hold half URLs too.
fn split_url(url: &str) -> (String, String, String, String) {
    let url = words::cut(url).to_ascii_lowercase();
    let (rest, is_absolute) = match url.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (url.as_str(), false),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match place.find('/') {
        Some(at) if is_absolute => place.split_at(at),
        None if is_absolute => (place, ""),
        _ => ("", place),
    };
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => (host, port),
        _ => (authority, ""),
    };
    (
        host.to_owned(),
        port.to_owned(),
        path.to_owned(),
        query.to_owned(),
    )
}

fn host_kind<'a>(host: &str, hosts: &'a [HostRule]) -> &'a str {
    let is_of = |rule: &&HostRule| {
        rule.ends.iter().any(|end| match end.starts_with('.') {
            true => host.ends_with(end.as_str()),
            false => host == end,
        })
    };
    match hosts.iter().find(is_of) {
        _ if host.is_empty() => "none",
        Some(rule) => rule.kind.as_str(),
        None => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope_of(raw: &str) -> &'static str {
        let found = documents(raw);
        envelope(
            raw,
            &words::normalise(raw),
            found.last().map(|found| &found.value),
        )
    }

    #[test]
    fn spacing_tells_the_envelopes_apart() {
        for (raw, name) in [
            (
                r#"{ "statusCode": 404, "message": "Resource not found" }"#,
                "apim",
            ),
            (
                r#"{"statusCode":401,"message":"Unauthorized."}"#,
                "apim_reprinted",
            ),
            (
                r#"{ "statusCode": 500, "message": "Internal server error", "activityId": "x" }"#,
                "apim_fault",
            ),
            (
                r#"{"error":{"code":"404","message": "Resource not found"}}"#,
                "azure_front",
            ),
            (
                r#"{"error":{"code":"DeploymentNotFound", "message":"The API"}}"#,
                "azure_router",
            ),
            (
                r#"{"error":{"code":"BadRequest","message":"API version not supported"}}"#,
                "azure",
            ),
            (
                r#"{"error":{"code":"ResourceNotFound","message":"Api not found.","details":null}}"#,
                "arm",
            ),
            (
                r#"{"error":{"message":"x","type":"invalid_request_error","code":null}}"#,
                "openai",
            ),
            ("<!DOCTYPE html><html>", "html"),
            ("Resource not found", "text"),
            ("", "empty"),
        ] {
            assert_eq!(envelope_of(raw), name, "{raw}");
        }
    }

    #[test]
    fn the_innermost_of_wrapped_answers_is_read() {
        let raw = r#"Error code: 429 - {'error': {'message': "litellm.RateLimitError: {'error': {'code': '429', 'message': 'Requests have exceeded'}}", 'type': 'x'}}"#;
        let found = documents(raw);
        assert_eq!(found.len(), 2);
        assert_eq!(
            message_of(&found[1].value).as_deref(),
            Some("Requests have exceeded")
        );
    }

    #[test]
    fn urls_are_split_even_where_they_are_not_whole() {
        assert_eq!(
            split_url("https://X.azure-api.net:443/a/b?api-version=1"),
            (
                "x.azure-api.net".into(),
                "443".into(),
                "/a/b".into(),
                "api-version=1".into()
            )
        );
        assert_eq!(split_url("/chat/completions").2, "/chat/completions");
    }
}

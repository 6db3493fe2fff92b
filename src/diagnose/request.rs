//! What can be read off a request: where it went, what it asked for, which credentials it carried.

use super::words;
use crate::knowledge::causes::HostRule;
use crate::model::{Header, RecordedRequest};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was sent.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RequestFacts {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) path: String,
    /// The path as it was sent; everything else here is in lower case.
    pub(crate) path_sent: String,
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

/// Headers by their names, all in lower case.
pub(crate) fn lower<'a>(headers: impl Iterator<Item = &'a Header>) -> BTreeMap<String, String> {
    headers
        .map(|Header(name, value)| (name.to_ascii_lowercase(), value.to_ascii_lowercase()))
        .collect()
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

/// Reads the facts of `request`; `hosts` says whose a host is.
pub(crate) fn request_facts(request: &RecordedRequest, hosts: &[HostRule]) -> RequestFacts {
    let url = request.url.clone().unwrap_or_default();
    let (host, port, path_sent, query) = split_url(words::cut(&url));
    let [host, path, query] = [host, path_sent, query].map(str::to_ascii_lowercase);
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
        is_jwt: request
            .credential_in
            .as_deref()
            .is_some_and(|place| place.ends_with("(JWT)"))
            || request.header("authorization").is_some_and(|value| {
                value
                    .split_whitespace()
                    .next_back()
                    .is_some_and(super::token::is_jwt)
            }),
        body: words::normalise(request.body.as_deref().unwrap_or_default()),
        host,
        port: port.to_owned(),
        path,
        path_sent: path_sent.to_owned(),
        query,
        headers,
        credentials,
        url,
    }
}

/// The URL of a call that a text speaks of: one with a path, at a host that serves calls and no pages for people.
pub(crate) fn called_url_in(text: &str, hosts: &[HostRule]) -> Option<String> {
    let called: Vec<(&str, &str)> = text
        .match_indices("https://")
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>(){}|,;".contains(c));
            let url = rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ':']);
            (&text[..at], url)
        })
        .filter(|(before, url)| {
            let (host, _, path, _) = split_url(words::cut(url));
            let host = host.to_ascii_lowercase();
            let is_for_people = ["docs.", "www.", "status.", "platform."]
                .iter()
                .any(|start| host.starts_with(start));
            let is_said_to_be_called = BEFORE_CALLED.iter().any(|word| before.ends_with(word));
            let is_of_a_service = CALLED.contains(&host_kind(&host, hosts));
            path.len() > 1 && !is_for_people && (is_said_to_be_called || is_of_a_service)
        })
        .collect();
    let is_refused = |(before, url): &&(&str, &str)| {
        let after = text.get(before.len() + url.len()..).unwrap_or_default();
        let after = after.trim_start_matches(['"', '\'', ' ']);
        ["http/1.1 ", "http/2 ", "http/2.0 ", "http/1.0 "]
            .iter()
            .any(|version| {
                after
                    .strip_prefix(version)
                    .is_some_and(|status| status.starts_with(['4', '5']))
            })
    };
    let last_refused = called.iter().rev().find(is_refused);
    last_refused
        .or(called.first())
        .map(|(_, url)| (*url).to_owned())
}

/// What HTTP clients print before the URL that they called: httpx and requests, then fetch and Replicate's, then Go's.
const BEFORE_CALLED: &[&str] = &[
    "for url '",
    "for url: ",
    "request to ",
    "post \"",
    "get \"",
    "post ",
    "put ",
    "request url: ",
    "url: '",
    "\"url\": \"",
    "uri: ",
];

/// Kinds of host whose URLs in a text are those of calls.
const CALLED: &[&str] = &[
    "apim",
    "aoai",
    "foundry",
    "cognitive",
    "regional",
    "openai",
    "runpod",
    "runpod_proxy",
    "cloudflare_gateway",
];

/// `YYYY-MM-DD`, with nothing or `-preview` behind it.
fn is_dated(version: &str) -> bool {
    let (Some(date), Some(rest)) = (version.get(..10), version.get(10..)) else {
        return false;
    };
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let number = |from, to| date.get(from..to).and_then(|text| text.parse::<u8>().ok());
    let is_real = (1..=12).contains(&number(5, 7).unwrap_or(0))
        && (1..=31).contains(&number(8, 10).unwrap_or(0));
    is_date && is_real && matches!(rest, "" | "-preview")
}

/// Host, port, path and query of a URL in lower case, as far as there are any; reports hold half URLs too.
fn split_url(url: &str) -> (&str, &str, &str, &str) {
    let (rest, is_absolute) = match url.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (url, false),
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
    (host, port, path, query)
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

    #[test]
    fn a_called_url_is_found_in_a_text_and_a_link_to_a_page_is_not() {
        let hosts = crate::knowledge::causes::ladder().unwrap().hosts;
        let found = |text: &str| called_url_in(text, &hosts);
        let error = "error at images (https://a.openai.azure.com/openai/deployments/d/images/generations?api-version=2023-06-01) with";
        assert_eq!(
            found(error).as_deref(),
            Some(
                "https://a.openai.azure.com/openai/deployments/d/images/generations?api-version=2023-06-01"
            )
        );
        let printed = "client error '401 unauthorized' for url 'https://queue.fal.run/fal-ai/flux' for more information check: https://developer.mozilla.org/en-us/docs/web/http/status/401";
        assert_eq!(
            found(printed).as_deref(),
            Some("https://queue.fal.run/fal-ai/flux")
        );
        let log = "post https://a.openai.azure.com/openai/models?x=1 \"http/1.1 200 ok\" post https://a.openai.azure.com/openai/y?x=1 \"http/1.1 404 not found\"";
        assert_eq!(
            found(log).as_deref(),
            Some("https://a.openai.azure.com/openai/y?x=1")
        );
        for text in [
            "audience is incorrect (https://cognitiveservices.azure.com), or",
            "see https://platform.openai.com/docs/guides/error-codes",
            "the resource principal named https://a.openai.azure.com was",
            "https://aka.ms/oai/quotaincrease",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn urls_are_split_even_where_they_are_not_whole() {
        assert_eq!(
            split_url("https://X.azure-api.net:443/a/b?api-version=1"),
            ("X.azure-api.net", "443", "/a/b", "api-version=1")
        );
        assert_eq!(split_url("/chat/completions").2, "/chat/completions");
    }

    #[test]
    fn facts_are_in_lower_case_but_for_the_path_as_it_was_sent() {
        let request = RecordedRequest {
            url: Some("https://X.azure-api.net/deployments/FLUX-1.1-pro?API-Version=V1".into()),
            ..RecordedRequest::default()
        };
        let facts = request_facts(&request, &[]);
        assert_eq!(facts.host, "x.azure-api.net");
        assert_eq!(facts.path, "/deployments/flux-1.1-pro");
        assert_eq!(facts.path_sent, "/deployments/FLUX-1.1-pro");
        assert_eq!(
            (facts.query.as_str(), facts.api_version.as_str()),
            ("api-version=v1", "v1")
        );
    }
}

//! What may be written down of a request and an answer.

use crate::model::Header;
use http::HeaderMap;
use url::Url;

/// Request and response headers whose values tell who answered or how, and hold no secret.
const RECORDED_HEADERS: &[&str] = &[
    "accept",
    "age",
    "allow",
    "api-supported-versions",
    "apim-debug-authorization-expired",
    "apim-debug-authorization-wrongapi",
    "apim-request-id",
    "apim-trace-id",
    "azureml-model-session",
    "cache-control",
    "cf-cache-status",
    "cf-ray",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expires",
    "host",
    "location",
    "mise-correlation-id",
    "openai-model",
    "openai-processing-ms",
    "policy-id",
    "pragma",
    "proxy-authenticate",
    "request-context",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "server",
    "skip-error-remapping",
    "strict-transport-security",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-accel-buffering",
    "x-azure-ref",
    "x-backend-retry",
    "x-cache",
    "x-content-type-options",
    "x-envoy-response-flags",
    "x-envoy-upstream-service-time",
    "x-gateway-error",
    "x-kong-proxy-latency",
    "x-kong-request-id",
    "x-kong-response-latency",
    "x-kong-upstream-latency",
    "x-request-id",
];

/// Beginnings of header names that are recorded whole.
const RECORDED_PREFIXES: &[&str] = &["x-ms-", "x-ratelimit-", "x-litellm-", "x-portkey-"];

/// Query parameters whose values are recorded.
const RECORDED_QUERY: &[&str] = &[
    "api-version",
    "format",
    "$top",
    "$skip",
    "$filter",
    "$skiptoken",
    "seconds",
    "resource",
];

/// What stands in place of a value that is not recorded.
pub(super) const WITHHELD: &str = "(not recorded)";

/// Headers in order, with the values of those that are not allow-listed withheld.
pub(super) fn headers(headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if is_recorded(name.as_str()) {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            } else {
                WITHHELD.to_owned()
            };
            Header(name.as_str().to_owned(), value)
        })
        .collect()
}

fn is_recorded(name: &str) -> bool {
    RECORDED_HEADERS.contains(&name)
        || RECORDED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// The URL with the values of all query parameters withheld that are not allow-listed, and without user information.
pub fn recordable_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Neither can fail on a URL that has a host, and one without has nothing to hide here.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if url.query_pairs().any(|(name, _)| !is_query_recorded(&name)) {
        let mut pairs = shown.query_pairs_mut();
        pairs.clear();
        for (name, value) in url.query_pairs() {
            pairs.append_pair(
                &name,
                if is_query_recorded(&name) {
                    &value
                } else {
                    WITHHELD
                },
            );
        }
    }
    shown.into()
}

fn is_query_recorded(name: &str) -> bool {
    RECORDED_QUERY
        .iter()
        .any(|recorded| name.eq_ignore_ascii_case(recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_query_is_withheld_and_the_api_version_is_not() {
        let url =
            Url::parse("https://u:p@x.azure-api.net/a?api-version=preview&api-key=CANARY").unwrap();
        let shown = recordable_url(&url);
        assert_eq!(
            shown,
            "https://x.azure-api.net/a?api-version=preview&api-key=%28not+recorded%29"
        );
    }

    #[test]
    fn a_url_without_secrets_is_recorded_as_it_is() {
        let text = "https://x.azure-api.net/a/FLUX.1-Kontext-pro?api-version=2024-08-01-preview";
        assert_eq!(recordable_url(&Url::parse(text).unwrap()), text);
    }

    #[test]
    fn only_allow_listed_headers_are_recorded() {
        let mut map = HeaderMap::new();
        map.insert("x-ms-region", "UK South".parse().unwrap());
        map.insert("set-cookie", "CANARY".parse().unwrap());
        map.insert("api-key", "CANARY".parse().unwrap());
        let shown = headers(&map);
        assert_eq!(shown[0], Header("x-ms-region".into(), "UK South".into()));
        assert!(
            shown[1..].iter().all(|Header(_, value)| value == WITHHELD),
            "{shown:?}"
        );
    }
}

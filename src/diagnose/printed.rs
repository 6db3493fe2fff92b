//! What a text prints of an exchange: a masked key, and headers as the `Headers:` block of an SDK, `name: value` lines, a map of them. What a text does not
//! print may have been there all the same, so that their absence says nothing.

use std::collections::BTreeMap;

/// Headers of answers that tell who answered or why; no request has them.
const NAMES: &[&str] = &[
    "apim-request-id",
    "apim-trace-id",
    "azureml-model-session",
    "cf-mitigated",
    "openai-organization",
    "openai-processing-ms",
    "openai-version",
    "policy-id",
    "retry-after",
    "www-authenticate",
    "x-azure-ref",
    "x-envoy-upstream-service-time",
    "x-kong-response-latency",
    "x-kong-upstream-latency",
    "x-ms-deployment-name",
    "x-ms-forbidden-ip",
    "x-ms-rai-invoked",
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-region",
    "x-ms-routing-request-id",
];
/// Headers whose value holds more than one word.
const LONG: &[&str] = &["www-authenticate", "x-ms-region"];

/// The headers that a text prints, all in lower case.
pub(super) fn headers_in(text: &str) -> BTreeMap<String, String> {
    let text = text.to_ascii_lowercase();
    let found = |name: &str| {
        text.match_indices(name).find_map(|(at, _)| {
            let is_whole =
                !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "-_".contains(c));
            let value = value_after(&text[at + name.len()..], LONG.contains(&name))?;
            is_whole.then(|| (name.to_owned(), value))
        })
    };
    NAMES.iter().filter_map(|name| found(name)).collect()
}

fn value_after(rest: &str, is_long: bool) -> Option<String> {
    let rest = rest.trim_start_matches(['\\', '"', '\'']);
    let rest = rest
        .trim_start_matches([' ', '\t'])
        .strip_prefix([':', '='])?;
    let rest = rest.trim_start_matches(['>', ' ', '\t', '[', '\\']);
    let line = rest.lines().next().unwrap_or_default();
    let value = match line.chars().next() {
        Some(quote @ ('"' | '\'')) => line[1..].split(quote).next().unwrap_or_default(),
        _ if is_long => line.split(['}', '\\']).next().unwrap_or_default(),
        _ => line
            .split([' ', ',', '}', ']', '\\', '"'])
            .next()
            .unwrap_or_default(),
    };
    let value: String = value.trim().chars().take(300).collect();
    (!value.is_empty()).then_some(value)
}

/// Whose form a key has that a text shows masked (`key provided: e06832d6****a91a`): Azure's are hexadecimal, or 84
/// characters with `azureml` or `acog` in them; OpenAI's begin with `sk-`.
pub(crate) fn shown_key_in(text: &str) -> &'static str {
    let Some((_, rest)) = text.split_once("api key provided: ") else {
        return "";
    };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "*-_…".contains(c)));
    let key = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
    let shown: String = key.chars().filter(|c| !"*…".contains(*c)).collect();
    let is_hex = shown.len() >= 8 && shown.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hex && shown.bytes().any(|digit| digit.is_ascii_digit()) || key.contains("acog") {
        "azure"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_from_lines_and_maps_and_other_words_are_none() {
        let lines =
            "Headers:\napim-request-id: REDACTED\nx-ms-region: North Central US\nRetry-After: 57\n";
        let map = "headers: {\n  \"apim-request-id\": \"redacted\",\n  'x-ms-region': 'North Central US', 'retry-after': '57'}";
        for text in [lines, map] {
            let found = headers_in(text);
            assert_eq!(found["apim-request-id"], "redacted");
            assert_eq!(found["x-ms-region"], "north central us");
            assert_eq!(found["retry-after"], "57");
        }
        assert!(headers_in("look for apim-request-id in the answer").is_empty());
        assert!(headers_in("x-apim-request-id: 1").is_empty());
    }

    #[test]
    fn the_form_of_a_masked_key_tells_whose_it_is() {
        for (text, whose) in [
            (
                "incorrect api key provided: e06832d6****************a91a. you",
                "azure",
            ),
            ("incorrect api key provided: sk-proj-****abcd. you", ""),
            ("incorrect api key provided: fffgggff****a91a.", ""),
            ("incorrect api key provided: xxx", ""),
            ("no key", ""),
        ] {
            assert_eq!(shown_key_in(text), whose, "{text}");
        }
    }
}

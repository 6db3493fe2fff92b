//! Words of an answer, made comparable: case, quotes, escapes and line ends do not count.

use super::place;

/// How much of a text is looked at, in bytes; errors say who they are at their beginning.
pub(crate) const MAX_TEXT: usize = 24 * 1024;

/// `text` in lower case with plain quotes, without escapes, and with one space for every run of white space.
pub(crate) fn normalise(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(MAX_TEXT));
    let mut chars = cut(text).chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.peek() {
                Some('n' | 'r' | 't') => {
                    chars.next();
                    ' '
                }
                Some('u') => match escaped(chars.clone().skip(1).take(4)) {
                    Some(meant) => {
                        chars.nth(4);
                        straight(meant)
                    }
                    None => continue,
                },
                _ => continue,
            },
            '\u{feff}' => continue,
            c => straight(c),
        };
        if !c.is_whitespace() {
            plain.push(c);
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain
}

/// A character in lower case, a typographic quote as the plain one.
fn straight(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        c => c.to_ascii_lowercase(),
    }
}

/// What four hexadecimal digits behind `\u` stand for, where it is a character of ASCII or a quote: .NET writes its
/// quotes so.
fn escaped(digits: impl Iterator<Item = char>) -> Option<char> {
    let digits: String = digits.collect();
    let code = u32::from_str_radix(&digits, 16)
        .ok()
        .filter(|_| digits.len() == 4)?;
    char::from_u32(code).filter(|c| !c.is_control())
}

/// The first [`MAX_TEXT`] bytes of a text, whole characters.
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let mut end = MAX_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Where `word` occurs in a normalised text, not in the middle of another word: `enotfound` is not in `resourcenotfound`.
pub(crate) fn find_word(text: &str, word: &str) -> Option<usize> {
    find_word_from(text, word, 0)
}

/// As [`find_word`], from a place in the text on.
pub(crate) fn find_word_from(text: &str, word: &str, mut from: usize) -> Option<usize> {
    let may_follow = !word.starts_with(|c: char| c.is_ascii_alphanumeric());
    // A code of Entra is not the beginning of a longer one.
    let is_code = word.starts_with("aadsts") && word.len() > 6;
    while let Some(at) = text.get(from..)?.find(word).map(|at| at + from) {
        let before = text.as_bytes()[..at].last();
        let after = text.as_bytes().get(at + word.len());
        let is_begun = may_follow || !before.is_some_and(u8::is_ascii_alphanumeric);
        if is_begun && !(is_code && after.is_some_and(u8::is_ascii_digit)) {
            return Some(at);
        }
        from = at + word.len();
    }
    None
}

/// Words of a gateway's own record of a call: API Management's trace, Envoy's access log.
const RECORD_WORDS: &[&str] = &[
    "forward-request",
    "request-forwarder",
    "calling backend service",
    "calling the backend service",
    "connecting to the backend service",
    "forwarded to the backend",
    "upstream_cluster\":",
    "response_code_details",
    "response_flags\":",
    "upstream_transport_failure_reason",
];

/// Whether a normalised text is a gateway's own record of a call rather than an answer.
pub(crate) fn is_gateway_record(text: &str) -> bool {
    RECORD_WORDS.iter().any(|word| text.contains(word))
}

/// Words that a printed status follows, the surest first.
const STATUS_WORDS: &[&str] = &[
    "http status code",
    "status code",
    "statuscode",
    "status_code",
    "error code",
    "http status",
    "http error",
    "api error",
    "unexpected status",
    "tunnel connection failed",
    "<title>",
    "<h1>",
    "http/1.1",
    "http/2",
    "http/1.0",
    "http",
    "status",
    "response",
    "error",
    "failed",
];

/// The HTTP status that a normalised text prints, if it prints one.
pub(crate) fn status_in(text: &str) -> Option<u16> {
    if let Some(status) = leading_status(text) {
        return Some(status);
    }
    for word in STATUS_WORDS {
        for (at, _) in text.match_indices(word) {
            let is_word = text[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_ascii_alphanumeric());
            if !is_word {
                continue;
            }
            let rest = text[at + word.len()..]
                .trim_start_matches([' ', ':', '=', '"', '\'', '(', '>', '-', '#']);
            if let Some(status) = leading_status(rest) {
                return Some(status);
            }
        }
    }
    status_after_class(text)
}

/// Words that the status of a wrapped answer follows: what clients print before the answer they got.
const INNER_WORDS: &[&str] = &[
    "error code: ",
    "status code: ",
    "status code ",
    "status_code: ",
    "statuscode: ",
    "status_code=",
    "apierror: ",
    "error: ",
    "http ",
    "http error ",
];

/// The refusal (4xx) that an answer of a server holds inside it. A wrapper's own 500 says only that it failed; the
/// status it was given says why.
pub(crate) fn inner_status_in(text: &str) -> Option<u16> {
    let mut statuses = INNER_WORDS.iter().flat_map(|word| {
        let rests = text
            .match_indices(word)
            .map(|(at, _)| &text[at + word.len()..]);
        rests.filter_map(leading_status)
    });
    statuses.find(|status| (400..500).contains(status))
}

/// `400 …`, `403: …`, `(407) …`: a status that a text begins with. None of an answer is below 200, and the numbers of
/// system errors are (`os error 111`).
fn leading_status(text: &str) -> Option<u16> {
    let text = text.trim_start_matches(['(', '"', '\'', '[', ' ']);
    let digits = text.get(..3)?;
    let ends = text[3..]
        .chars()
        .next()
        .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.');
    let status: u16 = digits.parse().ok()?;
    (ends && (200..600).contains(&status) && !place::is_count(&text[3..])).then_some(status)
}

/// `BadRequestError: 400 …`, `the remote server returned an error: (407) …`.
fn status_after_class(text: &str) -> Option<u16> {
    text.match_indices("error: ")
        .find_map(|(at, found)| leading_status(&text[at + found.len()..]))
}

/// Names of exceptions and reason phrases with the status that they stand for.
const STATUS_NAMES: &[(&str, u16)] = &[
    ("badrequesterror", 400),
    ("bad request", 400),
    ("authenticationerror", 401),
    ("unauthorized", 401),
    ("permissiondeniederror", 403),
    ("forbidden", 403),
    ("notfounderror", 404),
    ("not found", 404),
    ("notfound", 404),
    ("conflicterror", 409),
    ("unprocessableentityerror", 422),
    ("unprocessable entity", 422),
    ("ratelimiterror", 429),
    ("too many requests", 429),
    ("internalservererror", 500),
    ("internal server error", 500),
    ("bad gateway", 502),
    ("serviceunavailableerror", 503),
    ("service unavailable", 503),
];

/// The status that the name of an exception or a reason phrase in a normalised text stands for.
pub(crate) fn status_of_names_in(text: &str) -> Option<u16> {
    STATUS_NAMES
        .iter()
        .find(|(name, _)| find_word(text, name).is_some())
        .map(|(_, status)| *status)
}

/// Values that follow a key in a normalised text, whatever notation it is in: `"code": "X"`, `'code': 'X'`,
/// `error_code=X`, `code => X`, `<code>X</code>`, `(param: image, code: X)`.
pub(crate) fn values_of<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let mut values = Vec::new();
    for (at, _) in text.match_indices(key) {
        let is_key = text[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_ascii_alphanumeric());
        if !is_key {
            continue;
        }
        let rest = text[at + key.len()..].trim_start_matches(['"', '\'', ' ']);
        let rest = match rest
            .strip_prefix("=>")
            .or_else(|| rest.strip_prefix([':', '=', '>']))
        {
            Some(rest) => rest.trim_start_matches([' ', '"', '\'']),
            None => continue,
        };
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))
            .unwrap_or(rest.len());
        if end > 0 && !values.contains(&&rest[..end]) {
            values.push(&rest[..end]);
        }
    }
    values
}

/// Words that a waiting time in seconds follows.
const WAIT_WORDS: &[&str] = &[
    "try again in ",
    "retry after ",
    "resets in ~",
    "please wait ",
    "try again in ~",
    "retry_after\":",
    "retry in ",
];

/// The waiting time that a normalised text asks for, as it prints it: `57 seconds`, `41 minutes and 54 seconds`.
pub(crate) fn wait_in(text: &str) -> String {
    let Some(rest) = WAIT_WORDS
        .iter()
        .find_map(|word| text.split_once(word).map(|(_, rest)| rest.trim_start()))
    else {
        return String::new();
    };
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == ' '))
        .unwrap_or(rest.len());
    let words: Vec<&str> = rest[..end].split(' ').collect();
    let count = match words.as_slice() {
        [number, unit, "and", ..] if is_number(number) && !unit.is_empty() => 5,
        [number, ..] if is_number(number) => 2,
        _ => return String::new(),
    };
    words
        .into_iter()
        .take(count)
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end()
        .to_owned()
}

/// Categories of a content filter, as the service names them.
const CATEGORIES: &[&str] = &[
    "sexual",
    "violence",
    "hate",
    "self_harm",
    "profanity",
    "jailbreak",
    "indirect_attack",
    "protected_material_text",
];

/// Categories that a normalised text says are filtered or detected.
pub(crate) fn filtered_in(text: &str) -> Vec<&'static str> {
    let is_filtered = |category: &&&str| {
        text.match_indices(**category).any(|(at, _)| {
            let rest = &text[at + category.len()..];
            let Some(open) = rest.find('{').filter(|open| *open < 6) else {
                return false;
            };
            let end = rest.find('}').unwrap_or(rest.len());
            let verdict = rest
                .get(open..end)
                .unwrap_or_default()
                .replace(['"', '\'', ' '], "");
            verdict.contains("filtered:true") || verdict.contains("detected:true")
        })
    };
    CATEGORIES.iter().filter(is_filtered).copied().collect()
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// The first text in quotes of a message.
pub(crate) fn quoted_in(message: &str) -> String {
    let Some((at, quote)) = message
        .char_indices()
        .find(|(_, c)| ['\'', '`', '"'].contains(c))
    else {
        return String::new();
    };
    let rest = &message[at + 1..];
    match rest.find(quote) {
        Some(end) if end <= 80 => rest[..end].to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising_undoes_quotes_escapes_and_lines() {
        assert_eq!(
            normalise("{\\\"code\\\":\\n \u{2019}X\u{2019}}\r\n  End"),
            "{\"code\": 'x'} end"
        );
    }

    #[test]
    fn printed_statuses_are_found_and_other_numbers_are_not() {
        for (text, status) in [
            ("error code: 404 - {'error'", Some(404)),
            ("403: access denied", Some(403)),
            (
                "tunneling socket could not be established, statuscode=407",
                Some(407),
            ),
            ("(407) proxy authentication required", Some(407)),
            (
                "the remote server returned an error: (407) proxy",
                Some(407),
            ),
            (
                "proxy tunnel request to proxy failed with status code '503",
                Some(503),
            ),
            ("badrequesterror: 400 billing hard limit", Some(400)),
            ("http/1.1 502 bad gateway", Some(502)),
            ("unexpected status 400 (400 bad request)", Some(400)),
            ("aadsts7000215: invalid client secret", None),
            ("errno 111 connection refused", None),
            ("tcp connect error: connection refused (os error 111)", None),
            ("connection reset by peer (os error 104)", None),
            ("tried to allocate 1.22 gib (gpu 0; 39.59 gib", None),
            ("requests per 429x", None),
            ("processed record 401", None),
            ("error 404 records were skipped", None),
            ("failed 403 of 1000", None),
            ("500 images, 0 errors", None),
            ("listening on :401", None),
        ] {
            assert_eq!(status_in(text), status, "{text}");
        }
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        assert_eq!(find_word("code: resourcenotfound", "enotfound"), None);
        assert_eq!(
            find_word("resourcenotfound, getaddrinfo enotfound x", "enotfound"),
            Some(30)
        );
        assert_eq!(find_word("sensitive (e005)", "(e005)"), Some(10));
    }

    #[test]
    fn waiting_times_and_quoted_names_are_read_off() {
        assert_eq!(
            wait_in("rate limit is exceeded. try again in 57 seconds."),
            "57 seconds"
        );
        assert_eq!(
            wait_in("try again in 41 minutes and 54 seconds."),
            "41 minutes and 54 seconds"
        );
        assert_eq!(wait_in("please try again later"), "");
        assert_eq!(
            quoted_in("Unknown parameter: 'response_format'."),
            "response_format"
        );
        assert_eq!(quoted_in("no quotes"), "");
    }

    #[test]
    fn only_categories_that_fired_are_named() {
        let text = "'hate': {'filtered': false}, 'jailbreak': {'detected': true, 'filtered': true}, \"violence\":{\"filtered\":true,\"severity\":\"medium\"}";
        assert_eq!(filtered_in(text), ["violence", "jailbreak"]);
        assert!(filtered_in("violence is filtered: true").is_empty());
    }

    #[test]
    fn codes_are_found_in_every_notation() {
        for text in [
            r#"{"error":{"code":"notfound"}}"#,
            "{'error': {'code': 'notfound'}}",
            "error_code=notfound error_message='x'",
            "\"code\" => \"notfound\"",
            "<code>notfound</code>",
            "(param: image[0], code: notfound)",
        ] {
            assert!(values_of(text, "code").contains(&"notfound"), "{text}");
        }
    }

    #[test]
    fn a_refusal_inside_a_wrappers_500_is_found_and_other_numbers_are_not() {
        for (text, status) in [
            (
                "500 - {\"detail\":\"error code: 400 - {'error': {}}\"}",
                Some(400),
            ),
            (
                "failed to generate: error: 401 incorrect api key",
                Some(401),
            ),
            ("internal server error", None),
            ("http 502 bad gateway", None),
            ("error: 4096 tokens", None),
        ] {
            assert_eq!(inner_status_in(text), status, "{text}");
        }
    }
}

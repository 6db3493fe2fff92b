//! Words of an answer, made comparable: case, quotes, escapes and line ends do not count.

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
                _ => continue,
            },
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{feff}' => continue,
            c => c.to_ascii_lowercase(),
        };
        if !c.is_whitespace() {
            plain.push(c);
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain
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

/// `400 …`, `403: …`, `(407) …`: a status that a text begins with.
fn leading_status(text: &str) -> Option<u16> {
    let text = text.trim_start_matches(['(', '"', '\'', '[', ' ']);
    let digits = text.get(..3)?;
    let ends = text[3..]
        .chars()
        .next()
        .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.');
    let status: u16 = digits.parse().ok()?;
    (ends && (100..600).contains(&status)).then_some(status)
}

/// `BadRequestError: 400 …`, `the remote server returned an error: (407) …`.
fn status_after_class(text: &str) -> Option<u16> {
    text.match_indices("error: ")
        .filter_map(|(at, found)| leading_status(&text[at + found.len()..]))
        .next()
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
            ("tried to allocate 1.22 gib (gpu 0; 39.59 gib", None),
            ("requests per 429x", None),
        ] {
            assert_eq!(status_in(text), status, "{text}");
        }
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
}

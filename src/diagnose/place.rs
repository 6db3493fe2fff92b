//! Words in their place: what a text denies, counts or says in every case tells nothing of the failure.

use super::words;

/// Whether `word` occurs in a normalised text where it is stated, not denied: `no NSFW content detected` and
/// `"nsfw": false` state nothing.
pub(crate) fn is_stated(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = words::find_word_from(text, word, from) {
        let end = at + word.len();
        if !is_denied_before(&text[..at], word, &text[end..]) && !is_denied_after(&text[end..]) {
            return true;
        }
        from = end.max(at + 1);
    }
    false
}

/// Words that deny what follows them.
const DENIALS: &[&str] = &[
    "no",
    "zero",
    "without",
    "without any",
    "no potential",
    "0",
    "not any",
];
/// What is then said of it.
const FINDINGS: &[&str] = &[
    "detected",
    "seen",
    "reported",
    "occurred",
    "encountered",
    "observed",
    "triggered",
    "raised",
    "recorded",
    "so far",
];

fn is_denied_before(before: &str, word: &str, after: &str) -> bool {
    let before = before.trim_end();
    let is_denied = DENIALS.iter().any(|word| {
        before.strip_suffix(word).is_some_and(|rest| {
            !rest.ends_with(|c: char| c.is_ascii_alphanumeric() || "-_.:=\"'".contains(c))
        })
    });
    if !is_denied {
        return false;
    }
    let mut end = after.len().min(40);
    while !after.is_char_boundary(end) {
        end -= 1;
    }
    let clause = after[..end]
        .split(['.', ',', ';', '{', '(', '\n'])
        .next()
        .unwrap_or_default();
    // `0 timeouts` and `without errors` say it all; after `no` it takes a verb to tell `no key provided` apart.
    let is_bare =
        !before.ends_with("no") && clause.strip_prefix('s').unwrap_or(clause).trim().is_empty();
    let is_said = [" has ", " is ", " was "]
        .iter()
        .any(|verb| word.contains(verb));
    is_bare || is_said || FINDINGS.iter().any(|word| clause.contains(word))
}

/// `…_detected": false`, `… = none`, `…: [false]`: the value of a key that begins with the word.
fn is_denied_after(after: &str) -> bool {
    let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    let Some(value) = rest.strip_prefix([':', '=']) else {
        return false;
    };
    let value = value.trim_start().trim_start_matches(['[', '"', '\'']);
    ["false", "none", "null", "0"].iter().any(|word| {
        value.strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || ".-_".contains(c))
        })
    })
}

/// What follows a number that counts things.
const COUNTED: &[&str] = &[
    "records",
    "items",
    "files",
    "requests",
    "tests",
    "images",
    "rows",
    "tokens",
    "users",
    "ms",
    "milliseconds",
    "seconds",
    "bytes",
    "kb",
    "mb",
    "entries",
    "lines",
    "times",
    "jobs",
    "steps",
    "points",
    "calls",
    "messages",
    "objects",
    "of",
    "samples",
    "pixels",
    "prompts",
    "tasks",
    "workers",
    "connections",
    "errors",
    "events",
    "pages",
    "results",
    "chunks",
    "documents",
];

/// Whether what follows a number shows that it counts something, and is no status.
pub(crate) fn is_count(after: &str) -> bool {
    let word = after
        .trim_start()
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    after.starts_with([' ', '/']) && COUNTED.contains(&word)
}

/// What tools print beside every failure of a kind, whatever its cause: the detail behind it decides. Azure CLI's words
/// for any failure of TLS: azure-cli-core, `util.py`.
const BOILERPLATE: &[&str] = &[
    "certificate verification failed. this typically happens when using azure cli behind a proxy that intercepts traffic with a self-signed certificate. please add this certificate to the trusted ca bundle.",
    "this typically happens when using azure cli behind a proxy that intercepts traffic with a self-signed certificate.",
    "please add this certificate to the trusted ca bundle.",
];

/// A normalised text without what its tool always prints, where a detail is left to decide by.
pub(crate) fn without_boilerplate(text: String) -> String {
    if !text.contains("error detail: ") {
        return text;
    }
    BOILERPLATE
        .iter()
        .fold(text, |text, words| text.replace(words, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_not_stated() {
        for (text, word) in [
            ("safety check: no nsfw content detected", "nsfw"),
            ("{\"has_nsfw_concepts\": [false]}", "has_nsfw"),
            ("{'nsfw_content_detected': false, 'seed': 1}", "nsfw"),
            ("finished with 0 timeouts.", "timeout"),
            ("error_code=none", "error_code"),
            ("no certificate has expired", "certificate has expired"),
        ] {
            assert!(!is_stated(text, word), "{text}");
        }
        for (text, word) in [
            ("nsfw content detected", "nsfw"),
            ("no nsfw content detected. then: nsfw content", "nsfw"),
            ("no api key provided", "api key"),
            ("no route matched with those values", "no route matched"),
            ("{\"nsfw\": true}", "nsfw"),
            ("error code: 0x80004005", "error code"),
            ("there is no deployment of that name", "deployment"),
        ] {
            assert!(is_stated(text, word), "{text}");
        }
    }

    #[test]
    fn a_number_before_what_it_counts_is_no_status() {
        assert!(is_count(" records") && is_count(" of 1000") && is_count(" ms"));
        assert!(!is_count(" not found") && !is_count("") && !is_count(": x"));
    }
}

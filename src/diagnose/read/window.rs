//! A long log in bounded memory: what is around its last error.

use std::borrow::Cow;
use std::collections::VecDeque;

/// Bytes that are kept before the last error.
const BEFORE: usize = 9 * 1024;
/// Bytes that are kept from the first line of the last error on.
const AFTER: usize = 12 * 1024;
/// Bytes of one line that count; what is longer is a body with an image in it.
const LINE: usize = 4 * 1024;
/// A text up to this length is kept whole.
const WHOLE: usize = BEFORE + AFTER;

/// What is kept of a text while its lines come.
#[derive(Debug, Default)]
pub struct Window {
    recent: VecDeque<String>,
    recent_bytes: usize,
    kept: String,
    /// Bytes of `kept` that come before its first error.
    lead: usize,
    is_full: bool,
}

impl Window {
    /// Takes the next line, without its end.
    pub fn push(&mut self, line: &str) {
        let line = cut(line, LINE);
        let is_error = is_error(line);
        if is_error && (self.kept.is_empty() || self.is_full) {
            self.kept = self.recent.iter().map(|line| format!("{line}\n")).collect();
            self.lead = self.kept.len();
            self.is_full = false;
        } else if is_error && self.kept.len() - self.lead > AFTER / 2 {
            // Errors without a pause between them: the later ones count.
            self.kept = self.recent.iter().map(|line| format!("{line}\n")).collect();
            self.lead = self.kept.len();
        }
        if !self.kept.is_empty() || is_error {
            if self.kept.len() + line.len() + 1 > self.lead + AFTER {
                self.is_full = true;
            }
            if !self.is_full {
                self.kept.push_str(line);
                self.kept.push('\n');
            }
        }
        self.recent_bytes += line.len() + 1;
        self.recent.push_back(line.to_owned());
        while self.recent_bytes > BEFORE {
            match self.recent.pop_front() {
                Some(line) => self.recent_bytes -= line.len() + 1,
                None => break,
            }
        }
    }

    /// What is around the last error; the end of the text where there is none.
    pub fn finish(self) -> String {
        match self.kept.is_empty() {
            true => self.recent.iter().map(|line| format!("{line}\n")).collect(),
            false => self.kept,
        }
    }
}

/// Whether input is one document that has to be read whole: its first line begins a JSON object and does not end it.
pub fn is_document(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    let line = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    start.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err()
}

/// A text as it is where it is short, and what is around its last error where it is long. A page and a body on one line
/// say what they are at their beginning.
pub(super) fn focused(text: &str) -> Cow<'_, str> {
    if text.len() <= WHOLE || text.trim_start().starts_with(['<', '{']) && !text.contains("\n{") {
        return Cow::Borrowed(text);
    }
    let mut window = Window::default();
    text.lines().for_each(|line| window.push(line));
    Cow::Owned(window.finish())
}

const SIGNS: &[&str] = &[
    "error",
    "exception",
    "fail",
    "denied",
    "refused",
    "timed out",
    "timeout",
    "unauthorized",
    "forbidden",
    "traceback",
    "fatal",
    "panic",
    "not found",
    "could not",
    "aadsts",
    "http/1.1 4",
    "http/1.1 5",
    "http/2 4",
    "http/2 5",
    "rejected",
    "exceeded",
    "invalid",
];
const DENIED: &[&str] = &[
    "no error",
    "0 error",
    "without error",
    "errors: 0",
    "errors=0",
    "error: none",
    "error=none",
    "error: null",
    "\"error\":null",
    "\"error\": null",
    "0 failed",
    "failed: 0",
    "failed=0",
    "no failures",
    "error_count=0",
    "errors: none",
];

/// Whether a line tells of an error, and not that there is none.
fn is_error(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    SIGNS.iter().any(|sign| line.contains(sign)) && !DENIED.iter().any(|word| line.contains(word))
}

fn cut(line: &str, most: usize) -> &str {
    let mut end = line.len().min(most);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_a_long_log_is_kept_with_what_is_around_it() {
        let mut window = Window::default();
        for number in 0..200_000 {
            match number {
                10 => window.push("ERROR: getaddrinfo ENOTFOUND a.openai.azure.com"),
                150_000 => {
                    window.push("ERROR: the call failed");
                    window.push("  {\"code\":\"DeploymentNotFound\"}");
                }
                _ => window.push(&format!("INFO processed record {number} with 0 errors")),
            }
        }
        let kept = window.finish();
        assert!(kept.len() < 2 * WHOLE, "{}", kept.len());
        assert!(kept.contains("DeploymentNotFound") && !kept.contains("ENOTFOUND"));
        assert!(kept.contains("record 149999") && kept.contains("record 150001"));
    }

    #[test]
    fn a_short_text_a_page_and_a_text_without_an_error_are_kept() {
        assert_eq!(focused("short"), "short");
        let page = format!("<html>\n{}", "x\n".repeat(WHOLE));
        assert!(matches!(focused(&page), Cow::Borrowed(_)));
        let quiet = "all is well\n".repeat(10_000) + "the end";
        let kept = focused(&quiet);
        assert!(kept.ends_with("the end\n") && kept.len() <= WHOLE);
    }

    #[test]
    fn a_document_over_several_lines_is_told_from_lines_of_a_log() {
        assert!(is_document(b"{\n \"log\": {}"));
        assert!(!is_document(b"{\"log\":\"x\"}\n{\"log\":\"y\"}"));
        assert!(!is_document(b"HTTP/1.1 404"));
    }
}

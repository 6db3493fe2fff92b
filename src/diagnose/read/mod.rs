//! Readers for exchanges as people have them: JSON lines, HAR files, what curl printed. They take what is there and
//! never invent the rest.

mod curl;
mod decode;
mod har;
mod jsonl;
mod lines;
mod logs;
#[cfg(test)]
mod pasted;
mod plain;
mod transcript;
mod window;

pub use curl::curl;
pub use har::har;
pub use jsonl::{is_line, jsonl, line, reading};
pub use window::{Window, is_document};

pub(crate) use decode::decode;
pub(crate) use plain::plain;

use crate::model::Exchange;

/// One exchange as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its name in the input; a number where it has none.
    pub id: String,
    /// What was read.
    pub exchange: Exchange,
    /// What could not be taken over as it stood, one sentence each.
    pub notes: Vec<String>,
}

/// Input that holds no exchange.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing but white space.
    #[error(
        "the input is empty; give JSON lines, a HAR file, or what `curl -i` or `curl -v` printed"
    )]
    Empty,
    /// The input is said to be a HAR file and is none.
    #[error("the input is no HAR file: {0}; export one with the browser's `Save all as HAR`")]
    Har(String),
    /// A line that is no JSON object.
    #[error("line {line}: {why}; every line must be one JSON object")]
    Line {
        /// Number of the line, from 1.
        line: usize,
        /// What the parser said.
        why: String,
    },
}

/// Reads input of any of the three forms, found by looking at it. Text of no known form is read as the body of one
/// answer, so that an exception pasted from a terminal is explained as well.
///
/// # Errors
/// [`ReadError`] where the input is empty or begins as JSON lines and goes on as something else.
pub fn exchanges(input: &[u8]) -> Result<Vec<Reading>, ReadError> {
    let text = decode(input);
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    if let Some(known) = known(&text) {
        return known;
    }
    let focused = window::focused(&text);
    let text = plain(&focused);
    known(&text).unwrap_or_else(|| Ok(curl(&text)))
}

/// Input of a form that is read as it stands: a HAR file, JSON lines.
fn known(text: &str) -> Option<Result<Vec<Reading>, ReadError>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    match har(text) {
        Ok(readings) => Some(Ok(readings)),
        Err(_) => is_exchange(text).then(|| jsonl(text)),
    }
}

/// Whether the first line, or the whole, is an object with a part of an exchange rather than a pasted body.
fn is_exchange(text: &str) -> bool {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    [first, text]
        .iter()
        .filter_map(|json| serde_json::from_str::<serde_json::Value>(json).ok())
        .any(|value| jsonl::has_part(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_form_is_found_by_looking() {
        let jsonl = br#"{"id":"a","response":{"status":404,"body":"x"}}"#;
        assert_eq!(exchanges(jsonl).unwrap()[0].id, "a");
        let har = br#"{"log":{"entries":[{"request":{"method":"GET","url":"https://a/"},"response":{"status":200}}]}}"#;
        assert_eq!(exchanges(har).unwrap()[0].exchange.status(), Some(200));
        let curl = b"HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\nbody";
        assert_eq!(
            exchanges(curl).unwrap()[0].exchange.header("server"),
            Some("x")
        );
        let pasted = br#"{"error":{"code":"404","message": "Resource not found"}}"#;
        assert!(
            exchanges(pasted).unwrap()[0]
                .exchange
                .body()
                .contains("Resource not found")
        );
        assert_eq!(exchanges(b" \n"), Err(ReadError::Empty));
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer_or_an_error(input in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = super::exchanges(&input);
        }

        #[test]
        fn text_near_the_known_forms_gives_an_answer_or_an_error(
            input in r#"(\{"(request|response|log|id)": ?|[{}\[\]",:]|HTTP/1\.1 [0-9]{3}|[<>*] |\r?\n|'error'|\\u[0-9a-f]{0,4}|[a-zé ]{0,5}){0,40}"#
        ) {
            if let Ok(readings) = super::exchanges(input.as_bytes()) {
                for reading in readings {
                    let _ = super::super::hop(&reading.exchange);
                }
            }
        }
    }
}

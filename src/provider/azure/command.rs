//! A URL inside a longer text: a command line such as curl's, a line of code, a sentence.

use super::examine::is_url;
use std::fmt;

/// A key that was pasted together with a URL.
#[derive(Clone, PartialEq, Eq)]
pub struct PastedKey {
    /// Where the caller puts it.
    pub place: KeyPlace,
    /// The key.
    pub secret: String,
}

/// Where a caller puts a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// A query parameter of that name.
    Query(String),
    /// A header of that name.
    Header(String),
    /// `Authorization: Bearer`.
    Bearer,
}

impl fmt::Debug for PastedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PastedKey")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// A URL found in a text, and the key beside it.
pub(super) struct Quoted {
    /// The URL as it stands there.
    pub(super) url: String,
    /// The key that a header of the command carries.
    pub(super) key: Option<PastedKey>,
    /// The model that the body of the command names.
    pub(super) model: Option<String>,
}

/// The URL that a text of several words quotes; nothing where the text is one word, or has no URL.
pub(super) fn quoted(text: &str) -> Option<Quoted> {
    let text = text.trim();
    if !text.contains(char::is_whitespace) {
        return None;
    }
    let words = words_of(text);
    let url = words.iter().find_map(|word| url_in(word))?;
    let key = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(flag, _)| matches!(flag.as_str(), "-H" | "--header"))
        .map(|(_, value)| value.clone())
        .chain(words.iter().filter_map(|word| {
            let joined = word.strip_prefix("-H").or(word.strip_prefix("--header="));
            joined
                .filter(|value| value.contains(':'))
                .map(str::to_owned)
        }))
        .find_map(|header| key_in(&header));
    let model = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(flag, _)| BODY_FLAGS.contains(&flag.as_str()))
        .find_map(|(_, body)| {
            let body: serde_json::Value = serde_json::from_str(body).ok()?;
            body["model"].as_str().map(str::to_owned)
        });
    Some(Quoted { url, key, model })
}

/// Flags of curl before a body.
const BODY_FLAGS: [&str; 5] = ["-d", "--data", "--data-raw", "--data-binary", "--json"];

/// The words of a text as a shell reads them: quotes hold a word together, a backslash escapes.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            // A line that goes on: `\` of a shell, `^` of cmd, a backtick of PowerShell.
            (None, '\\' | '^' | '`')
                if characters.peek().is_none_or(|c| *c == '\n' || *c == '\r') => {}
            (Some('"') | None, '\\') => word.extend(characters.next()),
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The URL that a word is, begins or holds (`endpoint=https://...`).
fn url_in(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let at = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| lower.find(scheme))
        .min()?;
    let url = word.get(at..)?;
    let end = url.find(|c: char| c.is_whitespace() || "\"'`<>|{}".contains(c));
    let url = url.get(..end.unwrap_or(url.len()))?;
    let url = url.trim_end_matches(['.', ',', ';', ':', ')', ']', '!']);
    (is_url(url) && url.len() > "https://".len()).then(|| url.to_owned())
}

/// The key that a header line carries; nothing for a placeholder, which no service ever gave out.
fn key_in(header: &str) -> Option<PastedKey> {
    let (name, value) = header.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let lower = name.to_ascii_lowercase();
    let (place, secret) = match lower.as_str() {
        "authorization" => {
            let (scheme, token) = value.split_once(' ')?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return None;
            }
            (KeyPlace::Bearer, token.trim())
        }
        "api-key" | "ocp-apim-subscription-key" | "x-api-key" => {
            (KeyPlace::Header(name.to_owned()), value)
        }
        lower if lower.ends_with("-key") => (KeyPlace::Header(name.to_owned()), value),
        _ => return None,
    };
    (!is_placeholder(secret)).then(|| PastedKey {
        place,
        secret: secret.to_owned(),
    })
}

/// Whether a value stands for a key that the reader is to put in: `$KEY`, `<key>`, `{{key}}`, `%KEY%`, `YOUR_KEY`, `***`.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_marked = value.starts_with(['$', '<', '{', '%', '[', '*']) || value.contains("...");
    let is_word = [
        "your", "api_key", "api-key", "apikey", "redacted", "xxxx", "****",
    ]
    .iter()
    .any(|word| lower.contains(word));
    value.is_empty() || is_marked || is_word || value.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://g.azure-api.net/a/openai/deployments/d/images/generations?api-version=2025-04-01-preview";

    fn key(text: &str) -> Option<(KeyPlace, String)> {
        quoted(text).unwrap().key.map(|key| (key.place, key.secret))
    }

    #[test]
    fn the_url_is_read_out_of_what_surrounds_it() {
        for text in [
            format!("curl -X POST '{URL}' -d '{{\"prompt\":\"x\"}}'"),
            format!("curl \"{URL}\" \\\n  -H \"Content-Type: application/json\""),
            format!("curl --request POST --url {URL} --header 'api-key: $KEY'"),
            format!("POST {URL} HTTP/1.1"),
            format!("endpoint = \"{URL}\","),
            format!("it fails at {URL}."),
            format!("Invoke-RestMethod `\n -Uri {URL}"),
        ] {
            assert_eq!(
                quoted(&text).map(|found| found.url).as_deref(),
                Some(URL),
                "{text}"
            );
        }
        for text in [URL, "FLUX-1.1-pro", "no url here", "curl https://"] {
            assert!(quoted(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_key_of_a_header_is_taken_and_a_placeholder_is_not() {
        let header = |name: &str| KeyPlace::Header(name.to_owned());
        for (flags, found) in [
            ("-H 'api-key: 0a1b'", Some((header("api-key"), "0a1b"))),
            ("-H api-key:0a1b", Some((header("api-key"), "0a1b"))),
            (
                "-H'Ocp-Apim-Subscription-Key: 0a1b'",
                Some((header("Ocp-Apim-Subscription-Key"), "0a1b")),
            ),
            (
                "--header=\"Authorization: Bearer 0a1b\"",
                Some((KeyPlace::Bearer, "0a1b")),
            ),
            (
                "-H 'Content-Type: application/json' -H 'api-key: 0a1b'",
                Some((header("api-key"), "0a1b")),
            ),
            ("-H 'api-key: $AZURE_KEY'", None),
            ("-H 'api-key: <key>'", None),
            ("-H 'api-key: YOUR_KEY'", None),
            ("-H 'Authorization: Basic 0a1b'", None),
            ("-H 'Content-Type: application/json'", None),
        ] {
            let text = format!("curl {URL} {flags}");
            let found = found.map(|(place, secret)| (place, secret.to_owned()));
            assert_eq!(key(&text), found, "{flags}");
        }
        let body = format!("curl {URL} -d '{{\"model\": \"flux\", \"prompt\": \"x\"}}'");
        assert_eq!(quoted(&body).unwrap().model.as_deref(), Some("flux"));
        assert!(
            !format!(
                "{:?}",
                quoted(&format!("curl {URL} -H 'api-key: 0a1b'"))
                    .unwrap()
                    .key
            )
            .contains("0a1b")
        );
    }
}

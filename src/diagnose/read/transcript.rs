//! Several exchanges in one paste, and the commands that made them.

use super::curl::{header, is_failure};
use super::lines;
use crate::model::Header;

/// What a printed command says of the request.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) method: Option<String>,
    pub(super) url: Option<String>,
    pub(super) headers: Vec<Header>,
}

/// Where the first status line of a text begins.
pub(super) fn status_line(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_status(line) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Whether a line begins as `HTTP/1.1 404`.
fn is_status(line: &str) -> bool {
    status(line).is_some()
}

fn status(line: &str) -> Option<u16> {
    let line = line.strip_prefix("< ").unwrap_or(line);
    let mut parts = line.strip_prefix("HTTP/")?.split_whitespace();
    let is_version = parts
        .next()?
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let status = parts.next()?.parse().ok()?;
    (is_version && (100..600).contains(&status)).then_some(status)
}

/// The exchanges of a text, one part each; a text that is not several is one part.
pub(super) fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = Part::default();
    for line in text.lines() {
        if part.is_over(line) {
            parts.push(std::mem::take(&mut part).text);
        }
        part.push(line);
    }
    // Words behind the last exchange are no exchange.
    if part.is_an_exchange() || parts.is_empty() {
        parts.push(part.text);
    } else if let Some(last) = parts.last_mut() {
        last.push_str(&part.text);
    }
    match parts.as_slice() {
        [_] => vec![text.to_owned()],
        _ => parts,
    }
}

#[derive(Default)]
struct Part {
    text: String,
    status: Option<u16>,
    has_body: bool,
    is_head_over: bool,
    has_failed: bool,
    /// Whether curl says that the next answer belongs to the same call.
    goes_on: bool,
}

impl Part {
    /// Whether the part is whole, as `line` begins another.
    fn is_over(&self, line: &str) -> bool {
        let is_answered = self.status.is_some_and(|status| {
            status >= 400 || status >= 200 && self.has_body && !(300..400).contains(&status)
        });
        let is_whole = (is_answered || self.has_failed) && !self.goes_on;
        is_whole
            && (is_prompt(line)
                || lines::is_sent(line)
                || is_status(line) && !line.starts_with("< ") && self.has_body
                || line.starts_with("* Trying ")
                || line.starts_with("*   Trying "))
    }

    fn push(&mut self, line: &str) {
        match status(line) {
            Some(status) => {
                self.status = Some(status);
                self.has_body = false;
                self.is_head_over = false;
                self.goes_on = false;
            }
            None if self.status.is_some() => {
                let is_head = header(line.strip_prefix("< ").unwrap_or(line)).is_some();
                self.is_head_over |= line.trim().is_empty() || line == "<" || !is_head;
                self.has_body |= self.is_head_over
                    && !line.trim().is_empty()
                    && !line.starts_with(['*', '<', '>']);
            }
            None => {}
        }
        self.has_failed |= line.starts_with("curl: (")
            || line.starts_with("* ") && is_failure(line) && line.contains("curl");
        self.goes_on |= line.starts_with("* Issue another request")
            || line.starts_with("* Ignoring the response-body");
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn is_an_exchange(&self) -> bool {
        self.status.is_some() || self.has_failed || lines::is_verbose(&self.text)
    }
}

/// Whether a line is a command that was typed: `$ curl …`.
fn is_prompt(line: &str) -> bool {
    let line = line.trim_start();
    let typed = line.strip_prefix(['$', '%', '#']).or_else(|| {
        Some(
            line.split_once("> ")
                .filter(|(prompt, _)| prompt.starts_with("PS "))?
                .1,
        )
    });
    let typed = typed.map_or(line, str::trim_start);
    [
        "curl ",
        "http ",
        "https ",
        "wget ",
        "Invoke-RestMethod ",
        "Invoke-WebRequest ",
    ]
    .iter()
    .any(|program| typed.starts_with(program))
}

/// What the first `curl` command of a text asks for. Values of headers are kept only as far as a record keeps them.
pub(super) fn command(text: &str) -> Option<Command> {
    let from = text.match_indices("curl ").map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || "$%#>`(".contains(c))
    })?;
    // A command goes on where its line ends with a backslash, a caret or a back quote.
    let mut lines = Vec::new();
    for line in text[from..].lines() {
        let line = line.trim_end();
        let goes_on = line.ends_with(['\\', '^']) || line.len() > 4 && line.ends_with('`');
        lines.push(line.trim_end_matches(['\\', '^']));
        if !goes_on {
            break;
        }
    }
    let words = words(&lines.join(" "));
    let mut command = Command::default();
    let mut words = words.iter().skip(1).map(String::as_str);
    let mut has_data = false;
    while let Some(word) = words.next() {
        match word {
            "-X" | "--request" => command.method = words.next().map(str::to_owned),
            "-H" | "--header" => command.headers.extend(words.next().and_then(header)),
            "--url" => command.url = words.next().map(str::to_owned),
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--json" | "-F" | "--form" => {
                has_data = true;
                words.next();
            }
            "-o" | "--output" | "-u" | "--user" | "-x" | "--proxy" | "-w" | "--write-out"
            | "-m" | "--max-time" | "--cacert" | "--resolve" | "-A" | "--connect-timeout" => {
                words.next();
            }
            url if url.starts_with("http://") || url.starts_with("https://") => {
                command.url = Some(url.to_owned());
            }
            method if method.starts_with("-X") => command.method = Some(method[2..].to_owned()),
            _ => {}
        }
    }
    if command.method.is_none() && command.url.is_some() {
        command.method = Some(if has_data { "POST" } else { "GET" }.to_owned());
    }
    command.url.is_some().then_some(command)
}

/// A command's words, with their quotes undone.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut open: Option<char> = None;
    for c in command.chars() {
        match open {
            Some(quote) if c == quote => open = None,
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => open = Some(c),
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            None => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_exchanges_are_several_parts() {
        let two = "$ curl -i https://a/x\nHTTP/1.1 404 Not Found\nA: b\n\n{\"a\":1}\n$ curl -i https://a/y\nHTTP/1.1 401 No\n\n{}\n\nWhat is wrong?\n";
        let found = parts(two);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("404")
                && found[1].contains("401")
                && found[1].contains("What is wrong")
        );
        let bodies = "HTTP/1.1 404 Not Found\n\n{\"a\":1}\n\nHTTP/1.1 401 No\n\n{}\n";
        assert_eq!(parts(bodies).len(), 2);
        let failed = "curl: (6) Could not resolve host: a\n$ curl https://b\ncurl: (7) Failed to connect to b\n";
        assert_eq!(parts(failed).len(), 2);
        let calls = "> POST /a HTTP/1.1\n> Host: x\n< HTTP/1.1 404 No\n<\n{}\n> POST /b HTTP/1.1\n< HTTP/1.1 500 No\n<\n{}\n";
        assert_eq!(parts(calls).len(), 2);
    }

    #[test]
    fn interim_answers_and_redirects_are_of_the_same_exchange() {
        for one in [
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 401 No\n\n{}",
            "HTTP/1.1 200 Connection established\n\nHTTP/2 404\na: b\n\n{}",
            "HTTP/1.1 302 Found\nLocation: /y\n\n<html>moved</html>\nHTTP/1.1 404 No\n\n{}",
            "> GET / HTTP/1.1\n< HTTP/1.1 401 No\n<\n* Ignoring the response-body\n* Issue another request to this URL\n> GET / HTTP/1.1\n< HTTP/1.1 404 No\n<\n{}",
            "Error: it failed\nError code: 404",
        ] {
            assert_eq!(parts(one), [one.to_owned()]);
        }
    }

    #[test]
    fn a_command_says_what_was_asked() {
        let text = "I ran\n$ curl -sS -X POST \\\n  -H 'api-key: k' \\\n  --data '{\"prompt\": \"x\"}' \\\n  \"https://a.azure-api.net/x?api-version=1\"\n{}";
        let found = command(text).unwrap();
        assert_eq!(found.method.as_deref(), Some("POST"));
        assert_eq!(
            found.url.as_deref(),
            Some("https://a.azure-api.net/x?api-version=1")
        );
        assert_eq!(found.headers.len(), 1);
        let posted = command("curl https://a/ -d x").unwrap();
        assert_eq!(posted.method.as_deref(), Some("POST"));
        assert!(command("curl: (6) Could not resolve host").is_none());
        assert!(command("libcurl 7 https://x").is_none());
    }
}

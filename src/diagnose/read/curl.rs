//! What curl printed, with `-i` or `-v`, and any other text as the body of an answer.

use super::{Reading, lines, transcript};
use crate::model::{
    Exchange, Header, RecordedRequest, RecordedResponse, TransportError, TransportFailure,
};

/// Reads what `curl -i` or `curl -v` printed, with whatever stands around it; each exchange is one reading. Interim
/// answers (100, a proxy's 200 to CONNECT, redirects) are passed over: the last answer of an exchange counts. Text
/// without a status line becomes the body of an answer without a status.
pub fn curl(text: &str) -> Vec<Reading> {
    let parts = transcript::parts(text);
    let readings = parts.iter().enumerate().map(|(at, part)| one(part, at + 1));
    readings.collect()
}

fn one(text: &str, number: usize) -> Reading {
    let mut exchange = Exchange::default();
    match lines::is_verbose(text)
        || text
            .lines()
            .any(|line| line.starts_with("* ") && is_failure(line))
    {
        true => verbose(text, &mut exchange),
        false => plain(text, &mut exchange),
    }
    if let Some(command) = transcript::command(text) {
        exchange.request.method = exchange.request.method.or(command.method);
        exchange.request.url = exchange.request.url.or(command.url);
        if exchange.request.headers.is_empty() {
            exchange.request.headers = command.headers;
        }
    }
    let notes = match exchange.response.as_ref() {
        Some(answer) if answer.status.is_none() => {
            vec!["no status line: the text was read as a body".to_owned()]
        }
        _ => Vec::new(),
    };
    Reading {
        id: number.to_string(),
        exchange,
        notes,
    }
}

fn verbose(text: &str, exchange: &mut Exchange) {
    let mut body = String::new();
    let mut lines = Vec::new();
    let mut is_connect = false;
    for line in text.lines().map(str::trim_end) {
        if let Some(sent) = line.strip_prefix("> ") {
            is_connect = match status_or_request(sent) {
                Some(Line::Request("CONNECT", target)) => {
                    exchange
                        .request
                        .url
                        .get_or_insert_with(|| format!("https://{target}"));
                    true
                }
                Some(Line::Request(method, target)) => {
                    exchange.request = RecordedRequest {
                        method: Some(method.to_owned()),
                        url: Some(target.to_owned()),
                        ..RecordedRequest::default()
                    };
                    false
                }
                _ => is_connect,
            };
            if !is_connect && let Some(header) = header(sent) {
                exchange.request.headers.push(header);
            }
        } else if let Some(came) =
            line.strip_prefix("< ")
                .or(if line == "<" { Some("") } else { None })
        {
            if came.starts_with("HTTP/") {
                lines.clear();
                body.clear();
            }
            lines.push(came);
        } else if let Some(note) = line.strip_prefix("* ") {
            if is_failure(note) {
                note_failure(exchange, note);
            }
        } else if line.starts_with("curl: (") {
            note_failure(exchange, line);
        } else if !line.starts_with("{ [") && !line.starts_with("} [") && line != ">" {
            body.push_str(line);
            body.push('\n');
        }
    }
    absolute_url(exchange);
    if let Some(answer) = head(&lines) {
        exchange.response = Some(with_body(answer, body.trim_end()));
    } else if exchange.transport_error.is_none() {
        exchange.response = Some(with_body(RecordedResponse::default(), body.trim_end()));
    }
}

fn plain(text: &str, exchange: &mut Exchange) {
    // What stands before the first status line is a sentence or a command.
    let mut rest = transcript::status_line(text).map_or(text, |at| &text[at..]);
    while rest.starts_with("HTTP/") {
        let end = ["\r\n\r\n", "\n\n"]
            .iter()
            .filter_map(|blank| rest.find(blank).map(|at| (at, at + blank.len())))
            .min();
        let (head_end, body_start) = end.unwrap_or((rest.len(), rest.len()));
        let mut lines: Vec<&str> = rest[..head_end].lines().collect();
        let first = lines.first().copied().unwrap_or_default();
        // On one line, the body begins with its first mark.
        let (first, same_line) = match first.find(['{', '<']) {
            Some(at) => first.split_at(at),
            None => (first, ""),
        };
        if let Some(line) = lines.first_mut() {
            *line = first;
        }
        // Without a blank line between them, the body begins where no header is.
        let is_head =
            |line: &&str| header(line).is_some_and(|Header(_, value)| !value.starts_with('{'));
        let heads = 1 + lines
            .iter()
            .skip(1)
            .take_while(|line| is_head(line))
            .count();
        exchange.response = head(lines.get(..heads).unwrap_or(&lines));
        let after: usize = rest.split_inclusive('\n').take(heads).map(str::len).sum();
        rest = match (same_line.is_empty(), heads < lines.len()) {
            (false, _) => &rest[first.len()..],
            (true, true) => &rest[after.min(rest.len())..],
            (true, false) => &rest[body_start..],
        };
    }
    let (body, failure) = match rest.rfind("curl: (") {
        Some(at) if at == 0 || rest[..at].ends_with('\n') => rest.split_at(at),
        _ => (rest, ""),
    };
    if !failure.is_empty() {
        note_failure(exchange, failure.trim_end());
    }
    let body = body.trim_matches(['\r', '\n']);
    match exchange.response.take() {
        Some(answer) => exchange.response = Some(with_body(answer, body)),
        None if failure.is_empty() || !is_command(body) => {
            exchange.response = Some(with_body(RecordedResponse::default(), body));
        }
        None => {}
    }
}

/// Whether a text before curl's own failure holds nothing but the command.
fn is_command(text: &str) -> bool {
    let is_of_it = |line: &str| {
        let line = line.trim();
        line.is_empty()
            || line.contains("curl ")
            || line.starts_with('-')
            || line.contains("--:--")
            || line.starts_with("% Total")
            || line.starts_with("Dload")
    };
    text.lines().all(is_of_it)
}

enum Line<'a> {
    Request(&'a str, &'a str),
}

fn status_or_request(line: &str) -> Option<Line<'_>> {
    let mut parts = line.split(' ');
    let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
    version
        .starts_with("HTTP/")
        .then_some(Line::Request(method, target))
}

fn head(lines: &[&str]) -> Option<RecordedResponse> {
    let mut parts = lines
        .first()?
        .strip_prefix("HTTP/")?
        .trim_end()
        .splitn(3, ' ');
    parts.next()?;
    let status = parts.next()?.trim().parse().ok()?;
    Some(RecordedResponse {
        status: Some(status),
        reason: parts
            .next()
            .map(|reason| reason.trim().to_owned())
            .filter(|reason| !reason.is_empty() && !reason.contains(": ")),
        headers: lines[1..].iter().filter_map(|line| header(line)).collect(),
        ..RecordedResponse::default()
    })
}

fn with_body(mut answer: RecordedResponse, body: &str) -> RecordedResponse {
    answer.body_bytes = body.len() as u64;
    answer.body = body.to_owned();
    answer
}

pub(super) fn header(line: &str) -> Option<Header> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_name.then(|| Header(name.to_owned(), value.trim().to_owned()))
}

pub(super) fn is_failure(note: &str) -> bool {
    const SIGNS: &[&str] = &[
        "Could not resolve",
        "Failed to connect",
        "failed:",
        "SSL certificate problem",
        "SSL: no alternative",
        "Connection refused",
        "timed out",
        "Empty reply",
        "Recv failure",
        "CONNECT tunnel failed",
        "Received HTTP code",
    ];
    SIGNS.iter().any(|sign| note.contains(sign))
}

fn note_failure(exchange: &mut Exchange, text: &str) {
    match &mut exchange.transport_error {
        Some(error) => {
            error.text.push('\n');
            error.text.push_str(text);
        }
        None => {
            exchange.transport_error = Some(TransportError {
                kind: TransportFailure::Other,
                text: text.to_owned(),
            });
        }
    }
}

/// curl prints the path alone; with the Host header it becomes a URL. The scheme shows in no line that is always there,
/// and https is what these services speak.
fn absolute_url(exchange: &mut Exchange) {
    let host = exchange.request.header("host").map(str::to_owned);
    if let (Some(host), Some(url)) = (host, exchange.request.url.as_mut())
        && url.starts_with('/')
    {
        *url = format!("https://{host}{url}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Exchange {
        curl(text).remove(0).exchange
    }

    #[test]
    fn the_last_of_several_answers_counts() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Access Denied\r\nContent-Type: application/json\r\n\r\n{ \"statusCode\": 401 }\n";
        let exchange = one(text);
        assert_eq!(exchange.status(), Some(401));
        assert_eq!(exchange.body(), "{ \"statusCode\": 401 }");
        assert_eq!(
            exchange.response.unwrap().reason.as_deref(),
            Some("Access Denied")
        );
    }

    #[test]
    fn verbose_output_gives_the_request_as_well() {
        let text = "* Connected to x (1.2.3.4) port 443\n> POST /a?api-version=1 HTTP/1.1\n> Host: x.azure-api.net\n> api-key: k\n>\n< HTTP/1.1 404 Resource Not Found\n< Date: now\n<\n{ [54 bytes data]\n{ \"statusCode\": 404, \"message\": \"Resource not found\" }\n* Connection #0 to host left intact\n";
        let exchange = one(text);
        assert_eq!(
            exchange.request.url.as_deref(),
            Some("https://x.azure-api.net/a?api-version=1")
        );
        assert!(exchange.request.header("api-key").is_some());
        assert_eq!(exchange.status(), Some(404));
        assert_eq!(exchange.body().len(), 54);
        assert_eq!(exchange.transport_error, None);
    }

    #[test]
    fn failures_before_an_answer_are_kept() {
        let exchange = one(
            "* Could not resolve host: nope.azure-api.net\n* Closing connection\ncurl: (6) Could not resolve host: nope.azure-api.net",
        );
        assert_eq!(exchange.response, None);
        assert!(exchange.transport_error.unwrap().text.contains("curl: (6)"));
        let alone = one("curl: (60) SSL certificate problem: certificate has expired");
        assert_eq!(alone.response, None);
        assert!(alone.transport_error.is_some());
    }

    #[test]
    fn other_text_is_a_body_without_a_status() {
        let exchange = one("NotFoundError: Resource not found");
        assert_eq!(exchange.status(), None);
        assert_eq!(exchange.body(), "NotFoundError: Resource not found");
    }
}

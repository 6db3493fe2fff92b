//! A recorded request as something that can be sent again.

use crate::model::{Exchange, Header, Leg};

/// What stands in a record in place of a value that is not recorded.
const WITHHELD: &str = "(not recorded)";
/// Headers that the sending program makes itself.
const MADE_BY_CLIENT: [&str; 5] = [
    "content-length",
    "host",
    "connection",
    "transfer-encoding",
    "traceparent",
];

/// A request to send again.
#[derive(Debug, PartialEq)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    /// Without the credential's.
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) credential: Option<Credential<'a>>,
    pub(super) body: Body<'a>,
    /// What cannot be sent as it was, a sentence each.
    pub(super) notes: Vec<String>,
}

/// Where the credential goes, and the variable that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credential<'a> {
    pub(super) place: Place<'a>,
    pub(super) variable: &'static str,
}

/// Where a credential goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Header(&'a str),
    Query(&'a str),
    Bearer,
}

/// What is sent.
#[derive(Debug, PartialEq)]
pub(super) enum Body<'a> {
    Nothing,
    Text(&'a str),
    Form(Vec<Part<'a>>),
}

/// A field of a form.
#[derive(Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    pub(super) content: Content<'a>,
}

/// What a field holds.
#[derive(Debug, PartialEq)]
pub(super) enum Content<'a> {
    Text(String),
    File { name: &'a str, kind: &'a str },
}

impl<'a> Call<'a> {
    /// Reads the record of `exchange`; nothing where it has no URL.
    pub(super) fn of(exchange: &'a Exchange) -> Option<Self> {
        let request = &exchange.request;
        let url = request.url.as_deref()?;
        let sent = request.body.as_deref().filter(|body| !body.is_empty());
        let kind = request.header("content-type").unwrap_or_default();
        let is_form = kind.to_ascii_lowercase().starts_with("multipart/form-data");
        let body = match sent {
            None => Body::Nothing,
            Some(text) if is_form => Body::Form(parts(text)),
            Some(text) => Body::Text(text),
        };
        let mut notes = Vec::new();
        let mut headers = Vec::new();
        let credential = request.credential_in.as_deref().map(|place| {
            let place = place_of(place);
            Credential {
                place,
                variable: variable(place, exchange.leg),
            }
        });
        for Header(name, value) in &request.headers {
            let is_kind = name.eq_ignore_ascii_case("content-type");
            let is_made = MADE_BY_CLIENT
                .iter()
                .any(|made| name.eq_ignore_ascii_case(made));
            if is_made || is_form && is_kind || is_credential(name, credential) {
                continue;
            }
            if value == WITHHELD || name.is_empty() {
                notes.push(format!(
                    "the header {name} was sent, and its value is not recorded"
                ));
                continue;
            }
            headers.push((name.as_str(), value.as_str()));
        }
        if sent.is_some_and(|body| body.ends_with('…') || body.contains("… (")) {
            notes.push("the body is recorded shortened: put the rest in before sending".to_owned());
        }
        if let Body::Form(parts) = &body {
            let files = parts.iter().filter_map(|part| match &part.content {
                Content::File { name, .. } => Some(name),
                Content::Text(_) => None,
            });
            notes.extend(files.map(|name| format!("put a picture at {name} first")));
        }
        Some(Call {
            method: request.method.as_deref().unwrap_or("GET"),
            url,
            headers,
            credential,
            body,
            notes,
        })
    }
}

fn is_credential(name: &str, credential: Option<Credential<'_>>) -> bool {
    match credential.map(|credential| credential.place) {
        Some(Place::Header(header)) => name.eq_ignore_ascii_case(header),
        Some(Place::Bearer) => name.eq_ignore_ascii_case("authorization"),
        _ => false,
    }
}

fn place_of(text: &str) -> Place<'_> {
    if let Some(name) = text.strip_prefix("query ") {
        return Place::Query(name);
    }
    let name = text.strip_prefix("header ").unwrap_or(text);
    if name.starts_with("Authorization") {
        Place::Bearer
    } else {
        Place::Header(name)
    }
}

fn variable(place: Place<'_>, leg: Option<Leg>) -> &'static str {
    match (place, leg) {
        (Place::Bearer, _) => "ACCESS_TOKEN",
        (_, Some(Leg::Gateway)) => "APIM_KEY",
        (_, Some(Leg::Direct)) => "FOUNDRY_KEY",
        (_, None) => "API_KEY",
    }
}

/// The fields of a recorded form: a line `name: value` each, or `name: file F (KIND, N bytes)`. Lines that begin no
/// field belong to the value before.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part> = Vec::new();
    for line in text.lines() {
        let field = line.split_once(':').filter(|(name, _)| is_field(name));
        match (field, parts.last_mut()) {
            (Some((name, value)), _) => parts.push(Part {
                name,
                content: content(value.strip_prefix(' ').unwrap_or(value)),
            }),
            (
                None,
                Some(Part {
                    content: Content::Text(value),
                    ..
                }),
            ) => {
                value.push('\n');
                value.push_str(line);
            }
            (None, _) => {}
        }
    }
    parts
}

fn is_field(name: &str) -> bool {
    let is_mark = |c: char| c.is_ascii_alphanumeric() || "_-[].".contains(c);
    !name.is_empty() && name.chars().all(is_mark)
}

fn content(value: &str) -> Content<'_> {
    let file = value.strip_prefix("file ").and_then(|file| {
        let (name, rest) = file.rsplit_once(" (")?;
        let (kind, size) = rest.strip_suffix(" bytes)")?.rsplit_once(", ")?;
        size.parse::<u64>().ok()?;
        Some(Content::File { name, kind })
    });
    file.unwrap_or_else(|| Content::Text(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordedRequest;

    #[test]
    fn a_form_is_read_back() {
        let parts =
            parts("prompt: two\nlines\nimage: file in.png (image/png, 1839 bytes)\nn: 1\nx:");
        let text = |text: &str| Content::Text(text.into());
        let names: Vec<_> = parts.iter().map(|part| part.name).collect();
        assert_eq!(names, ["prompt", "image", "n", "x"]);
        assert_eq!(parts[0].content, text("two\nlines"));
        let file = Content::File {
            name: "in.png",
            kind: "image/png",
        };
        assert_eq!(parts[1].content, file);
        assert_eq!(content("file of mine"), text("file of mine"));
    }

    #[test]
    fn the_credential_is_a_variable_and_its_recorded_header_is_not_sent_twice() {
        let exchange = |credential: &str, leg| Exchange {
            request: RecordedRequest {
                url: Some("https://x/".into()),
                headers: vec![
                    Header("API-Key".into(), "(not recorded)".into()),
                    Header("x-odd".into(), "(not recorded)".into()),
                    Header("Host".into(), "x".into()),
                ],
                credential_in: Some(credential.into()),
                ..RecordedRequest::default()
            },
            leg,
            ..Exchange::default()
        };
        let gateway = exchange("header api-key", Some(Leg::Gateway));
        let call = Call::of(&gateway).unwrap();
        assert!(call.headers.is_empty());
        assert_eq!(call.notes.len(), 1, "x-odd is told");
        assert_eq!(call.credential.unwrap().variable, "APIM_KEY");
        let bearer = exchange("header Authorization: Bearer", Some(Leg::Direct));
        let credential = Call::of(&bearer).unwrap().credential.unwrap();
        assert_eq!(
            (credential.place, credential.variable),
            (Place::Bearer, "ACCESS_TOKEN")
        );
        let query = exchange("query key", None);
        let credential = Call::of(&query).unwrap().credential.unwrap();
        assert_eq!(
            (credential.place, credential.variable),
            (Place::Query("key"), "API_KEY")
        );
    }
}

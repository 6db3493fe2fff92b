//! Command lines for curl.

use super::call::{Body, Call, Content, Place};
use super::exchanges;
use super::shell::quoted;
use crate::model::Exchange;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::{escape, facts};

/// A shell script with a curl command for each exchange.
pub(in crate::report) struct Curl;

impl Renderer for Curl {
    fn name(&self) -> &'static str {
        "curl"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["sh"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let mut text = String::from(
            "#!/usr/bin/env bash\n# Keys and tokens come from variables: APIM_KEY, FOUNDRY_KEY, API_KEY, ACCESS_TOKEN.\n",
        );
        for named in exchanges(document, self.name())? {
            let name = escape::terminal(&named.name);
            let answer = escape::terminal(&facts::answer_line(named.exchange));
            text.push_str(&format!("\n# {name}\n# {answer}\n"));
            match command(named.exchange) {
                Some(command) => text.push_str(&format!("{command}\n")),
                None => text.push_str("# its URL was not recorded\n"),
            }
        }
        Ok(text)
    }
}

/// The command that sends the request of `exchange` again, with what cannot be sent as it was in comments before it.
pub(in crate::report) fn command(exchange: &Exchange) -> Option<String> {
    let call = Call::of(exchange)?;
    let mut url = quoted(call.url);
    let mut words = Vec::new();
    for (name, value) in &call.headers {
        words.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    if let Some(credential) = call.credential {
        let variable = credential.variable;
        match credential.place {
            Place::Header(name) => words.push(format!(
                "-H {}\"${variable}\"",
                quoted(&format!("{name}: "))
            )),
            Place::Bearer => words.push(format!("-H \"Authorization: Bearer ${variable}\"")),
            Place::Query(name) => {
                let mark = if call.url.contains('?') { '&' } else { '?' };
                url.push_str(&format!(
                    "{}\"${variable}\"",
                    quoted(&format!("{mark}{name}="))
                ));
            }
        }
    }
    match &call.body {
        Body::Nothing => {}
        Body::Text(text) => words.push(format!("--data-raw {}", quoted(text))),
        Body::Form(parts) => words.extend(parts.iter().map(|part| match &part.content {
            Content::Text(text) => {
                format!("--form-string {}", quoted(&format!("{}={text}", part.name)))
            }
            Content::File { name, kind } => {
                let file = name.replace('\\', "\\\\").replace('"', "\\\"");
                format!(
                    "-F {}",
                    quoted(&format!("{}=@\"{file}\";type={kind}", part.name))
                )
            }
        })),
    }
    let is_implied = match call.body {
        Body::Nothing => call.method == "GET",
        _ => call.method == "POST",
    };
    let method = if is_implied {
        String::new()
    } else {
        format!(" -X {}", quoted(call.method))
    };
    let notes = call
        .notes
        .iter()
        .map(|note| format!("# {}\n", escape::terminal(note)));
    let notes: String = notes.collect();
    let rest: String = words.iter().map(|word| format!(" \\\n  {word}")).collect();
    Some(format!("{notes}curl -sS -i{method} {url}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Header, Leg, RecordedRequest};
    use crate::report::fixture;

    fn exchange(kind: &str, body: &str) -> Exchange {
        Exchange {
            request: RecordedRequest {
                method: Some("POST".into()),
                url: Some("https://x.azure-api.net/a?api-version=1".into()),
                headers: vec![Header("content-type".into(), kind.into())],
                credential_in: Some("header api-key".into()),
                body: Some(body.into()),
                body_bytes: body.len() as u64,
            },
            leg: Some(Leg::Gateway),
            ..Exchange::default()
        }
    }

    #[test]
    fn a_json_call() {
        let exchange = exchange("application/json", "{\"prompt\":\"it's $HOME\"}");
        assert_eq!(
            command(&exchange).unwrap(),
            "curl -sS -i 'https://x.azure-api.net/a?api-version=1' \\\n  -H 'content-type: application/json' \\\n  -H 'api-key: '\"$APIM_KEY\" \\\n  --data-raw '{\"prompt\":\"it'\\''s $HOME\"}'"
        );
    }

    #[test]
    fn an_edit_sends_its_fields_and_asks_for_its_picture() {
        let form = "prompt: @home\nimage: file in.png (image/png, 9 bytes)";
        let exchange = exchange("multipart/form-data; boundary=x", form);
        assert_eq!(
            command(&exchange).unwrap(),
            "# put a picture at in.png first\ncurl -sS -i 'https://x.azure-api.net/a?api-version=1' \\\n  -H 'api-key: '\"$APIM_KEY\" \\\n  --form-string 'prompt=@home' \\\n  -F 'image=@\"in.png\";type=image/png'"
        );
    }

    #[test]
    fn other_methods_and_places_are_kept() {
        let mut exchange = exchange("application/json", "");
        exchange.request.method = Some("DELETE".into());
        exchange.request.credential_in = Some("query key".into());
        let command = command(&exchange).unwrap();
        assert!(command.starts_with("curl -sS -i -X 'DELETE' 'https://x.azure-api.net/a?api-version=1''&key='\"$APIM_KEY\""), "{command}");
        assert_eq!(super::command(&Exchange::default()), None);
    }

    #[test]
    fn hostile_text_is_neither_obeyed_nor_hidden() {
        let mut report = fixture::hostile();
        let step = &mut report.run.cases[0].steps[0];
        step.name = "a\nrm -rf /\u{202e}".into();
        let text = Curl.render(Document::Report(&report), &Style::default());
        let text = text.unwrap();
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        for line in text.lines() {
            let is_ours = ["#", "curl ", "  -", "  --"]
                .iter()
                .any(|begin| line.starts_with(begin));
            assert!(line.is_empty() || is_ours, "{line}");
        }
    }
}

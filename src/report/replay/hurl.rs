//! Hurl files: each request with the status it was answered with.

use super::call::{Body, Call, Content, Place};
use super::exchanges;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::{escape, facts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A Hurl file with an entry for each exchange.
pub(in crate::report) struct Hurl;

impl Renderer for Hurl {
    fn name(&self) -> &'static str {
        "hurl"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["hurl"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let mut text = String::from(
            "# Keys and tokens are variables: hurl --variable APIM_KEY=… --variable FOUNDRY_KEY=… --variable ACCESS_TOKEN=…\n",
        );
        for named in exchanges(document, self.name())? {
            let name = escape::terminal(&named.name);
            let answer = escape::terminal(&facts::answer_line(named.exchange));
            text.push_str(&format!("\n# {name}\n# {answer}\n"));
            match Call::of(named.exchange).and_then(|call| entry(&call)) {
                Some(entry) => text.push_str(&entry),
                None => text.push_str("# it was not recorded well enough to be sent again\n"),
            }
            if let Some(status) = named.exchange.status() {
                text.push_str(&format!("HTTP {status}\n"));
            }
        }
        Ok(text)
    }
}

fn entry(call: &Call<'_>) -> Option<String> {
    let is_method =
        !call.method.is_empty() && call.method.bytes().all(|byte| byte.is_ascii_uppercase());
    let mut url = url::Url::parse(call.url).ok().filter(|_| is_method)?;
    url.set_fragment(None);
    // Braces would be a template.
    let mut url = url.as_str().replace('{', "%7B").replace('}', "%7D");
    let mut lines: Vec<String> = call
        .notes
        .iter()
        .map(|note| format!("# {}", escape::terminal(note)))
        .collect();
    let mut headers: Vec<String> = call
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {}", written(name), written(value)))
        .collect();
    if let Some(credential) = call.credential {
        let variable = format!("{{{{{}}}}}", credential.variable);
        match credential.place {
            Place::Header(name) => headers.push(format!("{}: {variable}", written(name))),
            Place::Bearer => headers.push(format!("Authorization: Bearer {variable}")),
            Place::Query(name) => {
                let mark = if url.contains('?') { '&' } else { '?' };
                url.push_str(&format!("{mark}{}={variable}", written(name)));
            }
        }
    }
    lines.push(format!("{} {url}", call.method));
    lines.extend(headers);
    match &call.body {
        Body::Nothing => {}
        Body::Text(text) => lines.push(body(text)),
        Body::Form(parts) => {
            lines.push("[Multipart]".to_owned());
            lines.extend(parts.iter().map(|part| {
                let name = written(part.name);
                match &part.content {
                    Content::Text(text) => format!("{name}: {}", written(text)),
                    Content::File { name: file, kind } => {
                        format!("{name}: file,{}; {kind}", written(file))
                    }
                }
            }));
        }
    }
    Some(format!("{}\n", lines.join("\n")))
}

/// JSON as it is, anything else (and whatever could be a template) as base64.
fn body(text: &str) -> String {
    let is_json =
        serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object());
    if is_json && !text.contains("{{") && escape::terminal(text) == text {
        text.to_owned()
    } else {
        format!("base64,{};", STANDARD.encode(text))
    }
}

/// Text in which nothing is a comment, a template or the end of a line.
fn written(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        let mut buffer = [0; 4];
        let is_plain = {
            let one: &str = character.encode_utf8(&mut buffer);
            escape::terminal(one) == one
        };
        match character {
            '\\' => shown.push_str("\\\\"),
            '#' => shown.push_str("\\#"),
            '{' | '}' | ';' => shown.push_str(&format!("\\u{{{:x}}}", character as u32)),
            _ if is_plain => shown.push(character),
            _ => shown.push_str(&format!("\\u{{{:x}}}", character as u32)),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn gateway_404() {
        let mut report = fixture::gateway_404();
        let case = report
            .run
            .cases
            .iter_mut()
            .find(|case| case.verdict.is_bad());
        let step = &mut case.unwrap().steps[1];
        let request = &mut step.exchange.as_mut().unwrap().request;
        request.headers = vec![crate::model::Header(
            "content-type".into(),
            "multipart/form-data; boundary=x".into(),
        )];
        request.body = Some("prompt: #1 {{x}}\nimage: file in.png (image/png, 9 bytes)".into());
        let text = Hurl.render(Document::Report(&report), &Style::default());
        insta::assert_snapshot!(text.unwrap());
    }

    #[test]
    fn a_body_that_could_be_a_template_is_base64() {
        assert_eq!(body("{\"a\":1}"), "{\"a\":1}");
        assert_eq!(body("{\"a\":\"{{b}}\"}"), "base64,eyJhIjoie3tifX0ifQ==;");
        assert_eq!(body("{\n"), "base64,ewo=;");
    }

    #[test]
    fn hostile_text_makes_no_entry() {
        let mut report = fixture::hostile();
        report.run.cases[0].steps[0].name = "a\nGET http://b\u{202e}".into();
        let text = Hurl
            .render(Document::Report(&report), &Style::default())
            .unwrap();
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        assert_eq!(
            text.lines().filter(|line| line.starts_with("GET ")).count(),
            0
        );
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("POST "))
                .count(),
            1
        );
    }
}

//! `fluxprobe config`.

use super::args::ConfigCommand;
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::config::Shown;
use crate::net::recordable_url;
use crate::report::escape;
use serde_json::json;

/// Prints the configuration with the origin of each value.
pub(super) fn run(session: &Session, command: ConfigCommand) -> Result<Exit, Failure> {
    let ConfigCommand::Show = command;
    let configuration = session.configuration()?;
    let mut shown = configuration.config.shown();
    for one in &mut shown {
        one.value = without_secrets(&one.value);
    }
    let text = match session.global.format.first().map(String::as_str) {
        None | Some("text") => as_text(&shown),
        Some("json") => as_json(&shown),
        Some(_) => {
            let text = "config show prints text or JSON; say --format text or --format json";
            return Err(Failure::new(Exit::Usage, text));
        }
    };
    output::data(&text)?;
    Ok(Exit::Passed)
}

/// A URL as people copy it may carry a key in its query or before its host.
fn without_secrets(value: &str) -> String {
    match url::Url::parse(value) {
        Ok(url) if url.has_host() => recordable_url(&url),
        _ => value.to_owned(),
    }
}

fn as_text(shown: &[Shown]) -> String {
    let widest = shown.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let lines = shown.iter().map(|one| {
        let value = escape::terminal(&one.value);
        let origin = escape::terminal(&one.origin);
        format!("{:widest$} = {value}  ({origin})\n", one.name)
    });
    lines.collect()
}

fn as_json(shown: &[Shown]) -> String {
    let settings: Vec<_> = shown
        .iter()
        .map(|one| json!({"name": one.name, "value": one.value, "origin": one.origin}))
        .collect();
    let document = json!({"schema_version": crate::model::SCHEMA_VERSION, "settings": settings});
    format!("{}\n", escape::json(&format!("{document:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_url_is_not_shown() {
        let url = "https://a.example/openai?api-version=1&subscription-key=hunter2";
        let shown = without_secrets(url);
        assert!(shown.contains("api-version=1") && !shown.contains("hunter2"));
        assert!(!without_secrets("https://me:hunter2@a.example/").contains("hunter2"));
        assert_eq!(without_secrets("FLUX-1.1-pro"), "FLUX-1.1-pro");
    }

    #[test]
    fn each_value_tells_where_it_came_from() {
        let shown = [Shown {
            name: "tenant_id",
            value: "t\u{1b}".into(),
            origin: "AZURE_TENANT_ID".into(),
        }];
        assert_eq!(as_text(&shown), "tenant_id = t\\x1b  (AZURE_TENANT_ID)\n");
        let value: serde_json::Value = serde_json::from_str(&as_json(&shown)).unwrap();
        assert_eq!(value["settings"][0]["origin"], "AZURE_TENANT_ID");
    }
}

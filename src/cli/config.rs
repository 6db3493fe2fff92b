//! `fluxprobe config`.

use super::args::{Cli, ConfigCommand, Global};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::config::Shown;
use crate::harness::Configuration;
use crate::net::recordable_url;
use crate::report::escape;
use clap::{CommandFactory, ValueEnum};
use serde_json::json;

/// Prints the configuration with the origin of each value.
pub(super) fn run(session: &Session, command: &ConfigCommand) -> Result<Exit, Failure> {
    let ConfigCommand::Show(args) = command;
    let configuration = session.configuration()?;
    let mut shown = configuration.config.shown();
    if let Some(name) = &args.profile {
        shown.extend(of_profile(&configuration, name)?);
    }
    shown.extend(of_flags(session));
    for one in &mut shown {
        one.value = without_secrets(&one.value);
    }
    let notes = configuration.notes();
    let text = match session.global.format.first().map(String::as_str) {
        None | Some("text") => as_text(&shown, &notes),
        Some("json") => as_json(&shown, &notes),
        Some(_) => {
            let text = "config show prints text or JSON; say --format text or --format json";
            return Err(Failure::new(Exit::Usage, text));
        }
    };
    session.print(&text)?;
    Ok(Exit::Passed)
}

/// What a profile sets, each with the layer that it comes from.
fn of_profile(configuration: &Configuration, name: &str) -> Result<Vec<Shown>, Failure> {
    let layers = configuration.config.profile(name);
    let layers = layers.map_err(|error| Failure::new(Exit::Usage, error))?;
    let mut shown: Vec<Shown> = Vec::new();
    for layer in &layers {
        for (name, value) in layer.profile.shown() {
            if shown.iter().all(|known| known.name != name) {
                shown.push(Shown {
                    name: name.to_owned(),
                    value,
                    origin: layer.origin.clone(),
                });
            }
        }
    }
    Ok(shown)
}

/// Flags of every command and of `run` that a variable sets, or that have a value of their own.
fn of_flags(session: &Session) -> Vec<Shown> {
    let program = Cli::command();
    let run = program.find_subcommand("run");
    let flags = program
        .get_arguments()
        .chain(run.iter().flat_map(|run| run.get_arguments()));
    let named = flags.filter_map(|flag| {
        let name = flag.get_long()?.replace('-', "_");
        let variable = flag.get_env()?.to_str()?;
        let set = session.environment.get(variable);
        if let Some(value) =
            given(&session.global, &name).filter(|value| set != Some(value.as_str()))
        {
            let origin = format!("flag --{}", flag.get_long()?);
            return Some(Shown {
                name,
                value,
                origin,
            });
        }
        if let Some(value) = session.environment.get(variable) {
            let origin = format!("environment {variable}");
            return Some(Shown {
                name,
                value: value.to_owned(),
                origin,
            });
        }
        let value = flag.get_default_values().first()?.to_str()?.to_owned();
        Some(Shown {
            name,
            value,
            origin: "default".to_owned(),
        })
    });
    named.collect()
}

/// The value of a flag of every command that takes a variable as well.
fn given(global: &Global, name: &str) -> Option<String> {
    let path = |path: &Option<std::path::PathBuf>| Some(path.as_ref()?.display().to_string());
    match name {
        "world" => global.world.clone(),
        "config" => path(&global.config),
        "cacert" => path(&global.cacert),
        "auth" => word_of(global.auth),
        "color" => word_of(global.color),
        _ => None,
    }
}

/// What was said, unless it is what is taken anyway.
fn word_of<T: ValueEnum>(value: T) -> Option<String> {
    let word = value.to_possible_value()?.get_name().to_owned();
    (word != "auto").then_some(word)
}

/// A URL as people copy it may carry a key in its query or before its host.
fn without_secrets(value: &str) -> String {
    match url::Url::parse(value) {
        Ok(url) if url.has_host() => recordable_url(&url),
        _ => value.to_owned(),
    }
}

fn as_text(shown: &[Shown], notes: &[String]) -> String {
    let widest = shown.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let lines = shown.iter().map(|one| {
        let value = escape::terminal(&one.value);
        let origin = escape::terminal(&one.origin);
        format!("{:widest$} = {value}  ({origin})\n", one.name)
    });
    let notes = notes
        .iter()
        .map(|note| format!("# {}\n", escape::terminal(note)));
    lines.chain(notes).collect()
}

fn as_json(shown: &[Shown], notes: &[String]) -> String {
    let settings: Vec<_> = shown
        .iter()
        .map(|one| json!({"name": one.name, "value": one.value, "origin": one.origin}))
        .collect();
    let document = json!({"schema_version": crate::model::SCHEMA_VERSION, "settings": settings, "notes": notes});
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
            name: "tenant_id".into(),
            value: "t\u{1b}".into(),
            origin: "AZURE_TENANT_ID".into(),
        }];
        let notes = ["X is not used".to_owned()];
        assert_eq!(
            as_text(&shown, &notes),
            "tenant_id = t\\x1b  (AZURE_TENANT_ID)\n# X is not used\n"
        );
        let value: serde_json::Value = serde_json::from_str(&as_json(&shown, &notes)).unwrap();
        assert_eq!(value["settings"][0]["origin"], "AZURE_TENANT_ID");
        assert_eq!(value["notes"][0], "X is not used");
    }
}

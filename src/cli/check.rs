//! `fluxprobe check`: is a file what it should be, and where is it not.

use super::args_files::{CheckArgs, FileKind};
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::scan;
use super::session::Session;
use crate::config::{Config, FileText, Layers, SETTINGS};
use crate::diagnose::Diagnoser;
use crate::discover::configured;
use crate::knowledge::causes;
use crate::report::escape;
use crate::scenario;
use crate::sim::{self, World};
use std::fs;
use std::path::{Path, PathBuf};

/// What is looked at where nothing is named.
const USUAL: [&str; 2] = ["fluxprobe.yaml", "scenarios"];

/// Checks every file, tells a line about each that is right on stdout and what is wrong with the others on stderr.
pub(super) fn run(session: &Session, args: &CheckArgs) -> Result<Exit, Failure> {
    let named: Vec<PathBuf> = if args.files.is_empty() {
        let usual = USUAL.iter().map(PathBuf::from);
        usual.filter(|path| path.exists()).collect()
    } else {
        args.files.clone()
    };
    let mut files = Vec::new();
    for path in &named {
        collect(path, &mut files)?;
    }
    if files.is_empty() {
        let text = "there is nothing to check: name a file or a folder with .yaml files";
        return Err(Failure::new(Exit::Nothing, text));
    }
    let mut wrong = 0;
    for file in &files {
        match check(file, args.kind) {
            Ok(what) if session.global.is_quiet => drop(what),
            Ok(what) => {
                let name = escape::terminal(&file.display().to_string());
                output::data(&format!("{name}: {}\n", escape::terminal(&what)))?;
            }
            Err(why) => {
                wrong += 1;
                output::message(&Failure::new(Exit::BadInput, why).shown(false));
            }
        }
    }
    Ok(if wrong > 0 {
        Exit::BadInput
    } else {
        Exit::Passed
    })
}

/// The file itself, or the .yaml and .ipynb files of a folder and of the folders in it, by name.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |error| super::inputs::unreadable(path, &error);
    let mut inside = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        inside.push(entry.map_err(unreadable)?.path());
    }
    inside.sort();
    for one in inside {
        let ends = one.extension().and_then(|end| end.to_str());
        if one.is_dir() || matches!(ends, Some("yaml" | "yml" | "ipynb")) {
            collect(&one, files)?;
        }
    }
    Ok(())
}

/// What a file is, in words; or what is wrong with it.
fn check(file: &Path, kind: Option<FileKind>) -> Result<String, String> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file)
        .map_err(|error| format!("{name} cannot be read: {error}; check the path"))?;
    let ends = file.extension().and_then(|end| end.to_str());
    if kind.is_none() && ends == Some("ipynb") {
        return scan::check(&name, &text);
    }
    match kind.map_or_else(|| guess(file, &text), Found::File) {
        Found::File(FileKind::Scenario) => check_scenario(&name),
        Found::File(FileKind::World) => check_world(&name),
        Found::File(FileKind::Causes) => check_causes(&name, &text),
        Found::File(FileKind::Config) => check_config(&name, &text),
        Found::Fragment => Ok("shared fragment, checked with the scenarios that include it".into()),
        Found::Unknown => Err(format!(
            "{name}:1:1: no key of it tells what it is; say --kind scenario, world, causes or config"
        )),
    }
}

fn check_scenario(name: &str) -> Result<String, String> {
    // A bare word would be taken for the name of a built-in one.
    let path = Path::new(".").join(name);
    let path = if Path::new(name).components().count() > 1 {
        name.to_owned()
    } else {
        path.display().to_string()
    };
    match scenario::load(&path) {
        Ok(scenario) => Ok(format!(
            "scenario {}, {}",
            scenario.id,
            counted(scenario.steps.len(), "step")
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Everything is read that `--world` would read: policies and expressions too.
fn check_world(name: &str) -> Result<String, String> {
    let world = World::load(name).map_err(|error| error.to_string())?;
    let broken = world.hosts.len();
    let notes = sim::check(world).map_err(|error| format!("{name}: {error}"))?;
    let mut text = format!("world, {broken} hosts with faults");
    for note in notes {
        text += &format!("; note: {note}");
    }
    Ok(text)
}

fn check_causes(name: &str, text: &str) -> Result<String, String> {
    let family = causes::parse(name, text).map_err(|error| error.to_string())?;
    let count = family.causes.len();
    // Every expression in it is compiled here.
    Diagnoser::with(&[family]).map_err(|error| format!("{name}: {error}"))?;
    Ok(counted(count, "cause"))
}

fn check_config(name: &str, text: &str) -> Result<String, String> {
    let layers = Layers {
        project: Some(FileText {
            path: name.to_owned(),
            text: text.to_owned(),
        }),
        ..Layers::default()
    };
    let config = Config::load(&layers).map_err(|error| error.to_string())?;
    let written = configured(&config).map_err(|error| error.to_string())?;
    for profile in config.written_profiles() {
        config
            .profile(profile)
            .map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(format!(
        "configuration, {}, {} quarantined",
        counted(written.targets.len(), "target"),
        config.quarantine().len()
    ))
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// What a file seems to be.
enum Found {
    File(FileKind),
    Fragment,
    Unknown,
}

/// Told by the keys at the margin, so that a file that cannot be parsed is still known for what it was meant to be.
fn guess(file: &Path, text: &str) -> Found {
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once(':'))
        .map(|(key, _)| key.trim_end())
        .collect();
    let has = |key: &str| keys.contains(&key);
    let stem = file.file_name().and_then(|name| name.to_str());
    let is_list = |key: &str| {
        let start = format!("{key}:");
        let mut lines = text.lines().skip_while(|line| !line.starts_with(&start));
        let own = lines.next().unwrap_or_default()[..]
            .trim_start_matches(&start)
            .trim();
        own.starts_with('[')
            || lines
                .next()
                .is_some_and(|line| line.trim_start().starts_with("- "))
    };
    if matches!(stem, Some("fluxprobe.yaml" | "fluxprobe.yml")) {
        Found::File(FileKind::Config)
    } else if has("steps") || has("id") && has("title") {
        if has("id") {
            Found::File(FileKind::Scenario)
        } else {
            Found::Fragment
        }
    } else if has("family") {
        Found::File(FileKind::Causes)
    } else if has("extends")
        || has("expect_causes")
        || has("hosts") && !is_list("hosts")
        || has("tenant")
    {
        Found::File(FileKind::World)
    } else if has("targets") || has("quarantine") || has("profiles") {
        Found::File(FileKind::Config)
    } else if ["accounts", "gateways", "subscriptions"]
        .iter()
        .any(|key| has(key) && !is_list(key))
    {
        Found::File(FileKind::World)
    } else if SETTINGS.iter().any(|setting| has(setting.name)) {
        Found::File(FileKind::Config)
    } else {
        Found::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(file: &str, text: &str) -> &'static str {
        match guess(Path::new(file), text) {
            Found::File(FileKind::Scenario) => "scenario",
            Found::File(FileKind::World) => "world",
            Found::File(FileKind::Causes) => "causes",
            Found::File(FileKind::Config) => "config",
            Found::Fragment => "fragment",
            Found::Unknown => "unknown",
        }
    }

    #[test]
    fn a_file_is_known_by_its_keys_even_where_it_cannot_be_parsed() {
        assert_eq!(kind("a.yaml", "id: mine\ntitle: x\nsteps: [\n"), "scenario");
        assert_eq!(kind("a.yaml", "title: x\nsteps:\n"), "fragment");
        assert_eq!(kind("a.yaml", "family: x\ncauses:\n"), "causes");
        assert_eq!(kind("a.yaml", "# x\nextends: healthy\n"), "world");
        assert_eq!(
            kind("a.yaml", "accounts:\n  foundry1:\n    location: x\n"),
            "world"
        );
        assert_eq!(kind("a.yaml", "accounts: [foundry1]\n"), "config");
        assert_eq!(kind("a.yaml", "accounts:\n  - foundry1\n"), "config");
        assert_eq!(kind("a.yaml", "quarantine: []\n"), "config");
        assert_eq!(kind("fluxprobe.yaml", "acounts: [x]\n"), "config");
        assert_eq!(kind("a.yaml", "hello: world\n"), "unknown");
        assert_eq!(kind("a.yaml", ""), "unknown");
    }
}

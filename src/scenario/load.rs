//! The public face: scenarios from text, files, folders, and those that the program carries.

use super::ast::Scenario;
use super::embedded;
use super::includes::{Disk, Includes};
use super::names::did_you_mean;
use super::problem::ScenarioError;
use super::read::read;
use super::source::Source;
use std::path::Path;

/// Reads a scenario from the text of a file. `file` is its name as the user gave it: errors show it, and includes are
/// looked for beside it.
///
/// # Errors
/// [`ScenarioError::Invalid`] with everything that is wrong, as far as the file could be read.
pub fn parse(file: &str, text: &str, includes: &dyn Includes) -> Result<Scenario, ScenarioError> {
    read(&Source::new(file, text), includes).map_err(ScenarioError::Invalid)
}

/// Reads a scenario from a file, or gives a built-in one by its letter or name.
///
/// # Errors
/// As [`parse`]; [`ScenarioError::Unreadable`] for a path that cannot be read; [`ScenarioError::Unknown`] for a word
/// that is neither a path nor a built-in scenario.
pub fn load(path_or_id: &str) -> Result<Scenario, ScenarioError> {
    let path = Path::new(path_or_id);
    let is_path = path.components().count() > 1 || path.extension().is_some() || path.exists();
    match is_path {
        true => parse(path_or_id, &text_of(path_or_id)?, &Disk),
        false => {
            let all = built_in()?;
            select(&all, &[path_or_id]).map(|mut found| found.swap_remove(0).clone())
        }
    }
}

/// Reads all `.yaml` and `.yml` files of a folder, in the order of their names. Folders inside it hold fragments and
/// are not read.
///
/// # Errors
/// As [`load`]; [`ScenarioError::Twice`] where two files have one id.
pub fn load_all(folder: &str) -> Result<Vec<Scenario>, ScenarioError> {
    let unreadable = |error: std::io::Error| ScenarioError::Unreadable {
        path: folder.to_owned(),
        why: error.to_string(),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && path.is_file() {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    let mut all: Vec<Scenario> = Vec::new();
    for file in files {
        let scenario = parse(&file, &text_of(&file)?, &Disk)?;
        if let Some(earlier) = all.iter().find(|earlier| earlier.id == scenario.id) {
            return Err(ScenarioError::Twice {
                id: scenario.id.to_string(),
                one: earlier.file.clone(),
                other: scenario.file,
            });
        }
        all.push(scenario);
    }
    Ok(all)
}

/// The scenarios that the program carries: A to L, in order.
///
/// # Errors
/// As [`parse`]; a test sees to it that there are none.
pub fn built_in() -> Result<Vec<Scenario>, ScenarioError> {
    let files = embedded::FILES.iter();
    files
        .map(|(file, text)| parse(file, text, &embedded::Shared))
        .collect()
}

/// The scenarios with these letters, names or tags, in the order of `all`. Letters may be written small. No words
/// select everything.
///
/// # Errors
/// [`ScenarioError::Unknown`] for the first word that selects nothing.
pub fn select<'a>(all: &'a [Scenario], words: &[&str]) -> Result<Vec<&'a Scenario>, ScenarioError> {
    let is_meant = |scenario: &Scenario, word: &str| {
        scenario.id.as_str().eq_ignore_ascii_case(word)
            || scenario.name == word
            || scenario.tags.iter().any(|tag| tag == word)
    };
    if let Some(word) = words
        .iter()
        .find(|word| !all.iter().any(|scenario| is_meant(scenario, word)))
    {
        let known = all
            .iter()
            .flat_map(|scenario| [scenario.id.as_str(), scenario.name.as_str()]);
        return Err(ScenarioError::Unknown {
            word: (*word).to_owned(),
            help: help_for(word, all, known),
        });
    }
    let is_selected = |scenario: &&Scenario| {
        words.is_empty() || words.iter().any(|word| is_meant(scenario, word))
    };
    Ok(all.iter().filter(is_selected).collect())
}

fn help_for<'a>(
    word: &str,
    all: &'a [Scenario],
    known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    match word.chars().count() {
        1 => did_you_mean(word, all.iter().map(|scenario| scenario.id.as_str())),
        _ => did_you_mean(word, known),
    }
}

fn text_of(path: &str) -> Result<String, ScenarioError> {
    let bytes = std::fs::read(path).map_err(|error| ScenarioError::Unreadable {
        path: path.to_owned(),
        why: error.to_string(),
    })?;
    String::from_utf8(bytes).map_err(|error| ScenarioError::Unreadable {
        path: path.to_owned(),
        why: format!("it is not UTF-8 text ({error})"),
    })
}

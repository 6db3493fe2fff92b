//! The layers, and the configuration that they make.

use super::profiles::{self, ProfileLayer, Profiles};
use super::settings::{Form, Key, SETTINGS, Setting};
use super::written::{self, WrittenTarget};
use super::{ConfigError, Secret, dotenv, file, unused};
use crate::model::Quarantine;
use std::collections::BTreeMap;
use std::fmt;

/// Everything a configuration is made of, already read.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Values of flags that were given; a list comes as one text with commas.
    pub flags: BTreeMap<Key, String>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// `.env`.
    pub dotenv: Option<FileText>,
    /// `fluxprobe.yaml` of the project.
    pub project: Option<FileText>,
    /// The user's own configuration.
    pub user: Option<FileText>,
}

/// A file that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileText {
    /// Path, as messages show it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(String),
    /// A variable of a `.env` file.
    DotEnv {
        /// The file.
        path: String,
        /// The variable.
        variable: String,
    },
    /// A line of a YAML file.
    File {
        /// The file.
        path: String,
        /// The line, from 1.
        line: u64,
    },
    /// Nothing set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(flag) => write!(f, "flag --{flag}"),
            Origin::Environment(variable) => write!(f, "environment {variable}"),
            Origin::DotEnv { path, variable } => write!(f, "{path} {variable}"),
            Origin::File { path, line } => write!(f, "{path}:{line}"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Sourced {
    /// Its text; empty for a list or a secret.
    pub fn text(&self) -> &str {
        match &self.value {
            Value::Text(text) => text,
            Value::List(_) | Value::Secret(_) => "",
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// A secret.
    Secret(Secret),
}

/// A setting as it can be shown: a secret only as `(set)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Name of the setting.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

/// The configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    values: BTreeMap<Key, Sourced>,
    targets: Vec<WrittenTarget>,
    quarantine: Vec<Quarantine>,
    profiles: (String, Profiles),
    notes: Vec<String>,
}

impl Config {
    /// Lays the layers over each other: flag > environment > `.env` > project file > user file > default. An empty value
    /// counts as unset. Targets are taken from the project file, or where it has none from the user's.
    pub fn load(layers: &Layers) -> Result<Self, ConfigError> {
        let read = |text: &Option<FileText>| {
            text.as_ref()
                .map(|text| {
                    file::parse(&text.path, &text.text).map(|file| (text.path.clone(), file))
                })
                .transpose()
        };
        let dotenv = match &layers.dotenv {
            Some(text) => dotenv::parse(&text.path, &text.text)?,
            None => BTreeMap::new(),
        };
        let sources = Sources {
            layers,
            dotenv_path: layers.dotenv.as_ref().map_or("", |text| &text.path),
            dotenv,
            files: [read(&layers.project)?, read(&layers.user)?]
                .into_iter()
                .flatten()
                .collect(),
        };
        let values = SETTINGS
            .iter()
            .filter_map(|setting| Some((setting.key, sources.find(setting)?)))
            .collect();
        let mut config = Config {
            values,
            targets: Vec::new(),
            quarantine: sources.quarantine(),
            profiles: sources.profiles(),
            notes: Vec::new(),
        };
        config.targets = written::from_variables(&config);
        config.targets.extend(sources.targets());
        config.notes = unused::notes(&config);
        Ok(config)
    }

    /// A setting with its origin.
    pub fn sourced(&self, key: Key) -> Option<&Sourced> {
        self.values.get(&key)
    }

    /// A text.
    pub fn text(&self, key: Key) -> Option<&str> {
        match &self.values.get(&key)?.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Secret(_) => None,
        }
    }

    /// A list; empty where nothing sets it.
    pub fn list(&self, key: Key) -> &[String] {
        match self.values.get(&key).map(|found| &found.value) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }

    /// A secret.
    pub fn secret(&self, key: Key) -> Option<&Secret> {
        match &self.values.get(&key)?.value {
            Value::Secret(secret) => Some(secret),
            Value::Text(_) | Value::List(_) => None,
        }
    }

    /// Targets that are written down: those of variables first, then those of the file.
    pub fn written_targets(&self) -> &[WrittenTarget] {
        &self.targets
    }

    /// One sentence for each setting that is set and has no effect, or lacks its companion.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Failures that are known and answered for, from the project file, or where it names none from the user's.
    pub fn quarantine(&self) -> &[Quarantine] {
        &self.quarantine
    }

    /// Names of the profiles that are written down.
    pub fn written_profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.1.keys().map(String::as_str)
    }

    /// The layers of a profile, the one that wins first.
    ///
    /// # Errors
    /// [`ConfigError::Profile`] where there is no such profile, or profiles extend one another in a circle.
    pub fn profile(&self, name: &str) -> Result<Vec<ProfileLayer>, ConfigError> {
        let (file, written) = &self.profiles;
        profiles::layers(name, file, written)
    }

    /// Every setting that has a value, in the order of the table.
    pub fn shown(&self) -> Vec<Shown> {
        SETTINGS
            .iter()
            .filter_map(|setting| {
                let found = self.values.get(&setting.key)?;
                Some(Shown {
                    name: setting.name.to_owned(),
                    value: match &found.value {
                        Value::Text(text) => text.clone(),
                        Value::List(list) => list.join(", "),
                        Value::Secret(_) => "(set)".into(),
                    },
                    origin: found.origin.to_string(),
                })
            })
            .collect()
    }
}

struct Sources<'a> {
    layers: &'a Layers,
    dotenv_path: &'a str,
    dotenv: BTreeMap<String, String>,
    files: Vec<(String, file::ConfigFile)>,
}

impl Sources<'_> {
    fn find(&self, setting: &'static Setting) -> Option<Sourced> {
        self.flag(setting)
            .or_else(|| self.variable(setting))
            .or_else(|| self.entry(setting))
            .or_else(|| {
                let value = value(setting.form, &[setting.default?.to_owned()])?;
                Some(Sourced {
                    value,
                    origin: Origin::Default,
                })
            })
    }

    fn flag(&self, setting: &'static Setting) -> Option<Sourced> {
        let flag = setting.flag?;
        let given = self.layers.flags.get(&setting.key)?;
        Some(Sourced {
            value: value(setting.form, std::slice::from_ref(given))?,
            origin: Origin::Flag(flag),
        })
    }

    fn variable(&self, setting: &Setting) -> Option<Sourced> {
        let in_environment = setting.variables.iter().find_map(|variable| {
            let set = self.layers.environment.get(*variable)?;
            Some(Sourced {
                value: value(setting.form, std::slice::from_ref(set))?,
                origin: Origin::Environment((*variable).to_owned()),
            })
        });
        in_environment.or_else(|| {
            setting.variables.iter().find_map(|variable| {
                let set = self.dotenv.get(*variable)?;
                Some(Sourced {
                    value: value(setting.form, std::slice::from_ref(set))?,
                    origin: Origin::DotEnv {
                        path: self.dotenv_path.to_owned(),
                        variable: (*variable).to_owned(),
                    },
                })
            })
        })
    }

    fn entry(&self, setting: &Setting) -> Option<Sourced> {
        self.files.iter().find_map(|(path, file)| {
            let is_it = |entry: &&file::Entry| entry.setting.key == setting.key;
            let entry = file.entries.iter().find(is_it)?;
            Some(Sourced {
                value: value(setting.form, &entry.values)?,
                origin: Origin::File {
                    path: path.clone(),
                    line: entry.line,
                },
            })
        })
    }

    fn targets(&self) -> Vec<WrittenTarget> {
        let Some((path, file)) = self.files.iter().find(|(_, file)| !file.targets.is_empty())
        else {
            return Vec::new();
        };
        let named = |line: u64, target: &WrittenTarget| {
            let mut target = target.clone();
            target.written_in = format!("{path}:{line}");
            target.is_listed = true;
            target.key = self.secret(target.key_from.as_deref());
            target.missing_key = match &target.key_from {
                Some(variable) => format!(
                    "the variable {variable}, which `key_from` in {path}:{line} names, is not set"
                ),
                None => format!("no `key_from` in {path}:{line} names the variable that holds it"),
            };
            if let Some(gateway) = &mut target.gateway {
                gateway.key = self.secret(gateway.key_from.as_deref());
            }
            target
        };
        file.targets
            .iter()
            .map(|(line, target)| named(*line, target))
            .collect()
    }

    fn quarantine(&self) -> Vec<Quarantine> {
        let mut files = self.files.iter().map(|(_, file)| &file.quarantine);
        files
            .find(|entries| !entries.is_empty())
            .cloned()
            .unwrap_or_default()
    }

    /// The profiles of the first file that writes any, and which file that is.
    fn profiles(&self) -> (String, Profiles) {
        let mut files = self.files.iter();
        let found = files.find(|(_, file)| !file.profiles.is_empty());
        found.map_or_else(Default::default, |(path, file)| {
            (path.clone(), file.profiles.clone())
        })
    }

    /// The secret in a variable that a target names.
    fn secret(&self, variable: Option<&str>) -> Option<Secret> {
        let variable = variable?;
        [&self.layers.environment, &self.dotenv]
            .into_iter()
            .filter_map(|layer| layer.get(variable))
            .map(|secret| secret.trim())
            .find(|secret| !secret.is_empty())
            .map(Secret::new)
    }
}

/// A value of this form; nothing where it is empty.
fn value(form: Form, texts: &[String]) -> Option<Value> {
    let mut parts = texts
        .iter()
        .flat_map(|text| text.split(if form == Form::List { "," } else { "\0" }))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned);
    match form {
        Form::Text => parts.next().map(Value::Text),
        Form::Secret => parts
            .next()
            .map(|secret| Value::Secret(Secret::new(secret))),
        Form::List => {
            let list: Vec<String> = parts.collect();
            (!list.is_empty()).then_some(Value::List(list))
        }
    }
}

//! fluxprobe.yaml: settings by their names, and targets.

use super::ConfigError;
use super::profiles::Profiles;
use super::settings::{Form, SETTINGS, Setting};
use super::written::WrittenTarget;
use crate::model::Quarantine;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;
use std::fmt;

/// What a file sets.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    pub(super) entries: Vec<Entry>,
    pub(super) targets: Vec<(u64, WrittenTarget)>,
    pub(super) quarantine: Vec<Quarantine>,
    pub(super) profiles: Profiles,
}

/// A setting in a file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) setting: &'static Setting,
    pub(super) values: Vec<String>,
    pub(super) line: u64,
}

/// Reads a file; an empty one sets nothing.
pub(super) fn parse(path: &str, text: &str) -> Result<ConfigFile, ConfigError> {
    let text = text.trim_start_matches('\u{feff}');
    let is_empty = text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    if is_empty {
        return Ok(ConfigFile::default());
    }
    serde_saphyr::from_str(text).map_err(|error| ConfigError::of_yaml(path, text, &error))
}

impl<'de> Deserialize<'de> for ConfigFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FileVisitor)
    }
}

struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = ConfigFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConfigFile, A::Error> {
        let mut file = ConfigFile::default();
        while let Some(name) = map.next_key()? {
            match name {
                Named::Quarantine => {
                    let entries: Vec<Dated> = map.next_value()?;
                    file.quarantine = entries.into_iter().map(|one| one.0).collect();
                }
                Named::Profiles => file.profiles = map.next_value()?,
                Named::Targets => {
                    let targets: Vec<Spanned<WrittenTarget>> = map.next_value()?;
                    file.targets = targets
                        .into_iter()
                        .map(|one| (one.referenced.line(), one.value))
                        .collect();
                }
                Named::Setting(setting) => {
                    let value: Spanned<OneOrMany> = map.next_value()?;
                    if setting.form == Form::Text && value.value.0.len() > 1 {
                        let name = setting.name;
                        return Err(de::Error::custom(format!(
                            "`{name}` takes one text, not a list"
                        )));
                    }
                    file.entries.push(Entry {
                        setting,
                        line: value.referenced.line(),
                        values: value.value.0,
                    });
                }
            }
        }
        Ok(file)
    }
}

/// What a key of the file names. Checked as a key, so that the error points at it.
enum Named {
    Targets,
    Quarantine,
    Profiles,
    Setting(&'static Setting),
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == "targets" {
            return Ok(Named::Targets);
        }
        if name == "quarantine" {
            return Ok(Named::Quarantine);
        }
        if name == "profiles" {
            return Ok(Named::Profiles);
        }
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let names: Vec<&str> = SETTINGS
                .iter()
                .filter(|setting| setting.form != Form::Secret)
                .map(|setting| setting.name)
                .collect();
            return Err(de::Error::custom(format!(
                "unknown setting `{name}`, expected one of targets, quarantine, profiles, {}",
                names.join(", ")
            )));
        };
        if setting.form == Form::Secret {
            return Err(de::Error::custom(format!(
                "`{name}` is a secret and does not belong in this file; set {} in the environment or in .env",
                setting.variables.first().copied().unwrap_or_default()
            )));
        }
        Ok(Named::Setting(setting))
    }
}

/// An entry of `quarantine` whose date is one and whose owner is named.
struct Dated(Quarantine);

impl<'de> Deserialize<'de> for Dated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Quarantine::deserialize(deserializer)?;
        if entry.owner.trim().is_empty() {
            return Err(de::Error::custom(
                "`owner` is empty; name who answers for it",
            ));
        }
        // Only the full form sorts as days do.
        let is_day = entry.until.len() == 10 && entry.until.parse::<jiff::civil::Date>().is_ok();
        if !is_day {
            let text = format!(
                "`until` takes a day such as 2026-12-31, not {:?}",
                entry.until
            );
            return Err(de::Error::custom(text));
        }
        Ok(Dated(entry))
    }
}

/// A text, a list of texts, or nothing.
struct OneOrMany(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor)
    }
}

struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = OneOrMany;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_unit<E: de::Error>(self) -> Result<OneOrMany, E> {
        Ok(OneOrMany(Vec::new()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![text.to_owned()]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![number.to_string()]))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![number.to_string()]))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(OneOrMany(values))
    }
}

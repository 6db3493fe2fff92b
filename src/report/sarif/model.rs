//! As much of a SARIF log as fluxprobe writes, whatever found the results.
//!
//! The names are those of the standard (OASIS, SARIF 2.1.0, section 3).

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Where a result stands that is written in no file of its own. Code scanning refuses a whole log for one result without
/// a file (`locationFromSarifResult: expected at least one location`).
const NO_OTHER_FILE: &str = "fluxprobe.yaml";
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A log file with one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::report) struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [LogRun; 1],
}

impl Log {
    /// Joins rules and results; each result's rule must be among `rules`.
    pub(in crate::report) fn new(rules: Vec<Rule>, results: Vec<Outcome>) -> Self {
        let results = results.into_iter().map(Outcome::located).collect();
        let run = LogRun {
            tool: Tool {
                driver: Driver {
                    name: "fluxprobe",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules,
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        };
        Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [run],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRun {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Rule {
    /// Stable name.
    pub(in crate::report) id: String,
    /// One line.
    pub(in crate::report) short_description: Text,
    /// What it means and what to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) help: Option<Text>,
}

/// Text, and the same as Markdown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(in crate::report) struct Text {
    /// Plain.
    pub(in crate::report) text: String,
    /// As Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) markdown: Option<String>,
}

impl Text {
    /// Text without a Markdown form.
    pub(in crate::report) fn plain(text: impl Into<String>) -> Self {
        Text {
            text: text.into(),
            markdown: None,
        }
    }
}

/// How much a result matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::report) enum Level {
    /// It breaks something.
    Error,
    /// It may.
    Warning,
    /// It is worth knowing.
    Note,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Outcome {
    rule_id: String,
    rule_index: usize,
    level: Level,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    partial_fingerprints: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    properties: Map<String, Value>,
}

impl Outcome {
    /// A result of the rule at `rule_index`. What `identity` names stays the same result from one log to the next.
    pub(in crate::report) fn new(
        (rule_index, rule): (usize, &Rule),
        level: Level,
        message: String,
        identity: &str,
    ) -> Self {
        let digest = Sha256::digest(format!("{}\n{identity}", rule.id));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut partial_fingerprints = Map::new();
        partial_fingerprints.insert("fluxprobe/v1".to_owned(), hex.into());
        Outcome {
            rule_id: rule.id.clone(),
            rule_index,
            level,
            message: Text::plain(message),
            locations: Vec::new(),
            partial_fingerprints,
            properties: Map::new(),
        }
    }

    /// Says where in a file it stands.
    pub(in crate::report) fn at(
        mut self,
        file: &str,
        line: Option<u32>,
        column: Option<u32>,
    ) -> Self {
        self.location().physical_location = Some(Physical {
            artifact_location: Artifact { uri: uri(file) },
            // Code scanning shows nothing that has no line.
            region: Region {
                start_line: line.unwrap_or(1),
                start_column: column,
            },
        });
        self
    }

    /// Gives it a file, where it has none.
    fn located(self) -> Self {
        let has_file = |location: &Location| location.physical_location.is_some();
        match self.locations.first().is_some_and(has_file) {
            true => self,
            false => self.at(NO_OTHER_FILE, None, None),
        }
    }

    fn location(&mut self) -> &mut Location {
        if self.locations.is_empty() {
            self.locations.push(Location::default());
        }
        &mut self.locations[0]
    }

    /// Says what it is about: things by names of their own, wherever they are written.
    pub(in crate::report) fn about(mut self, names: &[String]) -> Self {
        let names = names.iter().map(|name| Logical {
            fully_qualified_name: name.clone(),
            kind: "resource",
        });
        self.location().logical_locations = names.collect();
        self
    }

    /// Adds a property, where it has a value.
    pub(in crate::report) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.properties.insert(name.to_owned(), value);
        }
        self
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
}

/// A path as a URI reference: absolute paths as `file:`, others relative to wherever the reader stands.
fn uri(file: &str) -> String {
    if let Ok(url) = url::Url::from_file_path(file) {
        return url.into();
    }
    let file = file.trim_start_matches("./").replace('\\', "/");
    let parts: Vec<String> = file
        .split('/')
        .map(|part| percent_encoding::utf8_percent_encode(part, SEGMENT).to_string())
        .collect();
    parts.join("/")
}

/// What may stand in a segment of a path as it is (RFC 3986, `pchar`, a colon left out).
const SEGMENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_reference() {
        assert_eq!(uri("./scenarios/a b.yaml"), "scenarios/a%20b.yaml");
        assert_eq!(uri("/x/ü#.yaml"), "file:///x/%C3%BC%23.yaml");
    }

    #[test]
    fn a_result_keeps_its_fingerprint_whatever_is_said_of_it() {
        let rule = Rule {
            id: "r".into(),
            short_description: Text::plain("R"),
            help: None,
        };
        let of = |text: &str, identity: &str| {
            let made = Outcome::new((0, &rule), Level::Error, text.into(), identity);
            made.partial_fingerprints
        };
        assert_eq!(of("a", "x"), of("b", "x"));
        assert_ne!(of("a", "x"), of("a", "y"));
    }
}

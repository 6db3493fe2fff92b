//! Causes of failure and the ladder of evidence for hops, as data.
//!
//! A cause is what somebody has to change. It lives in one YAML file with its family, and carries everything that is
//! said of it: the rules that recognise it, the witnesses they are held to, the remedy, and the page about it.

use serde::{Deserialize, Serialize};

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CauseError {
    /// The YAML does not have the form of a table of causes.
    #[error("{file}:{line}:{column}: {why}{}\n{snippet}", hinted(.hint))]
    Form {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What the parser said.
        why: String,
        /// What was probably meant.
        hint: Option<String>,
        /// The line, with a mark under the column.
        snippet: String,
    },
}

impl CauseError {
    fn of_yaml(file: &str, text: &str, error: &serde_saphyr::Error) -> Self {
        let at = error.location();
        let line = at.map_or(1, |at| at.line()).max(1);
        let column = at.map_or(1, |at| at.column()).max(1);
        let said = error.without_snippet().to_string();
        let why = said.split(" at line ").next().unwrap_or_default();
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let index = usize::try_from(line - 1).unwrap_or(usize::MAX);
        let shown = text.lines().nth(index).unwrap_or_default();
        let indent = usize::try_from(column - 1).unwrap_or(0).min(shown.len());
        CauseError::Form {
            file: file.to_owned(),
            line,
            column,
            why: why.to_owned(),
            hint: nearest(why),
            snippet: format!(
                "{gutter} |\n{number} | {shown}\n{gutter} | {}^",
                " ".repeat(indent)
            ),
        }
    }
}

fn hinted(hint: &Option<String>) -> String {
    let hint = hint.as_ref();
    hint.map_or_else(String::new, |hint| format!("; did you mean `{hint}`?"))
}

/// The name among `expected one of a, b, c` that is nearest to the one in back quotes.
fn nearest(message: &str) -> Option<String> {
    let given = message.split('`').nth(1)?;
    let (_, expected) = message.split_once("expected ")?;
    expected
        .trim_start_matches("one of ")
        .split(", ")
        .map(|name| name.trim_matches('`'))
        .map(|name| (strsim::osa_distance(given, name), name))
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// One file of causes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Heading of the family.
    pub family: String,
    /// Its causes.
    pub causes: Vec<Cause>,
}

/// What somebody has to change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its name in every report.
    pub slug: String,
    /// One line for people; a template.
    pub title: String,
    /// Hops it can show at, the usual one first, by the words of JSON.
    pub hops: Vec<String>,
    /// What recognises it. Empty for a cause that is only ever an alternative.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What failures must share, beside the host, to be one and the same: `deployment`, `operation`, or nothing more.
    #[serde(default)]
    pub per: String,
    /// Causes that win where both match.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// Whether it is what a non-billable call of our own asks for: it complains of the body or of the prompt, which such
    /// a call makes bad on purpose.
    #[serde(default)]
    pub is_provoked: bool,
    /// What to change, in one or two sentences; a template.
    pub remedy: String,
    /// The exact command, policy line, URL or header; a template, empty where there is none.
    #[serde(default)]
    pub command: String,
    /// The free probe that would decide for or against it; a template.
    pub probe: String,
    /// The page about it.
    pub page: Page,
    /// Exchanges that must be explained by it, each as one line of JSON lines.
    #[serde(default)]
    pub witnesses: Vec<serde_json::Value>,
    /// Exchanges that must not be explained by it.
    #[serde(default)]
    pub near_misses: Vec<serde_json::Value>,
}

/// What recognises a cause or a hop. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Texts of which at least one must occur, in lower case, in the text of the exchange. `<a|b>` within a text stands
    /// for either.
    pub any: Vec<String>,
    /// Further texts of which at least one must occur as well.
    pub also: Vec<String>,
    /// Texts that must all occur.
    pub all: Vec<String>,
    /// Texts that must not occur.
    pub none: Vec<String>,
    /// Statuses of which one must be the answer's, where the answer says one.
    pub status: Vec<u16>,
    /// A MiniJinja expression over the facts of the exchange; a missing value is no match.
    pub when: String,
    /// How much it outweighs other rules that match: 90 a text that only this cause emits, 70 a text with its
    /// surroundings, 50 circumstances that favour it, 30 a status and little else.
    pub weight: u8,
    /// Hop, where this rule knows better than the cause.
    pub hop: Option<String>,
    /// Other causes that this evidence leaves open.
    pub open: Vec<String>,
    /// Whether the evidence only makes the cause possible, so that it is never named for this alone.
    pub hint: bool,
    /// What it says of the evidence; a template.
    pub says: String,
}

/// The four parts of a page about a cause.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What it means.
    pub means: String,
    /// How it is known.
    pub known_by: String,
    /// What looks like it, and how to tell them apart.
    pub looks_like: String,
    /// What to change.
    pub change: String,
}

/// The ladder of evidence for hops.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Whose a host is, by the end of its name.
    pub hosts: Vec<HostRule>,
    /// What tells a hop, strongest first.
    pub rungs: Vec<Rung>,
    /// What is possible where nothing says more than the status; the first that fits.
    pub suspects: Vec<Suspects>,
}

/// Causes that a status alone leaves possible. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Suspects {
    /// Statuses of which one must be the answer's.
    pub status: Vec<u16>,
    /// Kinds of host of which one must be the request's; empty for any.
    pub hosts: Vec<String>,
    /// As in [`Rule`].
    pub when: String,
    /// The causes, likeliest first.
    pub causes: Vec<String>,
}

/// Whose hosts end in a suffix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRule {
    /// Kind of host, e.g. `apim`.
    pub kind: String,
    /// Suffixes; one that begins with no dot must be the whole name.
    pub ends: Vec<String>,
}

/// One rung of the ladder. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rung {
    /// Hop it tells, by the word of JSON.
    pub hop: String,
    /// `high`, `medium` or `low`.
    pub confidence: String,
    /// As in [`Rule`].
    pub any: Vec<String>,
    /// As in [`Rule`].
    pub also: Vec<String>,
    /// As in [`Rule`].
    pub none: Vec<String>,
    /// As in [`Rule`].
    pub status: Vec<u16>,
    /// As in [`Rule`].
    pub when: String,
    /// What it says of the evidence; a template.
    pub says: String,
}

const FAMILIES: &[(&str, &str)] = &[
    ("transport.yaml", include_str!("causes/transport.yaml")),
    ("apim.yaml", include_str!("causes/apim.yaml")),
    ("gateways.yaml", include_str!("causes/gateways.yaml")),
    (
        "model_service.yaml",
        include_str!("causes/model_service.yaml"),
    ),
    ("request.yaml", include_str!("causes/request.yaml")),
    (
        "content_filter.yaml",
        include_str!("causes/content_filter.yaml"),
    ),
    ("picture.yaml", include_str!("causes/picture.yaml")),
    ("entra.yaml", include_str!("causes/entra.yaml")),
    ("arm.yaml", include_str!("causes/arm.yaml")),
    ("provider.yaml", include_str!("causes/provider.yaml")),
];

/// The families that come with fluxprobe, in the order of their pages. Fails only where an embedded file is broken,
/// which a test rules out.
pub fn builtin() -> Result<Vec<Family>, CauseError> {
    FAMILIES
        .iter()
        .map(|(file, text)| parse(file, text))
        .collect()
}

/// Reads one file of causes, a user's own as well; `file` is only named in errors.
pub fn parse(file: &str, text: &str) -> Result<Family, CauseError> {
    serde_saphyr::from_str(text).map_err(|error| CauseError::of_yaml(file, text, &error))
}

/// The ladder of evidence for hops that comes with fluxprobe.
pub fn ladder() -> Result<Ladder, CauseError> {
    let text = include_str!("causes/ladder.yml");
    serde_saphyr::from_str(text).map_err(|error| CauseError::of_yaml("ladder.yml", text, &error))
}

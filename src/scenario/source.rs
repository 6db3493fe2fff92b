//! The text of a file, and the way from something wrong in it to a [`Problem`] that points there.

use super::ast::Position;
use super::at::Spot;
use super::problem::Problem;
use crate::expr::{ExprError, Place, suggest};
use serde::de::DeserializeOwned;
use serde_saphyr::Error as YamlError;

/// A file's name, as the user named it, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) file: String,
    pub(super) text: String,
}

impl Source {
    pub(super) fn new(file: &str, text: &str) -> Self {
        Source {
            file: file.to_owned(),
            text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        }
    }

    /// Reads the file as a `T`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(&self.text, options)
            .map_err(|error| self.explain(&error))
    }

    pub(super) fn position(&self, spot: Spot) -> Position {
        Position {
            file: self.file.clone(),
            line: spot.line,
            column: spot.column,
        }
    }

    /// A problem at `spot`; its whole word, or quoted text, is underlined.
    pub(super) fn problem(
        &self,
        spot: Spot,
        what: impl Into<String>,
        help: Option<String>,
    ) -> Problem {
        let rest = self
            .line(spot.line)
            .chars()
            .skip(spot.column.saturating_sub(1) as usize);
        let length = rest
            .take_while(|c| c.is_alphanumeric() || "_-./\"'".contains(*c))
            .count();
        self.underlined(spot, u32::try_from(length).unwrap_or(1), what, help)
    }

    /// A problem in the expression or template `text` that stands at `spot`.
    pub(super) fn expression_problem(&self, spot: Spot, text: &str, error: &ExprError) -> Problem {
        let (spot, length) = match error.place() {
            Some(place) => self.inside(spot, text, place),
            None => (spot, 1),
        };
        self.underlined(spot, length, error.what(), error.help().map(str::to_owned))
    }

    /// Where the key `name` stands whose value begins at `value`.
    pub(super) fn key(&self, name: &str, value: Spot) -> Spot {
        let lines = (value.line.saturating_sub(KEY_LINES)..=value.line).rev();
        let found = lines.filter_map(|line| {
            let text = self.line(line);
            let at = text.find(&format!("{name}:"))?;
            Some(Spot {
                line,
                column: column(text, at),
            })
        });
        found.into_iter().next().unwrap_or(value)
    }

    fn underlined(
        &self,
        spot: Spot,
        length: u32,
        what: impl Into<String>,
        help: Option<String>,
    ) -> Problem {
        Problem {
            at: self.position(spot),
            length: length.max(1),
            what: what.into(),
            help,
            line_text: self.line(spot.line).to_owned(),
        }
    }

    fn line(&self, number: u32) -> &str {
        let index = (number as usize).checked_sub(1);
        index
            .and_then(|index| self.text.lines().nth(index))
            .unwrap_or("")
    }

    /// Where a place inside `text` stands in the file, for text that may be quoted or folded there: the word at the
    /// place is looked for, as the same occurrence that it is in the text.
    fn inside(&self, spot: Spot, text: &str, place: Place) -> (Spot, u32) {
        let begin: usize = text
            .lines()
            .take(place.line as usize - 1)
            .map(|line| line.len() + 1)
            .sum();
        let line = text.lines().nth(place.line as usize - 1).unwrap_or("");
        let at = begin + byte(line, place.column);
        let word: String = text
            .get(at..)
            .unwrap_or("")
            .chars()
            .take(place.length as usize)
            .collect();
        let earlier = text.get(..at).unwrap_or("").matches(&word).count();
        let start = self.offset(spot);
        let found = self
            .text
            .get(start..)
            .and_then(|raw| raw.match_indices(&word).nth(earlier));
        match found {
            Some((offset, _)) if !word.is_empty() => (self.spot(start + offset), place.length),
            _ => (spot, 1),
        }
    }

    fn offset(&self, spot: Spot) -> usize {
        let before = (spot.line as usize).saturating_sub(1);
        let begin: usize = self
            .text
            .split_inclusive('\n')
            .take(before)
            .map(str::len)
            .sum();
        begin + byte(self.line(spot.line), spot.column)
    }

    fn spot(&self, offset: usize) -> Spot {
        let before = self.text.get(..offset).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        Spot {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: column(&self.text[begin..], offset - begin),
        }
    }

    /// Says in our words what the YAML reader found.
    fn explain(&self, error: &YamlError) -> Problem {
        let error = error.without_snippet();
        let spot = error.location().map(Spot::from).unwrap_or_default();
        let (what, help) = match error {
            YamlError::SerdeUnknownField {
                field, expected, ..
            } => (
                format!("there is no key `{field}` here"),
                Some(allowed(field, expected)),
            ),
            YamlError::SerdeUnknownVariant {
                variant, expected, ..
            } => (
                format!("`{variant}` is not one of the words for this"),
                Some(allowed(variant, expected)),
            ),
            YamlError::SerdeMissingField { field, .. } => {
                (format!("the key `{field}` is missing"), None)
            }
            YamlError::SerdeInvalidType {
                unexpected,
                expected,
                ..
            }
            | YamlError::SerdeInvalidValue {
                unexpected,
                expected,
                ..
            } => (
                format!("here stands {unexpected}"),
                Some(format!("write {expected}")),
            ),
            YamlError::InvalidScalar { ty, .. } => {
                let help = (*ty == "boolean").then(|| "write true or false".to_owned());
                (format!("here stands no {ty}"), help)
            }
            YamlError::Unexpected { expected, .. } => {
                (format!("here should stand {}", plain_words(expected)), None)
            }
            YamlError::Eof { .. } => ("the file ends before anything is said".into(), None),
            YamlError::DuplicateMappingKey { key, .. } => {
                let key = key.as_deref().unwrap_or("this");
                (
                    format!("the key `{key}` stands here a second time"),
                    Some("keep one of the two".into()),
                )
            }
            other => (first_line(other), None),
        };
        self.problem(spot, what, help)
    }
}

/// A key stands on the line of its value, or a few above it.
const KEY_LINES: u32 = 3;

fn allowed(word: &str, known: &[&str]) -> String {
    match suggest(word, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("allowed are {}", quoted.join(", "))
        }
    }
}

/// The YAML reader's terms in words that its users know.
fn plain_words(expected: &str) -> &str {
    match expected {
        "mapping start" => "a mapping: `key: value` lines",
        "sequence start" => "a list: lines that begin with `- `",
        "string scalar" => "a text",
        other => other,
    }
}

fn first_line(error: &YamlError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or("the file is no YAML");
    let line = line.strip_prefix("error: ").unwrap_or(line);
    // The place is told by the problem itself.
    line.split(" at line ").next().unwrap_or(line).to_owned()
}

fn byte(line: &str, column: u32) -> usize {
    line.char_indices()
        .nth((column as usize).saturating_sub(1))
        .map_or(line.len(), |(at, _)| at)
}

fn column(line: &str, byte: usize) -> u32 {
    let before = line.get(..byte).unwrap_or(line).chars().count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

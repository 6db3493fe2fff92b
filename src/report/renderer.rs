//! What a format is, and what it can be asked to show.

use super::FORMATS;
use crate::knowledge::causes::CauseError;
use crate::model::{
    Audit, Baseline, Checkup, Comparison, Explained, History, Inventory, Plan, Report, RouteMap,
};
use std::path::Path;

/// A format.
pub trait Renderer: Sync {
    /// Its name on the command line, e.g. `json`.
    fn name(&self) -> &'static str;

    /// File extensions that pick it, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether it shows the pictures of a run, so that a small one of each must be kept.
    fn shows_pictures(&self) -> bool {
        false
    }

    /// Writes `document` as text that ends in a line break.
    ///
    /// # Errors
    /// [`ReportError`] where the format cannot show this kind of document.
    fn render(&self, document: Document<'_>, style: &Style) -> Result<String, ReportError>;
}

/// What can be shown.
#[derive(Debug, Clone, Copy)]
pub enum Document<'a> {
    /// What exists.
    Inventory(&'a Inventory),
    /// What will be called.
    Plan(&'a Plan),
    /// What happened, and why.
    Report(&'a Report),
    /// The same, with the map that it happened on, for a format that can show it.
    Mapped(&'a Report, &'a RouteMap),
    /// How callers reach deployments.
    Routes(&'a RouteMap),
    /// What is wrong with the map.
    Audit(&'a Audit),
    /// What has changed between two runs.
    Comparison(&'a Comparison),
    /// What runs are compared with.
    Baseline(&'a Baseline),
    /// What many runs together show.
    History(&'a History),
    /// A URL, checked.
    Checkup(&'a Checkup),
    /// Recorded exchanges, each explained by itself.
    Explained(&'a [Explained]),
}

impl<'a> Document<'a> {
    /// The report, for a format that shows nothing else.
    ///
    /// # Errors
    /// [`ReportError::Unshown`] where it is another document.
    pub(super) fn report(self, format: &'static str) -> Result<&'a Report, ReportError> {
        match self {
            Document::Report(report) | Document::Mapped(report, _) => Ok(report),
            _ => Err(ReportError::Unshown {
                format,
                shows: "what `run` did",
            }),
        }
    }

    /// The map, for a format that shows nothing else.
    ///
    /// # Errors
    /// [`ReportError::Unshown`] where it is another document.
    pub(super) fn routes(self, format: &'static str) -> Result<&'a RouteMap, ReportError> {
        match self {
            Document::Routes(map) => Ok(map),
            _ => Err(ReportError::Unshown {
                format,
                shows: "the map of `routes`",
            }),
        }
    }
}

/// How text for people is laid out. Formats for machines do not look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours are written.
    pub is_colored: bool,
    /// Whether characters outside ASCII may be drawn.
    pub is_unicode: bool,
    /// Columns that a line may take. URLs and commands are never broken, so that they can be copied.
    pub width: usize,
    /// How much is told.
    pub detail: Detail,
}

impl Default for Style {
    /// Plain text, 100 columns wide.
    fn default() -> Self {
        Style {
            is_colored: false,
            is_unicode: true,
            width: 100,
            detail: Detail::Normal,
        }
    }
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Failures and the last line.
    Brief,
    /// The table, diagnoses, failures and skips.
    #[default]
    Normal,
    /// Every step with its exchange as well.
    Full,
}

/// Why a document could not be written in a format.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The value cannot be written as JSON.
    #[error("the document cannot be written as JSON: {0}; this is a defect of fluxprobe")]
    Json(#[from] serde_json::Error),
    /// The value cannot be written as XML.
    #[error("the document cannot be written as XML: {0}; this is a defect of fluxprobe")]
    Xml(#[from] quick_junit::SerializeError),
    /// A table that comes with the program cannot be read.
    #[error("{0}; this is a defect of fluxprobe")]
    Causes(#[from] CauseError),
    /// The format does not know this kind of document.
    #[error("{format} shows only {shows}; use --format json")]
    Unshown {
        /// Name of the format.
        format: &'static str,
        /// What it does show.
        shows: &'static str,
    },
}

/// The format called `name`.
pub fn format_named(name: &str) -> Option<&'static dyn Renderer> {
    FORMATS
        .iter()
        .copied()
        .find(|format| format.name().eq_ignore_ascii_case(name))
}

/// The format that the extension of `file` picks; of two that fit the longer one, so that `x.ctrf.json` is CTRF.
pub fn format_of_file(file: &Path) -> Option<&'static dyn Renderer> {
    let name = file.file_name()?.to_str()?.to_ascii_lowercase();
    let fits = |extension: &&str| {
        let rest = name.strip_suffix(*extension);
        rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    };
    let fitting = FORMATS.iter().copied().filter_map(|format| {
        let extensions = format
            .extensions()
            .iter()
            .filter(|extension| fits(extension));
        Some((extensions.map(|extension| extension.len()).max()?, format))
    });
    let best = fitting.max_by_key(|(length, _)| *length);
    best.map(|(_, format)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_pick_one_format_each() {
        let mut names = std::collections::BTreeSet::new();
        let mut extensions = std::collections::BTreeSet::new();
        for format in FORMATS {
            assert!(names.insert(format.name()));
            for extension in format.extensions() {
                assert!(extensions.insert(*extension), "{extension} is taken twice");
            }
        }
        assert_eq!(format_named("JSON").map(Renderer::name), Some("json"));
        assert_eq!(
            format_of_file(Path::new("a/b.MD")).map(Renderer::name),
            Some("md")
        );
        for (file, format) in [
            ("a.ctrf.json", "ctrf"),
            ("a.x.json", "json"),
            ("run.xml", "junit"),
        ] {
            assert_eq!(
                format_of_file(Path::new(file)).map(Renderer::name),
                Some(format)
            );
        }
        assert!(format_of_file(Path::new("report")).is_none());
        assert!(format_of_file(Path::new(".json")).is_none());
        assert!(format_named("pdf").is_none());
    }
}

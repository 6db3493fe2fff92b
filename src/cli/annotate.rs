//! Telling the CI system that fluxprobe runs in what is wrong, in its own words.

use super::failure::Failure;
use super::output;
use crate::harness::Environment;
use crate::model::Report;
use crate::report::{Document, Style, format_named};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Annotates the job in GitHub Actions and in Azure Pipelines, and adds the report to the summary page of GitHub's step.
/// Both read commands from stderr as well, so that stdout stays what was asked for.
///
/// # Errors
/// Where the file of the summary cannot be written.
pub(super) fn tell(environment: &Environment, report: &Report) -> Result<(), Failure> {
    if environment.get("GITHUB_ACTIONS") == Some("true") {
        output::message(&rendered("github", report)?);
    }
    if environment.is_set("TF_BUILD") {
        output::message(&rendered("azure", report)?);
    }
    match environment.get("GITHUB_STEP_SUMMARY") {
        Some(file) => append(Path::new(file), &rendered("github-summary", report)?),
        None => Ok(()),
    }
}

fn rendered(format: &str, report: &Report) -> Result<String, Failure> {
    match format_named(format) {
        Some(format) => Ok(format.render(Document::Report(report), &Style::default())?),
        None => Ok(String::new()),
    }
}

fn append(file: &Path, text: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().append(true).create(true).open(file);
    opened
        .and_then(|mut opened| opened.write_all(text.as_bytes()))
        .map_err(|error| Failure::unwritable(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Run;

    #[test]
    fn the_summary_is_added_to_what_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("summary.md");
        std::fs::write(&file, "before\n").unwrap();
        let environment = Environment::of(&[("GITHUB_STEP_SUMMARY", file.to_str().unwrap())]);
        let report = Report::new(Run::default(), Vec::new());
        tell(&environment, &report).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("before\n# Report\n"), "{text}");
    }

    #[test]
    fn a_summary_that_cannot_be_written_is_told() {
        let environment = Environment::of(&[("GITHUB_STEP_SUMMARY", "no/such/folder/x.md")]);
        let report = Report::new(Run::default(), Vec::new());
        let failure = tell(&environment, &report).unwrap_err();
        assert!(
            failure.text.contains("cannot be written"),
            "{}",
            failure.text
        );
    }
}

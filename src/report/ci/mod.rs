//! What the log of a CI system understands: annotations, results, and a page of summary.

mod azure;
mod github;
mod summary;

pub(super) use azure::AzurePipelines;
pub(super) use github::GithubAnnotations;
pub(super) use summary::GithubSummary;

use super::escape;
use super::finding::Finding;

/// What is said of a finding in an annotation: lines that no terminal obeys.
fn message(finding: &Finding<'_>) -> String {
    let mut lines = vec![finding.title.to_owned()];
    lines.extend(finding.lines());
    let lines: Vec<String> = lines
        .iter()
        .flat_map(|line| escape::terminal_lines(line))
        .collect();
    lines.join("\n")
}

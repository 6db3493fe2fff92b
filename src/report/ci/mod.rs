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

#[cfg(test)]
mod tests {
    use crate::model::Report;
    use crate::report::{Detail, Document, FORMATS, Renderer, Style, fixture};

    /// What a format of this room writes for a report.
    pub(super) fn shown(format: &dyn Renderer, report: &Report) -> String {
        let style = Style::default();
        format.render(Document::Report(report), &style).unwrap()
    }

    /// Holds a format to its own commands where a server's text would give others.
    pub(super) fn assert_only(format: &dyn Renderer, evil: &str, commands: &[&str]) {
        let mut report = fixture::hostile();
        report.diagnoses[0].evidence = vec![evil.into()];
        let text = shown(format, &report);
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}', '\r']));
        for line in text.lines() {
            assert!(
                commands.iter().any(|begin| line.starts_with(begin)),
                "{line}"
            );
        }
    }

    const ORDERS: &str =
        "x ::error::owned\n::add-mask::a\n##vso[task.setvariable variable=a]b ##[group]c";

    /// A failed run whose every text from outside wants to command the log that it is printed into.
    fn commanding() -> Report {
        let mut report = fixture::hostile();
        let case = &mut report.run.cases[0];
        case.why = ORDERS.into();
        case.title = ORDERS.into();
        let step = &mut case.steps[0];
        step.name = ORDERS.into();
        step.why = ORDERS.into();
        step.output = vec![ORDERS.into()];
        step.checks[0].actual[0].value = ORDERS.into();
        if let Some(response) = step.exchange.as_mut().and_then(|one| one.response.as_mut()) {
            response.body = ORDERS.into();
            response.reason = Some(ORDERS.into());
        }
        let diagnosis = &mut report.diagnoses[0];
        diagnosis.title = ORDERS.into();
        diagnosis.evidence = vec![ORDERS.into()];
        report
    }

    #[test]
    fn no_format_hands_a_servers_orders_to_the_log() {
        let report = commanding();
        for format in FORMATS {
            for width in [20, 80, 120] {
                let style = Style {
                    width,
                    detail: Detail::Full,
                    ..Style::default()
                };
                let name = format.name();
                let Ok(text) = format.render(Document::Report(&report), &style) else {
                    assert!(["svg", "mermaid"].contains(&name), "{name} shows no run");
                    continue;
                };
                // What these two write is commands, and their own tests hold them to which.
                if ["github", "azure"].contains(&name) {
                    continue;
                }
                let lower = text.to_lowercase();
                assert!(
                    !lower.contains("##vso[") && !lower.contains("##["),
                    "{name}: {text}"
                );
                let mut lines = text.lines().map(str::trim_start);
                let order = lines.find(|line| line.starts_with("::"));
                assert_eq!(order, None, "{name} at {width}");
            }
        }
    }
}

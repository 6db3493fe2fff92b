//! Logging commands of Azure Pipelines: an issue a cause, and what the task's result is.

use super::message;
use crate::report::escape;
use crate::report::finding::Finding;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::words;

/// `##vso[task.logissue …]` and `##vso[task.complete …]`.
pub(in crate::report) struct AzurePipelines;

impl Renderer for AzurePipelines {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let findings = Finding::all(report);
        let mut text: String = findings.iter().map(issue).collect();
        let summary = &report.run.summary;
        let result = if report.run.is_red() {
            "Failed"
        } else if !findings.is_empty() || summary.flaky + summary.quarantined > 0 {
            "SucceededWithIssues"
        } else {
            "Succeeded"
        };
        let sums = data(&words::sums(&report.run).join(" · "));
        text.push_str(&format!("##vso[task.complete result={result};]{sums}\n"));
        Ok(text)
    }
}

fn issue(finding: &Finding<'_>) -> String {
    let kind = if finding.is_error { "error" } else { "warning" };
    let mut properties = vec![format!("type={kind}")];
    if let Some(place) = finding.place {
        properties.push(format!("sourcepath={}", property(place.file)));
        properties.extend(place.line.map(|line| format!("linenumber={line}")));
        properties.extend(place.column.map(|column| format!("columnnumber={column}")));
    }
    let rule = escape::terminal(finding.rule);
    properties.push(format!("code={}", property(&rule)));
    let properties = properties.join(";");
    format!(
        "##vso[task.logissue {properties};]{}\n",
        data(&message(finding))
    )
}

/// The percent sign has an escape of its own, because older agents leave `%25` as it is.
fn data(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Report;
    use crate::report::ci::tests;
    use crate::report::fixture;

    fn shown(report: &Report) -> String {
        tests::shown(&AzurePipelines, report)
    }

    #[test]
    fn gateway_404() {
        insta::assert_snapshot!(shown(&fixture::gateway_404()));
    }

    #[test]
    fn the_result_is_that_of_the_run() {
        assert!(shown(&fixture::green()).contains("result=Succeeded;]24 cases"));
        let mut flaky = fixture::green();
        flaky.run.summary.flaky = 1;
        assert!(shown(&flaky).contains("result=SucceededWithIssues;]"));
        let mut late = fixture::green();
        late.run.findings = vec!["this run is 9 h late".into()];
        let text = shown(&late);
        assert!(
            text.starts_with(
                "##vso[task.logissue type=warning;code=run_itself;]this run is 9 h late\n"
            ),
            "{text}"
        );
        assert!(text.contains("result=SucceededWithIssues;]"));
        assert!(shown(&fixture::wide()).contains("result=Failed;]"));
    }

    #[test]
    fn hostile_text_gives_no_command() {
        assert_eq!(property("a]b;c%\r\n"), "a%5Db%3Bc%AZP25%0D%0A");
        let commands = &["##vso[task.logissue ", "##vso[task.complete "];
        tests::assert_only(
            &AzurePipelines,
            "x\n##vso[task.setvariable variable=a]b",
            commands,
        );
    }
}

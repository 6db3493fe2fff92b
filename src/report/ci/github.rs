//! Workflow commands of GitHub Actions. A step shows ten annotations of a kind, so causes are annotated, not cells.

use super::message;
use crate::report::escape;
use crate::report::finding::Finding;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::words;

/// Annotations of a kind that GitHub shows for a step.
const MOST: usize = 10;

/// `::error …` and its like.
pub(in crate::report) struct GithubAnnotations;

impl Renderer for GithubAnnotations {
    fn name(&self) -> &'static str {
        "github"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let findings = Finding::all(report);
        let mut text = String::new();
        for (kind, is_error) in [("error", true), ("warning", false)] {
            let of_kind: Vec<_> = findings
                .iter()
                .filter(|one| one.is_error == is_error)
                .collect();
            let shown = if of_kind.len() > MOST {
                MOST - 1
            } else {
                of_kind.len()
            };
            for finding in &of_kind[..shown] {
                text.push_str(&command(kind, finding));
            }
            let rest = of_kind.len() - shown;
            if rest > 0 {
                let more = format!("{rest} more; the report has them all");
                text.push_str(&format!("::{kind} title=fluxprobe::{more}\n"));
            }
        }
        let sums = data(&words::sums(&report.run).join(" · "));
        text.push_str(&format!("::notice title=fluxprobe::{sums}\n"));
        Ok(text)
    }
}

fn command(kind: &str, finding: &Finding<'_>) -> String {
    let mut properties = Vec::new();
    if let Some(place) = finding.place {
        properties.push(format!("file={}", property(place.file)));
        properties.extend(place.line.map(|line| format!("line={line}")));
        properties.extend(place.column.map(|column| format!("col={column}")));
    }
    let title = escape::terminal(finding.rule);
    properties.push(format!("title={}", property(&title)));
    format!(
        "::{kind} {}::{}\n",
        properties.join(","),
        data(&message(finding))
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Report, Run, Verdict};
    use crate::report::ci::tests;
    use crate::report::fixture;

    fn shown(report: &Report) -> String {
        tests::shown(&GithubAnnotations, report)
    }

    #[test]
    fn gateway_404() {
        insta::assert_snapshot!(shown(&fixture::gateway_404()));
    }

    #[test]
    fn no_more_than_ten_of_a_kind_and_the_rest_is_counted() {
        for (count, lines) in [(10, 10), (11, 10), (30, 10)] {
            let mut run = Run::default();
            for number in 0..count {
                let mut case = fixture::case(&format!("s{number}"), "acc", "a");
                case.verdict = Verdict::Fail;
                case.why = "x".into();
                run.cases.push(case);
            }
            let text = shown(&Report::new(run, Vec::new()));
            assert_eq!(text.matches("::error ").count(), lines);
            let more = format!("::{} more", count - 9);
            assert_eq!(text.contains(&more), count > 10, "{text}");
        }
    }

    #[test]
    fn marks_are_escaped() {
        assert_eq!(
            data("100% a:b,c\r\n::error::x"),
            "100%25 a:b,c%0D%0A::error::x"
        );
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn hostile_text_gives_no_command() {
        let commands = &["::error ", "::notice "];
        tests::assert_only(
            &GithubAnnotations,
            "x\n::set-env name=A::b\r::error::c",
            commands,
        );
    }
}

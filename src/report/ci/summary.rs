//! The page of a step on GitHub: the Markdown report, within what GitHub takes.

use crate::report::markdown::Markdown;
use crate::report::renderer::{Document, Renderer, ReportError, Style};

/// GitHub refuses a summary of more than 1 MiB whole; what stands in the file already shares the room.
const MOST_BYTES: usize = 1_000_000;

/// Markdown that is cut where it grows too long.
pub(in crate::report) struct GithubSummary;

impl Renderer for GithubSummary {
    fn name(&self) -> &'static str {
        "github-summary"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn render(&self, document: Document<'_>, style: &Style) -> Result<String, ReportError> {
        Ok(within(Markdown.render(document, style)?, MOST_BYTES))
    }
}

/// As much of a page as `most` bytes hold: whole blocks, none left open.
fn within(mut page: String, most: usize) -> String {
    const REST: &str =
        "\n*The rest is left out, because GitHub takes no more; the report has it all.*\n";
    if page.len() <= most {
        return page;
    }
    let room = most.saturating_sub(REST.len());
    let mut fence: Option<&str> = None;
    let mut end = 0;
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        if at > room {
            break;
        }
        let text = line.trim_end();
        let ticks = &text[..text.len() - text.trim_start_matches('`').len()];
        match fence {
            Some(open) if text == open => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            None if text.is_empty() => end = at,
            _ => {}
        }
        at += line.len();
    }
    page.truncate(end);
    page.push_str(REST);
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_short_page_is_left_as_it_is() {
        let report = fixture::gateway_404();
        let style = Style::default();
        let page = Markdown.render(Document::Report(&report), &style).unwrap();
        let summary = GithubSummary.render(Document::Report(&report), &style);
        assert_eq!(summary.unwrap(), page);
    }

    #[test]
    fn a_long_page_is_cut_between_blocks() {
        let page = "# a\n\ntext\n\n````http\nx\n\n```\n\ny\n````\n\nlast\n".to_owned();
        assert_eq!(within(page.clone(), page.len()), page);
        let long = format!("{page}\n{}\n", "é ".repeat(200));
        for most in 90..long.len() {
            let cut = within(long.clone(), most);
            assert!(cut.len() <= most, "{} > {most}", cut.len());
            assert_eq!(cut.matches("````").count() % 2, 0, "{cut}");
            assert!(cut.ends_with("the report has it all.*\n"));
        }
    }

    #[test]
    fn a_run_of_thousands_of_failures_fits() {
        let mut report = fixture::gateway_404();
        let failed = report.run.cases.iter().find(|case| case.verdict.is_bad());
        let failed = failed.unwrap().clone();
        for number in 0..3000 {
            let mut case = failed.clone();
            case.scenario = format!("s{number}").into();
            report.run.cases.push(case);
        }
        let style = Style::default();
        let page = GithubSummary
            .render(Document::Report(&report), &style)
            .unwrap();
        assert!(page.len() <= MOST_BYTES);
        assert!(page.contains("The rest is left out"));
    }
}

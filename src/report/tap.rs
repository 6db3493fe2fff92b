//! TAP version 14: a line a case, with what failed as YAML below it.

use super::digest::Digest;
use super::escape;
use super::finding::diagnoses_of;
use super::matrix::Cell;
use super::place::Places;
use super::renderer::{Document, Renderer, ReportError, Style};
use super::story;
use super::words;
use crate::model::{CaseRun, Report, Verdict};

/// Test Anything Protocol.
pub(super) struct Tap;

impl Renderer for Tap {
    fn name(&self) -> &'static str {
        "tap"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tap"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let digest = Digest::of(report);
        let places = Places::of(report);
        let cells: Vec<_> = digest.matrix.cells().collect();
        let mut text = format!("TAP version 14\n1..{}\n", cells.len());
        for (number, (row, column, cell)) in cells.into_iter().enumerate() {
            let name = format!(
                "{} {}: {}",
                row.scenario,
                words::column_name(column),
                row.title
            );
            let outcome = if cell.verdict.is_bad() {
                "not ok"
            } else {
                "ok"
            };
            text.push_str(&format!("{outcome} {} - {}", number + 1, described(&name)));
            if cell.verdict == Verdict::Skip {
                text.push_str(&format!(" # SKIP {}", escape::terminal(cell.why)));
            }
            if let Some(entry) = cell.case.and_then(|case| case.quarantine.as_ref()) {
                text.push_str(&format!(" # TODO {}", escape::terminal(&entry.phrase())));
            }
            text.push('\n');
            if let Some(case) = cell.case {
                tell(&mut text, cell, case, report, &places);
            }
        }
        for said in words::stopped(&report.run)
            .iter()
            .chain(&report.run.findings)
        {
            text.push_str(&format!("# {}\n", escape::terminal(said)));
        }
        text.push_str(&format!("# {}\n", words::sums(&report.run).join(", ")));
        Ok(text)
    }
}

fn tell(text: &mut String, cell: &Cell<'_>, case: &CaseRun, report: &Report, places: &Places<'_>) {
    if cell.verdict == Verdict::Skip {
        return;
    }
    let mut members = vec![("duration_ms", format!("{:.3}", case.elapsed_ms.max(0.0)))];
    if cell.verdict != Verdict::Pass {
        members.push(("message", scalar(cell.why)));
        members.push(("severity", cell.verdict.word().to_owned()));
    }
    if cell.verdict.is_bad() {
        if let Some(hop) = cell.hop {
            members.push(("hop", hop.to_string()));
        }
        if let Some(cause) = diagnoses_of(case, report).find_map(|one| one.cause.as_ref()) {
            members.push(("cause", scalar(cause.as_str())));
        }
        if let Some(place) = places.of_case(case) {
            let line = place
                .line
                .map_or(String::new(), |line| format!(", line: {line}"));
            members.push(("at", format!("{{ file: {}{line} }}", scalar(place.file))));
        }
        members.push(("data", scalar(&story::of_failure(case, report))));
    }
    text.push_str("  ---\n");
    for (name, value) in members {
        text.push_str(&format!("  {name}: {value}\n"));
    }
    text.push_str("  ...\n");
}

/// A description: `#` would begin a directive.
fn described(text: &str) -> String {
    escape::terminal(text)
        .replace('\\', "\\\\")
        .replace('#', "\\#")
}

/// A double-quoted YAML scalar, which JSON's strings are.
fn scalar(text: &str) -> String {
    escape::json(&serde_json::Value::from(text).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(report: &Report) -> String {
        Tap.render(Document::Report(report), &Style::default())
            .unwrap()
    }

    #[test]
    fn gateway_404() {
        insta::assert_snapshot!(shown(&fixture::gateway_404()));
    }

    #[test]
    fn what_is_wrong_with_the_run_itself_is_a_comment() {
        let mut report = fixture::green();
        report.run.findings = vec!["this run is 9 h late\nok 99".into()];
        let text = shown(&report);
        assert!(text.contains("\n# this run is 9 h late"), "{text}");
        assert!(!text.contains("\nok 99"));
    }

    #[test]
    fn lines_are_numbered_and_as_many_as_planned() {
        let report = fixture::wide();
        let text = shown(&report);
        let mut numbers = Vec::new();
        let mut bad = 0;
        for line in text.lines() {
            let rest = line
                .strip_prefix("not ")
                .inspect(|_| bad += 1)
                .unwrap_or(line);
            if let Some(rest) = rest.strip_prefix("ok ") {
                numbers.push(rest.split(' ').next().unwrap().parse::<usize>().unwrap());
            }
        }
        assert!(text.starts_with(&format!("TAP version 14\n1..{}\n", numbers.len())));
        assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
        let summary = &report.run.summary;
        assert_eq!(bad, summary.fail + summary.error);
        assert_eq!(text.matches(" # SKIP ").count(), summary.skip);
    }

    #[test]
    fn hostile_text_makes_no_line_and_no_directive() {
        let text = shown(&fixture::hostile());
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        let lines = text
            .lines()
            .filter(|line| line.starts_with("not ok") || line.starts_with("ok"));
        assert_eq!(lines.count(), 1);
        assert_eq!(
            described("a # TODO \\ b\nok 2"),
            "a \\# TODO \\\\ b\\\\nok 2"
        );
    }
}

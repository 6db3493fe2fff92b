//! JUnit XML, as nextest writes it: one suite a deployment, one case a letter.

use super::digest::Digest;
use super::escape;
use super::finding::diagnoses_of;
use super::matrix::{Cell, Row};
use super::place::Places;
use super::renderer::{Document, Renderer, ReportError, Style};
use super::story;
use super::words;
use crate::model::{CaseRun, Earlier, Quarantine, Report, Verdict};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestRerun, TestSuite};
use std::time::Duration;

/// JUnit XML.
pub(super) struct Junit;

impl Renderer for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["xml"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let run = &report.run;
        let digest = Digest::of(report);
        let places = Places::of(report);
        let mut xml = quick_junit::Report::new("fluxprobe");
        xml.set_time(duration(run.elapsed_ms));
        xml.timestamp = run.started_at.parse().ok();
        for index in 0..digest.matrix.columns.len() {
            let mut suite = suite(&digest, index, report, &places);
            // The format has no place for what is said of a run as a whole; readers show this of the first suite.
            if index == 0 && !run.findings.is_empty() {
                suite.set_system_err(escape::terminal_text(&run.findings.join("\n")));
            }
            xml.add_test_suite(suite);
        }
        Ok(xml.to_string()?)
    }
}

fn suite(digest: &Digest<'_>, index: usize, report: &Report, places: &Places<'_>) -> TestSuite {
    let column = &digest.matrix.columns[index];
    let mut suite = TestSuite::new(escape::terminal(&words::column_name(column)));
    let mut elapsed = 0.0;
    for (number, row) in digest.matrix.rows.iter().enumerate() {
        let Some(cell) = digest.matrix.cell(number, index) else {
            continue;
        };
        if let Some(case) = cell.case {
            elapsed += case.elapsed_ms;
            if suite.properties.is_empty() {
                suite.add_properties(properties(case));
            }
        }
        suite.add_test_case(test_case(row, cell, report, places));
    }
    suite.set_time(duration(elapsed));
    suite.timestamp = report.run.started_at.parse().ok();
    suite
}

fn properties(case: &CaseRun) -> Vec<(String, String)> {
    let target = &case.target;
    [
        ("account", case.account.as_str()),
        ("deployment", case.deployment.as_str()),
        ("route", case.route.as_str()),
        ("model", target.model.name.as_str()),
        ("region", target.location.as_str()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), escape::terminal(value)))
    .collect()
}

fn test_case(row: &Row<'_>, cell: &Cell<'_>, report: &Report, places: &Places<'_>) -> TestCase {
    let name = format!("{} {}", row.scenario, row.title);
    let mut case = TestCase::new(escape::terminal(name.trim()), status(cell, report));
    let file = places.file(row.scenario).unwrap_or(row.scenario);
    case.set_classname(escape::terminal(file));
    let Some(run) = cell.case else {
        return case;
    };
    case.set_time(duration(run.elapsed_ms));
    case.set_assertions(run.steps.iter().map(|step| step.checks.len()).sum());
    if let Some(place) = places.of_case(run) {
        case.extra
            .insert("file".into(), escape::terminal(place.file).into());
        if let Some(line) = place.line {
            case.extra.insert("line".into(), line.to_string().into());
        }
    }
    if let Some(text) = story::printed(run) {
        case.set_system_out(text);
    }
    // Jenkins and Azure Pipelines do not read flaky elements; the property tells them.
    if cell.verdict == Verdict::Flaky {
        case.add_property(("flaky", "true"));
    }
    if let Some(entry) = &run.quarantine {
        case.add_property(("quarantine.owner", escape::terminal(&entry.owner).as_str()));
        case.add_property(("quarantine.until", escape::terminal(&entry.until).as_str()));
        case.set_system_err(story::of_failure(run, report));
    }
    case
}

fn status(cell: &Cell<'_>, report: &Report) -> TestCaseStatus {
    let why = escape::terminal(cell.why);
    let kind = match cell.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Flaky => {
            let mut status = TestCaseStatus::success();
            let reruns = cell.case.map_or(Vec::new(), reruns);
            if reruns.is_empty() {
                let mut first = TestRerun::new(NonSuccessKind::Failure);
                first.set_message(why);
                status.add_rerun(first);
            }
            status.add_reruns(reruns);
            return status;
        }
        Verdict::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            return status;
        }
        Verdict::Fail | Verdict::Error if cell.is_quarantined() => {
            let entry = cell.case.and_then(|case| case.quarantine.as_ref());
            let phrase = entry.map_or(String::new(), Quarantine::phrase);
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{}; {why}", escape::terminal(&phrase)));
            return status;
        }
        Verdict::Fail => NonSuccessKind::Failure,
        Verdict::Error => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(why);
    if let Some(case) = cell.case {
        let cause = diagnoses_of(case, report).find_map(|diagnosis| diagnosis.cause.as_ref());
        status.set_type(cause.map_or(cell.verdict.word(), |cause| cause.as_str()));
        status.set_description(story::of_failure(case, report));
        status.add_reruns(reruns(case));
    }
    status
}

/// The tries before the last one. All of them failed.
fn reruns(case: &CaseRun) -> Vec<TestRerun> {
    let rerun = |one: &Earlier| {
        let kind = match one.verdict {
            Verdict::Error => NonSuccessKind::Error,
            _ => NonSuccessKind::Failure,
        };
        let mut rerun = TestRerun::new(kind);
        rerun.set_message(escape::terminal(&one.why));
        rerun.set_time(duration(one.elapsed_ms));
        rerun.set_description(story::of_steps(&one.steps));
        rerun
    };
    case.earlier.iter().map(rerun).collect()
}

/// Milliseconds that are no number or below zero are none.
fn duration(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(report: &Report) -> String {
        let style = Style::default();
        Junit.render(Document::Report(report), &style).unwrap()
    }

    #[test]
    fn gateway_404() {
        insta::assert_snapshot!(shown(&fixture::gateway_404()));
    }

    #[test]
    fn what_is_said_of_the_run_as_a_whole_stands_in_the_first_suite() {
        let mut report = fixture::green();
        assert!(!shown(&report).contains("<system-err>"));
        report.run.findings = vec!["this run is 9 h late\u{1b}[31m".into()];
        let text = shown(&report);
        let document = roxmltree::Document::parse(&text).unwrap();
        let suites = document
            .root_element()
            .children()
            .filter(|node| node.has_tag_name("testsuite"));
        let told: Vec<_> = suites
            .map(|suite| {
                suite
                    .children()
                    .find(|node| node.has_tag_name("system-err"))
            })
            .collect();
        assert_eq!(
            told[0].unwrap().text(),
            Some("this run is 9 h late\\x1b[31m")
        );
        assert!(told[1..].iter().all(Option::is_none) && told.len() > 1);
    }

    #[test]
    fn every_verdict_is_counted_where_readers_look() {
        let report = fixture::wide();
        let text = shown(&report);
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        let count = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
        let summary = &report.run.summary;
        assert_eq!(count("tests"), report.run.cases.len());
        assert_eq!(count("failures"), summary.fail);
        assert_eq!(count("errors"), summary.error);
        let having = |name: &str| {
            let nodes = root.descendants();
            nodes.filter(|node| node.has_tag_name(name)).count()
        };
        assert_eq!(having("testsuite"), 12);
        assert_eq!(having("skipped"), summary.skip);
        assert_eq!(having("flakyFailure"), summary.flaky);
        assert!(summary.flaky > 0);
    }

    #[test]
    fn a_failure_before_a_pass_is_told_as_nextest_does() {
        let text = shown(&fixture::flaky());
        let document = roxmltree::Document::parse(&text).unwrap();
        let mut flaky = document
            .descendants()
            .filter(|n| n.has_tag_name("flakyFailure"));
        let first = flaky.next().unwrap();
        assert_eq!(first.attribute("message"), Some("503"));
        assert!(text.contains("edit the drawing"), "{text}");
        assert!(flaky.next().is_none());
        assert_eq!(document.root_element().attribute("failures"), Some("0"));
    }

    #[test]
    fn a_covered_failure_is_shown_and_reddens_nothing() {
        let text = shown(&fixture::quarantined());
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("failures"), Some("0"));
        let skipped = document.descendants().filter(|n| n.has_tag_name("skipped"));
        let told = skipped.filter_map(|n| n.attribute("message"));
        let told: Vec<&str> = told
            .filter(|text| text.contains("by anna: INC-1"))
            .collect();
        assert_eq!(told.len(), 1, "{text}");
        let red = shown(&fixture::expired());
        assert!(red.contains("failures=\"1\""));
    }

    #[test]
    fn what_was_left_out_of_the_plan_is_a_skipped_case() {
        let text = shown(&fixture::gateway_404());
        let document = roxmltree::Document::parse(&text).unwrap();
        let mut skipped = document.descendants().filter(|n| n.has_tag_name("skipped"));
        let why = skipped.next().unwrap().attribute("message").unwrap();
        assert_eq!(
            why,
            "no chat deployment of the account can look at pictures"
        );
    }

    #[test]
    fn hostile_text_is_text() {
        let text = shown(&fixture::hostile());
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        let document = roxmltree::Document::parse(&text).unwrap();
        assert!(!document.descendants().any(|n| n.has_tag_name("img")));
        let failure = document.descendants().find(|n| n.has_tag_name("failure"));
        assert!(failure.unwrap().text().unwrap().contains("<img src=x"));
    }
}

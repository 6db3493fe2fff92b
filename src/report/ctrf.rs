//! CTRF, the common test report format: JSON that many dashboards read.

use super::digest::Digest;
use super::escape;
use super::finding::diagnoses_of;
use super::matrix::{Cell, Column, Row};
use super::place::Places;
use super::renderer::{Document, Renderer, ReportError, Style};
use super::story;
use super::words;
use crate::model::{Report, Verdict};
use serde_json::{Map, Value, json};

/// Version of the format's specification.
const SPEC: &str = "0.0.0";

/// Common test report format.
pub(super) struct Ctrf;

impl Renderer for Ctrf {
    fn name(&self) -> &'static str {
        "ctrf"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ctrf.json"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let run = &report.run;
        let digest = Digest::of(report);
        let places = Places::of(report);
        let tests: Vec<Value> = digest
            .matrix
            .cells()
            .map(|(row, column, cell)| test(row, column, cell, report, &places))
            .collect();
        let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
        let started = words::epoch_ms(&run.started_at).unwrap_or_default();
        let summary = json!({
            "tests": tests.len(),
            "passed": count("passed"),
            "failed": count("failed"),
            "pending": 0,
            "skipped": count("skipped"),
            "other": count("other"),
            "flaky": tests.iter().filter(|test| test["flaky"] == true).count(),
            "suites": digest.matrix.columns.len(),
            "start": started,
            "stop": started + run.elapsed_ms.max(0.0).round() as i64,
            "extra": {
                "images": run.summary.images,
                "spent_usd": run.summary.spent_usd,
                "possibly_spent_usd": run.summary.possibly_spent_usd,
                "avoided_usd": run.summary.avoided_usd,
                "findings": run.findings,
            },
        });
        let file = json!({
            "reportFormat": "CTRF",
            "specVersion": SPEC,
            "generatedBy": "fluxprobe",
            "results": {
                "tool": { "name": "fluxprobe", "version": env!("CARGO_PKG_VERSION") },
                "summary": summary,
                "tests": tests,
            },
        });
        Ok(format!(
            "{}\n",
            escape::json(&serde_json::to_string_pretty(&file)?)
        ))
    }
}

fn test(
    row: &Row<'_>,
    column: &Column<'_>,
    cell: &Cell<'_>,
    report: &Report,
    places: &Places<'_>,
) -> Value {
    // What a quarantine covers must not make a dashboard red.
    let status = match cell.verdict {
        Verdict::Pass | Verdict::Flaky => "passed",
        Verdict::Fail | Verdict::Error if cell.is_quarantined() => "other",
        Verdict::Fail | Verdict::Error => "failed",
        Verdict::Skip => "skipped",
    };
    let suite = words::column_name(column);
    let mut test = Map::new();
    let mut put = |name: &str, value: Value| test.insert(name.to_owned(), value);
    put(
        "name",
        format!("{} {}", row.scenario, row.title).trim().into(),
    );
    put("status", status.into());
    put("rawStatus", cell.verdict.word().into());
    put("duration", 0.into());
    put("suite", json!([suite]));
    put("flaky", (cell.verdict == Verdict::Flaky).into());
    if !cell.why.is_empty() {
        put("message", cell.why.into());
    }
    if let Some(file) = places.file(row.scenario) {
        put("filePath", file.into());
    }
    let Some(case) = cell.case else {
        return test.into();
    };
    put("duration", (case.elapsed_ms.max(0.0).round() as u64).into());
    if let Some(line) = places.of_case(case).and_then(|place| place.line) {
        put("line", line.into());
    }
    if let Some(text) = story::printed(case) {
        put("stdout", text.lines().collect());
    }
    if !case.earlier.is_empty() {
        put("retries", case.earlier.len().into());
    }
    if cell.verdict.is_bad() {
        put("trace", story::of_failure(case, report).into());
    }
    let steps = case.steps.iter().map(|step| {
        let status = match step.verdict {
            Verdict::Pass | Verdict::Flaky => "passed",
            Verdict::Fail | Verdict::Error => "failed",
            Verdict::Skip => "skipped",
        };
        json!({ "name": step.name, "status": status })
    });
    put("steps", steps.collect());
    let cause = diagnoses_of(case, report).find_map(|one| one.cause.as_ref());
    put(
        "extra",
        json!({
            "account": case.account,
            "deployment": case.deployment,
            "route": case.route,
            "hop": cell.hop,
            "cause": cause,
            "images": case.images,
            "spent_usd": case.spent_usd,
            "quarantine": case.quarantine,
        }),
    );
    test.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(report: &Report) -> Value {
        let text = Ctrf.render(Document::Report(report), &Style::default());
        let text = text.unwrap();
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_said_of_the_run_as_a_whole_stands_in_the_summary() {
        let mut report = fixture::green();
        report.run.findings = vec!["this run is 9 h late".into()];
        let told = &shown(&report)["results"]["summary"]["extra"]["findings"];
        assert_eq!(*told, json!(["this run is 9 h late"]));
    }

    #[test]
    fn what_must_be_there_is_there() {
        let file = shown(&fixture::gateway_404());
        assert_eq!(file["reportFormat"], "CTRF");
        let summary = &file["results"]["summary"];
        assert_eq!(summary["tests"], 24);
        assert_eq!(
            (&summary["passed"], &summary["failed"]),
            (&json!(22), &json!(1))
        );
        assert_eq!(summary["skipped"], 1);
        assert_eq!(summary["extra"]["findings"], json!([]));
        assert_eq!(summary["start"], 1_767_323_045_000_i64);
        assert_eq!(summary["stop"], 1_767_323_049_230_i64);
        let tests = file["results"]["tests"].as_array().unwrap();
        let failed = tests
            .iter()
            .find(|test| test["status"] == "failed")
            .unwrap();
        assert_eq!(failed["filePath"], "scenarios/i-image-editing.yaml");
        assert_eq!(failed["line"], 21);
        assert_eq!(failed["extra"]["cause"], "apim_operation_not_matched");
        assert_eq!(failed["extra"]["hop"], "gateway");
        assert!(
            failed["trace"]
                .as_str()
                .unwrap()
                .contains("answered by: gateway")
        );
    }

    #[test]
    fn counts_are_those_of_the_run_and_flaky_ones_have_passed() {
        let report = fixture::wide();
        let summary = shown(&report)["results"]["summary"].clone();
        let run = &report.run.summary;
        assert_eq!(summary["passed"], json!(run.pass + run.flaky));
        assert_eq!(summary["failed"], json!(run.fail + run.error));
        assert_eq!(summary["flaky"], json!(run.flaky));
    }

    #[test]
    fn hostile_text_is_escaped_and_unchanged() {
        let report = fixture::hostile();
        let file = shown(&report);
        assert_eq!(
            file["results"]["tests"][0]["message"],
            report.run.cases[0].why
        );
    }
}

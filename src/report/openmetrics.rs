//! OpenMetrics text, for a file that a Prometheus agent collects.

use super::digest::Digest;
use super::escape;
use super::finding::UNDECIDED;
use super::latency::Latency;
use super::matrix::Column;
use super::renderer::{Document, Renderer, ReportError, Style};
use super::words::{self, VERDICTS, count_of};
use crate::model::{Report, Verdict};
use std::fmt::Write as _;

/// OpenMetrics text of a run. Every family is a gauge: a run is looked at once, and counts nothing up.
pub(super) struct OpenMetrics;

impl Renderer for OpenMetrics {
    fn name(&self) -> &'static str {
        "openmetrics"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["prom"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let mut text = String::new();
        of_run(&mut text, report);
        of_cases(&mut text, report);
        of_causes(&mut text, report);
        of_latency(&mut text, report);
        text.push_str("# EOF\n");
        Ok(text)
    }
}

/// Begins a family of gauges.
fn family(text: &mut String, name: &str, help: &str) {
    let _ = write!(
        text,
        "# TYPE fluxprobe_{name} gauge\n# HELP fluxprobe_{name} {help}\n"
    );
}

/// A sample of a family.
fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: f64) {
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", label(value)))
        .collect();
    let labels = match labels.is_empty() {
        true => String::new(),
        false => format!("{{{}}}", labels.join(",")),
    };
    // A number that is none would make the whole file unreadable to some.
    let value = if value.is_finite() { value } else { 0.0 };
    let _ = writeln!(text, "fluxprobe_{name}{labels} {value}");
}

/// The value of a label: visible characters, and those that would end it escaped.
fn label(value: &str) -> String {
    escape::terminal(value)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}

fn of_run(text: &mut String, report: &Report) {
    let (run, summary) = (&report.run, &report.run.summary);
    family(text, "build", "The program that wrote this.");
    sample(
        text,
        "build",
        &[("version", env!("CARGO_PKG_VERSION"))],
        1.0,
    );
    family(
        text,
        "run_started_seconds",
        "When the run began, in seconds since 1970.",
    );
    let started = words::epoch_ms(&run.started_at).unwrap_or_default() as f64 / 1e3;
    sample(text, "run_started_seconds", &[], started);
    family(text, "run_duration_seconds", "How long the run took.");
    sample(text, "run_duration_seconds", &[], run.elapsed_ms / 1e3);
    family(text, "run_red", "Whether anything made the run fail.");
    sample(text, "run_red", &[], f64::from(u8::from(run.is_red())));
    family(
        text,
        "cases",
        "Cases by verdict; what a quarantine covers stands apart.",
    );
    for verdict in VERDICTS {
        let count = count_of(summary, verdict) as f64;
        sample(text, "cases", &[("verdict", verdict.word())], count);
    }
    let quarantined = summary.quarantined as f64;
    sample(text, "cases", &[("verdict", "quarantined")], quarantined);
    family(text, "images", "Pictures that came.");
    sample(text, "images", &[], f64::from(summary.images));
    family(text, "cost_usd", "US dollars by what became of them.");
    for (kind, usd) in [
        ("spent", summary.spent_usd),
        ("possibly_spent", summary.possibly_spent_usd),
        ("avoided", summary.avoided_usd),
    ] {
        // Sums of cents are no sums of binary fractions.
        sample(
            text,
            "cost_usd",
            &[("kind", kind)],
            (usd * 1e6).round() / 1e6,
        );
    }
}

fn of_cases(text: &mut String, report: &Report) {
    let ran = || {
        report
            .run
            .cases
            .iter()
            .filter(|case| case.verdict != Verdict::Skip)
    };
    let each = |text: &mut String, name: &str, value: &dyn Fn(&crate::model::CaseRun) -> f64| {
        for case in ran() {
            let labels = [
                ("scenario", case.scenario.as_str()),
                ("account", case.account.as_str()),
                ("deployment", case.deployment.as_str()),
                ("route", case.route.as_str()),
            ];
            sample(text, name, &labels, value(case));
        }
    };
    family(
        text,
        "case_passed",
        "Whether a case passed, at the first try or later.",
    );
    each(text, "case_passed", &|case| {
        f64::from(u8::from(!case.verdict.is_bad()))
    });
    family(text, "case_tries", "How often a case was carried out.");
    each(text, "case_tries", &|case| case.earlier.len() as f64 + 1.0);
    family(
        text,
        "case_duration_seconds",
        "Time from the first step of a case to its last.",
    );
    each(text, "case_duration_seconds", &|case| case.elapsed_ms / 1e3);
}

fn of_causes(text: &mut String, report: &Report) {
    family(
        text,
        "failures",
        "Failed steps by the cause that explains them, and who answered.",
    );
    let mut sums: Vec<((&str, &str), usize)> = Vec::new();
    for diagnosis in &report.diagnoses {
        let cause = diagnosis
            .cause
            .as_ref()
            .map_or(UNDECIDED, |cause| cause.as_str());
        let hop = diagnosis.hop.map_or("", crate::model::Hop::word);
        let count = diagnosis.victims.len();
        match sums.iter_mut().find(|(known, _)| *known == (cause, hop)) {
            Some((_, sum)) => *sum += count,
            None => sums.push(((cause, hop), count)),
        }
    }
    for ((cause, hop), count) in sums {
        sample(
            text,
            "failures",
            &[("cause", cause), ("hop", hop)],
            count as f64,
        );
    }
}

fn of_latency(text: &mut String, report: &Report) {
    let digest = Digest::of(report);
    let all = Latency::all(report, &digest);
    family(
        text,
        "answers",
        "Answered calls by target, and whether they brought pictures.",
    );
    for one in &all {
        sample(
            text,
            "answers",
            &labels(&one.column, one.has_pictures),
            one.count as f64,
        );
    }
    family(
        text,
        "answer_seconds",
        "How long answered calls took, by quantile.",
    );
    for one in &all {
        for (quantile, ms) in [("0.5", one.p50), ("0.9", one.p90), ("0.99", one.p99)] {
            let labels = [
                &labels(&one.column, one.has_pictures)[..],
                &[("q", quantile)],
            ]
            .concat();
            sample(text, "answer_seconds", &labels, ms / 1e3);
        }
    }
}

fn labels<'a>(column: &Column<'a>, has_pictures: bool) -> [(&'static str, &'a str); 4] {
    [
        ("account", column.account),
        ("deployment", column.deployment),
        ("route", column.route),
        ("pictures", if has_pictures { "true" } else { "false" }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(report: &Report) -> String {
        OpenMetrics
            .render(Document::Report(report), &Style::default())
            .unwrap()
    }

    #[test]
    fn what_alerts_are_made_of_is_there() {
        let text = shown(&fixture::gateway_404());
        for line in [
            "fluxprobe_run_red 1",
            "fluxprobe_cases{verdict=\"fail\"} 1",
            "fluxprobe_cost_usd{kind=\"spent\"} 1.76",
            "fluxprobe_failures{cause=\"apim_operation_not_matched\",hop=\"gateway\"} 1",
            "fluxprobe_case_passed{scenario=\"I\",account=\"foundry1-pavavy6pu5hpa\",deployment=\"FLUX.1-Kontext-pro\",route=\"apim-pavavy6pu5hpa/inference-api\"} 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        assert!(shown(&fixture::quarantined()).contains("fluxprobe_run_red 0\n"));
        assert!(shown(&fixture::flaky()).contains("case_tries{scenario=\"B\",account=\"foundry1-pavavy6pu5hpa\",deployment=\"FLUX-1.1-pro\",route=\"apim-pavavy6pu5hpa/inference-api\"} 2\n"));
    }

    #[test]
    fn hostile_text_stays_in_its_label() {
        let text = shown(&fixture::hostile());
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\\\nd");
        for line in text.lines() {
            assert!(
                line.starts_with("fluxprobe_") || line.starts_with("# "),
                "{line}"
            );
        }
    }
}

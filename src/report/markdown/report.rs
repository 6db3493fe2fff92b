//! The page of a report.

use super::parts::Page;
use crate::model::{
    CaseRun, CheckResult, Diagnosis, Exchange, Explained, Header, Leg, Report, StepRun, Verdict,
};
use crate::report::chain::Chain;
use crate::report::digest::{Digest, SkipGroup};
use crate::report::escape::{markdown, markdown_code, markdown_code_cell};
use crate::report::matrix::{Cell, Matrix};
use crate::report::{facts, words};

/// Writes the whole page.
pub(super) fn write(page: &mut Page, report: &Report) {
    let digest = Digest::of(report);
    page.heading(1, "Report");
    page.paragraph(&words::sums(&report.run).join(" · "));
    if let Some(stopped) = words::stopped(&report.run) {
        page.paragraph(&markdown(&stopped));
    }
    page.list(
        report
            .run
            .findings
            .iter()
            .map(|finding| (markdown(finding), Vec::new())),
    );
    matrix(page, &digest.matrix);
    let quarantine = words::quarantine_lines(&report.run);
    if !quarantine.is_empty() {
        page.heading(2, "Quarantine");
        page.list(quarantine.iter().map(|line| (markdown(line), Vec::new())));
    }
    if !report.diagnoses.is_empty() {
        page.heading(2, "Diagnoses");
    }
    for (index, diagnosis) in report.diagnoses.iter().enumerate() {
        page.heading(3, &format!("{}. {}", index + 1, markdown(&diagnosis.title)));
        diagnosed(page, diagnosis, Chain::of_diagnosis(diagnosis, report));
    }
    if !digest.failures.is_empty() {
        page.heading(2, "Failures");
    }
    for case in &digest.failures {
        failed(page, case);
    }
    let is_flaky = |case: &&CaseRun| case.verdict == Verdict::Flaky;
    let mut flaky = report.run.cases.iter().filter(is_flaky).peekable();
    if flaky.peek().is_some() {
        page.heading(2, "Flaky");
    }
    for case in flaky {
        passed_later(page, case);
    }
    skips(page, &digest.skips);
    printed(page, &digest.printing);
}

/// Writes explained exchanges: what was recorded, then what explains it.
pub(super) fn write_explained(page: &mut Page, explained: &[Explained]) {
    page.heading(1, "Explained");
    for one in explained {
        let id = markdown_code(&one.id);
        page.heading(2, &format!("{id} {}", markdown(&one.diagnosis.title)));
        exchanged(page, &one.exchange);
        let leg = one.exchange.leg.unwrap_or(Leg::Gateway);
        let chain = one.diagnosis.hop.map(|hop| Chain::of(hop, leg));
        diagnosed(page, &one.diagnosis, chain);
        let notes = one.notes.iter().map(|note| markdown(note));
        page.list(notes.map(|note| (note, Vec::new())));
    }
}

fn matrix(page: &mut Page, matrix: &Matrix<'_>) {
    if matrix.rows.is_empty() {
        return;
    }
    let mut header = vec!["Scenario".to_owned()];
    header.extend(matrix.columns.iter().map(|column| {
        let mut name = format!("{}/{}", column.account, column.deployment);
        if matrix.has_several_routes {
            name = format!("{name} {}", words::way(column.route));
        }
        markdown_code_cell(&name)
    }));
    let rows = matrix.rows.iter().enumerate().map(|(number, row)| {
        let title = format!("**{}** {}", markdown(row.scenario), markdown(row.title));
        let mut cells = vec![title.trim_end().to_owned()];
        cells.extend((0..matrix.columns.len()).map(|column| cell(matrix.cell(number, column))));
        cells
    });
    page.table(header, rows);
}

fn cell(cell: Option<&Cell<'_>>) -> String {
    let Some(cell) = cell else {
        return String::new();
    };
    if cell.is_quarantined() {
        return "🚧 quarantined".to_owned();
    }
    let mark = match cell.verdict {
        Verdict::Pass => "✅",
        Verdict::Fail | Verdict::Error => "❌",
        Verdict::Flaky => "⚠️",
        Verdict::Skip => "➖",
    };
    match cell.hop {
        Some(hop) => format!("{mark} {} ({})", cell.verdict.word(), markdown(hop.word())),
        None => format!("{mark} {}", cell.verdict.word()),
    }
}

pub(super) fn diagnosed(page: &mut Page, diagnosis: &Diagnosis, chain: Option<Chain>) {
    let cause = match &diagnosis.cause {
        Some(cause) => markdown_code(cause.as_str()),
        None => "undecided".to_owned(),
    };
    let sure = words::confidence(diagnosis.confidence);
    page.paragraph(&format!("{cause} · {sure}"));
    if let Some(chain) = chain {
        page.paragraph(&drawn(&chain));
    }
    let evidence = diagnosis.evidence.iter().map(|text| markdown(text));
    let alternatives = diagnosis.alternatives.iter().map(|other| {
        let probe = match &other.probe {
            Some(probe) => format!("; to decide: {}", markdown(probe)),
            None => String::new(),
        };
        format!("or else {}{probe}", markdown_code(other.cause.as_str()))
    });
    page.list(
        evidence
            .chain(alternatives)
            .map(|point| (point, Vec::new())),
    );
    if let Some(remedy) = &diagnosis.remedy {
        page.paragraph(&format!("**Remedy**: {}", markdown(&remedy.text)));
        if let Some(command) = &remedy.command {
            page.fenced(command, "");
        }
    }
    if !diagnosis.victims.is_empty() {
        let count = words::count(diagnosis.victims.len(), "failure", "failures");
        page.paragraph(&format!("Explains {count}:"));
    }
    page.list(diagnosis.victims.iter().map(|victim| {
        let case = markdown_code(&victim.case);
        (format!("{case}: {}", markdown(&victim.step)), Vec::new())
    }));
}

fn drawn(chain: &Chain) -> String {
    let answered = format!("**{}** (answered)", markdown(chain.answered.word()));
    let before = chain.before.iter().map(|name| (*name).to_owned());
    let after = chain.after.iter().map(|name| format!("~~{name}~~"));
    let hops: Vec<String> = before.chain([answered]).chain(after).collect();
    hops.join(" → ")
}

fn failed(page: &mut Page, case: &CaseRun) {
    page.heading(3, &markdown_code(&words::case_name(case)));
    let is_told_by_step = case
        .steps
        .iter()
        .any(|step| step.verdict.is_bad() && !step.why.is_empty() && case.why.ends_with(&step.why));
    let why = if is_told_by_step { "" } else { &case.why };
    let why = [case.title.as_str(), why];
    let why = why.iter().filter(|text| !text.is_empty());
    let why: Vec<String> = why.map(|text| markdown(text)).collect();
    page.paragraph(&why.join(": "));
    for step in case.steps.iter().filter(|step| step.verdict.is_bad()) {
        failed_step(page, step);
    }
}

fn passed_later(page: &mut Page, case: &CaseRun) {
    page.heading(3, &markdown_code(&words::case_name(case)));
    page.paragraph(&markdown(&case.why));
    let steps = case.earlier.iter().flat_map(|one| &one.steps);
    for step in steps.filter(|step| step.verdict.is_bad()) {
        failed_step(page, step);
    }
}

fn failed_step(page: &mut Page, step: &StepRun) {
    let who = match step.hop {
        Some(hop) => format!(", {} answered", markdown(hop.word())),
        None => String::new(),
    };
    page.paragraph(&format!("Step **{}**{who}", markdown(&step.name)));
    if !step.why.is_empty() {
        page.paragraph(&markdown(&step.why));
    }
    page.list(
        step.checks
            .iter()
            .filter(|check| !check.passed)
            .map(failed_check),
    );
    if let Some(exchange) = &step.exchange {
        exchanged(page, exchange);
    }
}

fn failed_check(check: &CheckResult) -> (String, Vec<String>) {
    let at = match check.at.as_str() {
        "" => String::new(),
        at => format!(" ({})", markdown_code(at)),
    };
    let actual = check.actual.iter().map(|shown| {
        let line = format!("{} = {}", shown.name, shown.value);
        markdown_code(&line)
    });
    let why = check.why.iter().map(|why| markdown(why));
    let point = format!("expected {}{at}", markdown_code(&check.that));
    (point, actual.chain(why).collect())
}

fn exchanged(page: &mut Page, exchange: &Exchange) {
    let mut text = format!(
        "{}\n\n{}\n",
        facts::request_line(exchange).replace('\n', " "),
        facts::answer_line(exchange).replace('\n', " ")
    );
    for Header(name, value) in facts::telling_headers(exchange) {
        text.push_str(&format!("{name}: {}\n", value.replace('\n', " ")));
    }
    let (lines, rest) = facts::body_lines(exchange);
    if !lines.is_empty() {
        text.push_str(&format!("\n{}\n", lines.join("\n")));
    }
    page.fenced(&text, "http");
    // A recording from elsewhere tells no times.
    if exchange.timings_ms.total > 0.0 {
        page.paragraph(&facts::timing_line(&exchange.timings_ms));
    }
    if let Some(rest) = rest {
        page.paragraph(&markdown(&rest));
    }
    page.list(facts::picture_lines(exchange).map(|line| (markdown(&line), Vec::new())));
    if let Some(trace) = &exchange.trace {
        let lines = facts::trace_lines(trace).map(|line| format!("trace: {line}"));
        page.list(lines.map(|line| (markdown_code(&line), Vec::new())));
    }
    if exchange.is_billing_ambiguous {
        page.paragraph(words::MAYBE_BILLED);
    }
}

fn skips(page: &mut Page, groups: &[SkipGroup<'_>]) {
    if !groups.is_empty() {
        page.heading(2, "Skipped");
    }
    page.list(groups.iter().map(|group| {
        let targets = group.targets.iter().map(|(target, letters)| {
            format!(
                "{}: {}",
                markdown_code(target),
                markdown(&letters.join(" "))
            )
        });
        (markdown(group.why_or_none()), targets.collect())
    }));
}

fn printed(page: &mut Page, cases: &[&CaseRun]) {
    if !cases.is_empty() {
        page.heading(2, "Printed by scenarios");
    }
    for case in cases {
        page.paragraph(&markdown_code(&words::case_name(case)));
        let lines = case.steps.iter().flat_map(|step| &step.output);
        let lines: Vec<&str> = lines.map(String::as_str).collect();
        page.fenced(&lines.join("\n"), "");
    }
}

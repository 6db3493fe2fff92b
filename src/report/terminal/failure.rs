//! Failures: case, step, expression, actual values, exchange.

use super::exchange;
use super::page::Page;
use super::paint::{Ink, ink_of, paint};
use crate::model::{CaseRun, CheckResult, StepRun, Verdict};
use crate::report::{escape, words};

/// Writes every failed case with its failed steps.
pub(super) fn write(page: &mut Page<'_>, failures: &[&CaseRun]) {
    if failures.is_empty() {
        return;
    }
    page.heading(&format!("Failures ({})", failures.len()));
    for case in failures {
        page.gap();
        case_line(page, case);
        let is_told_by_step = case.steps.iter().any(|step| {
            step.verdict.is_bad() && !step.why.is_empty() && case.why.ends_with(&step.why)
        });
        if !is_told_by_step {
            page.words(2, 0, &escape::terminal(&case.why));
        }
        for step in case.steps.iter().filter(|step| step.verdict.is_bad()) {
            write_step(page, step);
        }
    }
}

/// Writes every case that passed after a failure, with what failed before.
pub(super) fn write_flaky(page: &mut Page<'_>, cases: &[CaseRun]) {
    let flaky: Vec<&CaseRun> = cases
        .iter()
        .filter(|case| case.verdict == Verdict::Flaky)
        .collect();
    if flaky.is_empty() {
        return;
    }
    page.heading(&format!("Flaky ({})", flaky.len()));
    for case in flaky {
        page.gap();
        case_line(page, case);
        page.words(2, 0, &escape::terminal(&case.why));
        let steps = case.earlier.iter().flat_map(|one| &one.steps);
        for step in steps.filter(|step| step.verdict.is_bad()) {
            write_step(page, step);
        }
    }
}

/// Writes every step of every case.
pub(super) fn write_steps(page: &mut Page<'_>, cases: &[CaseRun]) {
    page.heading("Steps");
    for case in cases {
        page.gap();
        case_line(page, case);
        for step in case.all_steps() {
            write_step(page, step);
        }
    }
}

fn case_line(page: &mut Page<'_>, case: &CaseRun) {
    let mark = format!("{} {}", page.glyphs.mark(case.verdict), case.verdict.word());
    let name = paint(Ink::Strong, &escape::terminal(&words::case_name(case)));
    let title = escape::terminal(&case.title);
    page.words(
        0,
        2,
        &format!(
            "{} {name} {} {title}",
            paint(ink_of(case.verdict), &mark),
            page.glyphs.dot
        ),
    );
}

fn write_step(page: &mut Page<'_>, step: &StepRun) {
    let who = match step.hop {
        Some(hop) => format!(": {hop} answered"),
        None => String::new(),
    };
    let mark = page.glyphs.mark(step.verdict);
    page.words(
        2,
        2,
        &format!(
            "{} step \"{}\"{who}",
            paint(ink_of(step.verdict), mark),
            escape::terminal(&step.name)
        ),
    );
    if !step.why.is_empty() {
        page.words(4, 0, &escape::terminal(&step.why));
    }
    for check in step.checks.iter().filter(|check| !check.passed) {
        write_check(page, check);
    }
    if let Some(exchange) = &step.exchange {
        exchange::write(page, 4, exchange);
    }
}

fn write_check(page: &mut Page<'_>, check: &CheckResult) {
    let that = paint(Ink::Bad, &escape::terminal(&check.that));
    let at = match check.at.as_str() {
        "" => String::new(),
        at => paint(Ink::Dim, &format!("  ({})", escape::terminal(at))),
    };
    page.words(4, 2, &format!("expected {that}{at}"));
    for shown in &check.actual {
        let line = format!(
            "{} = {}",
            escape::terminal(&shown.name),
            escape::terminal(&shown.value)
        );
        page.words(6, 4, &line);
    }
    if let Some(why) = &check.why {
        page.words(6, 0, &escape::terminal(why));
    }
}

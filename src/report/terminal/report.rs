//! The page of a report: matrix, sums, diagnoses, failures, skips.

use super::page::Page;
use super::paint::{Ink, paint};
use super::{diagnosis, failure, matrix};
use crate::model::Report;
use crate::report::digest::{Digest, SkipGroup};
use crate::report::renderer::Detail;
use crate::report::{escape, words};

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    let digest = Digest::of(report);
    let is_brief = page.style.detail == Detail::Brief;
    if !is_brief {
        matrix::write(page, &digest.matrix);
        page.gap();
        summary(page, report);
    }
    quarantine(page, report);
    diagnosis::write(page, report);
    failure::write(page, &digest.failures);
    failure::write_flaky(page, &report.run.cases);
    if !is_brief {
        skips(page, &digest.skips);
        printed(page, &digest);
    }
    if page.style.detail == Detail::Full {
        failure::write_steps(page, &report.run.cases);
    }
    if is_brief {
        page.gap();
        summary(page, report);
    }
}

/// Counts, pictures, money, time in one line.
pub(super) fn summary(page: &mut Page<'_>, report: &Report) {
    let mut parts = words::sums(&report.run);
    if let Some(first) = parts.first_mut() {
        let is_bad = report.run.is_red();
        *first = paint(if is_bad { Ink::Bad } else { Ink::Good }, first);
    }
    page.parts(&parts);
    for finding in &report.run.findings {
        page.words(0, 0, &paint(Ink::Warn, &escape::terminal(finding)));
    }
    if let Some(stopped) = words::stopped(&report.run) {
        page.words(0, 0, &paint(Ink::Warn, &escape::terminal(&stopped)));
    }
}

/// What is known and answered for, and the entries whose time is over.
fn quarantine(page: &mut Page<'_>, report: &Report) {
    let lines = words::quarantine_lines(&report.run);
    if lines.is_empty() {
        return;
    }
    page.heading("Quarantine");
    for (number, line) in lines.iter().enumerate() {
        let is_over = number < report.run.expired.len();
        let ink = if is_over { Ink::Bad } else { Ink::Warn };
        let line = escape::terminal(line);
        page.words(2, 2, &format!("{} {line}", paint(ink, page.glyphs.flaky)));
    }
}

/// What did not run, a paragraph a reason.
fn skips(page: &mut Page<'_>, groups: &[SkipGroup<'_>]) {
    let count: usize = groups.iter().map(SkipGroup::count).sum();
    if count == 0 {
        return;
    }
    page.heading(&format!("Skipped ({count})"));
    for group in groups {
        let why = escape::terminal(group.why_or_none());
        page.words(2, 2, &format!("{} {why}", page.glyphs.skip));
        for (target, letters) in &group.targets {
            let line = format!(
                "{}: {}",
                escape::terminal(target),
                escape::terminal(&letters.join(" "))
            );
            page.words(4, 2, &paint(Ink::Dim, &line));
        }
    }
}

/// Lines that scenarios print, as they print them.
pub(super) fn printed(page: &mut Page<'_>, digest: &Digest<'_>) {
    if digest.printing.is_empty() {
        return;
    }
    page.heading("Printed by scenarios");
    for case in &digest.printing {
        page.line(2, &escape::terminal(&words::case_name(case)));
        for line in case.steps.iter().flat_map(|step| &step.output) {
            for line in escape::terminal_lines(line) {
                page.line(4, &line);
            }
        }
    }
}

//! The page of an audit: a table, then each finding with what shows it and what to change.

use super::grid::draw_typed;
use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{Audit, Finding, Severity};
use crate::report::renderer::Detail;
use crate::report::{escape, tables};

/// Victims and pieces of evidence that are named; more are counted. All of them are named where everything is asked for.
const NAMED: usize = 6;

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, audit: &Audit) {
    let rows = tables::findings(audit);
    draw_typed(page, &rows);
    page.parts(&tables::audit_counts(audit));
    for (number, finding) in audit.findings.iter().enumerate() {
        let is_brief = page.style.detail == Detail::Brief;
        if !is_brief || finding.severity == Severity::Error {
            page.gap();
            write_finding(page, number + 1, finding);
        }
    }
    if audit.not_judged.is_empty() {
        return;
    }
    page.heading("Not judged");
    for note in &audit.not_judged {
        page.words(
            2,
            2,
            &format!("{} {}", page.glyphs.bullet, escape::terminal(note)),
        );
    }
}

fn write_finding(page: &mut Page<'_>, number: usize, finding: &Finding) {
    let title = paint(Ink::Strong, &escape::terminal(&finding.title));
    page.words(0, 3, &format!("{number}. {title}"));
    let severity = paint(ink_of(finding.severity), finding.severity.word());
    let unsure = if finding.is_unsure {
        format!(" {} unsure", page.glyphs.dot)
    } else {
        String::new()
    };
    let id = escape::terminal(&finding.id);
    page.labelled(
        3,
        "Finding",
        &format!("{id} {} {severity}{unsure}", page.glyphs.dot),
    );
    page.labelled(3, "So", &escape::terminal(&finding.consequence));
    listed(page, "Evidence", &finding.evidence);
    page.labelled(3, "Remedy", &escape::terminal(&finding.remedy.text));
    let command = finding.remedy.command.iter();
    for line in command.flat_map(|text| escape::terminal_lines(text)) {
        page.line(13, &paint(Ink::Code, &line));
    }
    listed(page, "Hits", &finding.victims);
}

fn listed(page: &mut Page<'_>, label: &str, texts: &[String]) {
    let most = match page.style.detail {
        Detail::Full => texts.len(),
        _ => NAMED,
    };
    for (number, text) in texts.iter().take(most).enumerate() {
        let label = if number == 0 { label } else { "" };
        page.labelled(3, label, &escape::terminal(text));
    }
    if texts.len() > most {
        page.labelled(3, "", &format!("and {} more", texts.len() - most));
    }
}

fn ink_of(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Bad,
        Severity::Warning => Ink::Warn,
        Severity::Info => Ink::Dim,
    }
}

//! The page of an audit.

use super::parts::Page;
use crate::model::{Audit, Finding};
use crate::report::escape::{markdown, markdown_code};
use crate::report::tables;

/// Writes the whole page.
pub(super) fn write(page: &mut Page, audit: &Audit) {
    page.heading(1, "Audit");
    page.paragraph(&tables::audit_counts(audit).join(" · "));
    page.typed(&tables::findings(audit));
    for finding in &audit.findings {
        write_finding(page, finding);
    }
    if !audit.not_judged.is_empty() {
        page.heading(2, "Not judged");
    }
    let notes = audit.not_judged.iter();
    page.list(notes.map(|note| (markdown(note), Vec::new())));
}

fn write_finding(page: &mut Page, finding: &Finding) {
    page.heading(2, &markdown(&finding.title));
    let unsure = if finding.is_unsure { ", unsure" } else { "" };
    let id = markdown_code(&finding.id);
    page.paragraph(&format!(
        "{id} ({}{unsure}). {}",
        finding.severity,
        markdown(&finding.consequence)
    ));
    let listed =
        |texts: &[String]| -> Vec<String> { texts.iter().map(|one| markdown_code(one)).collect() };
    page.list([
        ("**Hits**".to_owned(), listed(&finding.victims)),
        (
            "**Evidence**".to_owned(),
            finding.evidence.iter().map(|one| markdown(one)).collect(),
        ),
        (
            format!("**Remedy**: {}", markdown(&finding.remedy.text)),
            Vec::new(),
        ),
    ]);
    if let Some(command) = &finding.remedy.command {
        page.fenced(command, "sh");
    }
}

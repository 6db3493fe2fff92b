//! Pages about findings, for people.

use super::check::Raised;
use super::engine::said;
use crate::expr::Engine;
use crate::knowledge::{FindingFacts, finding_families};
use crate::model::Severity;
use std::fmt::Write as _;

/// All pages as one Markdown document: `docs/findings.md`.
pub fn book() -> String {
    let mut text = String::from(
        "# Findings\n\nA finding is something that somebody should change, read off the configuration before anything is \
         called. This page is written from `src/knowledge/findings.yaml`; names in it are examples.\n\n",
    );
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let means = match severity {
            Severity::Error => "calls that the map promises fail every time",
            Severity::Warning => {
                "some calls fail or cost too much, under conditions that will come"
            }
            Severity::Info => "worth knowing; nothing fails by it",
        };
        let _ = writeln!(text, "* **{severity}**: {means}");
    }
    let engine = Engine::strict();
    for family in finding_families() {
        let _ = write!(text, "\n## {}\n\n", family.family);
        for facts in &family.findings {
            let _ = writeln!(text, "- [`{0}`](#{0}) ({1})", facts.id, facts.severity);
        }
        for facts in &family.findings {
            let _ = write!(text, "\n{}", page(&engine, facts));
        }
    }
    text
}

fn page(engine: &Engine, facts: &FindingFacts) -> String {
    let mut raised = Raised::default();
    raised.values = facts.example.as_object().cloned().unwrap_or_default();
    let finding = said(engine, facts, raised);
    let mut text = format!(
        "### `{}`\n\n{} ({}).\n",
        facts.id, finding.title, facts.severity
    );
    for (heading, body) in [
        ("What callers meet.", finding.consequence.as_str()),
        ("How it is known.", facts.known_by.trim()),
        ("What to change.", finding.remedy.text.as_str()),
        ("Source.", facts.source.trim()),
    ] {
        let _ = write!(text, "\n**{heading}** {body}\n");
    }
    if let Some(command) = finding.remedy.command {
        let _ = write!(text, "\n```text\n{command}\n```\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::CHECKS;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_has_its_entry_and_every_entry_its_check() {
        let checks: BTreeSet<&str> = CHECKS.iter().map(|check| check.id).collect();
        let families = finding_families().iter();
        let entries: BTreeSet<&str> = families
            .flat_map(|family| family.findings.iter().map(|facts| facts.id.as_str()))
            .collect();
        assert_eq!(checks, entries);
        assert_eq!(checks.len(), CHECKS.len());
    }

    #[test]
    fn every_example_fills_every_template() {
        let engine = Engine::strict();
        for facts in finding_families()
            .iter()
            .flat_map(|family| &family.findings)
        {
            let page = page(&engine, facts);
            assert!(
                !page.contains("{{") && !page.contains("{%"),
                "{}: {page}",
                facts.id
            );
            assert!(!page.contains("  ("), "{}", facts.id);
        }
    }
}

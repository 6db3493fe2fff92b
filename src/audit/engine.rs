//! Runs every check and says what the tables say of what it raises.

use super::CHECKS;
use super::check::Raised;
use super::estate::{Estate, Habits};
use crate::expr::{Context, Engine};
use crate::knowledge::{FindingFacts, finding_facts};
use crate::model::{Audit, Finding, FreeProbe, Inventory, Remedy, SCHEMA_VERSION, Severity};
use crate::policy::Policies;
use serde_json::Value;
use std::cmp::Reverse;

/// Every finding about an inventory, the most severe first, and what could not be judged. Touches nothing.
pub fn audit(inventory: &Inventory, habits: &Habits) -> Audit {
    let policies: Vec<Policies> = inventory.gateways.iter().map(Policies::of).collect();
    let estate = Estate::of(inventory, &policies, habits);
    let engine = Engine::strict();
    let mut findings: Vec<Finding> = Vec::new();
    for check in CHECKS {
        let Some(facts) = finding_facts(check.id) else {
            continue;
        };
        let raised = (check.find)(&estate);
        findings.extend(raised.into_iter().map(|one| said(&engine, facts, one)));
    }
    // Stable: within a severity the order of the registry stands.
    findings.sort_by_key(|finding| Reverse(finding.severity));
    Audit {
        schema_version: SCHEMA_VERSION,
        read_from: None,
        taken_at: inventory.taken_at.clone(),
        findings,
        not_judged: estate.not_judged(),
    }
}

/// Fills the texts of a finding in.
pub(super) fn said(engine: &Engine, facts: &FindingFacts, raised: Raised) -> Finding {
    let mut values = raised.values;
    values.insert("victims".into(), raised.victims.clone().into());
    let context = Context::new(&Value::Object(values));
    // A test renders every template with the values of its checks, so that the raw text is never seen.
    let text = |template: &str| {
        let rendered = engine.render(template.trim(), &context);
        rendered.unwrap_or_else(|_| template.trim().to_owned())
    };
    let command = text(&facts.command);
    let probe = facts.probe.as_ref().map(|probe| FreeProbe {
        url: text(&probe.url),
        header: Some(text(&probe.header)).filter(|header| !header.is_empty()),
        confirmed_by: probe.confirmed_by.clone(),
        refuted_by: probe.refuted_by.clone(),
        outcome: None,
    });
    Finding {
        id: facts.id.clone(),
        // What is not certain breaks no build.
        severity: match raised.is_unsure {
            true => facts.severity.min(Severity::Warning),
            false => facts.severity,
        },
        title: text(&facts.title),
        victims: raised.victims,
        evidence: raised.evidence,
        consequence: text(&facts.consequence),
        remedy: Remedy {
            text: text(&facts.remedy),
            command: Some(command).filter(|command| !command.is_empty()),
        },
        probe,
        is_unsure: raised.is_unsure,
    }
}

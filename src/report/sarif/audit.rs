//! The findings of an audit as a SARIF log.

use super::model::{Level, Log, Outcome, Rule, Text};
use crate::knowledge::{FindingFacts, finding_facts};
use crate::model::{Audit, Finding, Severity};

/// A result for each finding; where the map was read from a file, it stands there.
pub(super) fn log(audit: &Audit) -> Log {
    let mut rules: Vec<Rule> = Vec::new();
    for finding in &audit.findings {
        if rules.iter().all(|rule| rule.id != finding.id) {
            rules.push(rule(finding));
        }
    }
    let results = audit.findings.iter().map(|finding| {
        let index = rules.iter().position(|rule| rule.id == finding.id);
        let index = index.unwrap_or_default();
        result(finding, (index, &rules[index]), audit.read_from.as_deref())
    });
    let results = results.collect();
    Log::new(rules, results)
}

fn rule(finding: &Finding) -> Rule {
    let facts = finding_facts(&finding.id);
    Rule {
        id: finding.id.clone(),
        short_description: Text::plain(
            facts.map_or(&*finding.title, |facts| facts.known_by.trim()),
        ),
        help: facts.map(help),
    }
}

fn help(facts: &FindingFacts) -> Text {
    let (known_by, source) = (facts.known_by.trim(), facts.source.trim());
    Text {
        text: format!("How it is known. {known_by}\n\nSource. {source}"),
        markdown: Some(format!(
            "**How it is known.** {known_by}\n\n**Source.** {source}"
        )),
    }
}

fn result(finding: &Finding, rule: (usize, &Rule), file: Option<&str>) -> Outcome {
    let level = match finding.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    };
    let mut lines = vec![finding.title.clone(), finding.consequence.clone()];
    lines.extend(finding.evidence.iter().cloned());
    lines.push(finding.remedy.text.clone());
    lines.extend(finding.remedy.command.clone());
    let identity = finding.victims.join("\n");
    let mut outcome = Outcome::new(rule, level, lines.join("\n"), &identity);
    if let Some(file) = file {
        outcome = outcome.at(file, None, None);
    }
    outcome
        .about(&finding.victims)
        .with("isUnsure", finding.is_unsure)
        .with("command", finding.remedy.command.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_finding_is_a_result_about_its_victims_in_the_file_it_was_read_from() {
        let mut audit = fixture::audit();
        let value = |audit: &Audit| serde_json::to_value(log(audit)).unwrap();
        let found = value(&audit);
        let run = &found["runs"][0];
        assert_eq!(
            run["tool"]["driver"]["rules"][0]["id"],
            "operation_edits_missing"
        );
        let result = &run["results"][0];
        assert_eq!(result["level"], "error");
        assert_eq!(run["results"][1]["ruleIndex"], 1);
        let location = &result["locations"][0];
        let uri = &location["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "fluxprobe.yaml", "code scanning wants a file");
        assert_eq!(
            location["logicalLocations"][0]["fullyQualifiedName"],
            "api apim/inference-api"
        );
        audit.read_from = Some("infra/main.json".into());
        let result = &value(&audit)["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "infra/main.json");
        assert_eq!(place["region"]["startLine"], 1);
    }
}

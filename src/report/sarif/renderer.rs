//! The findings of a run as a SARIF log.

use super::audit;
use super::model::{Level, Log, Outcome, Rule, Text};
use crate::knowledge::causes::{self, Cause};
use crate::report::escape;
use crate::report::finding::{CHECK_FAILED, EXPIRED, FLAKY, Finding, RUN_ITSELF, UNDECIDED};
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::words;
use serde_json::Value;
use std::collections::BTreeMap;

/// Static analysis results interchange format.
pub(in crate::report) struct Sarif;

impl Renderer for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["sarif", "sarif.json"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        if let Document::Audit(found) = document {
            return written(&audit::log(found));
        }
        let report = document.report(self.name())?;
        let findings = Finding::all(report);
        let rules = rules(&findings)?;
        let results = findings.iter().map(|finding| result(finding, &rules));
        written(&Log::new(rules.clone(), results.collect()))
    }
}

fn written(log: &Log) -> Result<String, ReportError> {
    let text = serde_json::to_string_pretty(log)?;
    Ok(format!("{}\n", escape::json(&text)))
}

/// A rule for each cause that was found, in the order in which they were found.
fn rules(findings: &[Finding<'_>]) -> Result<Vec<Rule>, ReportError> {
    let mut known: BTreeMap<String, Cause> = BTreeMap::new();
    if findings.iter().any(|finding| finding.diagnosis.is_some()) {
        let families = causes::builtin()?;
        let all = families.into_iter().flat_map(|family| family.causes);
        known.extend(all.map(|cause| (cause.slug.clone(), cause)));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for finding in findings {
        if rules.iter().all(|rule| rule.id != finding.rule) {
            rules.push(rule(finding, known.get(finding.rule)));
        }
    }
    Ok(rules)
}

fn rule(finding: &Finding<'_>, cause: Option<&Cause>) -> Rule {
    let short = match (cause, finding.rule) {
        (Some(cause), _) => first_sentence(&cause.page.means),
        (None, UNDECIDED) => "A call failed, and the evidence leaves open why",
        (None, CHECK_FAILED) => "A check of a scenario did not hold",
        (None, EXPIRED) => "The time of a quarantine is over",
        (None, RUN_ITSELF) => "The run came late, or a part of it is missing",
        (None, FLAKY) => "A case failed once and passed later",
        (None, _) => finding.title,
    };
    Rule {
        id: finding.rule.to_owned(),
        short_description: Text::plain(short),
        help: cause.map(help),
    }
}

fn help(cause: &Cause) -> Text {
    let page = &cause.page;
    let parts = [
        ("What it means", &page.means),
        ("How it is known", &page.known_by),
        ("What looks like it", &page.looks_like),
        ("What to change", &page.change),
    ];
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(heading, body)| (*heading, body.trim()))
        .filter(|(_, body)| !body.is_empty())
        .collect();
    let joined = |mark: &str| {
        let parts: Vec<String> = parts
            .iter()
            .map(|(heading, body)| format!("{mark}{heading}.{mark} {body}"))
            .collect();
        parts.join("\n\n")
    };
    Text {
        text: joined(""),
        markdown: Some(joined("**")),
    }
}

fn first_sentence(text: &str) -> &str {
    text.trim().split(". ").next().unwrap_or_default()
}

fn result(finding: &Finding<'_>, rules: &[Rule]) -> Outcome {
    let index = rules.iter().position(|rule| rule.id == finding.rule);
    let index = index.unwrap_or_default();
    let level = if finding.is_error {
        Level::Error
    } else {
        Level::Warning
    };
    let mut lines = vec![finding.title.to_owned()];
    lines.extend(finding.lines());
    let cases: Vec<String> = finding
        .cases
        .iter()
        .map(|case| words::case_name(case))
        .collect();
    let identity = cases.join("\n");
    let message = lines.join("\n");
    let mut outcome = Outcome::new((index, &rules[index]), level, message, &identity);
    if let Some(place) = finding.place {
        outcome = outcome.at(place.file, place.line, place.column);
    }
    let diagnosis = finding.diagnosis;
    let hop = diagnosis.and_then(|diagnosis| diagnosis.hop);
    let remedy = diagnosis.and_then(|diagnosis| diagnosis.remedy.as_ref());
    outcome
        .with("hop", hop.map_or(Value::Null, |hop| hop.word().into()))
        .with("cases", cases)
        .with("command", remedy.and_then(|remedy| remedy.command.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Report;
    use crate::report::fixture;

    fn shown(report: &Report) -> (String, Value) {
        let text = Sarif.render(Document::Report(report), &Style::default());
        let text = text.unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn a_diagnosis_is_a_result_in_the_scenario_file_with_the_page_of_its_cause() {
        let (_, log) = shown(&fixture::gateway_404());
        assert_eq!(log["version"], "2.1.0");
        let driver = &log["runs"][0]["tool"]["driver"];
        assert_eq!(driver["rules"].as_array().unwrap().len(), 1);
        assert_eq!(driver["rules"][0]["id"], "apim_operation_not_matched");
        let help = driver["rules"][0]["help"]["markdown"].as_str().unwrap();
        assert!(help.starts_with("**What it means.** "), "{help}");
        assert!(help.contains("**What to change.** "));
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "apim_operation_not_matched");
        assert_eq!(result["ruleIndex"], 0);
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "scenarios/i-image-editing.yaml"
        );
        assert_eq!(place["region"]["startLine"], 21);
        assert_eq!(place["region"]["startColumn"], 9);
        assert_eq!(result["properties"]["hop"], "gateway");
    }

    #[test]
    fn a_green_run_has_no_result_and_no_rule() {
        let (_, log) = shown(&fixture::green());
        assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
        assert_eq!(
            log["runs"][0]["tool"]["driver"]["rules"],
            serde_json::json!([])
        );
    }

    #[test]
    fn every_result_points_at_its_rule() {
        let (_, log) = shown(&fixture::wide());
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert!(results.len() > 2);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        let flaky = results.iter().find(|result| result["ruleId"] == FLAKY);
        assert_eq!(flaky.unwrap()["level"], "warning");
    }

    #[test]
    fn what_stands_in_no_scenario_has_a_file_too() {
        let mut report = fixture::expired();
        report.run.findings = vec!["this run is 9 h late".into()];
        let (_, log) = shown(&report);
        let results = log["runs"][0]["results"].as_array().unwrap();
        let ids: Vec<_> = results.iter().map(|result| &result["ruleId"]).collect();
        assert!(ids.iter().any(|id| *id == EXPIRED) && ids.iter().any(|id| *id == RUN_ITSELF));
        for result in results {
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["artifactLocation"]["uri"].is_string(), "{result}");
            assert!(place["region"]["startLine"].is_number(), "{result}");
        }
    }

    #[test]
    fn hostile_text_is_escaped() {
        let (text, _) = shown(&fixture::hostile());
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
    }
}

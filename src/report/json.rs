//! JSON: the value itself, so that every verb can start from it again.

use super::jsonl::Answer;
use super::renderer::{Document, Renderer, ReportError, Style};
use serde::Serialize;

/// Pretty JSON with `schema_version` first.
pub(super) struct Json;

impl Renderer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn shows_pictures(&self) -> bool {
        true
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        match document {
            Document::Inventory(inventory) => pretty(inventory),
            Document::Plan(plan) => pretty(plan),
            Document::Report(report) | Document::Mapped(report, _) => pretty(report),
            Document::Routes(map) => pretty(map),
            Document::Audit(audit) => pretty(audit),
            Document::Checkup(checkup) => pretty(checkup),
            Document::Comparison(comparison) => pretty(comparison),
            Document::Baseline(baseline) => pretty(baseline),
            Document::History(history) => pretty(history),
            Document::Explained(explained) => {
                let answers: Vec<Answer<'_>> = explained.iter().map(Answer::of).collect();
                pretty(&answers)
            }
        }
    }
}

fn pretty(value: &impl Serialize) -> Result<String, ReportError> {
    let mut text = super::escape::json(&super::layout::pretty(value)?);
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Inventory, Plan, Report};
    use crate::report::fixture;
    use serde_json::Value;

    fn shown(document: Document<'_>) -> String {
        Json.render(document, &Style::default()).unwrap()
    }

    fn assert_members(value: &Value, pointer: &str, members: &[&str]) {
        let object = value.pointer(pointer).and_then(Value::as_object);
        let object = object.unwrap_or_else(|| panic!("nothing at {pointer}"));
        for member in members {
            assert!(object.contains_key(*member), "no {member} at {pointer}");
        }
    }

    #[test]
    fn the_version_stands_first_and_the_text_reads_back() {
        let report = fixture::gateway_404();
        let text = shown(Document::Report(&report));
        assert!(text.starts_with("{\n  \"schema_version\": 1,\n"));
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let plan = fixture::plan();
        let text = shown(Document::Plan(&plan));
        assert!(text.starts_with("{\n  \"schema_version\": 1,\n"));
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        let inventory = fixture::inventory();
        let text = shown(Document::Inventory(&inventory));
        assert!(text.starts_with("{\n  \"schema_version\": 1,\n"));
        assert_eq!(serde_json::from_str::<Inventory>(&text).unwrap(), inventory);
    }

    #[test]
    fn a_run_has_the_members_that_others_rely_on() {
        let text = shown(Document::Report(&fixture::gateway_404()));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_members(&value, "", &["cases", "summary"]);
        let case = [
            "scenario",
            "account",
            "deployment",
            "route",
            "verdict",
            "why",
            "steps",
        ];
        assert_members(&value, "/cases/0", &case);
        let failed = value["cases"].as_array().unwrap().iter();
        let failed = failed
            .clone()
            .find(|case| case["verdict"] == "fail")
            .unwrap();
        assert_members(
            failed,
            "/steps/1",
            &["name", "verdict", "checks", "exchange"],
        );
        let exchange = ["request", "response", "timings_ms"];
        assert_members(failed, "/steps/1/exchange", &exchange);
        let summary = [
            "pass",
            "fail",
            "error",
            "skip",
            "flaky",
            "images",
            "spent_usd",
            "possibly_spent_usd",
        ];
        assert_members(&value, "/summary", &summary);
    }

    #[test]
    fn an_inventory_has_the_members_that_others_rely_on() {
        let text = shown(Document::Inventory(&fixture::inventory()));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_members(&value, "", &["accounts", "gateways", "routes", "gaps"]);
        assert_members(&value, "/accounts/0", &["name", "location", "deployments"]);
        let deployment = ["name", "model", "sku", "rate_limits", "family"];
        assert_members(&value, "/accounts/0/deployments/0", &deployment);
        let model = ["format", "name", "version"];
        assert_members(&value, "/accounts/0/deployments/0/model", &model);
        assert_members(&value, "/gateways/0", &["name", "url", "apis", "backends"]);
        assert_members(
            &value,
            "/gateways/0/apis/0",
            &["name", "path", "operations"],
        );
        let operation = ["name", "method", "url_template"];
        assert_members(&value, "/gateways/0/apis/0/operations/0", &operation);
        let route = [
            "account",
            "deployment",
            "gateway",
            "api",
            "operation",
            "url",
        ];
        assert_members(&value, "/routes/0", &route);
    }

    #[test]
    fn a_plan_has_the_members_that_others_rely_on() {
        let text = shown(Document::Plan(&fixture::plan()));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_members(&value, "", &["cases", "skipped", "cost_usd"]);
        let case = [
            "scenario",
            "account",
            "deployment",
            "route",
            "requests",
            "images",
            "cost_usd",
        ];
        assert_members(&value, "/cases/0", &case);
        assert_members(&value, "/cases/0/requests/0", &["method", "url"]);
        assert_members(&value, "/skipped/0", &["scenario", "deployment", "why"]);
    }

    #[test]
    fn hostile_text_is_escaped_and_unchanged() {
        let report = fixture::hostile();
        let text = shown(Document::Report(&report));
        assert!(!text.contains(['\x1b', '\u{202e}', '\u{200b}']));
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}

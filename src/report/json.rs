//! JSON: the value itself, so that every verb can start from it again.

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

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        match document {
            Document::Inventory(inventory) => pretty(inventory),
            Document::Plan(plan) => pretty(plan),
            Document::Report(report) => pretty(report),
        }
    }
}

fn pretty(value: &impl Serialize) -> Result<String, ReportError> {
    let mut text = super::escape::json(&serde_json::to_string_pretty(value)?);
    text.push('\n');
    Ok(text)
}

//! `trace`: writes an entry of its own into the trace.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use serde_json::{Map, json};

struct Trace {
    source: String,
    severity: String,
    message: Text,
    metadata: Vec<(String, Text)>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["source", "severity"], &["message", "metadata"])?;
    let mut metadata = Vec::new();
    let mut message = None;
    for child in &element.children {
        if child.name == "message" {
            message = Some(child.text()?);
        } else if child.name == "metadata" {
            child.allow(&["name", "value"], &[])?;
            let name = child.required("name")?.to_owned();
            metadata.push((name, child.required_text("value")?));
        }
    }
    Ok(Box::new(Trace {
        source: element.required("source")?.to_owned(),
        severity: element
            .attribute("severity")
            .unwrap_or("verbose")
            .to_owned(),
        // The form of old writes the message straight into the element.
        message: match message {
            Some(message) => message,
            None => element.text()?,
        },
        metadata,
    }))
}

#[async_trait]
impl Policy for Trace {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let message = flow.text(&self.message)?;
        let mut metadata = Map::new();
        for (name, value) in &self.metadata {
            metadata.insert(name.clone(), flow.text(value)?.into());
        }
        let data = json!({"severity": self.severity, "message": message, "metadata": metadata});
        flow.note(&self.source, data);
        Ok(Next::Continue)
    }
}

//! `emit-metric`, `llm-emit-token-metric` and `azure-openai-emit-token-metric`: nothing on the wire, an entry in the
//! trace.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use serde_json::{Map, json};

struct EmitMetric {
    policy: String,
    name: Option<String>,
    dimensions: Vec<(String, Option<Text>)>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["name", "value", "namespace"], &["dimension"])?;
    element.text_attribute("value")?;
    let mut dimensions = Vec::new();
    for dimension in element.children.iter().filter(|it| it.name == "dimension") {
        dimension.allow(&["name", "value"], &[])?;
        let name = dimension.required("name")?.to_owned();
        dimensions.push((name, dimension.text_attribute("value")?));
    }
    Ok(Box::new(EmitMetric {
        policy: element.name.clone(),
        name: element.attribute("name").map(str::to_owned),
        dimensions,
    }))
}

#[async_trait]
impl Policy for EmitMetric {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let mut dimensions = Map::new();
        for (name, value) in &self.dimensions {
            let value = match value {
                Some(value) => flow.text(value)?,
                None => String::new(),
            };
            dimensions.insert(name.clone(), value.into());
        }
        let data = json!({"name": self.name, "dimensions": dimensions});
        flow.note(&self.policy, data);
        Ok(Next::Continue)
    }
}

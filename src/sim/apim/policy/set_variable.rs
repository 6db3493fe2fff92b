//! `set-variable`: keeps a value for the policies that follow.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;

struct SetVariable {
    name: String,
    value: Text,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["name", "value"], &[])?;
    Ok(Box::new(SetVariable {
        name: element.required("name")?.to_owned(),
        value: element.required_text("value")?,
    }))
}

#[async_trait]
impl Policy for SetVariable {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let value = flow.value(&self.value)?;
        flow.note(
            "set-variable",
            format!(
                "Context variable '{}' was set to '{}'.",
                self.name,
                value.print()
            ),
        );
        flow.variables.insert(self.name.clone(), value);
        Ok(Next::Continue)
    }
}

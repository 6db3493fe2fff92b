//! `include-fragment`: runs the policies of a fragment in its place.

use super::super::document::{Element, Loader, Misfit, Step};
use super::super::fault::Outcome;
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;

struct IncludeFragment {
    steps: Vec<Step>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["fragment-id"], &[])?;
    let id = element.required("fragment-id")?;
    Ok(Box::new(IncludeFragment {
        steps: loader.fragment(element, id, path)?,
    }))
}

#[async_trait]
impl Policy for IncludeFragment {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        flow.run(&self.steps).await
    }
}

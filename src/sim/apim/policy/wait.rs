//! `wait`: runs requests and lookups side by side; here they run one after the other.

use super::super::document::{Element, Loader, Misfit, Step};
use super::super::fault::Outcome;
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;

struct Wait {
    steps: Vec<Step>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["for"], &["send-request", "cache-lookup-value", "choose"])?;
    Ok(Box::new(Wait {
        steps: loader.steps(element, path)?,
    }))
}

#[async_trait]
impl Policy for Wait {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        flow.run(&self.steps).await
    }
}

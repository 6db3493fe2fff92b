//! `return-response`: ends the request with an answer of the policy's own.

use super::super::document::{Element, Loader, Misfit, Step};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::Answer;
use super::Policy;
use async_trait::async_trait;

struct ReturnResponse {
    steps: Vec<Step>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&[], &["set-status", "set-header", "set-body"])?;
    Ok(Box::new(ReturnResponse {
        steps: loader.in_draft(|loader| loader.steps(element, path))?,
    }))
}

#[async_trait]
impl Policy for ReturnResponse {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        flow.draft = Some(Answer::empty(200));
        flow.run(&self.steps).await?;
        flow.response = flow.draft.take();
        flow.note(
            "return-response",
            "Return response was applied; the rest of the policies is skipped.",
        );
        Ok(Next::Respond)
    }
}

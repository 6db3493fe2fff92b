//! `return-response`: ends the request with an answer of the policy's own.

use super::super::document::{Element, Loader, Misfit, Step};
use super::super::expr::Value;
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::Answer;
use super::Policy;
use async_trait::async_trait;

struct ReturnResponse {
    /// The variable that holds the answer to start from.
    variable: Option<String>,
    steps: Vec<Step>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let known: Vec<&str> = element.children.iter().map(|it| it.name.as_str()).collect();
    element.allow(&["response-variable-name"], &known)?;
    Ok(Box::new(ReturnResponse {
        variable: element
            .attribute("response-variable-name")
            .map(str::to_owned),
        steps: loader.in_draft(|loader| loader.steps(element, path))?,
    }))
}

#[async_trait]
impl Policy for ReturnResponse {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let kept = self
            .variable
            .as_ref()
            .and_then(|name| flow.variables.get(name));
        flow.draft = Some(match kept {
            Some(Value::Response(received)) => Answer::from_received(received),
            _ => Answer::empty(200),
        });
        flow.run(&self.steps).await?;
        flow.response = flow.draft.take();
        flow.note(
            "return-response",
            "Return response was applied; the rest of the policies is skipped.",
        );
        Ok(Next::Respond)
    }
}

//! `mock-response`: answers without a backend. Samples of the API's definition are not kept, so that the body is empty.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::{Answer, header};
use super::Policy;
use super::token::status;
use async_trait::async_trait;

struct MockResponse {
    status: Text,
    content_type: Option<Text>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["status-code", "content-type", "index"], &[])?;
    Ok(Box::new(MockResponse {
        status: element
            .text_attribute("status-code")?
            .unwrap_or_else(|| Text::Literal("200".into())),
        content_type: element.text_attribute("content-type")?,
    }))
}

#[async_trait]
impl Policy for MockResponse {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let mut answer = Answer::empty(status(flow, &self.status)?);
        if let Some(media_type) = &self.content_type {
            let media_type = flow.text(media_type)?;
            let named = header("content-type", &media_type);
            answer
                .headers
                .extend(named.map(|(name, value)| (Some(name), value)));
        }
        flow.response = Some(answer);
        Ok(Next::Respond)
    }
}

//! `set-body`: replaces the body of the request or the answer.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::Body;
use super::{Policy, Target};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

struct SetBody {
    text: Text,
    target: Target,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["template"], &[])?;
    if let Some(template @ ("liquid" | "Liquid")) = element.attribute("template") {
        return Err(element.misfit(format!("the template language {template} is not simulated")));
    }
    Ok(Box::new(SetBody {
        text: element.text()?,
        target: Target::of(loader),
    }))
}

#[async_trait]
impl Policy for SetBody {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let body = Bytes::from(flow.text(&self.text)?);
        match self.target.answer(flow) {
            Some(answer) => {
                answer.body = body;
                answer.headers.remove(CONTENT_LENGTH);
            }
            None => {
                flow.body = Body::made(body);
                flow.headers.remove(TRANSFER_ENCODING);
            }
        }
        Ok(Next::Continue)
    }
}

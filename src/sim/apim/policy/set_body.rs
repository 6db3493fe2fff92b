//! `set-body`: replaces the body of the request or the answer.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::Value;
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::Body;
use super::{Policy, Target};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

struct SetBody {
    /// `None` where only the real gateway can make the body.
    text: Option<Text>,
    target: Target,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["template", "xsi-nil", "parse-date"], &[])?;
    let template = element.attribute("template").unwrap_or_default();
    let text = if template.eq_ignore_ascii_case("liquid") {
        element
            .note("the template language liquid is not simulated: the body stays as it is".into());
        None
    } else {
        Some(element.text()?)
    };
    Ok(Box::new(SetBody {
        text,
        target: Target::of(loader),
    }))
}

#[async_trait]
impl Policy for SetBody {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let Some(text) = &self.text else {
            return Ok(Next::Continue);
        };
        let body = match flow.value(text)? {
            Value::Bytes(bytes) => bytes,
            value => Bytes::from(value.print()),
        };
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

//! `find-and-replace`: replaces a text in the body of the request or the answer.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::Body;
use super::{Policy, Target};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

struct FindAndReplace {
    from: Text,
    to: Text,
    target: Target,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["from", "to"], &[])?;
    Ok(Box::new(FindAndReplace {
        from: element.required_text("from")?,
        to: element.required_text("to")?,
        target: Target::of(loader),
    }))
}

#[async_trait]
impl Policy for FindAndReplace {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let (from, to) = (flow.text(&self.from)?, flow.text(&self.to)?);
        let replaced = |bytes: &[u8]| -> Option<Bytes> {
            let text = std::str::from_utf8(bytes).ok()?;
            (!from.is_empty() && text.contains(&from))
                .then(|| Bytes::from(text.replace(&from, &to)))
        };
        match self.target.answer(flow) {
            Some(answer) => {
                if let Some(body) = replaced(&answer.body) {
                    answer.body = body;
                    answer.headers.remove(CONTENT_LENGTH);
                }
            }
            None => {
                if let Some(body) = replaced(flow.body.peek()) {
                    flow.body = Body::made(body);
                    flow.headers.remove(TRANSFER_ENCODING);
                }
            }
        }
        Ok(Next::Continue)
    }
}

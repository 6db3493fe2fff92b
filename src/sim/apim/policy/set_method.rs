//! `set-method`: changes the method of the request.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use http::Method;

struct SetMethod(Text);

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&[], &[])?;
    Ok(Box::new(SetMethod(element.text()?)))
}

#[async_trait]
impl Policy for SetMethod {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let method = flow.text(&self.0)?;
        if let Ok(method) = Method::from_bytes(method.trim().to_ascii_uppercase().as_bytes()) {
            flow.method = method;
        }
        Ok(Next::Continue)
    }
}

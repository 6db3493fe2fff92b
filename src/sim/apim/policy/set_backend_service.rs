//! `set-backend-service`: chooses where the request goes.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::{Destination, Flow};
use super::Policy;
use async_trait::async_trait;

enum SetBackendService {
    Url(Text),
    Backend(Text),
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["base-url", "backend-id"], &[])?;
    let policy = match (
        element.text_attribute("base-url")?,
        element.text_attribute("backend-id")?,
    ) {
        (Some(url), None) => SetBackendService::Url(url),
        (None, Some(id)) => {
            if let Text::Literal(id) = &id
                && !loader.gateway().backends.contains_key(id)
            {
                return Err(element.misfit(format!("no backend is called `{id}`")));
            }
            SetBackendService::Backend(id)
        }
        _ => {
            return Err(element.misfit("it takes one of `base-url` and `backend-id`".into()));
        }
    };
    Ok(Box::new(policy))
}

#[async_trait]
impl Policy for SetBackendService {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        flow.destination = match self {
            SetBackendService::Url(url) => Destination::Url(flow.text(url)?),
            SetBackendService::Backend(id) => Destination::Backend(flow.text(id)?),
        };
        let message = match &flow.destination {
            Destination::Backend(id) => format!("Backend service was set to '{id}'."),
            _ => format!("Backend service URL was set to '{}'.", flow.current_base()),
        };
        flow.note(
            "set-backend-service",
            serde_json::json!({"message": message}),
        );
        Ok(Next::Continue)
    }
}

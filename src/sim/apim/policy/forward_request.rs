//! `forward-request`: sends the request to its backend.

use super::super::backends;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use std::time::Duration;

/// How long a backend may take where the policy does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

struct ForwardRequest {
    /// Seconds.
    timeout: Option<Text>,
    timeout_ms: Option<Text>,
    keeps_body: bool,
    fails_on_error_status: bool,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "timeout",
        "timeout-ms",
        "follow-redirects",
        "buffer-request-body",
        "buffer-response",
        "fail-on-error-status-code",
        "http-version",
    ];
    element.allow(&attributes, &[])?;
    if element.flag("follow-redirects", false)? {
        element
            .note("`follow-redirects` is not simulated: a redirect is handed to the caller".into());
    }
    element.flag("buffer-response", true)?;
    Ok(Box::new(ForwardRequest {
        timeout: element.text_attribute("timeout")?,
        timeout_ms: element.text_attribute("timeout-ms")?,
        keeps_body: element.flag("buffer-request-body", false)?,
        fails_on_error_status: element.flag("fail-on-error-status-code", false)?,
    }))
}

#[async_trait]
impl Policy for ForwardRequest {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let timeout = match (&self.timeout, &self.timeout_ms) {
            (_, Some(milliseconds)) => Duration::from_millis(flow.number(milliseconds)?),
            (Some(seconds), None) => Duration::from_secs(flow.number(seconds)?),
            (None, None) => DEFAULT_TIMEOUT,
        };
        backends::forward(flow, timeout, self.keeps_body).await?;
        match flow.response.take() {
            Some(answer) if self.fails_on_error_status && answer.status >= 400 => {
                let message = format!("The backend answered {}.", answer.status);
                Err(Fault::answered("BackendErrorStatus", message, answer))
            }
            answer => {
                flow.response = answer;
                Ok(Next::Continue)
            }
        }
    }
}

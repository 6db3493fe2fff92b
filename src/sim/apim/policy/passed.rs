//! Policies of the real gateway that are not simulated: they are read, noted, and let every request pass as it is.

use super::super::document::{Element, Misfit, nearest};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;

/// Policies of the real gateway beside those that are simulated
/// (learn.microsoft.com/azure/api-management/api-management-policies).
const KNOWN: &[&str] = &[
    "authentication-certificate",
    "azure-openai-semantic-cache-lookup",
    "azure-openai-semantic-cache-store",
    "cache-lookup",
    "cache-store",
    "cosmosdb-data-source",
    "cross-domain",
    "get-authorization-context",
    "http-data-source",
    "invoke-dapr-binding",
    "invoke-request",
    "json-to-xml",
    "jsonp",
    "llm-content-safety",
    "llm-semantic-cache-lookup",
    "llm-semantic-cache-store",
    "log-to-eventhub",
    "proxy",
    "publish-to-dapr",
    "redirect-content-urls",
    "send-one-way-request",
    "send-service-bus-message",
    "set-graphql-resolver",
    "sql-data-source",
    "validate-client-certificate",
    "validate-content",
    "validate-graphql-request",
    "validate-headers",
    "validate-odata-request",
    "validate-parameters",
    "validate-status-code",
    "xml-to-json",
    "xsl-transform",
];

/// What has no effect that a caller could see, so that there is nothing to note.
const UNSEEN: &[&str] = &[
    "log-to-eventhub",
    "send-one-way-request",
    "send-service-bus-message",
    "publish-to-dapr",
];

struct Passed {
    name: String,
}

/// Reads a policy that none of `simulated` is. A misspelt name is refused, as the real service refuses it.
pub(super) fn parse<'n>(
    element: &Element,
    simulated: impl Iterator<Item = &'n str>,
) -> Result<Box<dyn Policy>, Misfit> {
    let name = element.name.as_str();
    let known: Vec<&str> = simulated.chain(KNOWN.iter().copied()).collect();
    if !KNOWN.contains(&name)
        && let Some(meant) = nearest(name, &known)
    {
        let message = format!("there is no such policy; did you mean `<{meant}>`?");
        return Err(element.misfit(message));
    }
    element.read_all()?;
    if !UNSEEN.contains(&name) {
        element.note("this policy is not simulated: every request passes it unchanged".into());
    }
    Ok(Box::new(Passed {
        name: name.to_owned(),
    }))
}

#[async_trait]
impl Policy for Passed {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        flow.note(
            &self.name,
            "Passed unchanged: this policy is not simulated.",
        );
        Ok(Next::Continue)
    }
}

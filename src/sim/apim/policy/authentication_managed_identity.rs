//! `authentication-managed-identity`: puts a token of the gateway's identity on the request.

use super::super::backends::managed_identity_token;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::Value;
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::header;
use super::Policy;
use async_trait::async_trait;

struct AuthenticationManagedIdentity {
    resource: Text,
    client_id: Option<Text>,
    output_variable: Option<String>,
    ignores_error: bool,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "resource",
        "client-id",
        "output-token-variable-name",
        "ignore-error",
    ];
    element.allow(&attributes, &[])?;
    Ok(Box::new(AuthenticationManagedIdentity {
        resource: element.required_text("resource")?,
        client_id: element.text_attribute("client-id")?,
        output_variable: element
            .attribute("output-token-variable-name")
            .map(str::to_owned),
        ignores_error: element.flag("ignore-error", false)?,
    }))
}

#[async_trait]
impl Policy for AuthenticationManagedIdentity {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let resource = flow.text(&self.resource)?;
        let client_id = match &self.client_id {
            Some(client_id) => Some(flow.text(client_id)?),
            None => None,
        };
        let token = match managed_identity_token(flow, client_id.as_deref(), &resource) {
            Ok(token) => token,
            Err(fault) if self.ignores_error => {
                flow.note("authentication-managed-identity", fault.error.to_json());
                return Ok(Next::Continue);
            }
            Err(fault) => return Err(fault),
        };
        match &self.output_variable {
            Some(variable) => {
                flow.variables
                    .insert(variable.clone(), Value::String(token));
            }
            None => {
                let bearer = header("authorization", &format!("Bearer {token}"));
                flow.headers
                    .extend(bearer.map(|(name, value)| (Some(name), value)));
            }
        }
        flow.note(
            "authentication-managed-identity",
            format!("Managed identity token for '{resource}' was obtained."),
        );
        Ok(Next::Continue)
    }
}

//! `authentication-basic`: puts a name and a password on the request.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::header;
use super::Policy;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

struct AuthenticationBasic {
    username: Text,
    password: Text,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["username", "password"], &[])?;
    Ok(Box::new(AuthenticationBasic {
        username: element.required_text("username")?,
        password: element.required_text("password")?,
    }))
}

#[async_trait]
impl Policy for AuthenticationBasic {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let pair = format!(
            "{}:{}",
            flow.text(&self.username)?,
            flow.text(&self.password)?
        );
        let value = format!("Basic {}", STANDARD.encode(pair));
        let named = header("authorization", &value);
        flow.headers
            .extend(named.map(|(name, value)| (Some(name), value)));
        Ok(Next::Continue)
    }
}

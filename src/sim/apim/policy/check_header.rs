//! `check-header`: refuses a request without a header, or with a value that is not listed.

use super::super::answer::built_in;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::super::message::header_line;
use super::Policy;
use super::token::status;
use async_trait::async_trait;

struct CheckHeader {
    name: Text,
    code: Text,
    message: Text,
    ignores_case: Text,
    values: Vec<Text>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "name",
        "failed-check-httpcode",
        "failed-check-error-message",
        "ignore-case",
    ];
    element.allow(&attributes, &["value"])?;
    let values = element.children.iter().filter(|it| it.name == "value");
    let values = values.map(Element::text);
    Ok(Box::new(CheckHeader {
        name: element.required_text("name")?,
        code: element.required_text("failed-check-httpcode")?,
        message: element.required_text("failed-check-error-message")?,
        ignores_case: element.required_text("ignore-case")?,
        values: values.collect::<Result<_, _>>()?,
    }))
}

#[async_trait]
impl Policy for CheckHeader {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let name = flow.text(&self.name)?;
        let ignores_case = flow.flag(&self.ignores_case)?;
        let found = header_line(&flow.headers, &name);
        let mut is_allowed = self.values.is_empty() && found.is_some();
        for value in &self.values {
            let value = flow.text(value)?;
            is_allowed |= found.as_deref().is_some_and(|found| {
                let (found, value) = (found.trim(), value.trim());
                found == value || (ignores_case && found.eq_ignore_ascii_case(value))
            });
        }
        if is_allowed {
            return Ok(Next::Continue);
        }
        let (reason, message) = match found {
            None => (
                "HeaderNotFound",
                format!("Header {name} was not found in the request. Access denied."),
            ),
            Some(value) => (
                "HeaderValueNotAllowed",
                format!("Header {name} value of {value} is not allowed. Access denied."),
            ),
        };
        let code = status(flow, &self.code)?;
        let answer = built_in(code, &flow.text(&self.message)?);
        Err(Fault::answered(reason, message, answer))
    }
}

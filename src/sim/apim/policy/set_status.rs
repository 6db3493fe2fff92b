//! `set-status`: sets status and reason phrase of the answer.

use super::super::document::{Element, Loader, Misfit, Section, Text};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::{Policy, Target};
use async_trait::async_trait;

struct SetStatus {
    code: Text,
    reason: Option<Text>,
    target: Target,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["code", "reason"], &[])?;
    let target = Target::of(loader);
    if target == Target::Request && loader.section() == Section::Inbound {
        return Err(element.misfit(
            "it stands in outbound, in on-error or in return-response: there is no answer here"
                .into(),
        ));
    }
    // After a forward, the backend section has an answer.
    let target = match target {
        Target::Request => Target::Response,
        other => other,
    };
    Ok(Box::new(SetStatus {
        code: element.required_text("code")?,
        reason: element.text_attribute("reason")?,
        target,
    }))
}

#[async_trait]
impl Policy for SetStatus {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let code = flow.number(&self.code)?;
        let code = u16::try_from(code)
            .ok()
            .filter(|code| (100..=999).contains(code))
            .ok_or_else(|| {
                Fault::new(
                    "ExpressionValueEvaluationFailure",
                    format!("'{code}' is no status code."),
                )
            })?;
        let reason = match &self.reason {
            Some(reason) => Some(flow.text(reason)?),
            None => None,
        };
        if let Some(answer) = self.target.answer(flow) {
            answer.status = code;
            answer.reason = reason.filter(|reason| !reason.is_empty());
        }
        Ok(Next::Continue)
    }
}

//! `set-header`: sets, appends or deletes a header of the request or the answer.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::header;
use super::{Policy, Target};
use async_trait::async_trait;
use http::HeaderName;

struct SetHeader {
    name: Text,
    action: ExistsAction,
    values: Vec<Text>,
    target: Target,
}

/// What happens where the header or parameter is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExistsAction {
    Override,
    Skip,
    Append,
    Delete,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["name", "exists-action"], &["value"])?;
    let values = element.children.iter().filter(|it| it.name == "value");
    let values = values.map(Element::text);
    Ok(Box::new(SetHeader {
        name: element.required_text("name")?,
        action: ExistsAction::read(element)?,
        values: values.collect::<Result<_, _>>()?,
        target: Target::of(loader),
    }))
}

impl ExistsAction {
    /// Reads the attribute `exists-action`.
    pub(super) fn read(element: &Element) -> Result<Self, Misfit> {
        match element.attribute("exists-action").unwrap_or("override") {
            "override" => Ok(ExistsAction::Override),
            "skip" => Ok(ExistsAction::Skip),
            "append" => Ok(ExistsAction::Append),
            "delete" => Ok(ExistsAction::Delete),
            other => Err(element.misfit(format!(
                "`exists-action` is override, skip, append or delete, not `{other}`"
            ))),
        }
    }
}

#[async_trait]
impl Policy for SetHeader {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let name = flow.text(&self.name)?;
        let mut values = Vec::new();
        for value in &self.values {
            values.push(flow.text(value)?);
        }
        flow.note(
            "set-header",
            serde_json::json!({"header": name, "value": values}),
        );
        let headers = match self.target.answer(flow) {
            Some(answer) => &mut answer.headers,
            None => &mut flow.headers,
        };
        let Ok(key) = HeaderName::try_from(name.as_str()) else {
            return Ok(Next::Continue);
        };
        match self.action {
            ExistsAction::Skip if headers.contains_key(&key) => return Ok(Next::Continue),
            ExistsAction::Override | ExistsAction::Delete => {
                headers.remove(&key);
            }
            ExistsAction::Skip | ExistsAction::Append => {}
        }
        if self.action != ExistsAction::Delete {
            for (name, value) in values.iter().filter_map(|value| header(&name, value)) {
                headers.append(name, value);
            }
        }
        Ok(Next::Continue)
    }
}

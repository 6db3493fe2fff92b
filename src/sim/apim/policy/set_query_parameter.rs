//! `set-query-parameter`: sets, appends or deletes a query parameter of the forwarded request.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use super::set_header::ExistsAction;
use async_trait::async_trait;

struct SetQueryParameter {
    name: Text,
    action: ExistsAction,
    values: Vec<Text>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["name", "exists-action"], &["value"])?;
    let values = element.children.iter().filter(|it| it.name == "value");
    let values = values.map(Element::text);
    Ok(Box::new(SetQueryParameter {
        name: element.required_text("name")?,
        action: ExistsAction::read(element)?,
        values: values.collect::<Result<_, _>>()?,
    }))
}

#[async_trait]
impl Policy for SetQueryParameter {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let name = flow.text(&self.name)?;
        if self.action == ExistsAction::Skip && flow.query.first(&name).is_some() {
            return Ok(Next::Continue);
        }
        let mut values = Vec::new();
        for value in &self.values {
            values.push(flow.text(value)?);
        }
        if matches!(self.action, ExistsAction::Override | ExistsAction::Delete) {
            flow.query.remove(&name);
        }
        if self.action != ExistsAction::Delete {
            for value in &values {
                flow.query.append(&name, value);
            }
        }
        Ok(Next::Continue)
    }
}

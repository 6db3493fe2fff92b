//! `rewrite-uri`: puts a template in the place of the path below the backend's URL.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::super::message::Query;
use super::Policy;
use async_trait::async_trait;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

struct RewriteUri {
    template: Text,
    copies_unmatched: bool,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["template", "copy-unmatched-params"], &[])?;
    Ok(Box::new(RewriteUri {
        template: element.required_text("template")?,
        copies_unmatched: element.flag("copy-unmatched-params", true)?,
    }))
}

#[async_trait]
impl Policy for RewriteUri {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let mut rewritten = flow.text(&self.template)?;
        for (name, value) in &flow.parameters {
            let value = utf8_percent_encode(value, SEGMENT).to_string();
            rewritten = rewritten.replace(&format!("{{{name}}}"), &value);
        }
        let (path, query) = rewritten.split_once('?').unwrap_or((&rewritten, ""));
        let mut query = Query::parse(query);
        if self.copies_unmatched {
            // A parameter that the operation's own template names is matched, and so is not copied.
            let template = flow.operation.map(|operation| &operation.template);
            let incoming = std::mem::take(&mut flow.query);
            query.extend_from(&incoming, |name| {
                !template.is_some_and(|template| template.names_query(name))
            });
        }
        flow.path = path.to_owned();
        flow.query = query;
        flow.note(
            "rewrite-uri",
            format!("The URI was rewritten to '{rewritten}'."),
        );
        Ok(Next::Continue)
    }
}

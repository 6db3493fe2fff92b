//! `cache-lookup-value`, `cache-store-value` and `cache-remove-value`: values that outlive a request.

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use std::time::Duration;

struct Lookup {
    key: Text,
    variable: String,
    default: Option<Text>,
}

struct Store {
    key: Text,
    value: Text,
    /// Seconds.
    duration: Text,
}

struct Remove {
    key: Text,
}

pub(super) fn parse_lookup(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = ["key", "variable-name", "default-value", "caching-type"];
    element.allow(&attributes, &[])?;
    Ok(Box::new(Lookup {
        key: element.required_text("key")?,
        variable: element.required("variable-name")?.to_owned(),
        default: element.text_attribute("default-value")?,
    }))
}

pub(super) fn parse_store(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["key", "value", "duration", "caching-type"], &[])?;
    Ok(Box::new(Store {
        key: element.required_text("key")?,
        value: element.required_text("value")?,
        duration: element.required_text("duration")?,
    }))
}

pub(super) fn parse_remove(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["key", "caching-type"], &[])?;
    Ok(Box::new(Remove {
        key: element.required_text("key")?,
    }))
}

#[async_trait]
impl Policy for Lookup {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let key = flow.text(&self.key)?;
        let now = flow.now();
        let found = flow.site.kept().get(&key, now);
        // Without a default the variable is not set at all.
        let found = match (found, &self.default) {
            (Some(found), _) => Some(found),
            (None, Some(default)) => Some(flow.value(default)?),
            (None, None) => None,
        };
        if let Some(found) = found {
            flow.variables.insert(self.variable.clone(), found);
        }
        Ok(Next::Continue)
    }
}

#[async_trait]
impl Policy for Store {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let key = flow.text(&self.key)?;
        let value = flow.value(&self.value)?;
        let life = Duration::from_secs(flow.number(&self.duration)?);
        let until = flow.now().saturating_add(life);
        flow.site.kept().put(key, value, until);
        Ok(Next::Continue)
    }
}

#[async_trait]
impl Policy for Remove {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let key = flow.text(&self.key)?;
        flow.site.kept().remove(&key);
        Ok(Next::Continue)
    }
}

//! `limit-concurrency`: so many requests at a time may be in the policies inside.

use super::super::answer::built_in;
use super::super::document::{Element, Loader, Misfit, Step, Text};
use super::super::fault::{Fault, Outcome};
use super::super::flow::Flow;
use super::super::site::Site;
use super::Policy;
use async_trait::async_trait;

/// The text of the 429. Unverified.
const TOO_MANY: &str = "Too many concurrent requests.";

struct LimitConcurrency {
    key: Text,
    most: Text,
    steps: Vec<Step>,
}

/// A request that is inside; leaving takes it off the count.
struct Inside<'s> {
    site: &'s Site,
    key: String,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.site.inside().get_mut(&self.key) {
            *count = count.saturating_sub(1);
        }
    }
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let known: Vec<&str> = element.children.iter().map(|it| it.name.as_str()).collect();
    element.allow(&["key", "max-count"], &known)?;
    Ok(Box::new(LimitConcurrency {
        key: element.required_text("key")?,
        most: element.required_text("max-count")?,
        steps: loader.steps(element, path)?,
    }))
}

#[async_trait]
impl Policy for LimitConcurrency {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let key = flow.text(&self.key)?;
        let most = flow.number(&self.most)?;
        let is_full = {
            let mut inside = flow.site.inside();
            let count = inside.entry(key.clone()).or_default();
            let is_full = *count >= most;
            *count += u64::from(!is_full);
            is_full
        };
        if is_full {
            let answer = built_in(429, TOO_MANY);
            return Err(Fault::answered(
                "ConcurrencyLimitExceeded",
                TOO_MANY,
                answer,
            ));
        }
        let _inside = Inside {
            site: flow.site,
            key,
        };
        flow.run(&self.steps).await
    }
}

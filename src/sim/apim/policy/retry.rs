//! `retry`: runs its policies again while its condition holds.

use super::super::document::{Element, Loader, Misfit, Step, Text};
use super::super::fault::{Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use std::time::Duration;

/// The most retries that APIM takes.
const MOST_RETRIES: u64 = 50;

/// Seconds of the longest wait between two tries: a year, so that no number in a policy overflows the clock.
const LONGEST_WAIT: u64 = 31_536_000;

struct Retry {
    condition: Text,
    count: Text,
    interval: Text,
    max_interval: Option<Text>,
    delta: Option<Text>,
    first_fast: Text,
    steps: Vec<Step>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let known: Vec<&str> = element.children.iter().map(|it| it.name.as_str()).collect();
    let attributes = [
        "condition",
        "count",
        "interval",
        "max-interval",
        "delta",
        "first-fast-retry",
    ];
    element.allow(&attributes, &known)?;
    Ok(Box::new(Retry {
        condition: element.required_text("condition")?,
        count: element.required_text("count")?,
        interval: element.required_text("interval")?,
        max_interval: element.text_attribute("max-interval")?,
        delta: element.text_attribute("delta")?,
        first_fast: element
            .text_attribute("first-fast-retry")?
            .unwrap_or_else(|| Text::Literal("false".into())),
        steps: loader.steps(element, path)?,
    }))
}

#[async_trait]
impl Policy for Retry {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let most = flow.number(&self.count)?.min(MOST_RETRIES);
        let is_first_fast = flow.flag(&self.first_fast)?;
        let mut retries = 0;
        loop {
            let outcome = flow.run(&self.steps).await;
            if let Ok(Next::Respond) = outcome {
                return outcome;
            }
            // The condition sees a fault as `context.LastError` and its answer as `context.Response`. Where it cannot
            // stand that (a null answer), the first fault is the one that counts. Unverified.
            let wants_more = match &outcome {
                Ok(_) => flow.flag(&self.condition)?,
                Err(fault) => {
                    flow.last_error = Some(fault.error.clone());
                    flow.response.clone_from(&fault.answer);
                    flow.flag(&self.condition).unwrap_or(false)
                }
            };
            if !wants_more || retries == most {
                return outcome;
            }
            flow.last_error = None;
            retries += 1;
            if !(is_first_fast && retries == 1) {
                let wait = self.wait(flow, retries).await?;
                flow.context.sleep(wait).await;
            }
            flow.note("retry", format!("Retry {retries} of {most}."));
        }
    }
}

impl Retry {
    /// Fixed, linear with a delta, or exponential with a delta and a bound; without the service's random share.
    async fn wait(
        &self,
        flow: &mut Flow<'_>,
        retries: u64,
    ) -> Result<Duration, Box<super::super::fault::Fault>> {
        let interval = flow.number(&self.interval)?;
        let delta = match &self.delta {
            Some(delta) => flow.number(delta)?,
            None => 0,
        };
        let seconds = match &self.max_interval {
            Some(most) => {
                let most = flow.number(most)?;
                let doubled = 1u64 << (retries - 1).min(32);
                interval
                    .saturating_add((doubled - 1).saturating_mul(delta))
                    .min(most)
            }
            None => interval.saturating_add((retries - 1).saturating_mul(delta)),
        };
        Ok(Duration::from_secs(seconds.min(LONGEST_WAIT)))
    }
}

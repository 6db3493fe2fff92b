//! `rate-limit` and `rate-limit-by-key`: so many calls in a sliding period.

use super::super::answer;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::Value;
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::{Deferred, Flow};
use super::{Policy, count};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// Attributes of both.
const ATTRIBUTES: [&str; 7] = [
    "calls",
    "renewal-period",
    "retry-after-header-name",
    "retry-after-variable-name",
    "remaining-calls-header-name",
    "remaining-calls-variable-name",
    "total-calls-header-name",
];

struct RateLimit {
    calls: Text,
    period: Text,
    counter: Counter,
    amount: Option<Arc<Text>>,
    condition: Option<Arc<Text>>,
    retry_after_header: Option<String>,
    retry_after_variable: Option<String>,
    remaining_header: Option<String>,
    remaining_variable: Option<String>,
    total_header: Option<String>,
}

/// What calls are counted by.
pub(super) enum Counter {
    /// The subscription; calls without one are not counted. The string keeps one policy's count from another's.
    Subscription(String),
    /// A key that the policy makes.
    Key(Text),
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&ATTRIBUTES, &[])?;
    read(element, Counter::Subscription(loader.unique_name(path)))
}

pub(super) fn parse_by_key(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let own = ["counter-key", "increment-condition", "increment-count"];
    element.allow(&[ATTRIBUTES.as_slice(), &own].concat(), &[])?;
    read(element, Counter::Key(element.required_text("counter-key")?))
}

fn read(element: &Element, counter: Counter) -> Result<Box<dyn Policy>, Misfit> {
    let named = |name| element.attribute(name).map(str::to_owned);
    Ok(Box::new(RateLimit {
        calls: element.required_text("calls")?,
        period: element.required_text("renewal-period")?,
        counter,
        amount: element.text_attribute("increment-count")?.map(Arc::new),
        condition: element.text_attribute("increment-condition")?.map(Arc::new),
        retry_after_header: named("retry-after-header-name"),
        retry_after_variable: named("retry-after-variable-name"),
        remaining_header: named("remaining-calls-header-name"),
        remaining_variable: named("remaining-calls-variable-name"),
        total_header: named("total-calls-header-name"),
    }))
}

impl Counter {
    /// The key for this request; `None` where nothing is counted.
    pub(super) fn key(&self, flow: &mut Flow<'_>) -> Result<Option<String>, Box<Fault>> {
        match self {
            Counter::Subscription(policy) => Ok(flow
                .subscription
                .map(|subscription| format!("{policy} {subscription}"))),
            Counter::Key(text) => Ok(Some(flow.text(text)?)),
        }
    }
}

#[async_trait]
impl Policy for RateLimit {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let Some(key) = self.counter.key(flow)? else {
            return Ok(Next::Continue);
        };
        let calls = flow.number(&self.calls)?;
        let period = Duration::from_secs(flow.number(&self.period)?);
        let key = format!("rate {} {key}", period.as_secs());
        let amount = match &self.amount {
            Some(amount) => flow.number(amount)?,
            None => 1,
        };
        let now = flow.now();
        let used = flow.site.counters().used(&key, period, now);
        if used >= calls {
            let seconds = flow.site.counters().wait(&key, calls, period, now);
            if let Some(variable) = &self.retry_after_variable {
                flow.variables
                    .insert(variable.clone(), Value::Int(seconds.cast_signed()));
            }
            let answer = answer::too_many("Rate", seconds, self.retry_after_header.as_deref());
            return Err(Fault::answered(
                "RateLimitExceeded",
                "Rate limit is exceeded",
                answer,
            ));
        }
        let remaining = match &self.condition {
            None => {
                count(flow, &key, amount, None);
                calls.saturating_sub(used.saturating_add(amount))
            }
            Some(condition) => {
                flow.deferred.push(Deferred::Calls {
                    key,
                    condition: condition.clone(),
                    amount: self.amount.clone(),
                    quota: None,
                });
                calls.saturating_sub(used)
            }
        };
        if let Some(variable) = &self.remaining_variable {
            flow.variables
                .insert(variable.clone(), Value::Int(remaining.cast_signed()));
        }
        flow.promise_header(self.remaining_header.as_deref(), &remaining.to_string());
        flow.promise_header(self.total_header.as_deref(), &calls.to_string());
        Ok(Next::Continue)
    }
}

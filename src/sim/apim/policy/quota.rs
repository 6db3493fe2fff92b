//! `quota` and `quota-by-key`: so many calls or kilobytes in a renewed period.

use super::super::answer;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::{Deferred, Flow};
use super::rate_limit::Counter;
use super::{Policy, count};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of the unit of `bandwidth`.
const KILOBYTE: u64 = 1024;

struct Quota {
    calls: Option<Text>,
    /// Kilobytes.
    bandwidth: Option<Text>,
    period: Text,
    counter: Counter,
    amount: Option<Arc<Text>>,
    condition: Option<Arc<Text>>,
}

pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["calls", "bandwidth", "renewal-period"], &[])?;
    read(element, Counter::Subscription(loader.unique_name(path)))
}

pub(super) fn parse_by_key(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "calls",
        "bandwidth",
        "renewal-period",
        "counter-key",
        "increment-condition",
        "increment-count",
    ];
    element.allow(&attributes, &[])?;
    read(element, Counter::Key(element.required_text("counter-key")?))
}

fn read(element: &Element, counter: Counter) -> Result<Box<dyn Policy>, Misfit> {
    let calls = element.text_attribute("calls")?;
    let bandwidth = element.text_attribute("bandwidth")?;
    if calls.is_none() && bandwidth.is_none() {
        return Err(element.misfit("it needs `calls` or `bandwidth`".into()));
    }
    Ok(Box::new(Quota {
        calls,
        bandwidth,
        period: element.required_text("renewal-period")?,
        counter,
        amount: element.text_attribute("increment-count")?.map(Arc::new),
        condition: element.text_attribute("increment-condition")?.map(Arc::new),
    }))
}

#[async_trait]
impl Policy for Quota {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let Some(key) = self.counter.key(flow)? else {
            return Ok(Next::Continue);
        };
        let period = Duration::from_secs(flow.number(&self.period)?);
        if let Some(calls) = &self.calls {
            let key = format!("quota {} {key}", period.as_secs());
            let calls = flow.number(calls)?;
            refuse_if_used(flow, &key, calls, period, "call volume")?;
            self.count_call(flow, key, period)?;
        }
        if let Some(bandwidth) = &self.bandwidth {
            let key = format!("bandwidth {} {key}", period.as_secs());
            let bytes = flow.number(bandwidth)?.saturating_mul(KILOBYTE);
            refuse_if_used(flow, &key, bytes, period, "bandwidth")?;
            flow.deferred.push(Deferred::Bytes { key, period });
        }
        Ok(Next::Continue)
    }
}

impl Quota {
    fn count_call(
        &self,
        flow: &mut Flow<'_>,
        key: String,
        period: Duration,
    ) -> Result<(), Box<Fault>> {
        if let Some(condition) = &self.condition {
            flow.deferred.push(Deferred::Calls {
                key,
                condition: condition.clone(),
                amount: self.amount.clone(),
                quota: Some(period),
            });
            return Ok(());
        }
        let amount = match &self.amount {
            Some(amount) => flow.number(amount)?,
            None => 1,
        };
        count(flow, &key, amount, Some(period));
        Ok(())
    }
}

fn refuse_if_used(
    flow: &Flow<'_>,
    key: &str,
    most: u64,
    period: Duration,
    what: &str,
) -> Result<(), Box<Fault>> {
    let (used, left) = flow.site.counters().quota(key, period, flow.now());
    if used < most {
        return Ok(());
    }
    let message = format!(
        "Out of {what} quota. Quota will be replenished in {}.",
        span(left)
    );
    let answer = answer::built_in(403, &message);
    Err(Fault::answered("QuotaExceeded", message, answer))
}

/// `hh:mm:ss`, with days before it where there are any.
fn span(left: Duration) -> String {
    let seconds = super::super::counters::whole_seconds(left);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days > 0 {
        format!("{days}.{clock}")
    } else {
        clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_names_days_only_where_there_are_any() {
        let span = |seconds| span(Duration::from_secs(seconds));
        assert_eq!(span(22 * 86_400 + 14 * 3600 + 18 * 60 + 12), "22.14:18:12");
        assert_eq!(span(86_399), "23:59:59");
    }
}

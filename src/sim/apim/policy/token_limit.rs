//! `llm-token-limit` and `azure-openai-token-limit`: so many tokens a minute, or in a longer period.

use super::super::answer;
use super::super::counters::whole_seconds;
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::Value as Number;
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::{Deferred, Flow};
use super::Policy;
use async_trait::async_trait;
use serde_json::Value;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Letters of a prompt that are taken for one token, where the prompt is estimated.
const LETTERS_A_TOKEN: usize = 4;

/// Tokens that an image in a prompt is taken for, whatever its size, where the prompt is estimated (Microsoft Learn,
/// llm-token-limit: each image is over-counted as 1200 tokens at most).
const TOKENS_AN_IMAGE: u64 = 1200;

/// `token-quota-period` and its seconds.
const PERIODS: [(&str, u64); 5] = [
    ("Hourly", 3600),
    ("Daily", 86_400),
    ("Weekly", 604_800),
    ("Monthly", 2_592_000),
    ("Yearly", 31_536_000),
];

struct TokenLimit {
    counter_key: Text,
    per_minute: Option<Text>,
    quota: Option<(Text, Duration)>,
    estimates: bool,
    retry_after_header: Option<String>,
    retry_after_variable: Option<String>,
    remaining_header: Option<String>,
    remaining_variable: Option<String>,
    remaining_quota_header: Option<String>,
    remaining_quota_variable: Option<String>,
    consumed_header: Option<String>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "counter-key",
        "tokens-per-minute",
        "token-quota",
        "token-quota-period",
        "estimate-prompt-tokens",
        "retry-after-header-name",
        "retry-after-variable-name",
        "remaining-tokens-header-name",
        "remaining-tokens-variable-name",
        "remaining-quota-tokens-header-name",
        "remaining-quota-tokens-variable-name",
        "tokens-consumed-header-name",
    ];
    element.allow(&attributes, &[])?;
    let named = |name| element.attribute(name).map(str::to_owned);
    let per_minute = element.text_attribute("tokens-per-minute")?;
    let quota = match element.text_attribute("token-quota")? {
        Some(quota) => Some((quota, period(element)?)),
        None => None,
    };
    if per_minute.is_none() && quota.is_none() {
        return Err(element.misfit("it needs `tokens-per-minute` or `token-quota`".into()));
    }
    Ok(Box::new(TokenLimit {
        counter_key: element.required_text("counter-key")?,
        per_minute,
        quota,
        estimates: element.flag("estimate-prompt-tokens", false)?,
        retry_after_header: named("retry-after-header-name"),
        retry_after_variable: named("retry-after-variable-name"),
        remaining_header: named("remaining-tokens-header-name"),
        remaining_variable: named("remaining-tokens-variable-name"),
        remaining_quota_header: named("remaining-quota-tokens-header-name"),
        remaining_quota_variable: named("remaining-quota-tokens-variable-name"),
        consumed_header: named("tokens-consumed-header-name"),
    }))
}

fn period(element: &Element) -> Result<Duration, Misfit> {
    let name = element.required("token-quota-period")?;
    PERIODS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, seconds)| Duration::from_secs(*seconds))
        .ok_or_else(|| element.misfit(format!("`token-quota-period` cannot be `{name}`")))
}

#[async_trait]
impl Policy for TokenLimit {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let key = flow.text(&self.counter_key)?;
        let estimate = if self.estimates {
            estimate(flow.body.peek())
        } else {
            0
        };
        if let Some(most) = &self.per_minute {
            let most = flow.number(most)?;
            self.limit(flow, format!("tokens {key}"), most, estimate)?;
        }
        if let Some((most, period)) = &self.quota {
            let most = flow.number(most)?;
            self.limit_quota(flow, format!("token quota {key}"), most, *period)?;
        }
        Ok(Next::Continue)
    }
}

impl TokenLimit {
    fn limit(
        &self,
        flow: &mut Flow<'_>,
        key: String,
        most: u64,
        estimate: u64,
    ) -> Result<(), Box<Fault>> {
        let now = flow.now();
        let used = flow.site.counters().used(&key, MINUTE, now);
        if used >= most || used.saturating_add(estimate) > most {
            let room = most.saturating_sub(estimate).max(1);
            let seconds = flow.site.counters().wait(&key, room, MINUTE, now);
            remember(flow, self.retry_after_variable.as_deref(), seconds);
            let answer = answer::too_many("Token", seconds, self.retry_after_header.as_deref());
            return Err(Fault::answered(
                "OpenAITokenLimitExceeded",
                "Token limit is exceeded",
                answer,
            ));
        }
        let remaining = most - used;
        remember(flow, self.remaining_variable.as_deref(), remaining);
        flow.promise_header(self.remaining_header.as_deref(), &remaining.to_string());
        flow.deferred.push(Deferred::Tokens {
            key,
            quota: None,
            consumed_header: self.consumed_header.clone(),
        });
        Ok(())
    }

    fn limit_quota(
        &self,
        flow: &mut Flow<'_>,
        key: String,
        most: u64,
        period: Duration,
    ) -> Result<(), Box<Fault>> {
        let (used, left) = flow.site.counters().quota(&key, period, flow.now());
        if used >= most {
            let message = format!("Token quota is exceeded. Try again in {}.", in_words(left));
            let answer = answer::built_in(403, &message);
            return Err(Fault::answered(
                "OpenAITokenQuotaExceeded",
                "Token quota is exceeded",
                answer,
            ));
        }
        let remaining = most - used;
        remember(flow, self.remaining_quota_variable.as_deref(), remaining);
        flow.promise_header(
            self.remaining_quota_header.as_deref(),
            &remaining.to_string(),
        );
        flow.deferred.push(Deferred::Tokens {
            key,
            quota: Some(period),
            consumed_header: self.consumed_header.clone(),
        });
        Ok(())
    }
}

fn remember(flow: &mut Flow<'_>, variable: Option<&str>, number: u64) {
    if let Some(variable) = variable {
        flow.variables
            .insert(variable.to_owned(), Number::Int(number.cast_signed()));
    }
}

fn estimate(body: &[u8]) -> u64 {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return 0;
    };
    let (mut letters, mut images) = (0, 0);
    for field in ["messages", "prompt", "input"] {
        if let Some(value) = body.get(field) {
            count_prompt(value, &mut letters, &mut images);
        }
    }
    (letters / LETTERS_A_TOKEN) as u64 + images * TOKENS_AN_IMAGE
}

/// Counts the letters of a prompt, and the images in it.
fn count_prompt(value: &Value, letters: &mut usize, images: &mut u64) {
    match value {
        Value::Object(part) if part.contains_key("image_url") => *images += 1,
        Value::Object(part) => {
            let values = part.values();
            values.for_each(|value| count_prompt(value, letters, images));
        }
        Value::Array(parts) => {
            let parts = parts.iter();
            parts.for_each(|value| count_prompt(value, letters, images));
        }
        Value::String(text) => *letters += text.len(),
        _ => {}
    }
}

/// `41 minutes and 54 seconds`; longer spans are worded alike (unverified).
fn in_words(left: Duration) -> String {
    let seconds = whole_seconds(left);
    let units = [
        (seconds / 86_400, "day"),
        (seconds / 3600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let mut parts: Vec<String> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    match (parts.pop(), parts.is_empty()) {
        (Some(last), false) => format!("{} and {last}", parts.join(", ")),
        (Some(only), true) => only,
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_counts_as_one_and_not_by_its_letters() {
        let image = "A".repeat(400_000);
        let body = serde_json::json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "Describe this image in one or two sentences."},
            {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{image}")}},
        ]}]});
        let tokens = estimate(&serde_json::to_vec(&body).unwrap());
        assert!((1210..1230).contains(&tokens), "{tokens}");
        let plain = br#"{"prompt": "A lighthouse on a cliff"}"#;
        assert_eq!(estimate(plain), 5);
    }

    #[test]
    fn a_wait_is_worded_as_recorded() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(words(41 * 60 + 54), "41 minutes and 54 seconds");
        assert_eq!(words(3661), "1 hour, 1 minute and 1 second");
        assert_eq!(words(41), "41 seconds");
    }
}

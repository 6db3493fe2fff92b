//! How long a refused caller is asked to wait.

use crate::model::{Exchange, Hop};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Longest pause that is waited for. A service that asks for more is not throttling for a moment: what it asks for is
/// more than it is allowed.
pub(in crate::run) const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How often one attempt is refused and made again at most.
pub(in crate::run) const MOST_WAITS: u32 = 3;

/// Pause where a refusal names none: the period of the services' usual limits.
const USUAL: Duration = Duration::from_secs(60);

/// The pause that a refusal for too many calls asks for; nothing for any other answer.
pub(in crate::run) fn pause_of(exchange: &Exchange) -> Option<Duration> {
    if exchange.status() != Some(429) {
        return None;
    }
    Some(
        in_headers(exchange)
            .or_else(|| in_body(exchange.body()))
            .unwrap_or(USUAL),
    )
}

/// The pause after which a gateway that found no backend open is asked again; nothing for any other answer. It speaks of
/// too many calls only where some were refused before.
pub(in crate::run) fn closed_for(exchange: &Exchange, hop: Option<Hop>) -> Option<Duration> {
    let is_closed = exchange.status() == Some(503) && hop == Some(Hop::Gateway);
    is_closed.then(|| in_headers(exchange).unwrap_or(USUAL))
}

/// Calls that the deployment says it allows in a period.
pub(in crate::run) fn limit_of(exchange: &Exchange) -> Option<f64> {
    let limit = exchange.header("x-ratelimit-limit-requests")?;
    limit.trim().parse().ok().filter(|limit| *limit >= 1.0)
}

fn in_headers(exchange: &Exchange) -> Option<Duration> {
    if let Some(value) = exchange.header("retry-after") {
        let asked = seconds(value).or_else(|| until(value, exchange.header("date")?));
        if asked.is_some() {
            return asked;
        }
    }
    let milliseconds = exchange.header("retry-after-ms").and_then(seconds);
    if let Some(milliseconds) = milliseconds {
        return Some(milliseconds / 1000);
    }
    ["x-ratelimit-reset-requests", "x-ratelimit-timeremaining"]
        .iter()
        .find_map(|name| seconds(exchange.header(name)?))
}

/// `16`, `16.5`, `16s`, `1m30s`, `250ms`.
fn seconds(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(plain) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(plain).ok();
    }
    let mut sum = 0.0;
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |at| at + end);
        sum += number
            * match &rest[end..unit_end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Duration::try_from_secs_f64(sum).ok().filter(|_| sum > 0.0)
}

/// Time from one HTTP date to another; both are the service's own, so it does not matter what this machine's clock says.
fn until(value: &str, date: &str) -> Option<Duration> {
    let at = |text: &str| -> Option<SystemTime> {
        let parsed = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
        Some(parsed.timestamp().into())
    };
    Some(at(value)?.duration_since(at(date)?).unwrap_or_default())
}

/// What the message of a JSON error says: `Please retry after 16 seconds.`, `Try again in 57 seconds.`
fn in_body(body: &str) -> Option<Duration> {
    let body: Value = serde_json::from_str(body.trim_start_matches('\u{feff}')).ok()?;
    let message = ["/error/message", "/message"]
        .iter()
        .find_map(|at| body.pointer(at)?.as_str())?
        .to_ascii_lowercase();
    ["retry after ", "try again in ", "please wait "]
        .iter()
        .find_map(|words| {
            let (_, rest) = message.split_once(words)?;
            let mut words = rest.split_whitespace();
            let number: f64 = words.next()?.parse().ok()?;
            let unit = words
                .next()?
                .trim_end_matches(|c: char| !c.is_alphanumeric());
            let factor = match unit.trim_end_matches('s') {
                "second" => 1.0,
                "minute" => 60.0,
                "hour" => 3600.0,
                "millisecond" => 0.001,
                _ => return None,
            };
            Duration::try_from_secs_f64(number * factor).ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Header, RecordedResponse};

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let headers = headers.iter();
        Exchange {
            response: Some(RecordedResponse {
                status: Some(status),
                headers: headers
                    .map(|(name, value)| Header((*name).into(), (*value).into()))
                    .collect(),
                body: body.into(),
                ..RecordedResponse::default()
            }),
            ..Exchange::default()
        }
    }

    fn pause(headers: &[(&str, &str)], body: &str) -> f64 {
        let pause = pause_of(&answered(429, headers, body)).unwrap();
        pause.as_secs_f64()
    }

    #[test]
    fn the_pause_is_read_wherever_a_service_writes_it() {
        assert_eq!(pause(&[("Retry-After", "57")], ""), 57.0);
        assert_eq!(pause(&[("retry-after-ms", "1500")], ""), 1.5);
        assert_eq!(pause(&[("x-ratelimit-reset-requests", "1m30s")], ""), 90.0);
        assert_eq!(pause(&[("x-ratelimit-timeremaining", "12")], ""), 12.0);
        let dates = [
            ("Date", "Fri, 13 Nov 2026 10:00:00 GMT"),
            ("Retry-After", "Fri, 13 Nov 2026 10:00:41 GMT"),
        ];
        assert_eq!(pause(&dates, ""), 41.0);
        for (body, asked) in [
            (
                r#"{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}"#,
                57.0,
            ),
            (
                r#"{"error":{"code":"RateLimitReached","message": "Too many. Please retry after 16 seconds. To increase"}}"#,
                16.0,
            ),
            (
                r#"{"error":{"message":"Rate limit of 10 per 60s exceeded. Please wait 46 seconds before retrying."}}"#,
                46.0,
            ),
            (
                r#"{"error":{"message":"Please retry after 2 minutes."}}"#,
                120.0,
            ),
            (r#"{"error":{"message":"Slow down."}}"#, 60.0),
            ("Please retry after 7 seconds", 60.0),
        ] {
            assert_eq!(pause(&[], body), asked, "{body}");
        }
    }

    #[test]
    fn no_other_answer_asks_for_a_pause() {
        for status in [200, 400, 403, 503] {
            assert_eq!(
                pause_of(&answered(status, &[("retry-after", "5")], "")),
                None
            );
        }
        let closed = answered(503, &[("retry-after", "5")], "");
        assert_eq!(closed_for(&closed, Some(Hop::Backend)), None);
        assert_eq!(
            closed_for(&closed, Some(Hop::Gateway)),
            Some(Duration::from_secs(5))
        );
    }
}

//! How far two clocks are apart, as an answer shows it.

use super::literal::parse_timestamp;
use crate::model::Exchange;

/// Seconds that the clock of whoever answered is ahead of this machine's, by the `Date` of the answer (RFC 9110, 6.6.1);
/// nothing where the answer has none. What a cache has kept says in `Age` how long ago its `Date` was.
pub fn clock_skew(exchange: &Exchange) -> Option<f64> {
    let date = jiff::fmt::rfc2822::parse(exchange.header("date")?.trim()).ok()?;
    let age = exchange
        .header("age")
        .and_then(|age| age.trim().parse().ok());
    let there = date.timestamp().as_second() as f64 + age.unwrap_or(0.0);
    let sent_at = parse_timestamp(&exchange.sent_at).ok()?;
    let here = sent_at + exchange.timings_ms.total / 1e3;
    let ahead = there - here;
    // A date says no more than the second.
    Some(if ahead.abs() < 2.0 { 0.0 } else { ahead })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Header, RecordedResponse, Timings};

    fn skew(headers: &[(&str, &str)]) -> Option<f64> {
        clock_skew(&Exchange {
            sent_at: "2026-11-13T10:00:00Z".into(),
            timings_ms: Timings {
                total: 10_000.0,
                ..Timings::default()
            },
            response: Some(RecordedResponse {
                headers: headers
                    .iter()
                    .map(|(name, value)| Header((*name).into(), (*value).into()))
                    .collect(),
                ..RecordedResponse::default()
            }),
            ..Exchange::default()
        })
    }

    #[test]
    fn clocks_are_compared_at_the_moment_of_the_answer() {
        for (date, ahead) in [
            ("Fri, 13 Nov 2026 10:00:10 GMT", 0.0),
            ("Fri, 13 Nov 2026 10:00:09 GMT", 0.0),
            ("Fri, 13 Nov 2026 11:00:10 GMT", 3600.0),
            ("Fri, 13 Nov 2026 09:50:10 GMT", -600.0),
        ] {
            assert_eq!(skew(&[("Date", date)]), Some(ahead), "{date}");
        }
        assert_eq!(skew(&[]), None);
        assert_eq!(skew(&[("Date", "yesterday")]), None);
    }

    #[test]
    fn an_old_date_of_a_cache_is_no_slow_clock() {
        let kept = [("Date", "Fri, 13 Nov 2026 09:00:10 GMT"), ("Age", "3600")];
        assert_eq!(skew(&kept), Some(0.0));
    }
}

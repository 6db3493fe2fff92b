//! Values that several arguments take.

use crate::expr::parse_duration;
use std::time::Duration;

/// An amount in US dollars.
pub(super) fn parse_usd(text: &str) -> Result<f64, String> {
    let amount: Option<f64> = text.trim_start_matches('$').parse().ok();
    amount
        .filter(|amount| amount.is_finite() && *amount >= 0.0)
        .ok_or_else(|| "an amount in US dollars, e.g. 0.50".to_owned())
}

/// A number alone is seconds, as curl and timeout(1) take it.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    let is_number = text
        .bytes()
        .last()
        .is_some_and(|last| last.is_ascii_digit());
    let text = if is_number {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    let time = parse_duration(&text).map_err(|error| error.to_string())?;
    if time.is_zero() {
        Err("a time longer than nothing, e.g. 30s".to_owned())
    } else {
        Ok(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_amounts_are_read_or_refused() {
        assert_eq!(parse_time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_time("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(parse_time("30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_time("1h"), Ok(Duration::from_secs(3600)));
        for bad in ["", "0", "0s", "-1s", "s", "1e400s", "2 days"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_usd("$0.50"), Ok(0.5));
        for bad in ["-1", "NaN", "inf", "x"] {
            assert!(parse_usd(bad).is_err(), "{bad}");
        }
    }
}

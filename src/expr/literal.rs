//! Durations, sizes and times as people write them.

use jiff::Timestamp;
use std::time::Duration;

/// A literal that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiteralError {
    /// Not a duration.
    #[error(
        "`{text}` is not a duration: {why}; write a number and a unit, as in 500ms, 2s, 1m30s, 1h"
    )]
    Duration {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not a time.
    #[error("`{0}` is not a time; write it as RFC 3339, as in 2025-10-01T12:00:00Z")]
    Timestamp(String),
}

/// Reads a duration: one or more numbers with a unit (`ms`, `s`, `m`, `h`), as in `500ms`, `1.5s`, `1m30s`. A bare `0`
/// needs no unit.
///
/// # Errors
/// Says what is wrong and what a duration looks like.
pub fn parse_duration(text: &str) -> Result<Duration, LiteralError> {
    let wrong = |why: String| LiteralError::Duration {
        text: text.to_owned(),
        why,
    };
    let mut rest = text.trim();
    match rest {
        "" => return Err(wrong("it is empty".into())),
        "0" => return Ok(Duration::ZERO),
        _ => {}
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let number: f64 = number
            .parse()
            .map_err(|_| wrong(format!("`{rest}` does not begin with a number")))?;
        let milliseconds = match unit {
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            "" => return Err(wrong("a unit is missing".into())),
            other => return Err(wrong(format!("there is no unit `{other}`"))),
        };
        total += number * milliseconds;
        rest = after.trim_start();
    }
    Duration::try_from_secs_f64(total / 1_000.0).map_err(|_| wrong("it is too long".into()))
}

/// Reads a time as RFC 3339 and gives seconds since 1970, with fractions.
///
/// # Errors
/// Says what a time looks like.
pub fn parse_timestamp(text: &str) -> Result<f64, LiteralError> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| LiteralError::Timestamp(text.to_owned()))?;
    Ok(time.as_millisecond() as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_as_people_write_them() {
        let read = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(read("500ms"), Ok(500));
        assert_eq!(read("2s"), Ok(2_000));
        assert_eq!(read("1m"), Ok(60_000));
        assert_eq!(read("1m30s"), Ok(90_000));
        assert_eq!(read("1.5s"), Ok(1_500));
        assert_eq!(read("1h 5m"), Ok(3_900_000));
        assert_eq!(read("0"), Ok(0));
        assert_eq!(
            parse_duration("10").map_err(|error| error.to_string()),
            Err("`10` is not a duration: a unit is missing; write a number and a unit, as in 500ms, 2s, 1m30s, 1h".into())
        );
        assert_eq!(
            parse_duration("2 days").map_err(|error| error.to_string()),
            Err(
                "`2 days` is not a duration: a unit is missing; write a number and a unit, as in 500ms, 2s, 1m30s, 1h"
                    .into()
            )
        );
        assert!(
            parse_duration("3weeks")
                .is_err_and(|error| error.to_string().contains("there is no unit `weeks`"))
        );
    }

    #[test]
    fn times_are_seconds_since_1970() {
        assert_eq!(parse_timestamp("1970-01-02T00:00:00Z"), Ok(86_400.0));
        assert_eq!(
            parse_timestamp("2025-10-01T14:00:00+02:00"),
            parse_timestamp("2025-10-01T12:00:00Z")
        );
        assert!(parse_timestamp("yesterday").is_err());
    }

    proptest! {
        #[test]
        fn whole_milliseconds_come_back(hours in 0u64..100, minutes in 0u64..60, seconds in 0u64..60, ms in 0u64..1000) {
            let text = format!("{hours}h{minutes}m{seconds}s{ms}ms");
            let expected = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
            prop_assert_eq!(parse_duration(&text).map(|d| d.as_secs_f64()), Ok(expected as f64 / 1000.0));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,24}") {
            let _ = parse_duration(&text);
            let _ = parse_timestamp(&text);
        }
    }
}

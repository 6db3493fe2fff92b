//! Whether a run that was expected came late, or not at all.

use jiff::Timestamp;
use std::time::Duration;

/// Share of the interval by which a run may be late before it is told; schedulers of CI systems are seldom on time.
const GRACE: f64 = 0.25;
/// Longest such time, in seconds: what is hours late is told, however long the interval is.
const LONGEST_GRACE: f64 = 2.0 * 3600.0;

/// What is wrong with the time of a run that begins `now`, where the one before began `before` and one is expected `every`
/// so often. Nothing where it is on time, or a date cannot be read.
pub fn lateness(before: &str, now: &str, every: Duration) -> Option<String> {
    let before: Timestamp = before.parse().ok()?;
    let now: Timestamp = now.parse().ok()?;
    let gap = (now.as_second() - before.as_second()) as f64;
    let every = every.as_secs_f64();
    if every <= 0.0 {
        return None;
    }
    let grace = (every * GRACE).min(LONGEST_GRACE);
    if gap <= every + grace {
        return None;
    }
    // The one before may itself have been late, which makes the gap the shorter.
    let due = ((gap + grace) / every).floor();
    let what = match due as u64 {
        0 | 1 => format!("this run is {} late", hours(gap - every)),
        2 => "a run is missing".to_owned(),
        count => format!("{} runs are missing", count - 1),
    };
    Some(format!(
        "{what}: the one before began at {before:.0}, {} ago, and one is expected every {}",
        hours(gap),
        hours(every)
    ))
}

/// `26 h`, `1.5 h`, `20 min`.
fn hours(seconds: f64) -> String {
    let hours = seconds / 3600.0;
    if hours >= 10.0 {
        format!("{hours:.0} h")
    } else if hours >= 1.0 {
        format!("{hours:.1} h").replace(".0 h", " h")
    } else {
        format!("{:.0} min", (seconds / 60.0).max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(hours: i64) -> Option<String> {
        let before: Timestamp = "2026-03-01T02:00:00Z".parse().unwrap();
        let now = Timestamp::from_second(before.as_second() + hours * 3600).unwrap();
        lateness(
            &before.to_string(),
            &now.to_string(),
            Duration::from_secs(24 * 3600),
        )
    }

    #[test]
    fn a_run_hours_late_or_missing_is_told_and_one_on_time_is_not() {
        for hours in [0, 1, 23, 24, 25, 26] {
            assert_eq!(late(hours), None, "{hours}");
        }
        assert!(late(27).unwrap().starts_with("this run is 3 h late: "));
        assert_eq!(
            late(33).unwrap(),
            "this run is 9 h late: the one before began at 2026-03-01T02:00:00Z, 33 h ago, and one is expected every 24 h"
        );
        for (hours, told) in [
            (45, "this run is 21 h late: "),
            (47, "a run is missing: "),
            (48, "a run is missing: "),
            (55, "a run is missing: "),
            (24 * 5, "4 runs are missing: "),
        ] {
            assert!(late(hours).unwrap().starts_with(told), "{hours}");
        }
        // Of a run an hour, a quarter of it.
        let hourly = |minutes: i64| {
            let now = Timestamp::from_second(1_772_330_400 + minutes * 60).unwrap();
            let hour = Duration::from_secs(3600);
            lateness("2026-03-01T02:00:00Z", &now.to_string(), hour)
        };
        assert_eq!(hourly(75), None);
        assert!(hourly(80).unwrap().starts_with("this run is 20 min late"));
        assert_eq!(
            lateness("soon", "2026-03-01T02:00:00Z", Duration::from_secs(1)),
            None
        );
    }
}

//! Whether a run that was expected came late, or not at all.

use jiff::Timestamp;
use std::time::Duration;

/// Share of the interval by which a run may be late before it is told; schedulers of CI systems are seldom on time.
const GRACE: f64 = 0.25;

/// What is wrong with the time of a run that begins `now`, where the one before began `before` and one is expected `every`
/// so often. Nothing where it is on time, or a date cannot be read.
pub fn lateness(before: &str, now: &str, every: Duration) -> Option<String> {
    let before: Timestamp = before.parse().ok()?;
    let now: Timestamp = now.parse().ok()?;
    let gap = (now.as_second() - before.as_second()) as f64;
    let every = every.as_secs_f64();
    if every <= 0.0 || gap <= every * (1.0 + GRACE) {
        return None;
    }
    let missing = (gap / every - GRACE).floor() as u64;
    let what = match missing {
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
        for hours in [0, 1, 23, 24, 26, 30] {
            assert_eq!(late(hours), None, "{hours}");
        }
        assert_eq!(
            late(33).unwrap(),
            "this run is 9 h late: the one before began at 2026-03-01T02:00:00Z, 33 h ago, and one is expected every 24 h"
        );
        assert!(late(55).unwrap().starts_with("a run is missing: "));
        assert!(late(24 * 5).unwrap().starts_with("3 runs are missing: "));
        assert_eq!(
            lateness("soon", "2026-03-01T02:00:00Z", Duration::from_secs(1)),
            None
        );
    }
}

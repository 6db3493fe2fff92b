//! What limits and quotas count, in simulated time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Counters of one gateway by key.
#[derive(Debug, Default)]
pub(super) struct Counters {
    sliding: HashMap<String, VecDeque<(Duration, u64)>>,
    fixed: HashMap<String, FixedWindow>,
}

#[derive(Debug, Clone, Copy)]
struct FixedWindow {
    started: Duration,
    used: u64,
}

impl Counters {
    /// What was counted under `key` in the `period` before `now`.
    pub(super) fn used(&mut self, key: &str, period: Duration, now: Duration) -> u64 {
        let Some(window) = self.sliding.get_mut(key) else {
            return 0;
        };
        while window
            .front()
            .is_some_and(|(at, _)| at.saturating_add(period) <= now)
        {
            window.pop_front();
        }
        window
            .iter()
            .fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
    }

    /// Counts `amount` under `key`.
    pub(super) fn add(&mut self, key: &str, amount: u64, now: Duration) {
        let window = self.sliding.entry(key.to_owned()).or_default();
        window.push_back((now, amount));
    }

    /// How long until less than `limit` is left of what was counted under `key`, in whole seconds, at least one.
    pub(super) fn wait(&mut self, key: &str, limit: u64, period: Duration, now: Duration) -> u64 {
        let mut used = self.used(key, period, now);
        let mut until = now.saturating_add(period);
        for (at, amount) in self.sliding.get(key).into_iter().flatten() {
            used = used.saturating_sub(*amount);
            if used < limit {
                until = at.saturating_add(period);
                break;
            }
        }
        whole_seconds(until.saturating_sub(now))
    }

    /// What was counted under `key` in its running period, and how long that still lasts. A period starts with the
    /// first call in it.
    pub(super) fn quota(&mut self, key: &str, period: Duration, now: Duration) -> (u64, Duration) {
        let window = self.fixed.entry(key.to_owned()).or_insert(FixedWindow {
            started: now,
            used: 0,
        });
        if !period.is_zero() && now >= window.started.saturating_add(period) {
            *window = FixedWindow {
                started: now,
                used: 0,
            };
        }
        let ends = window.started.saturating_add(period);
        (window.used, ends.saturating_sub(now))
    }

    /// Counts `amount` in the running period of `key`.
    pub(super) fn add_to_quota(&mut self, key: &str, amount: u64, period: Duration, now: Duration) {
        self.quota(key, period, now);
        if let Some(window) = self.fixed.get_mut(key) {
            window.used = window.used.saturating_add(amount);
        }
    }
}

/// Rounded up, at least one.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    let up = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + up).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_sliding_window_frees_call_by_call() {
        let mut counters = Counters::default();
        counters.add("k", 1, at(0));
        counters.add("k", 1, at(20));
        assert_eq!(counters.used("k", MINUTE, at(59)), 2);
        assert_eq!(counters.wait("k", 2, MINUTE, at(30)), 30);
        assert_eq!(counters.wait("k", 1, MINUTE, at(30)), 50);
        assert_eq!(counters.used("k", MINUTE, at(60)), 1);
    }

    #[test]
    fn a_quota_starts_anew_after_its_period() {
        let mut counters = Counters::default();
        counters.add_to_quota("k", 3, MINUTE, at(10));
        assert_eq!(counters.quota("k", MINUTE, at(69)), (3, at(1)));
        assert_eq!(counters.quota("k", MINUTE, at(70)).0, 0);
        assert_eq!(counters.quota("other", MINUTE, at(70)).0, 0);
    }
}

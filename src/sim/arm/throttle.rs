//! Reads that a subscription has left (`x-ms-ratelimit-remaining-subscription-reads`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a subscription without a limit of its own says it has left.
const PLENTY: u32 = 11_999;

/// How long it takes until reads are available again.
const REFILL: Duration = Duration::from_secs(17);

/// Read counters by subscription.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<String, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u32,
    /// When it is full again, once it was empty.
    refilled: Option<Duration>,
}

impl Throttle {
    /// Takes one read of `subscription`, which has `limit` in all. Gives what is left, or how long to wait.
    pub(super) fn take(
        &self,
        subscription: &str,
        limit: Option<u32>,
        now: Duration,
    ) -> Result<u32, Duration> {
        let Some(limit) = limit else {
            return Ok(PLENTY);
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(subscription.to_owned()).or_insert(Bucket {
            left: limit,
            refilled: None,
        });
        if bucket.refilled.is_some_and(|at| at <= now) {
            *bucket = Bucket {
                left: limit.max(1),
                refilled: None,
            };
        }
        if bucket.left > 0 {
            bucket.left -= 1;
            return Ok(bucket.left);
        }
        let at = *bucket.refilled.get_or_insert(now + REFILL);
        Err(at - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_run_out_and_come_back() {
        let throttle = Throttle::default();
        let at = Duration::from_secs;
        assert_eq!(throttle.take("s", Some(2), at(0)), Ok(1));
        assert_eq!(throttle.take("s", Some(2), at(0)), Ok(0));
        assert_eq!(throttle.take("s", Some(2), at(0)), Err(REFILL));
        assert_eq!(throttle.take("s", Some(2), at(16)), Err(at(1)));
        assert_eq!(throttle.take("s", Some(2), at(17)), Ok(1));
        assert_eq!(throttle.take("other", None, at(0)), Ok(PLENTY));
    }
}

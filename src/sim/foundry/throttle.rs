//! Rate limits: what each deployment was asked for lately, in simulated time.

use crate::sim::world::RateLimit;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Told where one call alone is more than the limit.
const NEVER: Duration = Duration::from_secs(86_400);

/// The calls of all deployments, as far back as their limits reach.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    taken: Mutex<HashMap<String, VecDeque<Taken>>>,
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    at: Duration,
    requests: f64,
    tokens: f64,
}

/// What is left of one limit after a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Room {
    /// `requests` or `tokens`.
    pub(super) unit: &'static str,
    pub(super) limit: u64,
    pub(super) remaining: u64,
}

/// A limit that a call ran into.
#[derive(Debug, Clone)]
pub(super) struct Exceeded {
    pub(super) limit: RateLimit,
    /// How long until the call would pass.
    pub(super) wait: Duration,
}

impl Throttle {
    /// Counts a call of `tokens` on `deployment` at `now`, or says which limit it ran into; a refused call counts nothing.
    pub(super) fn take(
        &self,
        deployment: &str,
        limits: &[RateLimit],
        tokens: u64,
        now: Duration,
    ) -> Result<Vec<Room>, Exceeded> {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(deployment.to_owned()).or_default();
        let reach = limits.iter().map(period).max().unwrap_or_default();
        while taken.front().is_some_and(|first| first.at + reach <= now) {
            taken.pop_front();
        }
        let call = Taken {
            at: now,
            requests: 1.0,
            tokens: tokens as f64,
        };
        for limit in limits {
            if let Some(wait) = wait(taken, limit, &call) {
                let limit = limit.clone();
                return Err(Exceeded { limit, wait });
            }
        }
        if !limits.is_empty() {
            taken.push_back(call);
        }
        Ok(limits.iter().map(|limit| room(taken, limit, now)).collect())
    }
}

fn period(limit: &RateLimit) -> Duration {
    Duration::try_from_secs_f64(limit.renewal_period).unwrap_or_default()
}

fn amount(limit: &RateLimit, call: &Taken) -> f64 {
    if limit.key == "token" {
        call.tokens
    } else {
        call.requests
    }
}

/// How long `call` has to wait for `limit`; `None` where it may pass.
fn wait(taken: &VecDeque<Taken>, limit: &RateLimit, call: &Taken) -> Option<Duration> {
    let asked = amount(limit, call);
    if asked > limit.count {
        return Some(NEVER);
    }
    let recent: Vec<&Taken> = taken
        .iter()
        .filter(|past| past.at + period(limit) > call.at)
        .collect();
    let mut used: f64 = recent.iter().map(|past| amount(limit, past)).sum();
    let mut needed = None;
    for past in recent {
        if used + asked <= limit.count {
            break;
        }
        used -= amount(limit, past);
        needed = Some(past.at + period(limit) - call.at);
    }
    needed
}

fn room(taken: &VecDeque<Taken>, limit: &RateLimit, now: Duration) -> Room {
    let used: f64 = taken
        .iter()
        .filter(|past| past.at + period(limit) > now)
        .map(|past| amount(limit, past))
        .sum();
    Room {
        unit: if limit.key == "token" {
            "tokens"
        } else {
            "requests"
        },
        limit: limit.count as u64,
        remaining: (limit.count - used).max(0.0) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(key: &str, count: f64) -> RateLimit {
        RateLimit {
            key: key.into(),
            count,
            renewal_period: 60.0,
        }
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_call_too_many_waits_for_the_oldest_to_leave() {
        let throttle = Throttle::default();
        let limits = [limit("request", 2.0)];
        let take = |at| throttle.take("d", &limits, 0, seconds(at));
        assert_eq!(take(0).unwrap()[0].remaining, 1);
        assert_eq!(take(20).unwrap()[0].remaining, 0);
        assert_eq!(take(30).unwrap_err().wait, seconds(30));
        assert_eq!(take(59).unwrap_err().wait, seconds(1));
        assert_eq!(take(60).unwrap()[0].remaining, 0);
        assert_eq!(take(61).unwrap_err().wait, seconds(19));
    }

    #[test]
    fn deployments_do_not_share_and_no_limit_is_no_limit() {
        let throttle = Throttle::default();
        let limits = [limit("request", 1.0)];
        assert!(throttle.take("a", &limits, 0, seconds(0)).is_ok());
        assert!(throttle.take("b", &limits, 0, seconds(0)).is_ok());
        assert!(throttle.take("a", &limits, 0, seconds(0)).is_err());
        for _ in 0..100 {
            assert_eq!(throttle.take("c", &[], 9, seconds(0)).unwrap(), []);
        }
    }

    #[test]
    fn tokens_are_counted_and_one_call_over_the_limit_never_passes() {
        let throttle = Throttle::default();
        let limits = [limit("request", 10.0), limit("token", 100.0)];
        let take = |tokens, at| throttle.take("d", &limits, tokens, seconds(at));
        assert_eq!(
            take(60, 0).unwrap()[1],
            Room {
                unit: "tokens",
                limit: 100,
                remaining: 40
            }
        );
        assert_eq!(take(60, 10).unwrap_err().limit.key, "token");
        assert_eq!(take(101, 10).unwrap_err().wait, NEVER);
        assert!(take(40, 10).is_ok());
    }
}

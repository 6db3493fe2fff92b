//! How long ARM is waited for: as long as it asks, by a clock that a simulated internet replaces, until the deadline.

use crate::net::Clock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How often a read that failed without being throttled is tried again.
const MOST_RETRIES: u32 = 3;
/// First wait where ARM does not say how long; each later one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// First wait after a 429 that does not say how long.
const FIRST_THROTTLE: Duration = Duration::from_secs(2);
/// Longest wait where ARM does not say how long.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long ARM is waited for where no deadline is set. A program that nobody watches must end.
const USUAL_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Waits, and what is waited for by whom.
pub(super) struct Patience {
    clock: Arc<dyn Clock>,
    ends_at: Duration,
    /// For each scope that is throttled: until when, and how many times in a row it was throttled.
    throttled: Mutex<BTreeMap<String, (Duration, u32)>>,
}

impl Patience {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Patience {
            ends_at: clock.elapsed() + USUAL_PATIENCE,
            clock,
            throttled: Mutex::default(),
        }
    }

    /// Sets the end of all patience, by the clock's own time; the usual one where there is none.
    pub(super) fn end_at(&mut self, deadline: Option<Duration>) {
        if let Some(deadline) = deadline {
            self.ends_at = deadline;
        }
    }

    /// Waits while a scope is throttled, so that one refusal holds every request back.
    pub(super) async fn hold(&self, scope: &str) {
        loop {
            let until = self.with(|throttled| throttled.get(scope).map(|(until, _)| *until));
            let now = self.clock.elapsed();
            match until {
                Some(until) if until > now => self.clock.sleep(until - now).await,
                _ => return,
            }
        }
    }

    /// Notes that a scope was throttled. Whether that is waited for: not beyond the end.
    pub(super) fn throttled(&self, scope: &str, refused: &Refused) -> bool {
        let now = self.clock.elapsed();
        self.with(|throttled| {
            let (until, times) = throttled.get(scope).copied().unwrap_or_default();
            // A request that was under way at the same time was refused for the same reason.
            let times = if until > now { times } else { times + 1 };
            // One that says "at once" and means it not must not be asked without a pause.
            let pause = doubled(FIRST_WAIT, times).min(FIRST_THROTTLE);
            let asked = refused.wait(self.clock.now()).map(|asked| asked.max(pause));
            let wait = asked.unwrap_or_else(|| doubled(FIRST_THROTTLE, times));
            let at = until.max(now + wait);
            if at > self.ends_at {
                return false;
            }
            throttled.insert(scope.to_owned(), (at, times));
            true
        })
    }

    /// Waits after a failure that was the `count`-th in a row. Whether another try is due.
    pub(super) async fn failed(&self, count: u32, refused: &Refused) -> bool {
        let wait = refused.wait(self.clock.now());
        let wait = wait.unwrap_or_else(|| doubled(FIRST_WAIT, count));
        if count > MOST_RETRIES || self.clock.elapsed() + wait > self.ends_at {
            return false;
        }
        self.clock.sleep(wait).await;
        true
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, (Duration, u32)>) -> T) -> T {
        work(
            &mut self
                .throttled
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

fn doubled(first: Duration, count: u32) -> Duration {
    let factor = 2_u32.saturating_pow(count.saturating_sub(1).min(10));
    first.saturating_mul(factor).min(LONGEST_WAIT)
}

/// What a refusal says of when to come back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Refused {
    after: Option<Duration>,
    /// Seconds since 1970 at which to come back.
    at: Option<u64>,
}

impl Refused {
    /// Reads the headers of an answer. A number of milliseconds says more than one of seconds.
    pub(super) fn of<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut refused = Refused::default();
        for (name, value) in headers {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "x-ms-retry-after-ms" | "retry-after-ms" => {
                    let after = value.parse().ok().map(Duration::from_millis);
                    refused.after = after.or(refused.after);
                }
                "retry-after" => match value.parse() {
                    Ok(seconds) => {
                        refused.after = refused.after.or(Some(Duration::from_secs(seconds)));
                    }
                    Err(_) => refused.at = moment(value),
                },
                _ => {}
            }
        }
        refused
    }

    fn wait(self, now: SystemTime) -> Option<Duration> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let at = self.at.map(Duration::from_secs);
        self.after.or(at.map(|at| at.saturating_sub(now)))
    }
}

/// The moment that an HTTP date names.
fn moment(date: &str) -> Option<u64> {
    let date = date.replace("GMT", "+0000");
    let at = jiff::fmt::rfc2822::parse(&date).ok()?.timestamp();
    u64::try_from(at.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A clock that only moves by being waited for.
    #[derive(Default)]
    struct Still(AtomicU64);

    #[async_trait]
    impl Clock for Still {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770) + self.elapsed()
        }

        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }

        async fn sleep(&self, duration: Duration) {
            let ms = u64::try_from(duration.as_millis()).unwrap();
            self.0.fetch_add(ms, Ordering::Relaxed);
        }

        fn begin(&self) -> crate::net::UnderWay {
            Box::new(())
        }
    }

    fn refused(name: &str, value: &str) -> Refused {
        Refused::of([(name, value)].into_iter())
    }

    #[test]
    fn each_way_of_saying_when_is_read() {
        let now = Still::default().now();
        let wait = |name, value| refused(name, value).wait(now);
        assert_eq!(wait("Retry-After", "17"), Some(Duration::from_secs(17)));
        assert_eq!(
            wait("x-ms-retry-after-ms", "250"),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            wait("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::from_secs(7))
        );
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("date", "17"), None);
    }

    #[tokio::test]
    async fn one_refusal_holds_every_request_of_the_scope_back_and_no_other() {
        let clock = Arc::new(Still::default());
        let patience = Patience::new(clock.clone());
        assert!(patience.throttled("s", &refused("retry-after", "17")));
        patience.hold("other").await;
        assert_eq!(clock.elapsed(), Duration::ZERO);
        patience.hold("s").await;
        assert_eq!(clock.elapsed(), Duration::from_secs(17));
        patience.hold("s").await;
        assert_eq!(clock.elapsed(), Duration::from_secs(17));
    }

    #[tokio::test]
    async fn a_wait_beyond_the_deadline_is_not_begun() {
        let clock = Arc::new(Still::default());
        let mut patience = Patience::new(clock.clone());
        patience.end_at(Some(Duration::from_secs(20)));
        assert!(patience.throttled("s", &refused("retry-after", "17")));
        patience.hold("s").await;
        assert!(!patience.throttled("s", &refused("retry-after", "17")));
        assert!(!patience.failed(1, &refused("retry-after", "17")).await);
        assert_eq!(clock.elapsed(), Duration::from_secs(17));
    }

    #[tokio::test]
    async fn without_a_number_each_wait_is_longer_and_refusals_at_once_count_as_one() {
        let clock = Arc::new(Still::default());
        let patience = Patience::new(clock.clone());
        let none = Refused::default();
        assert!(patience.throttled("s", &none));
        assert!(patience.throttled("s", &none));
        patience.hold("s").await;
        assert_eq!(clock.elapsed(), FIRST_THROTTLE);
        assert!(patience.throttled("s", &none));
        patience.hold("s").await;
        assert_eq!(clock.elapsed(), FIRST_THROTTLE * 3);
        let tries = [1, 2, 3, 4].map(|count| (count, count <= MOST_RETRIES));
        for (count, is_due) in tries {
            assert_eq!(patience.failed(count, &none).await, is_due, "{count}");
        }
    }
}

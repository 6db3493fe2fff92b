//! Time, as a handle: the machine's clock in production, the world's in a simulated internet.

use async_trait::async_trait;
use std::any::Any;
use std::time::{Duration, Instant, SystemTime};

/// An exchange under way. A simulated clock does not jump while one is held; the machine's clock does not care.
pub type UnderWay = Box<dyn Any + Send>;

/// Where every date, duration and wait of fluxprobe comes from.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The date.
    fn now(&self) -> SystemTime;

    /// Time since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, duration: Duration);

    /// Announces that an answer is being waited for, until the value is dropped.
    fn begin(&self) -> UnderWay;

    /// The date as RFC 3339 in UTC, to the millisecond.
    fn timestamp(&self) -> String {
        let now = jiff::Timestamp::try_from(self.now()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        format!("{now:.3}")
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock(Instant::now())
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn begin(&self) -> UnderWay {
        Box::new(())
    }
}

//! Time in a simulated internet: it runs with the machine's clock, and jumps over every wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;

/// Real time without news after which nothing more is expected to happen before the next deadline.
const QUIET: Duration = Duration::from_millis(1);

/// A time as `Date` and its like write it (RFC 9110).
pub fn http_date(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_default()
}

/// A clock that both sides of the simulated wire share.
///
/// Simulated time is real time plus everything that was jumped over. A jump goes to the earliest deadline that anyone
/// sleeps towards, and happens only when all that is under way waits: an exchange that a client has announced with
/// [`SimClock::begin`] holds time back unless a service sleeps on its behalf ([`SimClock::serve_sleep`]). So ten
/// seconds of drawing cost a millisecond, and a slow decoder is never mistaken for a timeout.
#[derive(Debug, Clone)]
pub struct SimClock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    epoch: SystemTime,
    started: Instant,
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    skipped: Duration,
    sleepers: BTreeMap<(Duration, u64), ()>,
    next_id: u64,
    under_way: usize,
    covered: usize,
    /// Counts every change, so that a sleeper can tell whether anything happened while it waited.
    changes: u64,
}

/// An exchange under way, from the client's side; dropped when its answer has been dealt with.
#[derive(Debug)]
pub struct UnderWay(SimClock);

impl SimClock {
    /// Starts a clock at `epoch`.
    pub fn starting_at(epoch: SystemTime) -> Self {
        SimClock(Arc::new(Shared {
            epoch,
            started: Instant::now(),
            state: Mutex::default(),
            news: Notify::new(),
        }))
    }

    /// The simulated date.
    pub fn now(&self) -> SystemTime {
        self.0.epoch + self.elapsed()
    }

    /// Simulated time since the clock was started; never goes back.
    pub fn elapsed(&self) -> Duration {
        let skipped = self.lock().skipped;
        self.0.started.elapsed() + skipped
    }

    /// Moves time on at once, as the control endpoint asks.
    pub fn advance(&self, by: Duration) {
        self.change(|state| state.skipped += by);
    }

    /// Announces that a client waits for an answer.
    pub fn begin(&self) -> UnderWay {
        self.change(|state| state.under_way += 1);
        UnderWay(self.clone())
    }

    /// Sleeps in simulated time on a client's side.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(duration, Role::Client).await;
    }

    /// Sleeps in simulated time on behalf of one exchange that a client waits for.
    pub async fn serve_sleep(&self, duration: Duration) {
        self.sleep_until(duration, Role::Service).await;
    }

    /// Sleeps towards a service's own deadline, e.g. a gateway's patience with its backend. Such a sleep moves time on
    /// only where some other service sleeps as well: one that is busy in real time is not late in simulated time.
    pub async fn patience(&self, duration: Duration) {
        self.sleep_until(duration, Role::Patience).await;
    }

    async fn sleep_until(&self, duration: Duration, role: Role) {
        let deadline = self.elapsed() + duration;
        let sleeper = Sleeper::new(self, deadline, role);
        loop {
            let now = self.elapsed();
            if now >= deadline {
                return;
            }
            let seen = self.lock().changes;
            let wait = QUIET.min(deadline - now);
            let news = tokio::time::timeout(wait, self.0.news.notified())
                .await
                .is_ok();
            if !news {
                self.jump_if_quiet(&sleeper, seen);
            }
        }
    }

    fn jump_if_quiet(&self, sleeper: &Sleeper<'_>, seen: u64) {
        let real = self.0.started.elapsed();
        let mut state = self.lock();
        let is_first = state.sleepers.keys().next() == Some(&sleeper.key);
        let is_held = state.under_way > state.covered;
        let is_idle = sleeper.role == Role::Patience && state.covered == 0;
        if !is_first || state.changes != seen || is_held || is_idle {
            return;
        }
        let target = sleeper.key.0.saturating_sub(real);
        if target > state.skipped {
            state.skipped = target;
            state.changes += 1;
            drop(state);
            self.0.news.notify_waiters();
        }
    }

    fn change(&self, apply: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        apply(&mut state);
        state.changes += 1;
        drop(state);
        self.0.news.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0
            .change(|state| state.under_way = state.under_way.saturating_sub(1));
    }
}

/// On whose behalf somebody sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Client,
    Service,
    Patience,
}

impl Role {
    /// Exchanges under way that the sleep accounts for.
    fn covers(self) -> usize {
        usize::from(self == Role::Service)
    }
}

/// A registered sleep; leaves the register however the sleep ends, cancelled ones included.
struct Sleeper<'a> {
    clock: &'a SimClock,
    key: (Duration, u64),
    role: Role,
}

impl<'a> Sleeper<'a> {
    fn new(clock: &'a SimClock, deadline: Duration, role: Role) -> Self {
        let mut state = clock.lock();
        state.next_id += 1;
        let key = (deadline, state.next_id);
        state.sleepers.insert(key, ());
        state.covered += role.covers();
        state.changes += 1;
        drop(state);
        Sleeper { clock, key, role }
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.change(|state| {
            state.sleepers.remove(&self.key);
            state.covered -= self.role.covers();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_hour_passes_in_a_moment() {
        let clock = SimClock::starting_at(SystemTime::UNIX_EPOCH);
        let real = Instant::now();
        clock.sleep(Duration::from_secs(3600)).await;
        assert!(clock.elapsed() >= Duration::from_secs(3600));
        assert!(real.elapsed() < Duration::from_secs(60));
    }

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_deadlines() {
        let clock = SimClock::starting_at(SystemTime::UNIX_EPOCH);
        let order = Mutex::new(Vec::new());
        let sleep = |seconds: u64| {
            let (clock, order) = (clock.clone(), &order);
            async move {
                clock.sleep(Duration::from_secs(seconds)).await;
                order.lock().unwrap().push(seconds);
            }
        };
        tokio::join!(sleep(30), sleep(10), sleep(20));
        assert_eq!(*order.lock().unwrap(), [10, 20, 30]);
    }

    #[tokio::test]
    async fn time_waits_for_an_exchange_that_nobody_sleeps_for() {
        let clock = SimClock::starting_at(SystemTime::UNIX_EPOCH);
        let under_way = clock.begin();
        let slept = tokio::time::timeout(
            Duration::from_millis(60),
            clock.sleep(Duration::from_secs(60)),
        );
        assert!(
            slept.await.is_err(),
            "the clock jumped while a client was still busy"
        );
        drop(under_way);
        clock.sleep(Duration::from_secs(60)).await;
    }

    #[tokio::test]
    async fn patience_ends_before_a_slow_service_and_never_by_itself() {
        let clock = SimClock::starting_at(SystemTime::UNIX_EPOCH);
        let alone = tokio::time::timeout(
            Duration::from_millis(60),
            clock.patience(Duration::from_secs(30)),
        );
        assert!(
            alone.await.is_err(),
            "nobody else slept, so no time may pass"
        );
        let began = clock.elapsed();
        tokio::select! {
            () = clock.serve_sleep(Duration::from_secs(90)) => panic!("the service was waited for"),
            () = clock.patience(Duration::from_secs(30)) => {}
        }
        let waited = clock.elapsed() - began;
        assert!((30..40).contains(&waited.as_secs()), "{waited:?}");
    }
}

//! What a refusal for too many calls holds back: a gateway's API, a pool or one deployment.

use crate::model::{AccountName, ApiName, DeploymentName, GatewayName};
use std::collections::BTreeSet;
use std::time::Duration;

/// What counts calls together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// An API of a gateway, whose policy may have a limit of its own.
    Gate(GatewayName, ApiName),
    /// A deployment behind a pool, of which nobody can say which member takes a call.
    Pool(String, DeploymentName),
    /// One deployment.
    Deployment(AccountName, DeploymentName),
}

/// For how long after a refusal calls go one after the other: the longest period that a gateway's limit can have.
const SERIAL: Duration = Duration::from_secs(300);

/// What is known of a scope.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Nothing goes before this time.
    pub(super) until: Duration,
    /// When it last refused a call.
    refused_at: Option<Duration>,
    /// Whether a call was refused as often as it was made, so that waiting is of no use.
    pub(super) is_hopeless: bool,
    /// Calls under way.
    under_way: u32,
    /// Calls that wait for their turn; the earliest goes first.
    waiting: BTreeSet<u64>,
}

impl Held {
    /// Notes a refusal.
    pub(super) fn refuse(&mut self, now: Duration, pause: Duration) {
        self.until = self.until.max(now + pause);
        self.refused_at = Some(now);
    }

    /// Whether it refused a call not long ago.
    pub(super) fn has_refused(&self, now: Duration) -> bool {
        self.refused_at
            .is_some_and(|at| now < self.until.max(at) + SERIAL)
    }

    /// Whether the call with this number may go: after a refusal calls go one by one, the earliest first, so that each
    /// meets the limit once at most.
    pub(super) fn is_turn_of(&self, number: u64, now: Duration) -> bool {
        let is_first = self.waiting.first().is_none_or(|first| *first >= number);
        !self.has_refused(now) || (self.under_way == 0 && is_first)
    }

    pub(super) fn wait(&mut self, number: u64) {
        self.waiting.insert(number);
    }

    /// Gives whether it waited.
    pub(super) fn leave(&mut self, number: u64) -> bool {
        self.waiting.remove(&number)
    }

    pub(super) fn enter(&mut self) {
        self.under_way += 1;
    }

    pub(super) fn exit(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn after_a_refusal_calls_go_one_by_one_in_their_order() {
        let mut held = Held::default();
        held.enter();
        assert!(held.is_turn_of(2, seconds(0)), "nothing was refused yet");
        held.refuse(seconds(0), seconds(40));
        assert!(!held.is_turn_of(1, seconds(40)), "one is under way");
        held.exit();
        held.wait(1);
        held.wait(2);
        assert!(held.is_turn_of(1, seconds(40)));
        assert!(!held.is_turn_of(2, seconds(40)));
        held.leave(1);
        assert!(held.is_turn_of(2, seconds(40)));
    }

    #[test]
    fn a_refusal_is_forgotten_in_time() {
        let mut held = Held::default();
        held.refuse(seconds(0), seconds(40));
        held.enter();
        assert!(held.has_refused(seconds(339)));
        assert!(!held.is_turn_of(2, seconds(339)));
        assert!(!held.has_refused(seconds(340)));
        assert!(held.is_turn_of(2, seconds(340)));
    }
}

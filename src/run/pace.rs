//! Pacing: no deployment is asked more often than its own `rateLimits` in ARM allow.

use crate::model::{AccountName, DeploymentName, RateLimit};
use crate::net::Clock;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// When which deployment was last asked. Runs that share one keep a deployment's limits together.
#[derive(Debug, Default)]
pub struct Pacer {
    /// How long before the run's own clock began the oldest request was made that still counts.
    before: Duration,
    asked: Mutex<BTreeMap<(AccountName, DeploymentName), VecDeque<Duration>>>,
}

impl Pacer {
    /// A pacer that knows of requests made before the run's own clock read `now`, each by its age then.
    pub(super) fn knowing(
        now: Duration,
        asked: Vec<(AccountName, DeploymentName, Duration)>,
    ) -> Self {
        let before = asked.iter().map(|(_, _, age)| *age).max();
        let before = before.unwrap_or_default();
        let mut times: BTreeMap<_, Vec<Duration>> = BTreeMap::new();
        for (account, deployment, age) in asked {
            let at = (now + before).saturating_sub(age);
            times.entry((account, deployment)).or_default().push(at);
        }
        let in_order = |mut times: Vec<Duration>| {
            times.sort();
            VecDeque::from(times)
        };
        Pacer {
            before,
            asked: Mutex::new(
                times
                    .into_iter()
                    .map(|(deployment, times)| (deployment, in_order(times)))
                    .collect(),
            ),
        }
    }

    /// Time to wait, from `now`, until one more request fits within `limits`, and keeps its place. Zero where it fits.
    ///
    /// Both `now` and the answer are in the run's own clock.
    pub(super) fn reserve(
        &self,
        account: &AccountName,
        deployment: &DeploymentName,
        limits: &[RateLimit],
        now: Duration,
    ) -> Duration {
        let now = now + self.before;
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked
            .entry((account.clone(), deployment.clone()))
            .or_default();
        let at = limits
            .iter()
            .filter_map(|limit| earliest(limit, times, now))
            .max()
            .unwrap_or(now);
        times.push_back(at);
        if times.len() > KEPT {
            times.pop_front();
        }
        at.saturating_sub(now)
    }

    /// Notes a request that was made without asking for a place, and that counts all the same.
    pub(super) fn note(
        &self,
        account: &AccountName,
        deployment: &DeploymentName,
        clock: &dyn Clock,
    ) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .entry((account.clone(), deployment.clone()))
            .or_default()
            .push_back(clock.elapsed() + self.before);
    }
}

/// Requests remembered a deployment; more than any limit on image models allows in one period.
const KEPT: usize = 2048;

/// The earliest moment at which one more request keeps within `limit`; absent for a limit that is not on requests.
fn earliest(limit: &RateLimit, times: &VecDeque<Duration>, now: Duration) -> Option<Duration> {
    if limit.key != "request" || limit.count < 1.0 || limit.renewal_period <= 0.0 {
        return None;
    }
    let period = Duration::from_secs_f64(limit.renewal_period);
    let allowed = limit.count as usize;
    // The request made `allowed` places before this one must have left the window.
    let index = times.len().checked_sub(allowed)?;
    let leaves = *times.get(index)? + period;
    Some(leaves.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn six_a_minute() -> Vec<RateLimit> {
        vec![RateLimit {
            key: "request".into(),
            count: 6.0,
            renewal_period: 60.0,
        }]
    }

    #[test]
    fn the_seventh_request_waits_for_the_first_to_leave_the_window() {
        let pacer = Pacer::default();
        let (account, deployment) = ("a".into(), "d".into());
        for second in 0..6 {
            let wait = pacer.reserve(
                &account,
                &deployment,
                &six_a_minute(),
                Duration::from_secs(second),
            );
            assert_eq!(wait, Duration::ZERO);
        }
        let wait = pacer.reserve(
            &account,
            &deployment,
            &six_a_minute(),
            Duration::from_secs(10),
        );
        assert_eq!(wait, Duration::from_secs(50));
        let next = pacer.reserve(
            &account,
            &deployment,
            &six_a_minute(),
            Duration::from_secs(10),
        );
        assert_eq!(next, Duration::from_secs(51));
    }

    #[test]
    fn what_was_asked_before_a_kill_still_counts() {
        let (account, deployment) = (AccountName::from("a"), DeploymentName::from("d"));
        let ages = [90, 50, 40, 30, 20, 10].map(Duration::from_secs);
        let asked = ages.map(|age| (account.clone(), deployment.clone(), age));
        let now = Duration::from_secs(1);
        let pacer = Pacer::knowing(now, asked.to_vec());
        let limits = six_a_minute();
        let first = pacer.reserve(&account, &deployment, &limits, now);
        assert_eq!(
            first,
            Duration::ZERO,
            "one of the six is older than a minute"
        );
        let second = pacer.reserve(&account, &deployment, &limits, now);
        assert_eq!(second, Duration::from_secs(10));
    }

    #[test]
    fn a_token_limit_paces_nothing() {
        let pacer = Pacer::default();
        let limits = [RateLimit {
            key: "token".into(),
            count: 1.0,
            renewal_period: 60.0,
        }];
        for _ in 0..3 {
            assert_eq!(
                pacer.reserve(&"a".into(), &"d".into(), &limits, Duration::ZERO),
                Duration::ZERO
            );
        }
    }

    #[test]
    fn one_deployment_does_not_wait_for_another() {
        let pacer = Pacer::default();
        for _ in 0..6 {
            pacer.reserve(&"a".into(), &"one".into(), &six_a_minute(), Duration::ZERO);
        }
        assert_eq!(
            pacer.reserve(&"a".into(), &"two".into(), &six_a_minute(), Duration::ZERO),
            Duration::ZERO
        );
    }
}

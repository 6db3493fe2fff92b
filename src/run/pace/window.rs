//! The calls that one deployment was asked for lately.

use super::course::REQUEST;
use crate::model::RateLimit;
use std::collections::VecDeque;
use std::time::Duration;

/// The calls of one deployment, in the order in which they were let through.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<Taken>);

#[derive(Debug, Clone, Copy)]
struct Taken {
    id: u64,
    let_through: Duration,
    /// When its answer had come; absent while it is under way.
    answered: Option<Duration>,
}

/// When one more call keeps within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Now.
    Now,
    /// At this time, if nothing else takes the place.
    At(Duration),
    /// Not before one of the calls under way has been answered.
    AfterAnswer,
}

/// Calls remembered of a deployment; more than any limit on image models allows in one period.
const KEPT: usize = 2048;

impl Window {
    /// When one more call keeps within `limits`. A call counts from the moment its answer came: the service counted it at
    /// some moment before, so its place is free there when it is free here.
    pub(super) fn room(&self, limits: &[RateLimit], now: Duration) -> Room {
        let rooms = limits.iter().filter_map(|limit| self.room_in(limit, now));
        rooms.fold(Room::Now, |all, room| match (all, room) {
            (Room::AfterAnswer, _) | (_, Room::AfterAnswer) => Room::AfterAnswer,
            (Room::At(one), Room::At(other)) => Room::At(one.max(other)),
            (Room::Now, room) | (room, Room::Now) => room,
        })
    }

    /// Nothing for a limit that is not on requests.
    fn room_in(&self, limit: &RateLimit, now: Duration) -> Option<Room> {
        if limit.key != REQUEST || limit.count < 1.0 {
            return None;
        }
        let period = Duration::try_from_secs_f64(limit.renewal_period).ok()?;
        let counts = |one: &&Taken| one.answered.is_none_or(|at| at + period > now);
        let counted: Vec<&Taken> = self.0.iter().filter(counts).collect();
        let allowed = limit.count as usize;
        let Some(must_leave) = (counted.len() + 1).checked_sub(allowed) else {
            return Some(Room::Now);
        };
        if must_leave == 0 {
            return Some(Room::Now);
        }
        let mut leave: Vec<Duration> = counted
            .iter()
            .filter_map(|one| Some(one.answered? + period))
            .collect();
        leave.sort();
        Some(match leave.get(must_leave - 1) {
            Some(at) => Room::At(*at),
            None => Room::AfterAnswer,
        })
    }

    /// Lets a call through.
    pub(super) fn take(&mut self, id: u64, now: Duration) {
        self.0.push_back(Taken {
            id,
            let_through: now,
            answered: None,
        });
        if self.0.len() > KEPT {
            let is_answered = |one: &Taken| one.answered.is_some();
            let oldest = self.0.iter().position(is_answered);
            oldest.and_then(|at| self.0.remove(at));
        }
    }

    /// Notes when the answer of a call came; without a time, as early as it can have been.
    pub(super) fn answered(&mut self, id: u64, at: Option<Duration>) {
        if let Some(one) = self.0.iter_mut().find(|one| one.id == id) {
            one.answered = Some(at.unwrap_or(one.let_through));
        }
    }

    /// Forgets a call that did not count.
    pub(super) fn forget(&mut self, id: u64) {
        self.0.retain(|one| one.id != id);
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

    fn with(answers: &[u64]) -> Window {
        let mut window = Window::default();
        for (id, at) in answers.iter().enumerate() {
            window.take(id as u64, seconds(0));
            window.answered(id as u64, Some(seconds(*at)));
        }
        window
    }

    #[test]
    fn one_call_too_many_waits_until_the_first_answer_is_a_period_old() {
        let limits = [limit(REQUEST, 3.0)];
        let window = with(&[10, 12, 11]);
        assert_eq!(with(&[10, 12]).room(&limits, seconds(13)), Room::Now);
        assert_eq!(
            window.room(&limits, seconds(13)),
            Room::At(seconds(70)),
            "counted from the answer"
        );
        assert_eq!(window.room(&limits, seconds(70)), Room::Now);
    }

    #[test]
    fn what_is_under_way_keeps_its_place() {
        let limits = [limit(REQUEST, 2.0)];
        let mut window = with(&[10]);
        window.take(9, seconds(10));
        assert_eq!(window.room(&limits, seconds(20)), Room::At(seconds(70)));
        assert_eq!(window.room(&limits, seconds(80)), Room::Now);
        window.take(10, seconds(80));
        assert_eq!(window.room(&limits, seconds(200)), Room::AfterAnswer);
        window.answered(9, Some(seconds(200)));
        assert_eq!(window.room(&limits, seconds(200)), Room::At(seconds(260)));
        window.forget(10);
        assert_eq!(window.room(&limits, seconds(200)), Room::Now);
    }

    #[test]
    fn the_tightest_limit_decides_and_one_on_tokens_does_not() {
        let mut limits = vec![limit("token", 1.0), limit(REQUEST, 9.0)];
        let window = with(&[1, 2]);
        assert_eq!(window.room(&limits, seconds(3)), Room::Now);
        limits.push(limit(REQUEST, 2.0));
        assert_eq!(window.room(&limits, seconds(3)), Room::At(seconds(61)));
    }
}

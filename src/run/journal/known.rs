//! What an earlier life of a run has left in its journal.

use super::line::{Begun, Entry, Intent, Line, Sent};
use crate::model::{CaseRun, SCHEMA_VERSION};
use std::collections::{BTreeMap, VecDeque};

/// What came of an attempt before the run was killed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::run) enum Known {
    /// It ended.
    Sent(Box<Sent>),
    /// It was about to be sent, and nobody knows what came of it.
    Lost(Box<Intent>),
}

/// Everything that a journal holds.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) begun: Option<Begun>,
    pub(super) done: BTreeMap<String, CaseRun>,
    /// Attempts by case and name, in the order they were made. One name may stand for several: what was throttled is
    /// asked once more.
    pub(super) attempts: BTreeMap<(String, String), VecDeque<Known>>,
    pub(super) at_ms: f64,
    pub(super) last_number: u64,
}

impl Past {
    /// Takes one line in.
    ///
    /// # Errors
    /// Why it is no line of a journal that this program can continue.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<(), String> {
        let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if line.schema_version > SCHEMA_VERSION {
            return Err(format!(
                "it is of schema_version {}, this program knows {SCHEMA_VERSION}",
                line.schema_version
            ));
        }
        self.at_ms = self.at_ms.max(line.at_ms);
        match line.entry {
            Entry::Begun(begun) => self.begun = Some(*begun),
            Entry::AboutToPay(intent) => self.take_intent(*intent),
            Entry::Sent(sent) => self.take_sent(*sent),
            Entry::Done(case) => {
                self.done.insert(case.key(), *case);
            }
        }
        Ok(())
    }

    fn take_intent(&mut self, intent: Intent) {
        self.last_number = self.last_number.max(intent.number);
        let key = (intent.case.clone(), intent.attempt.clone());
        let attempts = self.attempts.entry(key).or_default();
        attempts.retain(
            |known| !matches!(known, Known::Lost(lost) if Some(lost.number) == intent.instead_of),
        );
        attempts.push_back(Known::Lost(Box::new(intent)));
    }

    fn take_sent(&mut self, sent: Sent) {
        let key = (sent.case.clone(), sent.attempt.clone());
        let attempts = self.attempts.entry(key).or_default();
        let intent = attempts
            .iter_mut()
            .find(|known| matches!(known, Known::Lost(lost) if Some(lost.number) == sent.number));
        let known = Known::Sent(Box::new(sent));
        match intent {
            Some(intent) => *intent = known,
            None => attempts.push_back(known),
        }
    }

    /// Every attempt that came to an end.
    pub(super) fn sent(&self) -> impl Iterator<Item = &Sent> {
        self.all().filter_map(|known| match known {
            Known::Sent(sent) => Some(sent.as_ref()),
            Known::Lost(_) => None,
        })
    }

    /// Every attempt that a kill has cut off.
    pub(super) fn lost(&self) -> impl Iterator<Item = &Intent> {
        self.all().filter_map(|known| match known {
            Known::Lost(intent) => Some(intent.as_ref()),
            Known::Sent(_) => None,
        })
    }

    /// What was spent, and what may have been.
    pub(super) fn cost_usd(&self) -> f64 {
        self.all()
            .map(|known| match known {
                Known::Sent(sent) => sent.paid.spent_usd + sent.paid.possibly_spent_usd,
                Known::Lost(intent) => intent.price_usd,
            })
            .sum()
    }

    fn all(&self) -> impl Iterator<Item = &Known> {
        self.attempts.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::Paid;
    use super::*;
    use crate::model::{StepRun, Verdict};

    fn step() -> StepRun {
        StepRun {
            name: "picture".into(),
            verdict: Verdict::Pass,
            why: String::new(),
            checks: Vec::new(),
            exchange: None,
            hop: None,
            output: Vec::new(),
            is_on_route: true,
            is_withheld: false,
            is_refusal_intended: false,
        }
    }

    fn intent(number: u64, price_usd: f64, instead_of: Option<u64>) -> Entry {
        Entry::AboutToPay(Box::new(Intent {
            number,
            case: "B a/d r".into(),
            attempt: "picture".into(),
            price_usd,
            way: None,
            instead_of,
            step: step(),
        }))
    }

    fn sent(number: Option<u64>, possibly_spent_usd: f64) -> Entry {
        Entry::Sent(Box::new(Sent {
            number,
            case: "B a/d r".into(),
            attempt: "picture".into(),
            way: None,
            paid: Paid {
                images: 1,
                spent_usd: 0.04,
                possibly_spent_usd,
            },
            pictures: Vec::new(),
            step: step(),
        }))
    }

    fn past(entries: Vec<Entry>) -> Past {
        let mut past = Past::default();
        for entry in entries {
            let line = Line {
                schema_version: SCHEMA_VERSION,
                at_ms: 1.0,
                entry,
            };
            past.take(&serde_json::to_vec(&line).unwrap()).unwrap();
        }
        past
    }

    fn only(past: &Past) -> Vec<&Known> {
        past.all().collect()
    }

    #[test]
    fn an_intent_without_its_end_is_lost_and_may_have_been_billed() {
        let past = past(vec![intent(1, 0.04, None)]);
        assert!(matches!(only(&past)[..], [Known::Lost(_)]));
        assert!((past.cost_usd() - 0.04).abs() < 1e-9);
        assert_eq!(past.last_number, 1);
    }

    #[test]
    fn an_intent_with_its_end_is_one_attempt() {
        let past = past(vec![intent(1, 0.04, None), sent(Some(1), 0.0)]);
        assert!(matches!(only(&past)[..], [Known::Sent(_)]));
        assert!((past.cost_usd() - 0.04).abs() < 1e-9);
    }

    #[test]
    fn what_is_paid_again_takes_the_place_of_what_was_lost_with_its_price() {
        let past = past(vec![
            intent(1, 0.04, None),
            intent(2, 0.08, Some(1)),
            sent(Some(2), 0.04),
        ]);
        assert!(matches!(only(&past)[..], [Known::Sent(_)]));
        assert!((past.cost_usd() - 0.08).abs() < 1e-9);
    }

    #[test]
    fn two_calls_of_one_name_keep_their_order() {
        let past = past(vec![sent(None, 0.0), sent(None, 0.01)]);
        let prices: Vec<f64> = past.sent().map(|one| one.paid.possibly_spent_usd).collect();
        assert_eq!(prices, [0.0, 0.01]);
    }
}

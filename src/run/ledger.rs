//! The money of a run: what was spent, what may have been, and the wall that no further picture goes past.

use std::sync::{Mutex, PoisonError};

/// Sums in US dollars.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    sums: Mutex<Sums>,
    wall: Option<f64>,
}

#[derive(Debug, Default)]
struct Sums {
    settled: f64,
    reserved: f64,
}

impl Ledger {
    /// A ledger with a wall, and what was spent or may have been before.
    pub(super) fn new(wall: Option<f64>, settled: f64) -> Self {
        Ledger {
            sums: Mutex::new(Sums {
                settled,
                reserved: 0.0,
            }),
            wall,
        }
    }

    /// Sets `usd` aside for a call about to be made.
    ///
    /// # Errors
    /// Where it would go past the wall: the reason for the skip.
    pub(super) fn reserve(&self, usd: f64) -> Result<(), String> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wall) = self.wall {
            let after = sums.settled + sums.reserved + usd;
            if usd > 0.0 && after > wall + 1e-9 {
                return Err(format!(
                    "budget: this call would bring the run to ${after:.2}, past --max-cost ${wall:.2}"
                ));
            }
        }
        sums.reserved += usd;
        Ok(())
    }

    /// Turns what was set aside into what was spent or may have been.
    pub(super) fn settle(&self, reserved: f64, spent: f64) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.reserved -= reserved;
        sums.settled += spent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_stops_the_call_that_would_pass_it_and_no_other() {
        let ledger = Ledger::new(Some(0.08), 0.0);
        ledger.reserve(0.04).unwrap();
        ledger.reserve(0.04).unwrap();
        assert!(
            ledger
                .reserve(0.04)
                .unwrap_err()
                .contains("past --max-cost $0.08")
        );
        ledger.settle(0.04, 0.0);
        ledger.reserve(0.04).unwrap();
        ledger.reserve(0.0).unwrap();
    }
}

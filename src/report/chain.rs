//! The chain of hops that a call takes, with the one that answered.

use crate::model::{Diagnosis, Hop, Leg, Report, Victim};

/// Hops in order, split at the one that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Hops that the call passed.
    pub before: &'static [&'static str],
    /// The one that answered, or that the call died at.
    pub answered: Hop,
    /// Hops that the call did not reach.
    pub after: &'static [&'static str],
}

impl Chain {
    /// The chain of a call that `hop` answered; `leg` says whether a gateway lies on its way.
    pub fn of(hop: Hop, leg: Leg) -> Self {
        let is_direct = leg == Leg::Direct;
        let beyond: &[&str] = if is_direct {
            &["backend", "model"]
        } else {
            &["gateway", "backend", "model"]
        };
        let (before, after): (&[&str], &[&str]) = match hop {
            Hop::Client => (&[], beyond),
            Hop::Dns | Hop::Tcp | Hop::Tls | Hop::Proxy => (&["client"], beyond),
            Hop::Gateway => (&["client"], &["backend", "model"]),
            Hop::Backend if is_direct => (&["client"], &["model"]),
            Hop::Backend => (&["client", "gateway"], &["model"]),
            Hop::ContentFilter if is_direct => (&["client", "backend"], &["model"]),
            Hop::ContentFilter => (&["client", "gateway", "backend"], &["model"]),
            Hop::Identity | Hop::Arm | Hop::Provider => (&["client"], &[]),
        };
        Chain {
            before,
            answered: hop,
            after,
        }
    }

    /// The chain of a diagnosis: direct where all calls it explains were.
    pub fn of_diagnosis(diagnosis: &Diagnosis, report: &Report) -> Option<Self> {
        let mut legs = diagnosis
            .victims
            .iter()
            .filter_map(|victim| leg_of(victim, report));
        let leg = match legs.next() {
            Some(Leg::Direct) if legs.all(|leg| leg == Leg::Direct) => Leg::Direct,
            _ => Leg::Gateway,
        };
        Some(Chain::of(diagnosis.hop?, leg))
    }
}

fn leg_of(victim: &Victim, report: &Report) -> Option<Leg> {
    let case = report
        .run
        .cases
        .iter()
        .find(|case| case.key() == victim.case)?;
    let step = case.steps.iter().find(|step| step.name == victim.step);
    let taken = step.and_then(|step| step.exchange.as_ref()?.leg);
    Some(taken.unwrap_or_else(|| case.target.default_leg()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direct_call_passes_no_gateway() {
        let chain = Chain::of(Hop::Backend, Leg::Direct);
        assert_eq!(chain.before, ["client"]);
        assert_eq!(chain.after, ["model"]);
        let chain = Chain::of(Hop::Backend, Leg::Gateway);
        assert_eq!(chain.before, ["client", "gateway"]);
        assert!(!Chain::of(Hop::Dns, Leg::Direct).after.contains(&"gateway"));
    }
}

//! Trying a failed case again, where that was asked for: every try is kept, and a pass after a failure is flaky.

use super::case::run_case;
use super::options::{Retries, RunEvent};
use super::schedule::Shared;
use crate::model::{Case, CaseRun, Earlier, Verdict};
use crate::scenario::Scenario;
use std::time::Duration;

/// Pause before the first further try; it doubles with each.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest pause before a further try.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Carries a case out, and after a failure again, as often as `options.retries` allows.
pub(super) async fn run_tries(case: &Case, scenario: &Scenario, shared: &Shared<'_>) -> CaseRun {
    let stop = &shared.options.stop;
    let mut run = run_case(case, scenario, shared).await;
    let mut pause = PAUSE;
    for number in 2..=shared.options.retries.tries(case) {
        if !is_worth_another(&run) || shared.over().is_some() {
            break;
        }
        shared.events.take(&RunEvent::Waiting {
            case: &case.key(),
            why: "the case is tried again",
            duration: pause,
        });
        tokio::select! {
            () = shared.tools.door.clock().sleep(pause) => {}
            () = stop.ended() => break,
        }
        pause = LONGEST_PAUSE.min(pause * 2);
        let scenario_id = scenario.id.as_str();
        shared
            .blocks
            .forget(&case.account, &case.deployment, scenario_id);
        let next = run_case(case, scenario, shared).await;
        run = after(run, next, number);
    }
    run
}

/// Whether it failed in what was exchanged. What was never sent will not be sent the next time either.
fn is_worth_another(run: &CaseRun) -> bool {
    run.verdict.is_bad()
        && run
            .steps
            .iter()
            .any(|step| step.verdict.is_bad() && step.exchange.is_some())
}

/// The case as its last try leaves it, with the tries before, and the money of all.
fn after(before: CaseRun, mut last: CaseRun, number: u32) -> CaseRun {
    let first_why = before.earlier.first().map_or(&before.why, |one| &one.why);
    if matches!(last.verdict, Verdict::Pass | Verdict::Flaky) {
        last.verdict = Verdict::Flaky;
        last.why = format!("passed on try {number}; the first failed: {first_why}");
    }
    last.images += before.images;
    last.spent_usd += before.spent_usd;
    last.possibly_spent_usd += before.possibly_spent_usd;
    last.avoided_usd = last.avoided_usd.max(before.avoided_usd);
    last.earlier = before.earlier;
    last.earlier.push(Earlier {
        verdict: before.verdict,
        why: before.why,
        steps: before.steps,
        elapsed_ms: before.elapsed_ms,
    });
    last
}

impl Retries {
    /// How often `case` is carried out at most.
    fn tries(&self, case: &Case) -> u32 {
        if case.images == 0 || self.are_paid_ones_tried {
            1 + self.most
        } else {
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(verdict: Verdict, why: &str, spent_usd: f64) -> CaseRun {
        CaseRun {
            spent_usd,
            elapsed_ms: 5.0,
            ..CaseRun::not_run(&Case::default(), verdict, why.to_owned())
        }
    }

    #[test]
    fn a_pass_after_failures_is_flaky_and_all_of_them_are_paid() {
        let second = after(
            run(Verdict::Fail, "503", 0.04),
            run(Verdict::Error, "reset", 0.0),
            2,
        );
        assert_eq!(
            (second.verdict, second.why.as_str()),
            (Verdict::Error, "reset")
        );
        let third = after(second, run(Verdict::Pass, "", 0.04), 3);
        assert_eq!(third.verdict, Verdict::Flaky);
        assert_eq!(third.why, "passed on try 3; the first failed: 503");
        assert!((third.spent_usd - 0.08).abs() < 1e-9);
        let whys: Vec<&str> = third.earlier.iter().map(|one| one.why.as_str()).collect();
        assert_eq!(whys, ["503", "reset"]);
    }

    #[test]
    fn what_buys_is_tried_again_only_where_that_was_said() {
        let retries = |are_paid_ones_tried| Retries {
            most: 2,
            are_paid_ones_tried,
        };
        let paid = Case {
            images: 1,
            ..Case::default()
        };
        assert_eq!(retries(false).tries(&Case::default()), 3);
        assert_eq!(retries(false).tries(&paid), 1);
        assert_eq!(retries(true).tries(&paid), 3);
    }

    #[test]
    fn what_was_never_sent_is_not_tried_again() {
        assert!(!is_worth_another(&run(Verdict::Error, "no key", 0.0)));
        assert!(!is_worth_another(&run(Verdict::Pass, "", 0.0)));
    }
}

//! What has changed between two runs.

use super::{drift, timing};
use crate::model::{
    Baseline, BaselineCase, CaseChange, Comparison, CostChange, Drift, SCHEMA_VERSION, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

/// Smallest difference in US dollars that is one.
const LEAST_USD: f64 = 0.0005;

/// Holds the later run against the earlier one.
pub fn compare(base: &Baseline, new: &Baseline) -> Comparison {
    let mut comparison = Comparison {
        schema_version: SCHEMA_VERSION,
        base_at: base.taken_at.clone(),
        new_at: new.taken_at.clone(),
        ..Comparison::default()
    };
    let before: BTreeMap<&str, &BaselineCase> = base
        .cases
        .iter()
        .map(|case| (case.case.as_str(), case))
        .collect();
    let now: BTreeSet<&str> = new.cases.iter().map(|case| case.case.as_str()).collect();
    let mut found = drift::Found::new();
    for case in &new.cases {
        let earlier = before.get(case.case.as_str()).copied();
        sort_in(&mut comparison, earlier, case);
        if let Some(earlier) = earlier {
            price(&mut comparison, earlier, case);
            let both_hold = is_good(earlier.verdict) && is_good(case.verdict);
            if both_hold || earlier.verdict == case.verdict {
                drift::find(&mut found, earlier, case);
            }
        }
    }
    for case in base
        .cases
        .iter()
        .filter(|case| !now.contains(case.case.as_str()))
    {
        if is_good(case.verdict) {
            comparison.unproved.push(CaseChange {
                case: case.case.clone(),
                was: Some(case.verdict),
                is: None,
                why: "the later run does not have it".to_owned(),
            });
        }
    }
    comparison.drift = found
        .into_iter()
        .map(|((what, was, is), at)| Drift { what, was, is, at })
        .collect();
    timing::judge(&mut comparison, base, new);
    comparison.is_regression = !comparison.new_failures.is_empty()
        || !comparison.slower.is_empty()
        || !comparison.dearer.is_empty();
    comparison
}

fn sort_in(comparison: &mut Comparison, earlier: Option<&BaselineCase>, case: &BaselineCase) {
    let was = earlier.map(|case| case.verdict);
    let why = match &case.quarantine {
        Some(covered) => format!("{covered}; {}", case.why),
        None => case.why.clone(),
    };
    let change = CaseChange {
        case: case.case.clone(),
        was,
        is: Some(case.verdict),
        why,
    };
    let list = match (was, case.verdict) {
        (_, is) if is.is_bad() && case.quarantine.is_some() => &mut comparison.quarantined,
        (Some(was), is) if was.is_bad() && is.is_bad() => &mut comparison.still_failing,
        (_, is) if is.is_bad() => &mut comparison.new_failures,
        (_, Verdict::Flaky) | (Some(Verdict::Flaky), Verdict::Pass) => &mut comparison.flaky,
        (Some(was), Verdict::Pass) if was.is_bad() => &mut comparison.fixed,
        (Some(was), Verdict::Skip) if is_good(was) => &mut comparison.unproved,
        (None, _) => &mut comparison.added,
        _ => return,
    };
    list.push(change);
}

/// A case that got dearer. What was not proved costs nothing, and that is no saving; what took another try has paid for two,
/// and is told as flaky.
fn price(comparison: &mut Comparison, earlier: &BaselineCase, case: &BaselineCase) {
    let has_passed_at_once = |case: &BaselineCase| case.verdict == Verdict::Pass;
    let are_like = has_passed_at_once(earlier) && has_passed_at_once(case);
    if are_like && case.cost_usd > earlier.cost_usd + LEAST_USD {
        comparison.dearer.push(CostChange {
            case: case.case.clone(),
            was_usd: earlier.cost_usd,
            is_usd: case.cost_usd,
        });
    }
}

fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Flaky)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{BaselineStep, Fingerprint};

    pub(in crate::compare) fn case(
        letter: &str,
        verdict: Verdict,
        cost_usd: f64,
        times: &[f64],
    ) -> BaselineCase {
        BaselineCase {
            case: format!("{letter} a/d r"),
            scenario: letter.into(),
            target: "a/d r".into(),
            verdict,
            why: String::new(),
            quarantine: None,
            cost_usd,
            steps: vec![BaselineStep {
                step: "picture".into(),
                verdicts: [verdict].into(),
                answers: [Fingerprint {
                    status: Some(200),
                    headers: ["apim-request-id".to_owned(), "x-ms-region".to_owned()].into(),
                    ..Fingerprint::default()
                }]
                .into(),
                picture_ms: times.to_vec(),
                other_ms: Vec::new(),
            }],
        }
    }

    fn baseline(cases: Vec<BaselineCase>) -> Baseline {
        Baseline {
            schema_version: 1,
            taken_at: String::new(),
            cases,
        }
    }

    pub(in crate::compare) fn of(was: BaselineCase, is: BaselineCase) -> Comparison {
        compare(&baseline(vec![was]), &baseline(vec![is]))
    }

    #[test]
    fn verdicts_fall_into_their_lists() {
        use Verdict::{Error, Fail, Flaky, Pass, Skip};
        let found = |was, is| of(case("B", was, 0.0, &[]), case("B", is, 0.0, &[]));
        assert_eq!(found(Pass, Fail).new_failures.len(), 1);
        assert_eq!(found(Skip, Error).new_failures.len(), 1);
        assert_eq!(found(Fail, Pass).fixed.len(), 1);
        assert_eq!(found(Fail, Error).still_failing.len(), 1);
        assert_eq!(found(Pass, Flaky).flaky.len(), 1);
        assert_eq!(found(Flaky, Pass).flaky.len(), 1);
        assert_eq!(found(Fail, Flaky).flaky.len(), 1);
        assert_eq!(found(Flaky, Fail).new_failures.len(), 1);
        assert_eq!(found(Pass, Skip).unproved.len(), 1);
        for (was, is) in [
            (Pass, Pass),
            (Fail, Fail),
            (Fail, Pass),
            (Pass, Flaky),
            (Flaky, Pass),
            (Fail, Flaky),
            (Skip, Skip),
            (Pass, Skip),
        ] {
            assert!(!found(was, is).is_regression, "{was:?} {is:?}");
        }
        assert!(found(Pass, Fail).is_regression);
        let gone = compare(
            &baseline(vec![case("B", Pass, 0.0, &[])]),
            &baseline(Vec::new()),
        );
        assert_eq!((gone.unproved.len(), gone.unproved[0].is), (1, None));
        let come = compare(
            &baseline(Vec::new()),
            &baseline(vec![case("B", Fail, 0.0, &[])]),
        );
        assert_eq!(
            (come.new_failures.len(), come.new_failures[0].was),
            (1, None)
        );
    }

    #[test]
    fn what_a_quarantine_covers_makes_nothing_worse_and_is_told_by_itself() {
        use Verdict::{Error, Fail, Pass};
        let covered = |verdict| BaselineCase {
            why: "it broke".into(),
            quarantine: Some("quarantined until 2099-12-31 by anna".into()),
            ..case("B", verdict, 0.0, &[])
        };
        for was in [Pass, Fail, Error] {
            let found = of(case("B", was, 0.0, &[]), covered(Fail));
            assert_eq!(found.quarantined.len(), 1, "{was:?}");
            assert_eq!(
                found.quarantined[0].why,
                "quarantined until 2099-12-31 by anna; it broke"
            );
            assert!(found.new_failures.is_empty() && found.still_failing.is_empty());
            assert!(!found.is_regression);
        }
        // What was covered and is no longer has failed before; what was covered and passes is mended.
        let uncovered = of(covered(Fail), case("B", Fail, 0.0, &[]));
        assert_eq!(uncovered.still_failing.len(), 1);
        assert_eq!(of(covered(Fail), case("B", Pass, 0.0, &[])).fixed.len(), 1);
    }

    #[test]
    fn a_shift_of_many_timings_is_slower_and_one_outlier_is_not() {
        let was: Vec<f64> = (0..8).map(|i| 1000.0 + 20.0 * f64::from(i)).collect();
        let shifted: Vec<f64> = was.iter().map(|ms| ms * 1.5).collect();
        let found = |is: &[f64]| {
            of(
                case("C", Verdict::Pass, 0.0, &was),
                case("C", Verdict::Pass, 0.0, is),
            )
        };
        let slower = found(&shifted);
        assert_eq!(slower.slower.len(), 1);
        assert!(slower.is_regression);
        assert_eq!(slower.slower[0].effect, 1.0);
        // One call that took ten times as long among seven usual ones.
        let mut outlier = was.clone();
        outlier[3] *= 10.0;
        assert!(!found(&outlier).is_regression);
        // A clear shift that nobody would notice.
        let slight: Vec<f64> = was.iter().map(|ms| ms + 160.0).collect();
        assert!(found(&slight).slower.is_empty());
        // A single slow answer is too little to say anything.
        let one = found(&[9000.0]);
        assert!(one.slower.is_empty() && !one.is_regression);
        assert_eq!(one.untimed[0].samples, (8, 1));
        let faster = of(
            case("C", Verdict::Pass, 0.0, &shifted),
            case("C", Verdict::Pass, 0.0, &was),
        );
        assert_eq!((faster.faster.len(), faster.is_regression), (1, false));
    }

    #[test]
    fn dearer_is_what_passed_for_less() {
        let found = |was, is, cost| of(case("B", was, 0.04, &[]), case("B", is, cost, &[]));
        let dearer = found(Verdict::Pass, Verdict::Pass, 0.08);
        assert_eq!((dearer.dearer.len(), dearer.is_regression), (1, true));
        assert!(found(Verdict::Pass, Verdict::Pass, 0.04).dearer.is_empty());
        assert!(found(Verdict::Fail, Verdict::Pass, 0.08).dearer.is_empty());
        // The first try is paid as well.
        assert!(!found(Verdict::Pass, Verdict::Flaky, 0.08).is_regression);
    }
}

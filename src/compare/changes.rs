//! What has changed between two runs.

use super::timing;
use crate::model::{
    Baseline, BaselineCase, BaselineStep, CaseChange, Comparison, CostChange, Drift, Fingerprint,
    SCHEMA_VERSION, Verdict,
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
    let mut drift = BTreeMap::new();
    for case in &new.cases {
        let earlier = before.get(case.case.as_str()).copied();
        sort_in(&mut comparison, earlier, case);
        if let Some(earlier) = earlier {
            price(&mut comparison, earlier, case);
            if earlier.verdict == case.verdict {
                drifted(&mut drift, earlier, case);
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
    comparison.drift = drift
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
    let change = CaseChange {
        case: case.case.clone(),
        was,
        is: Some(case.verdict),
        why: case.why.clone(),
    };
    let list = match (was, case.verdict) {
        (Some(was), is) if was.is_bad() && is.is_bad() => &mut comparison.still_failing,
        (_, is) if is.is_bad() => &mut comparison.new_failures,
        (_, Verdict::Flaky) => &mut comparison.flaky,
        (Some(was), Verdict::Pass) if was.is_bad() => &mut comparison.fixed,
        (Some(was), Verdict::Skip) if is_good(was) => &mut comparison.unproved,
        (None, _) => &mut comparison.added,
        _ => return,
    };
    list.push(change);
}

/// A case that got dearer. What was not proved costs nothing, and that is no saving.
fn price(comparison: &mut Comparison, earlier: &BaselineCase, case: &BaselineCase) {
    let were_proved = is_good(earlier.verdict) && is_good(case.verdict);
    if were_proved && case.cost_usd > earlier.cost_usd + LEAST_USD {
        comparison.dearer.push(CostChange {
            case: case.case.clone(),
            was_usd: earlier.cost_usd,
            is_usd: case.cost_usd,
        });
    }
}

/// What changed, from what to what, and where.
type Found = BTreeMap<(String, String, String), Vec<String>>;

fn drifted(found: &mut Found, earlier: &BaselineCase, case: &BaselineCase) {
    for step in &case.steps {
        let Some(before) = earlier.steps.iter().find(|one| one.step == step.step) else {
            continue;
        };
        if before.verdicts != step.verdicts {
            continue;
        }
        for (what, was, is) in differences(before, step) {
            let at = format!("{}: {}", case.case, step.step);
            found
                .entry((what.to_owned(), was, is))
                .or_default()
                .push(at);
        }
    }
}

/// What of the answers to a step is new, aspect by aspect. Of a step that is repeated, a burst for one, every run sees
/// another share of the answers; so where both have answers of one status, only these are held against each other.
fn differences(before: &BaselineStep, now: &BaselineStep) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    let statuses = |step: &BaselineStep| -> BTreeSet<Option<u16>> {
        step.answers.iter().map(|answer| answer.status).collect()
    };
    let (all_before, all_now) = (statuses(before), statuses(now));
    let common: BTreeSet<Option<u16>> = all_before.intersection(&all_now).copied().collect();
    let is_held = |answer: &&Fingerprint| common.is_empty() || common.contains(&answer.status);
    let before: Vec<&Fingerprint> = before.answers.iter().filter(is_held).collect();
    let now: Vec<&Fingerprint> = now.answers.iter().filter(is_held).collect();
    if before.is_empty() || now.is_empty() {
        return found;
    }
    for (what, read) in ASPECTS {
        let was: BTreeSet<String> = before.iter().map(|one| read(one)).collect();
        let is: BTreeSet<String> = now.iter().map(|one| read(one)).collect();
        if is.is_subset(&was) {
            continue;
        }
        if *what == "headers" {
            found.extend(headers(&before, &now));
        } else {
            found.push((*what, joined(&was), joined(&is)));
        }
    }
    found
}

/// Headers that came to be, and headers that are gone.
fn headers(before: &[&Fingerprint], now: &[&Fingerprint]) -> Vec<(&'static str, String, String)> {
    let all = |answers: &[&Fingerprint]| -> BTreeSet<String> {
        answers
            .iter()
            .flat_map(|answer| answer.headers.clone())
            .collect()
    };
    let always = |answers: &[&Fingerprint]| -> BTreeSet<String> {
        let mut answers = answers.iter();
        let first = answers
            .next()
            .map(|answer| answer.headers.clone())
            .unwrap_or_default();
        answers.fold(first, |kept, answer| {
            kept.intersection(&answer.headers).cloned().collect()
        })
    };
    let gone = always(before)
        .difference(&all(now))
        .cloned()
        .collect::<BTreeSet<_>>();
    let come = all(now)
        .difference(&all(before))
        .cloned()
        .collect::<BTreeSet<_>>();
    match (gone.is_empty(), come.is_empty()) {
        (true, true) => Vec::new(),
        _ => vec![("headers", joined(&gone), joined(&come))],
    }
}

/// An aspect of an answer, and how it is read.
type Aspect = (&'static str, fn(&Fingerprint) -> String);

const ASPECTS: &[Aspect] = &[
    ("status", |one| {
        one.status
            .map(|status| status.to_string())
            .unwrap_or_default()
    }),
    ("hop", |one| {
        one.hop.map(|hop| hop.to_string()).unwrap_or_default()
    }),
    ("api-version", |one| {
        one.api_version.clone().unwrap_or_default()
    }),
    ("wording", |one| one.says.clone()),
    ("members", |one| one.shape.clone()),
    ("content filter", |one| one.filters.clone()),
    ("container", |one| {
        let names = one
            .containers
            .iter()
            .map(|container| format!("{container:?}").to_lowercase());
        names.collect::<Vec<_>>().join(" ")
    }),
    ("headers", |one| {
        one.headers.iter().cloned().collect::<Vec<_>>().join(" ")
    }),
];

fn joined(values: &BTreeSet<String>) -> String {
    let shown = values.iter().filter(|value| !value.is_empty()).cloned();
    shown.collect::<Vec<_>>().join(" · ")
}

fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Flaky)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(letter: &str, verdict: Verdict, cost_usd: f64, times: &[f64]) -> BaselineCase {
        BaselineCase {
            case: format!("{letter} a/d r"),
            scenario: letter.into(),
            target: "a/d r".into(),
            verdict,
            why: String::new(),
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

    fn of(was: BaselineCase, is: BaselineCase) -> Comparison {
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
        assert_eq!(found(Pass, Skip).unproved.len(), 1);
        for (was, is) in [
            (Pass, Pass),
            (Fail, Fail),
            (Fail, Pass),
            (Pass, Flaky),
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
    }

    #[test]
    fn drift_is_a_look_that_was_not_there_while_the_verdict_stayed() {
        let was = case("K", Verdict::Pass, 0.0, &[]);
        let mut is = was.clone();
        is.steps[0].answers = [Fingerprint {
            status: Some(200),
            says: "Slow down".into(),
            headers: ["apim-request-id".to_owned(), "x-new".to_owned()].into(),
            ..Fingerprint::default()
        }]
        .into();
        let found = of(was.clone(), is.clone());
        let what: Vec<_> = found
            .drift
            .iter()
            .map(|one| (one.what.as_str(), one.was.as_str(), one.is.as_str()))
            .collect();
        assert_eq!(
            what,
            [
                ("headers", "x-ms-region", "x-new"),
                ("wording", "", "Slow down")
            ]
        );
        assert_eq!(found.drift[0].at, ["K a/d r: picture"]);
        assert!(!found.is_regression);
        // Another verdict is told as such, and a look that was seen before is none.
        is.verdict = Verdict::Fail;
        assert!(of(was.clone(), is).drift.is_empty());
        let mut both = was.clone();
        both.steps[0].answers.insert(Fingerprint {
            status: Some(429),
            ..Fingerprint::default()
        });
        assert!(of(both.clone(), was.clone()).drift.is_empty());
        // Of a burst, each run sees another share.
        assert!(of(was.clone(), both).drift.is_empty());
        let mut other = was.clone();
        other.steps[0].answers = [Fingerprint {
            status: Some(201),
            ..Fingerprint::default()
        }]
        .into();
        assert_eq!(of(was, other).drift.len(), 2);
    }
}

//! Answers that look different although the verdict stayed.

use crate::model::{BaselineCase, BaselineStep, Fingerprint};
use std::collections::{BTreeMap, BTreeSet};

/// What changed, from what to what, and at which steps of which cases.
pub(super) type Found = BTreeMap<(String, String, String), Vec<String>>;

/// Adds to `found` what is answered otherwise in `case` than in the `earlier` one.
pub(super) fn find(found: &mut Found, earlier: &BaselineCase, case: &BaselineCase) {
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

/// What of the answers to a step has changed, aspect by aspect. Of a step that is repeated, a burst for one, every run sees
/// another share of the answers; so where both have answers of one status, only these are held against each other.
fn differences(before: &BaselineStep, now: &BaselineStep) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    found.extend(asked(before, now));
    found.extend(accepted(before, now));
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
        if !is.is_subset(&was) {
            found.push((*what, joined(&was), joined(&is)));
        }
    }
    for (what, read) in SETS {
        let was: Vec<BTreeSet<String>> = before.iter().map(|one| read(one)).collect();
        let is: Vec<BTreeSet<String>> = now.iter().map(|one| read(one)).collect();
        // What an answer may lack is not gone where another run's answers happen to lack it.
        let gone = &in_every(&was) - &in_any(&is);
        let come = &in_any(&is) - &in_any(&was);
        if !(gone.is_empty() && come.is_empty()) {
            found.push((*what, joined(&gone), joined(&come)));
        }
    }
    found
}

fn in_any(sets: &[BTreeSet<String>]) -> BTreeSet<String> {
    sets.iter().flatten().cloned().collect()
}

fn in_every(sets: &[BTreeSet<String>]) -> BTreeSet<String> {
    let all = in_any(sets).into_iter();
    all.filter(|name| sets.iter().all(|set| set.contains(name)))
        .collect()
}

/// api-versions that are asked with and were not, as the calls or the configuration have them.
fn asked(before: &BaselineStep, now: &BaselineStep) -> Option<(&'static str, String, String)> {
    let all = |step: &BaselineStep| -> BTreeSet<String> {
        let answers = step.answers.iter();
        answers.filter_map(|one| one.api_version.clone()).collect()
    };
    let (was, is) = (all(before), all(now));
    let is_new = !before.answers.is_empty() && !now.answers.is_empty() && !is.is_subset(&was);
    is_new.then(|| ("api-version", joined(&was), joined(&is)))
}

/// Of the api-versions that both runs asked with, those that were accepted, where these are no longer the same.
fn accepted(before: &BaselineStep, now: &BaselineStep) -> Option<(&'static str, String, String)> {
    let is_asked = |step: &BaselineStep, version: &String| {
        let mut answers = step.answers.iter();
        answers.any(|one| one.api_version.as_ref() == Some(version))
    };
    let taken = |step: &BaselineStep, other: &BaselineStep| -> BTreeSet<String> {
        let answers = step.answers.iter().filter(|one| is_version_taken(one));
        let versions = answers.filter_map(|one| one.api_version.clone());
        versions
            .filter(|version| is_asked(other, version))
            .collect()
    };
    let (was, is) = (taken(before, now), taken(now, before));
    (was != is).then(|| ("api-versions accepted", joined(&was), joined(&is)))
}

/// Whether an answer shows that its api-version is known: whatever was asked with an unknown one is not found, or told
/// so in words.
fn is_version_taken(answer: &Fingerprint) -> bool {
    let says = answer.says.to_ascii_lowercase().replace('-', " ");
    let is_refused = answer.status == Some(404) || says.contains("api version");
    answer.status.is_some() && !is_refused
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
    ("wording", |one| one.says.clone()),
    ("container", |one| {
        let names = one
            .containers
            .iter()
            .map(|container| format!("{container:?}").to_lowercase());
        names.collect::<Vec<_>>().join(" ")
    }),
];

/// What of an answer is a set of names, of which some may come and others go.
type Names = (&'static str, fn(&Fingerprint) -> BTreeSet<String>);

const SETS: &[Names] = &[
    ("members", |one| words(&one.shape)),
    ("content filter", |one| words(&one.filters)),
    ("headers", |one| one.headers.clone()),
];

fn words(text: &str) -> BTreeSet<String> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn joined(values: &BTreeSet<String>) -> String {
    let shown = values.iter().filter(|value| !value.is_empty()).cloned();
    shown.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::super::changes::tests::{case, of};
    use super::*;
    use crate::model::Verdict;

    #[test]
    fn versions_accepted_are_those_that_both_runs_asked_with() {
        let answer = |version: &str, status, says: &str| Fingerprint {
            status: Some(status),
            api_version: Some(version.into()),
            says: says.into(),
            ..Fingerprint::default()
        };
        let step = |answers: Vec<Fingerprint>| {
            let mut one = case("V", Verdict::Pass, 0.0, &[]);
            one.steps[0].answers = answers.into_iter().collect();
            one
        };
        let drift = |was, is| -> Vec<(String, String, String)> {
            let drift = of(step(was), step(is)).drift.into_iter();
            drift.map(|one| (one.what, one.was, one.is)).collect()
        };
        let words = |what: &str, was: &str, is: &str| (what.into(), was.into(), is.into());
        let (old, new) = (
            answer("2024", 400, "no prompt"),
            answer("2025", 400, "no prompt"),
        );
        let (gone, told) = (
            answer("2024", 404, ""),
            answer("2024", 400, "API version not supported"),
        );
        for refused in [gone, told] {
            let withdrawn = drift(
                vec![old.clone(), new.clone()],
                vec![refused.clone(), new.clone()],
            );
            let accepted = words("api-versions accepted", "2024 · 2025", "2025");
            assert!(withdrawn.contains(&accepted), "{withdrawn:?}");
            let come = drift(vec![refused, new.clone()], vec![old.clone(), new.clone()]);
            let accepted = words("api-versions accepted", "2025", "2024 · 2025");
            assert!(come.contains(&accepted), "{come:?}");
        }
        // Another question is no other answer, and the same refusal none at all.
        assert_eq!(
            drift(vec![old.clone()], vec![new.clone()]),
            [words("api-version", "2024", "2025")]
        );
        let refused = || vec![answer("1999", 404, "x"), new.clone()];
        assert!(drift(refused(), refused()).is_empty());
        assert!(drift(vec![old.clone(), new], vec![old]).is_empty());
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

//! The shards of a run, put together again.

use crate::model::{CaseRun, Run, SCHEMA_VERSION, Summary};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Why runs cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Two of them ran the same case.
    #[error("case {case} is in two of the runs: give each shard once, and only shards of one run")]
    Twice {
        /// Key of the case.
        case: String,
    },
    /// Their plans were cut differently.
    #[error(
        "the runs are shards of different plans ({one} and {other} cases): give only shards of one run"
    )]
    Different {
        /// Cases of one plan.
        one: usize,
        /// Cases of another.
        other: usize,
    },
}

/// A run made of shards.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The run.
    pub run: Run,
    /// Which shards are missing, in words.
    pub missing: Option<String>,
}

/// Puts runs together: cases target by target, each with its scenarios in order; sums counted anew; begun with the first
/// and ended with the last.
///
/// # Errors
/// Where two have run the same case, or they are not shards of one plan.
pub fn merge(runs: Vec<Run>) -> Result<Merged, MergeError> {
    let missing = missing(&runs)?;
    let mut whole = Run {
        schema_version: SCHEMA_VERSION,
        started_at: runs
            .iter()
            .map(|run| run.started_at.clone())
            .min()
            .unwrap_or_default(),
        elapsed_ms: elapsed_ms(&runs),
        ..Run::default()
    };
    let mut seen = BTreeSet::new();
    for run in runs {
        whole.is_interrupted |= run.is_interrupted;
        whole.stopped_by = whole.stopped_by.or(run.stopped_by);
        whole.findings.extend(run.findings);
        whole.skipped.extend(run.skipped);
        for entry in run.expired {
            if !whole.expired.contains(&entry) {
                whole.expired.push(entry);
            }
        }
        for case in run.cases {
            if !seen.insert(case.key()) {
                return Err(MergeError::Twice { case: case.key() });
            }
            whole.cases.push(case);
        }
    }
    whole.findings.extend(missing.clone());
    whole.findings.sort();
    whole.findings.dedup();
    order(&mut whole.cases);
    whole.summary = Summary::of(&whole.cases);
    Ok(Merged {
        run: whole,
        missing,
    })
}

/// Targets in the order in which they first come, and on each the scenarios in theirs.
fn order(cases: &mut [CaseRun]) {
    let target = |case: &CaseRun| {
        (
            case.account.clone(),
            case.deployment.clone(),
            case.route.clone(),
        )
    };
    let mut places = BTreeMap::new();
    for case in cases.iter() {
        let next = places.len();
        places.entry(target(case)).or_insert(next);
    }
    cases.sort_by_key(|case| (places.get(&target(case)).copied(), case.scenario.clone()));
}

fn missing(runs: &[Run]) -> Result<Option<String>, MergeError> {
    let shards: Vec<_> = runs.iter().filter_map(|run| run.shard).collect();
    let Some(first) = shards.first() else {
        return Ok(None);
    };
    if let Some(other) = shards
        .iter()
        .find(|one| (one.count, one.planned) != (first.count, first.planned))
    {
        return Err(MergeError::Different {
            one: first.planned,
            other: other.planned,
        });
    }
    let missing: Vec<String> = (1..=first.count)
        .filter(|number| !shards.iter().any(|shard| shard.number == *number))
        .map(|number| format!("{number}/{}", first.count))
        .collect();
    Ok((!missing.is_empty()).then(|| format!("missing: shard {}", missing.join(", "))))
}

/// From the first begin to the last end.
fn elapsed_ms(runs: &[Run]) -> f64 {
    let begun = |run: &Run| run.started_at.parse::<Timestamp>().ok();
    let Some(first) = runs.iter().filter_map(begun).min() else {
        return 0.0;
    };
    runs.iter()
        .filter_map(|run| {
            let after = begun(run)?.as_millisecond() - first.as_millisecond();
            Some(after as f64 + run.elapsed_ms)
        })
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Case, Quarantine, Shard, Verdict};

    fn part(number: u32, second: u32, letters: &[&str]) -> Run {
        let cases = letters.iter().map(|letter| {
            let case = Case {
                scenario: (*letter).into(),
                account: "a".into(),
                deployment: "d".into(),
                ..Case::default()
            };
            CaseRun::not_run(&case, Verdict::Pass, String::new())
        });
        Run {
            started_at: format!("2026-01-01T00:00:{second:02}Z"),
            elapsed_ms: 5000.0,
            cases: cases.collect(),
            shard: Some(Shard {
                number,
                count: 2,
                planned: 3,
            }),
            ..Run::default()
        }
    }

    #[test]
    fn shards_become_one_run() {
        let merged = merge(vec![part(2, 10, &["C", "A"]), part(1, 4, &["B"])]).unwrap();
        assert_eq!(merged.missing, None);
        let letters: Vec<&str> = merged
            .run
            .cases
            .iter()
            .map(|case| case.scenario.as_str())
            .collect();
        assert_eq!(letters, ["A", "B", "C"]);
        assert_eq!(merged.run.started_at, "2026-01-01T00:00:04Z");
        assert_eq!(merged.run.elapsed_ms, 11_000.0);
        assert_eq!(merged.run.summary.pass, 3);
        assert_eq!(merged.run.shard, None);
    }

    #[test]
    fn a_quarantine_that_is_over_still_reddens_and_is_told_once() {
        let entry = |letter: &str| Quarantine {
            scenario: letter.into(),
            owner: "anna".into(),
            until: "2020-12-31".into(),
            ..Quarantine::default()
        };
        let mut parts = [part(1, 4, &["A"]), part(2, 4, &["B"])];
        parts[0].expired = vec![entry("A")];
        parts[1].expired = vec![entry("A"), entry("B")];
        let merged = merge(parts.into()).unwrap().run;
        assert_eq!(merged.expired, [entry("A"), entry("B")]);
        assert!(merged.is_red());
    }

    #[test]
    fn what_is_missing_or_there_twice_is_told() {
        let alone = merge(vec![part(2, 0, &["A"])]).unwrap();
        assert_eq!(alone.missing.as_deref(), Some("missing: shard 1/2"));
        assert_eq!(alone.run.findings, ["missing: shard 1/2"]);
        let twice = merge(vec![part(1, 0, &["A"]), part(2, 0, &["A"])]).unwrap_err();
        assert!(twice.to_string().starts_with("case A a/d"), "{twice}");
        let mut other = part(2, 0, &["B"]);
        other.shard = Some(Shard {
            number: 2,
            count: 2,
            planned: 9,
        });
        assert!(merge(vec![part(1, 0, &["A"]), other]).is_err());
    }
}

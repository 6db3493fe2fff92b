//! Whether answers take longer: repeated timings against repeated timings, never one against a threshold.

use crate::model::{Baseline, Comparison, Shift, Untimed};
use std::collections::BTreeMap;

use super::rank::rank_sum;

/// Fewest timings a side from which anything is concluded.
const FEWEST: usize = 5;
/// Chance of calling something slower that is not, over all targets of a comparison together.
const CHANCE: f64 = 0.01;
/// Smallest share of pairs that must have got longer (a "large" effect: Vargha and Delaney, 2000).
const EFFECT: f64 = 0.71;
/// Smallest growth of the median that anybody would notice.
const GROWTH: f64 = 1.25;
/// Smallest growth of the median in milliseconds; below it even a large growth is noise of the runner.
const GROWTH_MS: f64 = 100.0;

/// Timings by target and whether a picture came, each as `(before, now)`.
type Series = BTreeMap<(String, bool), (Vec<f64>, Vec<f64>)>;

/// Fills in what is slower, faster, or cannot be told.
pub(super) fn judge(comparison: &mut Comparison, base: &Baseline, new: &Baseline) {
    let series = series(base, new);
    let (enough, few): (Vec<_>, Vec<_>) = series
        .into_iter()
        .filter(|(_, (was, is))| !was.is_empty() && !is.is_empty())
        .partition(|(_, (was, is))| was.len().min(is.len()) >= FEWEST);
    comparison.untimed = few
        .into_iter()
        .map(|((target, has_pictures), (was, is))| Untimed {
            target,
            has_pictures,
            samples: (was.len(), is.len()),
        })
        .collect();
    // As many questions are asked at once as there are targets (Bonferroni).
    let chance = CHANCE / enough.len().max(1) as f64;
    for ((target, has_pictures), (was, is)) in enough {
        let shift = |was: &[f64], is: &[f64]| {
            let rank = rank_sum(was, is)?;
            let (was_ms, is_ms) = (median(was), median(is));
            let is_shift = rank.p < chance
                && rank.effect >= EFFECT
                && is_ms >= was_ms * GROWTH
                && is_ms - was_ms >= GROWTH_MS;
            is_shift.then_some(rank)
        };
        let found = |rank: super::rank::RankSum, effect| Shift {
            target: target.clone(),
            has_pictures,
            was_ms: median(&was),
            is_ms: median(&is),
            samples: (was.len(), is.len()),
            p: rank.p,
            effect,
        };
        if let Some(rank) = shift(&was, &is) {
            comparison.slower.push(found(rank, rank.effect));
        } else if let Some(rank) = shift(&is, &was) {
            comparison.faster.push(found(rank, 1.0 - rank.effect));
        }
    }
}

/// Timings of the steps that both sides have, so that the mix of calls is the same.
fn series(base: &Baseline, new: &Baseline) -> Series {
    let mut series = Series::new();
    for case in &new.cases {
        let Some(before) = base.cases.iter().find(|one| one.case == case.case) else {
            continue;
        };
        for step in &case.steps {
            let Some(earlier) = before.steps.iter().find(|one| one.step == step.step) else {
                continue;
            };
            for (has_pictures, was, is) in [
                (true, &earlier.picture_ms, &step.picture_ms),
                (false, &earlier.other_ms, &step.other_ms),
            ] {
                if was.is_empty() || is.is_empty() {
                    continue;
                }
                let entry = series
                    .entry((case.target.clone(), has_pictures))
                    .or_default();
                entry.0.extend(was);
                entry.1.extend(is);
            }
        }
    }
    series
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

//! How long calls took, by target and kind of call.

use super::digest::Digest;
use super::matrix::Column;
use crate::model::{CaseRun, Report, Timings};

/// The phases of an exchange, in the order in which they happen.
pub(super) const PHASES: [&str; 5] = ["DNS", "TCP", "TLS", "first byte", "body"];

/// How long a kind of call took on a target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Latency<'a> {
    /// The target.
    pub(super) column: Column<'a>,
    /// Whether these are the calls that brought pictures, or all others.
    pub(super) has_pictures: bool,
    /// How many were answered.
    pub(super) count: usize,
    /// Percentiles of the whole time, in milliseconds: half, nine tenths, 99 hundredths.
    pub(super) p50: f64,
    /// See `p50`.
    pub(super) p90: f64,
    /// See `p50`.
    pub(super) p99: f64,
    /// Mean of each of [`PHASES`] in milliseconds, a phase that did not happen counted as nothing.
    pub(super) phases: [f64; 5],
}

impl<'a> Latency<'a> {
    /// Calls with pictures first, then the others; within these by target. What was not answered is left out.
    pub(super) fn all(report: &'a Report, digest: &Digest<'a>) -> Vec<Self> {
        let mut all = Vec::new();
        for has_pictures in [true, false] {
            for column in &digest.matrix.columns {
                let cases = report
                    .run
                    .cases
                    .iter()
                    .filter(|case| stands_in(case, column));
                let exchanges = cases
                    .flat_map(|case| &case.steps)
                    .filter_map(|step| step.exchange.as_ref());
                let timings: Vec<&Timings> = exchanges
                    .filter(|exchange| exchange.status().is_some())
                    .filter(|exchange| exchange.pictures().is_empty() != has_pictures)
                    .map(|exchange| &exchange.timings_ms)
                    .collect();
                all.extend(of(*column, has_pictures, &timings));
            }
        }
        all
    }
}

fn stands_in(case: &CaseRun, column: &Column<'_>) -> bool {
    case.account.as_str() == column.account
        && case.deployment.as_str() == column.deployment
        && case.route == column.route
}

fn of<'a>(column: Column<'a>, has_pictures: bool, timings: &[&Timings]) -> Option<Latency<'a>> {
    if timings.is_empty() {
        return None;
    }
    let mut totals: Vec<f64> = timings.iter().map(|timings| timings.total).collect();
    totals.sort_by(f64::total_cmp);
    let mut phases = [0.0; 5];
    for timings in timings {
        for (sum, ms) in phases.iter_mut().zip(phases_of(timings)) {
            *sum += ms / totals.len() as f64;
        }
    }
    Some(Latency {
        column,
        has_pictures,
        count: totals.len(),
        p50: percentile(&totals, 50),
        p90: percentile(&totals, 90),
        p99: percentile(&totals, 99),
        phases,
    })
}

/// Milliseconds of each of [`PHASES`].
pub(super) fn phases_of(timings: &Timings) -> [f64; 5] {
    let phases = [
        timings.dns,
        timings.tcp,
        timings.tls,
        timings.first_byte,
        timings.body,
    ];
    phases.map(|ms| ms.filter(|ms| ms.is_finite()).unwrap_or_default().max(0.0))
}

/// The smallest of `sorted` that so many hundredths do not exceed (nearest rank).
fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let sorted: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(percentile(&sorted, 50), 5.0);
        assert_eq!(percentile(&sorted, 90), 9.0);
        assert_eq!(percentile(&sorted, 99), 10.0);
        assert_eq!(percentile(&[7.0], 50), 7.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn calls_are_grouped_by_target() {
        let report = fixture::gateway_404();
        let digest = Digest::of(&report);
        let all = Latency::all(&report, &digest);
        let counts: Vec<_> = all
            .iter()
            .map(|one| (one.column.deployment, one.has_pictures, one.count))
            .collect();
        assert_eq!(
            counts,
            [("FLUX-1.1-pro", false, 1), ("FLUX.1-Kontext-pro", false, 2)]
        );
        assert_eq!(all[0].p50, 47.5);
        assert_eq!(all[1].phases, [1.2, 2.0, 12.7, 31.4, 0.2]);
    }
}

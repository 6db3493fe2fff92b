//! From results, in the order of their runs, to what they show together.

use crate::model::{Day, History, Trend, Verdict};
use std::collections::BTreeMap;

/// How many of the latest results are shown one by one.
const LATEST: usize = 20;

/// One result as the database has it.
pub(super) struct Result {
    pub(super) subject: i64,
    pub(super) verdict: Verdict,
    pub(super) ms: Option<f64>,
    pub(super) images: u64,
    pub(super) spent_usd: f64,
    pub(super) possibly_spent_usd: f64,
}

/// Takes results in, run by run.
#[derive(Default)]
pub(super) struct Collector {
    subjects: BTreeMap<i64, Series>,
    days: BTreeMap<String, Day>,
    /// The day of the run whose results come.
    day: String,
    from: String,
    to: String,
    runs: usize,
    results: usize,
}

#[derive(Default)]
struct Series {
    /// Scenario, account, deployment, route.
    names: [String; 4],
    verdicts: Vec<Verdict>,
    times: Vec<f64>,
    cost_usd: f64,
}

impl Collector {
    pub(super) fn subject(&mut self, id: i64, names: [String; 4]) {
        let series = Series {
            names,
            ..Series::default()
        };
        self.subjects.insert(id, series);
    }

    pub(super) fn run(&mut self, started_at: String) {
        self.runs += 1;
        self.day = started_at.chars().take("YYYY-MM-DD".len()).collect();
        let day = self.days.entry(self.day.clone()).or_default();
        day.runs += 1;
        if self.from.is_empty() {
            self.from.clone_from(&started_at);
        }
        self.to = started_at;
    }

    pub(super) fn result(&mut self, result: &Result) {
        self.results += 1;
        if let Some(day) = self.days.get_mut(&self.day) {
            day.images += result.images;
            day.spent_usd += result.spent_usd;
            day.possibly_spent_usd += result.possibly_spent_usd;
        }
        if let Some(series) = self.subjects.get_mut(&result.subject) {
            series.verdicts.push(result.verdict);
            series.times.extend(result.ms);
            series.cost_usd += result.spent_usd + result.possibly_spent_usd;
        }
    }

    pub(super) fn finish(self) -> History {
        let mut trends: Vec<Trend> = self
            .subjects
            .into_values()
            .filter(|series| !series.verdicts.is_empty())
            .map(Series::trend)
            .collect();
        trends.sort_by(|one, other| {
            let key = |trend: &Trend| {
                let Trend {
                    account,
                    deployment,
                    route,
                    scenario,
                    ..
                } = trend;
                (
                    account.clone(),
                    deployment.clone(),
                    route.clone(),
                    scenario.clone(),
                )
            };
            key(one).cmp(&key(other))
        });
        let days = self.days.into_iter().map(|(day, sums)| Day { day, ..sums });
        History {
            schema_version: 0,
            from: self.from,
            to: self.to,
            runs: self.runs,
            results: self.results,
            trends,
            days: days.collect(),
        }
    }
}

impl Series {
    fn trend(self) -> Trend {
        let count = |wanted: &[Verdict]| {
            let verdicts = self.verdicts.iter();
            verdicts.filter(|verdict| wanted.contains(verdict)).count()
        };
        let mut sorted = self.times.clone();
        sorted.sort_by(f64::total_cmp);
        let [scenario, account, deployment, route] = &self.names;
        Trend {
            scenario: scenario.as_str().into(),
            account: account.as_str().into(),
            deployment: deployment.as_str().into(),
            route: route.clone(),
            results: self.verdicts.len(),
            passes: count(&[Verdict::Pass]),
            failures: count(&[Verdict::Fail, Verdict::Error]),
            flaky: count(&[Verdict::Flaky]),
            flake_rate: flake_rate(&self.verdicts),
            latest: last(&self.verdicts),
            latest_ms: last(&self.times),
            p50_ms: percentile(&sorted, 50),
            p90_ms: percentile(&sorted, 90),
            p99_ms: percentile(&sorted, 99),
            cost_usd: self.cost_usd,
        }
    }
}

fn flake_rate(verdicts: &[Verdict]) -> f64 {
    let judged: Vec<Verdict> = verdicts
        .iter()
        .copied()
        .filter(|verdict| *verdict != Verdict::Skip)
        .collect();
    let turns = judged
        .windows(2)
        .filter(|pair| pair[1] != Verdict::Flaky && pair[0].is_bad() != pair[1].is_bad());
    let flaky = judged.iter().filter(|verdict| **verdict == Verdict::Flaky);
    (turns.count() + flaky.count()) as f64 / judged.len().max(1) as f64
}

fn last<T: Copy>(values: &[T]) -> Vec<T> {
    values[values.len().saturating_sub(LATEST)..].to_vec()
}

/// The smallest of `sorted` that so many hundredths do not exceed (nearest rank).
fn percentile(sorted: &[f64], hundredths: usize) -> Option<f64> {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flake_is_a_turn_or_a_flaky_result_and_a_lasting_failure_is_none() {
        use Verdict::{Fail, Flaky, Pass, Skip};
        assert_eq!(flake_rate(&[Pass, Pass, Pass, Pass]), 0.0);
        assert_eq!(flake_rate(&[Fail, Fail, Skip, Fail, Fail]), 0.0);
        assert_eq!(flake_rate(&[Pass, Fail, Pass, Fail]), 0.75);
        assert_eq!(flake_rate(&[Pass, Flaky, Pass, Pass]), 0.25);
        assert_eq!(flake_rate(&[]), 0.0);
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&sorted, 50), Some(50.0));
        assert_eq!(percentile(&sorted, 99), Some(99.0));
        assert_eq!(percentile(&[], 50), None);
    }
}

//! What every format tells besides the table: failures and skips, sorted and grouped once for all of them.

use super::matrix::{Cell, Matrix};
use crate::model::{CaseRun, Report, Verdict};

/// A report, counted and sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest<'a> {
    /// The table.
    pub matrix: Matrix<'a>,
    /// Cases that failed or could not be judged, row by row.
    pub failures: Vec<&'a CaseRun>,
    /// Everything that did not run, by reason, the most frequent reason first.
    pub skips: Vec<SkipGroup<'a>>,
    /// Cases that print lines, row by row.
    pub printing: Vec<&'a CaseRun>,
}

/// What did not run for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipGroup<'a> {
    /// The reason.
    pub why: &'a str,
    /// `account/deployment` with its scenarios, in the order of the table.
    pub targets: Vec<(String, Vec<&'a str>)>,
}

impl SkipGroup<'_> {
    /// The reason, or that there is none.
    pub fn why_or_none(&self) -> &str {
        if self.why.is_empty() {
            "no reason was given"
        } else {
            self.why
        }
    }

    /// How many cells of the table it covers.
    pub fn count(&self) -> usize {
        self.targets.iter().map(|(_, letters)| letters.len()).sum()
    }
}

impl<'a> Digest<'a> {
    /// Counts and sorts `report`.
    pub fn of(report: &'a Report) -> Self {
        let matrix = Matrix::of(report);
        let mut cases: Vec<&CaseRun> = report.run.cases.iter().collect();
        cases.sort_by_key(|case| place_of(&matrix, case));
        let failures = cases.iter().copied().filter(|c| c.verdict.is_bad());
        let printing = cases.iter().copied().filter(|case| {
            let mut lines = case.steps.iter().map(|step| step.output.len());
            lines.any(|count| count > 0)
        });
        Digest {
            failures: failures.collect(),
            printing: printing.collect(),
            skips: skips_of(&matrix),
            matrix,
        }
    }
}

fn place_of(matrix: &Matrix<'_>, case: &CaseRun) -> (usize, usize) {
    let row = matrix
        .rows
        .iter()
        .position(|row| row.scenario == case.scenario.as_str());
    let column = matrix.columns.iter().position(|column| {
        column.account == case.account.as_str()
            && column.deployment == case.deployment.as_str()
            && column.route == case.route
    });
    (row.unwrap_or(usize::MAX), column.unwrap_or(usize::MAX))
}

fn skips_of<'a>(matrix: &Matrix<'a>) -> Vec<SkipGroup<'a>> {
    let mut groups: Vec<SkipGroup<'a>> = Vec::new();
    for (c, column) in matrix.columns.iter().enumerate() {
        let mut target = format!("{}/{}", column.account, column.deployment);
        if matrix.has_several_routes && !column.route.is_empty() {
            target = format!("{target} {}", super::words::way(column.route));
        }
        for (r, row) in matrix.rows.iter().enumerate() {
            if let Some(Cell {
                verdict: Verdict::Skip,
                why,
                ..
            }) = matrix.cell(r, c)
            {
                put_skip(&mut groups, why, &target, row.scenario);
            }
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count()));
    groups
}

fn put_skip<'a>(groups: &mut Vec<SkipGroup<'a>>, why: &'a str, target: &str, scenario: &'a str) {
    let index = groups
        .iter()
        .position(|group| group.why == why)
        .unwrap_or_else(|| {
            groups.push(SkipGroup {
                why,
                targets: Vec::new(),
            });
            groups.len() - 1
        });
    let targets = &mut groups[index].targets;
    match targets.last_mut() {
        Some((last, letters)) if last == target => letters.push(scenario),
        _ => targets.push((target.to_owned(), vec![scenario])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Run;
    use crate::report::fixture;

    #[test]
    fn skips_are_grouped_by_reason_and_counted() {
        let mut run = Run::default();
        for (scenario, deployment, why) in [
            ("D", "a", "blocked"),
            ("C", "a", "blocked"),
            ("C", "b", "blocked"),
            ("I", "a", "no edits"),
        ] {
            let mut case = fixture::case(scenario, "acc", deployment);
            case.verdict = Verdict::Skip;
            case.why = why.into();
            run.cases.push(case);
        }
        let report = Report::new(run, Vec::new());
        let digest = Digest::of(&report);
        assert_eq!(digest.skips.len(), 2);
        assert_eq!(digest.skips[0].why, "blocked");
        assert_eq!(digest.skips[0].count(), 3);
        assert_eq!(
            digest.skips[0].targets,
            [
                ("acc/a".to_owned(), vec!["C", "D"]),
                ("acc/b".to_owned(), vec!["C"])
            ]
        );
    }

    #[test]
    fn failures_follow_the_table_not_the_order_of_running() {
        let mut run = Run::default();
        for scenario in ["K", "B"] {
            let mut case = fixture::case(scenario, "acc", "a");
            case.verdict = Verdict::Error;
            run.cases.push(case);
        }
        let report = Report::new(run, Vec::new());
        let order: Vec<_> = Digest::of(&report)
            .failures
            .iter()
            .map(|case| case.scenario.as_str())
            .collect();
        assert_eq!(order, ["B", "K"]);
    }
}

//! The table every report begins with: scenarios down, targets across, a verdict in each cell.

use crate::model::{CaseRun, Hop, Report, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Scenarios down, targets across.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<'a> {
    /// Letters in order, then names in order.
    pub rows: Vec<Row<'a>>,
    /// Targets by account, deployment and route.
    pub columns: Vec<Column<'a>>,
    /// Whether any deployment is reached by several routes, so that the route must be told.
    pub has_several_routes: bool,
    cells: Vec<Option<Cell<'a>>>,
}

/// A scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its letter or name.
    pub scenario: &'a str,
    /// Its title; empty where only skips name it.
    pub title: &'a str,
}

/// A target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column<'a> {
    /// Account.
    pub account: &'a str,
    /// Deployment.
    pub deployment: &'a str,
    /// Way that calls take; empty where nothing was planned for it.
    pub route: &'a str,
}

/// How a scenario ended on a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell<'a> {
    /// How it ended.
    pub verdict: Verdict,
    /// Who answered the step that went wrong.
    pub hop: Option<Hop>,
    /// Why, in one sentence.
    pub why: &'a str,
    /// The case; absent for what was left out of the plan.
    pub case: Option<&'a CaseRun>,
}

impl Cell<'_> {
    /// Whether it failed and a quarantine covers that.
    pub fn is_quarantined(&self) -> bool {
        self.case.is_some_and(|case| case.quarantine.is_some())
    }

    /// Whether it makes the run fail.
    pub fn is_red(&self) -> bool {
        self.verdict.is_bad() && !self.is_quarantined()
    }
}

impl<'a> Matrix<'a> {
    /// Sorts the cases and skips of `report`.
    pub fn of(report: &'a Report) -> Self {
        let run = &report.run;
        let columns = columns_of(report);
        let mut titles: BTreeMap<(bool, &str), &str> = BTreeMap::new();
        for case in &run.cases {
            titles.insert(row_key(case.scenario.as_str()), &case.title);
        }
        for skipped in &run.skipped {
            titles
                .entry(row_key(skipped.scenario.as_str()))
                .or_default();
        }
        let rows: Vec<Row> = titles
            .into_iter()
            .map(|((_, scenario), title)| Row { scenario, title })
            .collect();
        let mut matrix = Matrix {
            has_several_routes: has_several_routes(&columns),
            cells: vec![None; rows.len() * columns.len()],
            rows,
            columns,
        };
        for skipped in &run.skipped {
            let cell = Cell {
                verdict: Verdict::Skip,
                hop: None,
                why: &skipped.why,
                case: None,
            };
            let (account, deployment) = (skipped.account.as_str(), skipped.deployment.as_str());
            for index in 0..matrix.columns.len() {
                let column = matrix.columns[index];
                if (column.account, column.deployment) == (account, deployment) {
                    matrix.put(skipped.scenario.as_str(), index, cell);
                }
            }
        }
        for case in &run.cases {
            let cell = Cell {
                verdict: case.verdict,
                hop: hop_of(case, report),
                why: &case.why,
                case: Some(case),
            };
            let column = column_of(case);
            if let Some(index) = matrix.columns.iter().position(|known| *known == column) {
                matrix.put(case.scenario.as_str(), index, cell);
            }
        }
        matrix
    }

    /// The cell of a row and a column; nothing where the scenario was not chosen for the target.
    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell<'a>> {
        self.cells
            .get(row * self.columns.len() + column)
            .and_then(Option::as_ref)
    }

    /// Every cell with its row and column, target by target.
    pub fn cells(&self) -> impl Iterator<Item = (&Row<'a>, &Column<'a>, &Cell<'a>)> {
        let columns = self.columns.iter().enumerate();
        columns.flat_map(move |(c, column)| {
            let rows = self.rows.iter().enumerate();
            rows.filter_map(move |(r, row)| Some((row, column, self.cell(r, c)?)))
        })
    }

    /// A case always wins over a skip; of two cases the worse one is shown.
    fn put(&mut self, scenario: &str, column: usize, cell: Cell<'a>) {
        let Some(row) = self.rows.iter().position(|row| row.scenario == scenario) else {
            return;
        };
        let place = &mut self.cells[row * self.columns.len() + column];
        let is_better = match place {
            Some(old) if old.case.is_some() => old.verdict < cell.verdict,
            _ => true,
        };
        if is_better {
            *place = Some(cell);
        }
    }
}

/// Single capital letters first, then names.
fn row_key(scenario: &str) -> (bool, &str) {
    let is_letter = scenario.len() == 1 && scenario.as_bytes()[0].is_ascii_uppercase();
    (!is_letter, scenario)
}

fn column_of(case: &CaseRun) -> Column<'_> {
    Column {
        account: case.account.as_str(),
        deployment: case.deployment.as_str(),
        route: &case.route,
    }
}

fn columns_of(report: &Report) -> Vec<Column<'_>> {
    let mut columns: BTreeSet<Column> = report.run.cases.iter().map(column_of).collect();
    let planned: BTreeSet<(&str, &str)> = columns
        .iter()
        .map(|column| (column.account, column.deployment))
        .collect();
    columns.extend(report.run.skipped.iter().filter_map(|skipped| {
        let (account, deployment) = (skipped.account.as_str(), skipped.deployment.as_str());
        let is_new = !planned.contains(&(account, deployment));
        is_new.then_some(Column {
            account,
            deployment,
            route: "",
        })
    }));
    columns.into_iter().collect()
}

fn has_several_routes(columns: &[Column<'_>]) -> bool {
    columns
        .windows(2)
        .any(|pair| (pair[0].account, pair[0].deployment) == (pair[1].account, pair[1].deployment))
}

/// Who answered where a case went wrong: as diagnosed, else as far as the exchange alone tells.
fn hop_of(case: &CaseRun, report: &Report) -> Option<Hop> {
    if !case.verdict.is_bad() {
        return None;
    }
    let key = case.key();
    let diagnosed = report
        .diagnoses
        .iter()
        .find(|diagnosis| diagnosis.victims.iter().any(|victim| victim.case == key))
        .and_then(|diagnosis| diagnosis.hop);
    diagnosed.or_else(|| case.first_bad_step().and_then(|step| step.hop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Run, Skipped};
    use crate::report::fixture;

    #[test]
    fn letters_come_before_names_and_targets_are_sorted() {
        let mut run = Run::default();
        for (scenario, deployment) in [("smoke", "b"), ("C", "b"), ("A", "a"), ("A", "b")] {
            run.cases.push(fixture::case(scenario, "acc", deployment));
        }
        let report = Report::new(run, Vec::new());
        let matrix = Matrix::of(&report);
        let rows: Vec<_> = matrix.rows.iter().map(|row| row.scenario).collect();
        assert_eq!(rows, ["A", "C", "smoke"]);
        let columns: Vec<_> = matrix.columns.iter().map(|c| c.deployment).collect();
        assert_eq!(columns, ["a", "b"]);
        assert!(!matrix.has_several_routes);
        assert!(matrix.cell(1, 0).is_none(), "C was not chosen for a");
        assert!(matrix.cell(1, 1).is_some());
    }

    #[test]
    fn a_case_wins_over_a_skip_and_the_worse_case_wins() {
        let mut run = Run::default();
        let mut bad = fixture::case("A", "acc", "a");
        bad.verdict = Verdict::Fail;
        run.cases = vec![bad, fixture::case("A", "acc", "a")];
        for deployment in ["a", "only-skipped"] {
            run.skipped.push(Skipped {
                scenario: "A".into(),
                account: "acc".into(),
                deployment: deployment.into(),
                why: "no".into(),
            });
        }
        let report = Report::new(run, Vec::new());
        let matrix = Matrix::of(&report);
        assert_eq!(matrix.cell(0, 0).map(|c| c.verdict), Some(Verdict::Fail));
        assert_eq!(matrix.cell(0, 1).map(|c| c.verdict), Some(Verdict::Skip));
        assert_eq!(matrix.columns[1].route, "");
    }

    #[test]
    fn the_route_is_told_only_where_there_are_several() {
        let mut run = Run::default();
        let mut direct = fixture::case("A", "acc", "a");
        direct.route = "direct".into();
        run.cases = vec![direct, fixture::case("A", "acc", "a")];
        let report = Report::new(run, Vec::new());
        let matrix = Matrix::of(&report);
        assert!(matrix.has_several_routes);
        assert_eq!(matrix.columns.len(), 2);
    }
}

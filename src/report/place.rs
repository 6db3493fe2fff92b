//! Where in a scenario file a case stands.

use crate::model::{CaseRun, Report};
use std::collections::BTreeMap;

/// A place in a scenario file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Path as the scenario was loaded.
    pub(super) file: &'a str,
    /// Line, from 1; absent where only the file is known.
    pub(super) line: Option<u32>,
    /// Column, from 1.
    pub(super) column: Option<u32>,
}

impl<'a> Place<'a> {
    /// Reads `FILE:LINE:COLUMN`. A file name may hold colons itself.
    fn parse(at: &'a str) -> Option<Self> {
        let mut parts = at.rsplitn(3, ':');
        let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Place {
            file,
            line: Some(line.parse().ok()?),
            column: Some(column.parse().ok()?),
        })
    }
}

/// The file of every scenario of a report, as far as any of its checks tells it.
pub(super) struct Places<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Places<'a> {
    /// Looks through all checks of `report`.
    pub(super) fn of(report: &'a Report) -> Self {
        let mut files = BTreeMap::new();
        for case in &report.run.cases {
            if let Some(place) = first_place(case, |_| true) {
                files.entry(case.scenario.as_str()).or_insert(place.file);
            }
        }
        Places(files)
    }

    /// The file of a scenario.
    pub(super) fn file(&self, scenario: &str) -> Option<&'a str> {
        self.0.get(scenario).copied()
    }

    /// The check of `case` that did not hold, else the scenario's file alone.
    pub(super) fn of_case(&self, case: &'a CaseRun) -> Option<Place<'a>> {
        let failed = first_place(case, |passed| !passed);
        failed.or_else(|| {
            let file = self.file(case.scenario.as_str())?;
            Some(Place {
                file,
                line: None,
                column: None,
            })
        })
    }
}

fn first_place(case: &CaseRun, is_wanted: impl Fn(bool) -> bool) -> Option<Place<'_>> {
    let checks = case.steps.iter().flat_map(|step| &step.checks);
    checks
        .filter(|check| is_wanted(check.passed))
        .find_map(|check| Place::parse(&check.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_place_is_read_from_its_end() {
        let place = Place::parse("C:/a b/x.yaml:21:9").unwrap();
        assert_eq!(place.file, "C:/a b/x.yaml");
        assert_eq!((place.line, place.column), (Some(21), Some(9)));
        assert_eq!(Place::parse("x.yaml"), None);
        assert_eq!(Place::parse(""), None);
    }

    #[test]
    fn a_case_without_a_failed_check_stands_in_the_file_of_its_scenario() {
        let report = fixture::gateway_404();
        let places = Places::of(&report);
        let of = |deployment: &str| {
            let mut cases = report.run.cases.iter();
            let case = cases.find(|c| c.scenario == "I" && c.deployment == deployment);
            places.of_case(case.unwrap()).unwrap()
        };
        assert_eq!(of("FLUX.1-Kontext-pro").line, Some(21));
        assert_eq!(of("FLUX-1.1-pro").file, "scenarios/i-image-editing.yaml");
        assert_eq!(of("FLUX-1.1-pro").line, None);
        assert_eq!(places.file("B"), None);
    }
}

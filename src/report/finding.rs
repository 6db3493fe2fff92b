//! What is wrong in a report, once for each cause: what annotations and code scanning show instead of cells.

use super::place::{Place, Places};
use super::words;
use crate::model::{CaseRun, Diagnosis, Report, Verdict};

/// Rule of a diagnosis that the evidence left open.
pub(super) const UNDECIDED: &str = "undecided";
/// Rule of a failure that no diagnosis explains.
pub(super) const CHECK_FAILED: &str = "check_failed";
/// Rule of cases that failed once and passed later.
pub(super) const FLAKY: &str = "flaky";

/// Rule of quarantine entries whose time is over.
pub(super) const EXPIRED: &str = "quarantine_expired";

/// Rule of what is wrong with the run itself: it came late, one before it or a part of it is missing.
pub(super) const RUN_ITSELF: &str = "run_itself";

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding<'a> {
    /// Slug of the cause, or one of the rules above.
    pub(super) rule: &'a str,
    /// Whether it makes the run fail.
    pub(super) is_error: bool,
    /// One line.
    pub(super) title: &'a str,
    /// The diagnosis, where there is one.
    pub(super) diagnosis: Option<&'a Diagnosis>,
    /// What else is to be said of it.
    notes: Vec<String>,
    /// Cases it concerns, in the order in which they ran.
    pub(super) cases: Vec<&'a CaseRun>,
    /// Where the first of them stands.
    pub(super) place: Option<Place<'a>>,
}

impl<'a> Finding<'a> {
    /// Diagnoses in their order, then failures that none explains and what is flaky, then quarantines that are over, and
    /// what is wrong with the run itself.
    pub(super) fn all(report: &'a Report) -> Vec<Self> {
        let places = Places::of(report);
        let mut findings: Vec<Finding> = report
            .diagnoses
            .iter()
            .map(|diagnosis| of_diagnosis(diagnosis, report))
            .collect();
        for case in &report.run.cases {
            let rule = match case.verdict {
                Verdict::Flaky => FLAKY,
                Verdict::Fail | Verdict::Error if diagnoses_of(case, report).next().is_none() => {
                    CHECK_FAILED
                }
                _ => continue,
            };
            let same = findings.iter_mut().find(|finding| {
                finding.rule == rule
                    && finding.diagnosis.is_none()
                    && finding.cases[0].scenario == case.scenario
                    && finding.cases[0].why == case.why
            });
            match same {
                Some(finding) => {
                    finding.is_error |= case.is_red();
                    finding.cases.push(case);
                }
                None => findings.push(Finding {
                    rule,
                    is_error: case.is_red(),
                    title: title_of(case),
                    diagnosis: None,
                    notes: Vec::new(),
                    cases: vec![case],
                    place: None,
                }),
            }
        }
        if !report.run.expired.is_empty() {
            findings.push(Finding {
                rule: EXPIRED,
                is_error: true,
                title: "The time of a quarantine is over",
                diagnosis: None,
                notes: words::expired_lines(&report.run).collect(),
                cases: Vec::new(),
                place: None,
            });
        }
        findings.extend(report.run.findings.iter().map(|finding| Finding {
            rule: RUN_ITSELF,
            is_error: false,
            title: finding,
            diagnosis: None,
            notes: Vec::new(),
            cases: Vec::new(),
            place: None,
        }));
        for finding in &mut findings {
            finding.place = finding.cases.iter().find_map(|case| places.of_case(case));
        }
        findings
    }

    /// What is said of it, a sentence or a point a line: why it is so, what to change, whom it concerns.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = self.notes.clone();
        if let Some(diagnosis) = self.diagnosis {
            if let Some(hop) = diagnosis.hop {
                let sure = words::confidence(diagnosis.confidence);
                lines.push(format!("Answered by: {hop} ({sure})"));
            }
            let evidence = diagnosis.evidence.iter();
            lines.extend(evidence.map(|evidence| format!("Because: {evidence}")));
            if let Some(remedy) = &diagnosis.remedy {
                lines.push(format!("Change: {}", remedy.text));
                lines.extend(remedy.command.clone());
            }
        }
        let names: Vec<String> = self
            .cases
            .iter()
            .map(|case| words::case_name(case))
            .collect();
        let covered = self.cases.iter().filter_map(|case| {
            let entry = case.quarantine.as_ref()?;
            Some(format!("{}: {}", words::case_name(case), entry.phrase()))
        });
        lines.extend(covered);
        if !names.is_empty() {
            lines.push(format!(
                "{}: {}",
                words::count(names.len(), "case", "cases"),
                names.join(", ")
            ));
        }
        lines
    }
}

fn of_diagnosis<'a>(diagnosis: &'a Diagnosis, report: &'a Report) -> Finding<'a> {
    let cases = report.run.cases.iter();
    let cases: Vec<&CaseRun> = cases.filter(|case| explains(diagnosis, case)).collect();
    // What lets a case pass or never concerned one is no error of the run.
    let is_error = cases.is_empty() || cases.iter().any(|case| case.is_red());
    Finding {
        rule: diagnosis
            .cause
            .as_ref()
            .map_or(UNDECIDED, |cause| cause.as_str()),
        is_error,
        title: &diagnosis.title,
        diagnosis: Some(diagnosis),
        notes: Vec::new(),
        cases,
        place: None,
    }
}

fn title_of(case: &CaseRun) -> &str {
    if case.why.is_empty() {
        &case.title
    } else {
        &case.why
    }
}

/// The diagnoses that name `case` among their victims.
pub(super) fn diagnoses_of<'a>(
    case: &CaseRun,
    report: &'a Report,
) -> impl Iterator<Item = &'a Diagnosis> {
    report
        .diagnoses
        .iter()
        .filter(|diagnosis| explains(diagnosis, case))
}

fn explains(diagnosis: &Diagnosis, case: &CaseRun) -> bool {
    let key = case.key();
    diagnosis.victims.iter().any(|victim| victim.case == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Run;
    use crate::report::fixture;

    #[test]
    fn a_cause_is_found_once_and_stands_where_its_first_victim_does() {
        let report = fixture::gateway_404();
        let findings = Finding::all(&report);
        assert_eq!(findings.len(), 1);
        let finding = &findings[0];
        assert_eq!(finding.rule, "apim_operation_not_matched");
        assert!(finding.is_error);
        assert_eq!(finding.cases.len(), 1);
        assert_eq!(finding.place.unwrap().line, Some(21));
        let lines = finding.lines();
        assert_eq!(lines[0], "Answered by: gateway (high confidence)");
        assert!(lines.last().unwrap().starts_with("1 case: I foundry1"));
    }

    #[test]
    fn a_covered_failure_is_a_warning_and_a_quarantine_that_is_over_an_error() {
        let (covered, expired) = (fixture::quarantined(), fixture::expired());
        let kinds = |report| {
            let findings = Finding::all(report).into_iter();
            findings
                .map(|finding| (finding.rule, finding.is_error))
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&covered), [("apim_operation_not_matched", false)]);
        assert_eq!(
            kinds(&expired),
            [("apim_operation_not_matched", true), (EXPIRED, true)]
        );
        let findings = Finding::all(&covered);
        let lines = findings[0].lines();
        assert!(
            lines
                .iter()
                .any(|line| line.ends_with("quarantined until 2099-12-31 by anna: INC-1")),
            "{lines:?}"
        );
    }

    #[test]
    fn a_run_that_came_late_is_a_warning() {
        let mut report = fixture::green();
        assert!(Finding::all(&report).is_empty());
        report.run.findings = vec!["this run is 9 h late".into()];
        let findings = Finding::all(&report);
        assert_eq!(
            (findings[0].rule, findings[0].is_error),
            (RUN_ITSELF, false)
        );
        assert_eq!(findings[0].title, "this run is 9 h late");
        assert!(findings[0].lines().is_empty());
    }

    #[test]
    fn what_no_diagnosis_explains_is_grouped_by_scenario_and_reason() {
        let mut run = Run::default();
        for (scenario, deployment, verdict, why) in [
            ("B", "a", Verdict::Fail, "black"),
            ("B", "b", Verdict::Fail, "black"),
            ("C", "a", Verdict::Error, "black"),
            ("D", "a", Verdict::Flaky, "slow once"),
            ("E", "a", Verdict::Pass, ""),
            ("F", "a", Verdict::Skip, "no"),
        ] {
            let mut case = fixture::case(scenario, "acc", deployment);
            case.verdict = verdict;
            case.why = why.into();
            run.cases.push(case);
        }
        let report = Report::new(run, Vec::new());
        let findings: Vec<_> = Finding::all(&report)
            .iter()
            .map(|finding| (finding.rule, finding.cases.len(), finding.is_error))
            .collect();
        assert_eq!(
            findings,
            [
                (CHECK_FAILED, 2, true),
                (CHECK_FAILED, 1, true),
                (FLAKY, 1, false)
            ]
        );
    }
}

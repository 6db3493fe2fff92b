//! Values that show themselves: rich in Jupyter, text elsewhere.

use super::error::NotebookError;
use super::load;
use super::part::Part;
use crate::compare::{baseline_of, update};
use crate::harness::Found;
use crate::model::{Audit, Baseline, Checkup, Comparison, Diagnosis, Plan, Report, RouteMap};
use crate::report::{
    Document, Explained, FORMATS, ReportPart, Style, html_fragment, html_part, text_part,
};
use std::fmt;
use std::ops::Deref;
use std::path::Path;

/// What exists and can be called.
pub type Estate = Shown<Found>;
/// What would run.
pub type Planned = Shown<Plan>;
/// What ran, and why what failed has failed.
pub type Results = Shown<Report>;
/// What is wrong with the map.
pub type Findings = Shown<Audit>;
/// Operations, policies, backends, accounts, deployments, and what leads where.
pub type Routes = Shown<RouteMap>;
/// What runs are held against.
pub type Base = Shown<Baseline>;
/// What has changed between two runs.
pub type Changes = Shown<Comparison>;
/// A URL, checked.
pub type Visit = Shown<Checkup>;
/// Recorded exchanges, explained.
pub type Explanations = Shown<Vec<Explained>>;

/// What can be shown.
pub trait Show {
    /// The document that it is.
    fn document(&self) -> Document<'_>;
}

impl Show for Found {
    fn document(&self) -> Document<'_> {
        Document::Inventory(&self.inventory)
    }
}

impl Show for Plan {
    fn document(&self) -> Document<'_> {
        Document::Plan(self)
    }
}

impl Show for Report {
    fn document(&self) -> Document<'_> {
        Document::Report(self)
    }
}

impl Show for Audit {
    fn document(&self) -> Document<'_> {
        Document::Audit(self)
    }
}

impl Show for RouteMap {
    fn document(&self) -> Document<'_> {
        Document::Routes(self)
    }
}

impl Show for Baseline {
    fn document(&self) -> Document<'_> {
        Document::Baseline(self)
    }
}

impl Show for Comparison {
    fn document(&self) -> Document<'_> {
        Document::Comparison(self)
    }
}

impl Show for Checkup {
    fn document(&self) -> Document<'_> {
        Document::Checkup(self)
    }
}

impl Show for Vec<Explained> {
    fn document(&self) -> Document<'_> {
        Document::Explained(self)
    }
}

/// A value that shows itself as the last expression of a cell. It derefs to the value: `results.run.cases`.
#[derive(Clone, PartialEq)]
pub struct Shown<T>(T);

impl<T> Shown<T> {
    pub(super) fn of(value: T) -> Self {
        Shown(value)
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: Show> Shown<T> {
    /// Shows it under the cell. The kernel calls this for a cell's last expression.
    pub fn evcxr_display(&self) {
        Part::of(self.html(), self.to_string()).evcxr_display();
    }

    /// The rich form, a fragment of HTML without script.
    pub fn html(&self) -> String {
        html_fragment(self.0.document())
    }

    /// Writes it to a file; as [`Session::save`](super::Session::save).
    ///
    /// # Errors
    /// Where the format cannot show it, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), NotebookError> {
        load::save(self.0.document(), path.as_ref())
    }
}

impl Shown<Report> {
    /// The table: scenarios down, deployments across. A cell opens to its steps and exchanges.
    pub fn matrix(&self) -> Part {
        part(self, ReportPart::Matrix)
    }

    /// Who answered, why, and what to change.
    pub fn diagnoses(&self) -> Part {
        part(self, ReportPart::Diagnoses)
    }

    /// The pictures, by prompt and deployment.
    pub fn pictures(&self) -> Part {
        part(self, ReportPart::Pictures)
    }

    /// How long calls took: phases and percentiles.
    pub fn timings(&self) -> Part {
        part(self, ReportPart::Timings)
    }

    /// Every case with its steps, checks and exchanges.
    pub fn cases(&self) -> Part {
        part(self, ReportPart::Cases)
    }

    /// The lines that scenarios print.
    pub fn printed(&self) -> Part {
        part(self, ReportPart::Printed)
    }

    /// What of it later runs are held against, small enough for a repository; `.save("baseline.json")` keeps it.
    pub fn baseline(&self) -> Base {
        Shown::of(baseline_of(&self.run))
    }
}

impl Shown<Baseline> {
    /// The baseline with a later run taken in, as `fluxprobe baseline update` does: its cases take the place of those of
    /// the same key, its timings are added.
    pub fn updated(&self, results: &Results) -> Self {
        let mut base = self.clone();
        update(&mut base.0, &results.run);
        base
    }
}

impl<T> Deref for Shown<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Show> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = FORMATS[0].render(self.0.document(), &Style::default());
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

impl<T: Show> fmt::Debug for Shown<T> {
    /// The plain form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The diagnoses of a run, judged again.
#[derive(Clone, PartialEq)]
pub struct Diagnosed(Report);

impl Diagnosed {
    pub(super) fn of_report(report: Report) -> Self {
        Diagnosed(report)
    }

    /// The run with these diagnoses.
    pub fn into_results(self) -> Results {
        Shown::of(self.0)
    }

    /// Shows them under the cell. The kernel calls this for a cell's last expression.
    pub fn evcxr_display(&self) {
        part(&self.0, ReportPart::Diagnoses).evcxr_display();
    }
}

impl Deref for Diagnosed {
    type Target = [Diagnosis];

    fn deref(&self) -> &[Diagnosis] {
        &self.0.diagnoses
    }
}

impl fmt::Display for Diagnosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_part(
            &self.0,
            ReportPart::Diagnoses,
            &Style::default(),
        ))
    }
}

impl fmt::Debug for Diagnosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn part(report: &Report, part: ReportPart) -> Part {
    let text = text_part(report, part, &Style::default());
    Part::of(html_part(report, part), text)
}

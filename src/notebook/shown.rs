//! Values that show themselves: rich in Jupyter, text elsewhere. The program draws them.

use super::desk::{Desk, wait};
use super::error::NotebookError;
use super::load;
use super::part::Part;
use crate::model::pipe::{Answer, Ask, Drawn, Held, Paper, ReportPart, View};
use crate::model::{
    Audit, Baseline, Checkup, Comparison, Diagnosis, Explained, Found, Plan, Report, RouteMap,
};
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

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
pub trait Show: Clone {
    /// The document that it is.
    fn paper(&self) -> Paper;

    /// The value of a document; nothing where it is another.
    fn of_paper(paper: Paper) -> Option<Self>;
}

/// A value, and the variant of [`Paper`] that holds it in a box.
macro_rules! shows {
    ($($value:ty => $variant:ident),* $(,)?) => {$(
        impl Show for $value {
            fn paper(&self) -> Paper {
                Paper::$variant(Box::new(self.clone()))
            }

            fn of_paper(paper: Paper) -> Option<Self> {
                match paper {
                    Paper::$variant(value) => Some(*value),
                    _ => None,
                }
            }
        }
    )*};
}

shows! {
    Found => Found,
    Plan => Plan,
    Report => Report,
    Audit => Audit,
    RouteMap => Routes,
    Baseline => Baseline,
    Comparison => Comparison,
    Checkup => Checkup,
}

impl Show for Vec<Explained> {
    fn paper(&self) -> Paper {
        Paper::Explained(self.clone())
    }

    fn of_paper(paper: Paper) -> Option<Self> {
        match paper {
            Paper::Explained(explained) => Some(explained),
            _ => None,
        }
    }
}

/// A value that shows itself as the last expression of a cell. It derefs to the value: `results.run.cases`.
#[derive(Clone)]
pub struct Shown<T> {
    value: T,
    desk: Arc<Desk>,
}

impl<T> Shown<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Show> Shown<T> {
    /// The document that `ask` gives.
    pub(super) async fn asked(desk: &Arc<Desk>, ask: Ask) -> Result<Self, NotebookError> {
        let value = match desk.ask(ask).await? {
            Answer::Paper(paper) => T::of_paper(paper),
            _ => None,
        };
        Ok(Shown {
            value: value.ok_or_else(another)?,
            desk: desk.clone(),
        })
    }

    /// Shows it under the cell. The kernel calls this for a cell's last expression.
    pub fn evcxr_display(&self) {
        self.part(View::Whole).evcxr_display();
    }

    /// The rich form, a fragment of HTML without script.
    pub fn html(&self) -> String {
        self.part(View::Whole).into_html()
    }

    /// Writes it to a file; as [`Session::save`](super::Session::save).
    ///
    /// # Errors
    /// Where the format cannot show it, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), NotebookError> {
        load::save(&self.desk, &self.value, path.as_ref())
    }

    fn part(&self, view: View) -> Part {
        Part::of(drawn(&self.desk, &self.value, view))
    }
}

impl Shown<Report> {
    /// The table: scenarios down, deployments across. A cell opens to its steps and exchanges.
    pub fn matrix(&self) -> Part {
        self.part(View::Part(ReportPart::Matrix))
    }

    /// Who answered, why, and what to change.
    pub fn diagnoses(&self) -> Part {
        self.part(View::Part(ReportPart::Diagnoses))
    }

    /// The pictures, by prompt and deployment.
    pub fn pictures(&self) -> Part {
        self.part(View::Part(ReportPart::Pictures))
    }

    /// How long calls took: phases and percentiles.
    pub fn timings(&self) -> Part {
        self.part(View::Part(ReportPart::Timings))
    }

    /// Every case with its steps, checks and exchanges.
    pub fn cases(&self) -> Part {
        self.part(View::Part(ReportPart::Cases))
    }

    /// The lines that scenarios print.
    pub fn printed(&self) -> Part {
        self.part(View::Part(ReportPart::Printed))
    }

    /// What of it later runs are held against, small enough for a repository; `.save("baseline.json")` keeps it.
    ///
    /// # Errors
    /// Where the program does not answer.
    pub fn baseline(&self) -> Result<Base, NotebookError> {
        let held = Held::Run(Box::new(self.run.clone()));
        wait(Shown::asked(&self.desk, Ask::Baseline(held)))
    }
}

impl Shown<Baseline> {
    /// The baseline with a later run taken in, as `fluxprobe baseline update` does: its cases take the place of those of
    /// the same key, its timings are added.
    ///
    /// # Errors
    /// Where the program does not answer.
    pub fn updated(&self, results: &Results) -> Result<Self, NotebookError> {
        let (base, run) = (self.value.clone(), results.run.clone());
        let ask = Ask::Update(Box::new(base), Box::new(run));
        wait(Shown::asked(&self.desk, ask))
    }
}

impl<T> Deref for Shown<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Shown<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Show> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.part(View::Whole), f)
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
pub struct Diagnosed(Results);

impl Diagnosed {
    pub(super) fn of_results(results: Results) -> Self {
        Diagnosed(results)
    }

    /// The run with these diagnoses.
    pub fn into_results(self) -> Results {
        self.0
    }

    /// Shows them under the cell. The kernel calls this for a cell's last expression.
    pub fn evcxr_display(&self) {
        self.0.diagnoses().evcxr_display();
    }
}

impl Deref for Diagnosed {
    type Target = [Diagnosis];

    fn deref(&self) -> &[Diagnosis] {
        &self.0.value.diagnoses
    }
}

impl fmt::Display for Diagnosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.diagnoses(), f)
    }
}

impl fmt::Debug for Diagnosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A document drawn.
///
/// # Errors
/// Where the format cannot show it, or the program does not answer.
pub(super) fn drawn<T: Show>(desk: &Desk, value: &T, view: View) -> Result<Drawn, NotebookError> {
    match wait(desk.ask(Ask::Show(value.paper(), view)))? {
        Answer::Drawn(drawn) => Ok(drawn),
        _ => Err(another()),
    }
}

pub(super) fn another() -> NotebookError {
    NotebookError::Strange("the answer is to another question".to_owned())
}

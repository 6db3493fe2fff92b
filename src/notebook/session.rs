//! The session: what a cell types.

use super::desk::{Desk, wait};
use super::error::NotebookError;
use super::held::Comparable;
use super::later::Later;
use super::load::Document;
use super::program::Program;
use super::shown::{
    Changes, Diagnosed, Estate, Explanations, Findings, Planned, Results, Routes, Shown, Visit,
    another,
};
use crate::model::pipe::{Answer, Ask, Narrow};
use crate::model::{Plan, Report};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// An open internet, real or simulated, with what was learnt of it. A handle: a clone is the same session, and what
/// narrows it ([`Session::deployment`] and so on) gives a narrowed handle to the same session.
#[derive(Clone)]
pub struct Session {
    pub(super) desk: Arc<Desk>,
    pub(super) narrow: Narrow,
}

impl Session {
    /// Opens a simulated internet: a built-in world (`phase-1.5`, `healthy`), or a YAML file.
    ///
    /// # Errors
    /// Where there is no such world.
    pub fn world(name: &str) -> Result<Self, NotebookError> {
        Program::find().world(name)
    }

    /// Opens real Azure with what the environment, `.env` and `fluxprobe.yaml` configure, as the command line does.
    ///
    /// # Errors
    /// Where a configuration file is not right.
    pub fn azure() -> Result<Self, NotebookError> {
        Program::find().azure()
    }

    /// As [`Session::azure`], signed in by one way in particular: `service-principal`, `workload-identity`,
    /// `managed-identity` or `developer-tools`, as `--auth` takes it.
    ///
    /// # Errors
    /// Where a configuration file is not right, or there is no such way.
    pub fn azure_as(way: &str) -> Result<Self, NotebookError> {
        Program::find().azure_as(way)
    }

    /// Starts the program, with arguments that name an internet, and makes sure that it is open.
    pub(super) fn open(program: &Program, arguments: &[&str]) -> Result<Self, NotebookError> {
        let desk = Desk::of(program.path().to_owned(), arguments);
        let own = env!("CARGO_PKG_VERSION");
        match wait(desk.ask(Ask::Open))? {
            Answer::Opened(version) if version == own => Ok(Session {
                desk: Arc::new(desk),
                narrow: Narrow::default(),
            }),
            Answer::Opened(version) => Err(NotebookError::Version {
                path: program.path().display().to_string(),
                version,
                own,
            }),
            _ => Err(another()),
        }
    }

    /// The same verbs for `.await`.
    pub fn later(&self) -> Later {
        Later::of(self.clone())
    }

    /// Reads what exists and may be read: accounts, deployments, gateways, routes, gaps.
    ///
    /// # Errors
    /// Where nothing at all can be reached or signed in to.
    pub fn discover(&self) -> Result<Estate, NotebookError> {
        wait(self.later().discover())
    }

    /// Shows what `words` would run (`"A-D K"`, `""` for all), every URL and the price; sends none of it.
    ///
    /// # Errors
    /// Where there is no such scenario or deployment, or nothing to call.
    pub fn plan(&self, words: &str) -> Result<Planned, NotebookError> {
        wait(self.later().plan(words))
    }

    /// Runs `words` (`"A-D K"`, `""` for all) on the deployments, and says why what failed has failed.
    ///
    /// # Errors
    /// Where there is no such scenario or deployment, or nothing to call. A failed probe is no error.
    pub fn run(&self, words: &str) -> Result<Results, NotebookError> {
        wait(self.later().run(words))
    }

    /// Runs exactly what was planned.
    ///
    /// # Errors
    /// Where the plan names a scenario that is not known here.
    pub fn run_plan(&self, plan: &Plan) -> Result<Results, NotebookError> {
        wait(self.later().run_plan(plan))
    }

    /// Judges the map without calling anything on it: what is wrong with accounts, gateways, policies and routes.
    ///
    /// # Errors
    /// Where nothing at all can be reached or signed in to.
    pub fn audit(&self) -> Result<Findings, NotebookError> {
        wait(self.later().audit())
    }

    /// Draws the map from operation to deployment, with what is wrong marked on the link that it breaks.
    ///
    /// # Errors
    /// Where nothing at all can be reached or signed in to.
    pub fn routes(&self) -> Result<Routes, NotebookError> {
        wait(self.later().routes())
    }

    /// Judges a run again, with what this session has discovered and today's tables: one diagnosis a cause.
    ///
    /// # Errors
    /// Where a table of the user's own causes is not right.
    pub fn diagnose(&self, report: &Report) -> Result<Diagnosed, NotebookError> {
        wait(self.later().diagnose(report))
    }

    /// Explains recorded exchanges: JSON lines, HAR, what `curl -i` or `curl -v` printed.
    ///
    /// # Errors
    /// Where the text is none of these.
    pub fn explain(&self, recorded: &str) -> Result<Explanations, NotebookError> {
        wait(self.later().explain(recorded))
    }

    /// Checks a URL as it was pasted, or a deployment, from its host's name down to the model; buys nothing.
    ///
    /// # Errors
    /// Where the text names nothing.
    pub fn doctor(&self, asked: &str) -> Result<Visit, NotebookError> {
        wait(self.later().doctor(asked))
    }

    /// Holds two runs or baselines against each other: what fails anew, is mended, slower, dearer, or answered in other
    /// words. Either may be a file: `session.compare("baseline.json", &results)?`.
    ///
    /// # Errors
    /// Where a file cannot be read, or is neither a baseline nor the report of a run.
    pub fn compare(
        &self,
        base: &(impl Comparable + ?Sized),
        new: &(impl Comparable + ?Sized),
    ) -> Result<Changes, NotebookError> {
        wait(self.later().compare(base, new))
    }

    /// Writes a value to a file: its extension picks the format (`json`, `html`, `md`, `xml`, `sarif`, …), and what is
    /// written as JSON is what the command line reads.
    ///
    /// # Errors
    /// Where the format cannot show it, or the file cannot be written.
    pub fn save<T: super::Show>(
        &self,
        value: &Shown<T>,
        path: impl AsRef<Path>,
    ) -> Result<(), NotebookError> {
        value.save(path)
    }

    /// Reads back what `run`, `plan`, `discover`, `compare` or `baseline update` wrote as JSON, here or on the command line. Needs no open session:
    /// `let nightly: Results = Session::load("run.json")?;`.
    ///
    /// # Errors
    /// Where the file is no such document.
    pub fn load<T: Document>(path: impl AsRef<Path>) -> Result<Shown<T>, NotebookError> {
        Program::find().load(path)
    }

    /// Takes scenarios from a file or folder instead of the built-in twelve; may be given several times.
    pub fn scenarios(&self, path: impl AsRef<Path>) -> Self {
        self.with(|narrow| narrow.scenarios.push(path.as_ref().to_owned()))
    }

    /// Takes scenarios that have a tag.
    pub fn tag(&self, tag: &str) -> Self {
        self.with(|narrow| narrow.tags.push(tag.to_owned()))
    }

    /// Takes a deployment; may be given several times.
    pub fn deployment(&self, name: &str) -> Self {
        self.with(|narrow| narrow.deployments.push(name.to_owned()))
    }

    /// Looks at an Azure subscription, by id or name.
    pub fn subscription(&self, name: &str) -> Self {
        self.with(|narrow| narrow.subscriptions.push(name.to_owned()))
    }

    /// Looks at a resource group.
    pub fn resource_group(&self, name: &str) -> Self {
        self.with(|narrow| narrow.resource_groups.push(name.to_owned()))
    }

    /// Looks at a Foundry account.
    pub fn account(&self, name: &str) -> Self {
        self.with(|narrow| narrow.accounts.push(name.to_owned()))
    }

    /// Looks at an API Management service.
    pub fn gateway(&self, name: &str) -> Self {
        self.with(|narrow| narrow.gateways.push(name.to_owned()))
    }

    /// Leaves gateways aside and calls deployments directly.
    pub fn direct(&self) -> Self {
        self.with(|narrow| narrow.is_direct = true)
    }

    /// Buys pictures for so many US dollars at most.
    pub fn max_cost(&self, usd: f64) -> Self {
        self.with(|narrow| narrow.max_cost_usd = Some(usd))
    }

    /// Asks the gateway to trace every call; needs API Management Service Contributor.
    pub fn traced(&self) -> Self {
        self.with(|narrow| narrow.is_tracing = true)
    }

    /// Keeps pictures with a longest edge of so many pixels, instead of 96.
    pub fn thumbnails(&self, pixels: u32) -> Self {
        self.with(|narrow| narrow.thumbnail = Some(pixels))
    }

    /// Prints no progress.
    pub fn quiet(&self) -> Self {
        self.with(|narrow| narrow.is_quiet = true)
    }

    fn with(&self, change: impl FnOnce(&mut Narrow)) -> Self {
        let mut session = self.clone();
        change(&mut session.narrow);
        session
    }
}

impl fmt::Debug for Session {
    /// What it looks at, as the last line of a cell shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a session on {:?}", self.desk)?;
        if self.narrow == Narrow::default() {
            return Ok(());
        }
        write!(f, ", narrowed: {:?}", self.narrow)
    }
}

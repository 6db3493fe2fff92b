//! The verbs of a session for `.await`.

use super::error::NotebookError;
use super::held::Comparable;
use super::session::Session;
use super::shown::{
    Changes, Diagnosed, Estate, Explanations, Findings, Planned, Results, Routes, Show, Shown,
    Visit,
};
use crate::model::pipe::{Ask, Narrow};
use crate::model::{Plan, Report};

/// A session whose verbs are awaited. The work begins when the future is first polled, and goes on if it is dropped.
#[derive(Debug, Clone)]
pub struct Later {
    session: Session,
}

impl Later {
    pub(super) fn of(session: Session) -> Self {
        Later { session }
    }

    /// As [`Session::discover`].
    ///
    /// # Errors
    /// As there.
    pub async fn discover(&self) -> Result<Estate, NotebookError> {
        self.ask(Ask::Discover(self.narrow())).await
    }

    /// As [`Session::plan`].
    ///
    /// # Errors
    /// As there.
    pub async fn plan(&self, words: &str) -> Result<Planned, NotebookError> {
        self.ask(Ask::Plan(self.narrow(), words.to_owned())).await
    }

    /// As [`Session::run`].
    ///
    /// # Errors
    /// As there.
    pub async fn run(&self, words: &str) -> Result<Results, NotebookError> {
        self.ask(Ask::Run(self.narrow(), words.to_owned())).await
    }

    /// As [`Session::run_plan`].
    ///
    /// # Errors
    /// As there.
    pub async fn run_plan(&self, plan: &Plan) -> Result<Results, NotebookError> {
        let plan = Box::new(plan.clone());
        self.ask(Ask::Carry(self.narrow(), plan)).await
    }

    /// As [`Session::audit`].
    ///
    /// # Errors
    /// As there.
    pub async fn audit(&self) -> Result<Findings, NotebookError> {
        self.ask(Ask::Audit(self.narrow())).await
    }

    /// As [`Session::routes`].
    ///
    /// # Errors
    /// As there.
    pub async fn routes(&self) -> Result<Routes, NotebookError> {
        self.ask(Ask::Routes(self.narrow())).await
    }

    /// As [`Session::diagnose`].
    ///
    /// # Errors
    /// As there.
    pub async fn diagnose(&self, report: &Report) -> Result<Diagnosed, NotebookError> {
        let run = Box::new(report.run.clone());
        let judged = self.ask(Ask::Diagnose(run)).await;
        judged.map(Diagnosed::of_results)
    }

    /// As [`Session::explain`].
    ///
    /// # Errors
    /// As there.
    pub async fn explain(&self, recorded: &str) -> Result<Explanations, NotebookError> {
        self.ask(Ask::Explain(recorded.to_owned())).await
    }

    /// As [`Session::doctor`].
    ///
    /// # Errors
    /// As there.
    pub async fn doctor(&self, asked: &str) -> Result<Visit, NotebookError> {
        let ask = Ask::Doctor(self.narrow(), asked.to_owned());
        self.ask(ask).await
    }

    /// As [`Session::compare`].
    ///
    /// # Errors
    /// As there.
    pub async fn compare(
        &self,
        base: &(impl Comparable + ?Sized),
        new: &(impl Comparable + ?Sized),
    ) -> Result<Changes, NotebookError> {
        self.ask(Ask::Compare(base.held()?, new.held()?)).await
    }

    fn narrow(&self) -> Narrow {
        self.session.narrow.clone()
    }

    async fn ask<T: Show>(&self, ask: Ask) -> Result<Shown<T>, NotebookError> {
        Shown::asked(&self.session.desk, ask).await
    }
}

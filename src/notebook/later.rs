//! The verbs of a session for `.await`.

use super::desk::Job;
use super::error::NotebookError;
use super::held::Comparable;
use super::session::Session;
use super::shown::{
    Changes, Diagnosed, Estate, Explanations, Findings, Planned, Results, Routes, Shown, Visit,
};
use super::work::Asked;
use crate::compare::compare;
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
        let narrow = self.session.narrow.clone();
        let found = self.ask(|reply| Job::Discover { narrow, reply }).await?;
        Ok(Shown::of(found))
    }

    /// As [`Session::plan`].
    ///
    /// # Errors
    /// As there.
    pub async fn plan(&self, words: &str) -> Result<Planned, NotebookError> {
        let narrow = self.session.narrow.clone();
        let words = words.to_owned();
        let plan = self
            .ask(|reply| Job::Plan {
                narrow,
                words,
                reply,
            })
            .await?;
        Ok(Shown::of(plan))
    }

    /// As [`Session::run`].
    ///
    /// # Errors
    /// As there.
    pub async fn run(&self, words: &str) -> Result<Results, NotebookError> {
        self.carry_out(Asked::Words(words.to_owned())).await
    }

    /// As [`Session::run_plan`].
    ///
    /// # Errors
    /// As there.
    pub async fn run_plan(&self, plan: &Plan) -> Result<Results, NotebookError> {
        self.carry_out(Asked::Plan(Box::new(plan.clone()))).await
    }

    /// As [`Session::audit`].
    ///
    /// # Errors
    /// As there.
    pub async fn audit(&self) -> Result<Findings, NotebookError> {
        let narrow = self.session.narrow.clone();
        let audit = self.ask(|reply| Job::Audit { narrow, reply }).await?;
        Ok(Shown::of(audit))
    }

    /// As [`Session::routes`].
    ///
    /// # Errors
    /// As there.
    pub async fn routes(&self) -> Result<Routes, NotebookError> {
        let narrow = self.session.narrow.clone();
        let map = self.ask(|reply| Job::Routes { narrow, reply }).await?;
        Ok(Shown::of(map))
    }

    /// As [`Session::diagnose`].
    ///
    /// # Errors
    /// As there.
    pub async fn diagnose(&self, report: &Report) -> Result<Diagnosed, NotebookError> {
        let run = Box::new(report.run.clone());
        let report = self.ask(|reply| Job::Diagnose { run, reply }).await?;
        Ok(Diagnosed::of_report(report))
    }

    /// As [`Session::explain`].
    ///
    /// # Errors
    /// As there.
    pub async fn explain(&self, recorded: &str) -> Result<Explanations, NotebookError> {
        let recorded = recorded.to_owned();
        let explained = self.ask(|reply| Job::Explain { recorded, reply }).await?;
        Ok(Shown::of(explained))
    }

    /// As [`Session::doctor`].
    ///
    /// # Errors
    /// As there.
    pub async fn doctor(&self, asked: &str) -> Result<Visit, NotebookError> {
        let narrow = self.session.narrow.clone();
        let asked = asked.to_owned();
        let checkup = self.ask(|reply| Job::Doctor {
            narrow,
            asked,
            reply,
        });
        Ok(Shown::of(checkup.await?))
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
        Ok(Shown::of(compare(&base.held()?, &new.held()?)))
    }

    async fn carry_out(&self, asked: Asked) -> Result<Results, NotebookError> {
        let narrow = self.session.narrow.clone();
        let report = self
            .ask(|reply| Job::Run {
                narrow,
                asked,
                reply,
            })
            .await?;
        Ok(Shown::of(report))
    }

    async fn ask<T>(
        &self,
        job: impl FnOnce(super::desk::Reply<T>) -> Job,
    ) -> Result<T, NotebookError> {
        let (reply, answer) = futures_channel::oneshot::channel();
        self.session.desk.give(job(reply))?;
        answer.await.map_err(|_| NotebookError::Broken)?
    }
}

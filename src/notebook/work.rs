//! What the session's thread does: the harness's verbs, with what was discovered remembered.

use super::desk::Job;
use super::error::NotebookError;
use super::narrow::Narrow;
use super::progress::CellProgress;
use crate::audit::{Habits, audit, route_map};
use crate::diagnose::Diagnoser;
use crate::discover::Selection;
use crate::harness::{Configuration, Found, Harness, HarnessError, explain, own_causes, scenarios};
use crate::model::{Inventory, Plan, Report, Run};
use crate::run::{Pacer, RunOptions};
use std::sync::Arc;
use tokio::sync::Mutex;

/// What to run.
pub(super) enum Asked {
    /// Letters, ranges, names.
    Words(String),
    /// A plan as it stands.
    Plan(Box<Plan>),
}

/// An open harness, and what was learnt through it.
pub(super) struct Work {
    harness: Harness,
    configuration: Configuration,
    found: Mutex<Option<(Selection, Arc<Found>)>>,
    /// What all runs have asked for: the next one must not meet a limit that the last one has used up.
    pacer: Arc<Pacer>,
}

impl Work {
    pub(super) fn of(harness: Harness, configuration: Configuration) -> Self {
        Work {
            harness,
            configuration,
            found: Mutex::default(),
            pacer: Arc::default(),
        }
    }

    /// Carries a job out and answers it. Nobody may be waiting any more, which is fine.
    pub(super) async fn answer(&self, job: Job) {
        match job {
            Job::Discover { narrow, reply } => {
                let found = self.discover(&narrow).await;
                let _ = reply.send(found.map(|found| found.as_ref().clone()));
            }
            Job::Plan {
                narrow,
                words,
                reply,
            } => {
                let _ = reply.send(self.plan(&narrow, &words).await);
            }
            Job::Run {
                narrow,
                asked,
                reply,
            } => {
                let _ = reply.send(self.run(&narrow, asked).await);
            }
            Job::Audit { narrow, reply } => {
                let found = self.found(&narrow).await;
                let judged = found.map(|found| audit(&found.inventory, &Habits::default()));
                let _ = reply.send(judged);
            }
            Job::Routes { narrow, reply } => {
                let found = self.found(&narrow).await;
                let drawn = found.map(|found| {
                    let inventory = &found.inventory;
                    route_map(inventory, &audit(inventory, &Habits::default()))
                });
                let _ = reply.send(drawn);
            }
            Job::Diagnose { run, reply } => {
                let inventory = self.known().await;
                let report =
                    self.diagnose(*run, inventory.as_deref().map(|found| &found.inventory));
                let _ = reply.send(report);
            }
            Job::Explain { recorded, reply } => {
                let explained = self.diagnoser().and_then(|diagnoser| {
                    explain(&diagnoser, recorded.as_bytes()).map_err(NotebookError::from)
                });
                let _ = reply.send(explained);
            }
            Job::Doctor {
                narrow,
                asked,
                reply,
            } => {
                let progress = CellProgress::new(narrow.is_quiet);
                let selection = narrow.selection(&self.configuration);
                let events = |event| progress.discovered(&event);
                let checkup = self.harness.check_up(
                    &self.configuration,
                    &selection,
                    &asked,
                    narrow.is_tracing,
                    &events,
                );
                let _ = reply.send(checkup.await.map_err(NotebookError::from));
            }
        }
    }

    /// Ends the session.
    pub(super) async fn close(self) {
        self.harness.close().await;
    }

    async fn discover(&self, narrow: &Narrow) -> Result<Arc<Found>, NotebookError> {
        let progress = CellProgress::new(narrow.is_quiet);
        let selection = narrow.selection(&self.configuration);
        let events = |event| progress.discovered(&event);
        let found = self.harness.find(&self.configuration, &selection, &events);
        let found = Arc::new(found.await?);
        *self.found.lock().await = Some((selection, found.clone()));
        Ok(found)
    }

    /// What was discovered last.
    async fn known(&self) -> Option<Arc<Found>> {
        let found = self.found.lock().await;
        found.as_ref().map(|(_, found)| found.clone())
    }

    /// What was discovered with the same selection, or is discovered now.
    async fn found(&self, narrow: &Narrow) -> Result<Arc<Found>, NotebookError> {
        let selection = narrow.selection(&self.configuration);
        let known = match self.found.lock().await.as_ref() {
            Some((with, found)) if *with == selection => Some(found.clone()),
            _ => None,
        };
        match known {
            Some(found) => Ok(found),
            None => self.discover(narrow).await,
        }
    }

    async fn plan(&self, narrow: &Narrow, words: &str) -> Result<Plan, NotebookError> {
        let scenarios = scenarios(&narrow.scenarios)?;
        let found = self.found(narrow).await?;
        found.check()?;
        let choice = narrow.choice(words);
        Ok(self.harness.plan(&found.targets, &scenarios, &choice)?)
    }

    async fn run(&self, narrow: &Narrow, asked: Asked) -> Result<Report, NotebookError> {
        let scenarios = scenarios(&narrow.scenarios)?;
        let plan = match asked {
            Asked::Words(words) => self.plan(narrow, &words).await?,
            Asked::Plan(plan) => *plan,
        };
        if plan.cases.is_empty() && plan.skipped.is_empty() {
            return Err(NotebookError::Nothing);
        }
        let options = RunOptions {
            max_cost_usd: narrow.max_cost_usd,
            thumbnail: Some(narrow.thumbnail),
            is_tracing: narrow.is_tracing,
            pacer: Some(self.pacer.clone()),
            quarantine: self.configuration.config.quarantine().to_vec(),
            ..RunOptions::default()
        };
        let progress = CellProgress::new(narrow.is_quiet);
        progress.begin(plan.cases.len());
        let run = self.harness.run(&plan, &scenarios, &options, &progress);
        let run = run.await;
        let inventory = self.known().await;
        self.diagnose(run, inventory.as_deref().map(|found| &found.inventory))
    }

    fn diagnose(&self, run: Run, inventory: Option<&Inventory>) -> Result<Report, NotebookError> {
        let diagnoser = self.diagnoser()?;
        Ok(self.harness.diagnose(run, inventory, &diagnoser))
    }

    fn diagnoser(&self) -> Result<Arc<Diagnoser>, NotebookError> {
        let own = own_causes(&self.configuration.causes())?;
        let made = Diagnoser::with(&own);
        Ok(made.map_err(|error| HarnessError::Input(error.to_string()))?)
    }
}

//! What the questions are answered with: the harness's verbs, with what was discovered remembered.

use super::paper;
use super::progress::Told;
use crate::audit::{Habits, audit, route_map};
use crate::cli::args::{CausesArgs, Scope};
use crate::cli::causes;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::run::THUMBNAIL;
use crate::cli::session::{Opened, Session};
use crate::compare::{baseline_of, compare, update};
use crate::diagnose::Diagnoser;
use crate::discover::Selection;
use crate::harness::{self, explain, scenarios};
use crate::model::pipe::{Answer, Ask, Held, Narrow, Paper};
use crate::model::{Baseline, Found, Plan, Report, Run};
use crate::plan::Choice;
use crate::run::{Pacer, RunOptions};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// An internet, opened once somebody needs it, and what was learnt through it.
pub(super) struct Work {
    session: Session,
    opened: OnceCell<Opened>,
    found: Mutex<Option<(Selection, Arc<Found>)>>,
    /// What all runs have asked for: the next one must not meet a limit that the last one has used up.
    pacer: Arc<Pacer>,
}

impl Work {
    pub(super) fn of(session: Session) -> Self {
        Work {
            session,
            opened: OnceCell::new(),
            found: Mutex::default(),
            pacer: Arc::default(),
        }
    }

    /// Answers one question.
    pub(super) async fn answer(&self, id: u64, ask: Ask) -> Result<Answer, Failure> {
        Ok(Answer::Paper(match ask {
            Ask::Open => {
                self.opened().await?;
                return Ok(Answer::Opened(env!("CARGO_PKG_VERSION").to_owned()));
            }
            Ask::Show(paper, view) => return Ok(Answer::Drawn(paper::draw(&paper, &view)?)),
            Ask::Read(kind, text) => paper::read(kind, &text)?,
            Ask::Discover(narrow) => {
                let found = self.discover(id, &narrow).await?;
                Paper::Found(Box::new(found.as_ref().clone()))
            }
            Ask::Plan(narrow, words) => {
                Paper::Plan(Box::new(self.plan(id, &narrow, &words).await?))
            }
            Ask::Run(narrow, words) => {
                let plan = self.plan(id, &narrow, &words).await?;
                Paper::Report(Box::new(self.carry_out(id, &narrow, &plan).await?))
            }
            Ask::Carry(narrow, plan) => {
                Paper::Report(Box::new(self.carry_out(id, &narrow, &plan).await?))
            }
            Ask::Audit(narrow) => {
                let found = self.found(id, &narrow).await?;
                Paper::Audit(Box::new(audit(&found.inventory, &Habits::default())))
            }
            Ask::Routes(narrow) => {
                let inventory = &self.found(id, &narrow).await?.inventory;
                let judged = audit(inventory, &Habits::default());
                Paper::Routes(Box::new(route_map(inventory, &judged)))
            }
            Ask::Diagnose(run) => Paper::Report(Box::new(self.diagnose(*run).await?)),
            Ask::Explain(recorded) => {
                Paper::Explained(explain(&*self.diagnoser()?, recorded.as_bytes())?)
            }
            Ask::Doctor(narrow, asked) => {
                let told = Told::new(id, narrow.is_quiet);
                let opened = self.opened().await?;
                let events = |event| told.discovered(&event);
                let (scope, is_tracing) = (scope(&narrow), narrow.is_tracing);
                let checkup = opened.check(&scope, &asked, is_tracing, &events);
                Paper::Checkup(Box::new(checkup.await?))
            }
            Ask::Compare(base, new) => {
                Paper::Comparison(Box::new(compare(&held(base)?, &held(new)?)))
            }
            Ask::Baseline(of) => Paper::Baseline(Box::new(held(of)?)),
            Ask::Update(mut base, run) => {
                update(&mut base, &run);
                Paper::Baseline(base)
            }
        }))
    }

    /// Ends the session.
    pub(super) async fn close(self) {
        if let Some(opened) = self.opened.into_inner() {
            opened.harness.close().await;
        }
    }

    async fn opened(&self) -> Result<&Opened, Failure> {
        self.opened.get_or_try_init(|| self.session.open()).await
    }

    async fn discover(&self, id: u64, narrow: &Narrow) -> Result<Arc<Found>, Failure> {
        let told = Told::new(id, narrow.is_quiet);
        let (opened, scope) = (self.opened().await?, scope(narrow));
        let found = opened.look(&scope, &|event| told.discovered(&event)).await;
        let found = Arc::new(found?);
        *self.found.lock().await = Some((opened.selection(&scope), found.clone()));
        Ok(found)
    }

    /// What was discovered last.
    async fn known(&self) -> Option<Arc<Found>> {
        let found = self.found.lock().await;
        found.as_ref().map(|(_, found)| found.clone())
    }

    /// What was discovered with the same selection, or is discovered now.
    async fn found(&self, id: u64, narrow: &Narrow) -> Result<Arc<Found>, Failure> {
        let selection = self.opened().await?.selection(&scope(narrow));
        let known = match self.found.lock().await.as_ref() {
            Some((with, found)) if *with == selection => Some(found.clone()),
            _ => None,
        };
        match known {
            Some(found) => Ok(found),
            None => self.discover(id, narrow).await,
        }
    }

    async fn plan(&self, id: u64, narrow: &Narrow, words: &str) -> Result<Plan, Failure> {
        let scenarios = scenarios(&narrow.scenarios)?;
        let found = self.found(id, narrow).await?;
        found.check()?;
        let harness = &self.opened().await?.harness;
        Ok(harness.plan(&found.targets, &scenarios, &choice(narrow, words))?)
    }

    async fn carry_out(&self, id: u64, narrow: &Narrow, plan: &Plan) -> Result<Report, Failure> {
        if plan.cases.is_empty() && plan.skipped.is_empty() {
            let text = "nothing was selected: no scenario applies to any deployment; look at session.plan(\"\")";
            return Err(Failure::new(Exit::Nothing, text));
        }
        let scenarios = scenarios(&narrow.scenarios)?;
        let opened = self.opened().await?;
        let options = RunOptions {
            max_cost_usd: narrow.max_cost_usd,
            thumbnail: Some(narrow.thumbnail.unwrap_or(THUMBNAIL)),
            is_tracing: narrow.is_tracing,
            pacer: Some(self.pacer.clone()),
            quarantine: opened.quarantine().to_vec(),
            ..RunOptions::default()
        };
        let told = Told::new(id, narrow.is_quiet);
        told.begin(plan.cases.len());
        let run = opened.harness.run(plan, &scenarios, &options, &told).await;
        self.diagnose(run).await
    }

    async fn diagnose(&self, run: Run) -> Result<Report, Failure> {
        let diagnoser = self.diagnoser()?;
        let found = self.known().await;
        let inventory = found.as_deref().map(|found| &found.inventory);
        let harness = &self.opened().await?.harness;
        Ok(harness.diagnose(run, inventory, &diagnoser))
    }

    fn diagnoser(&self) -> Result<Arc<Diagnoser>, Failure> {
        causes::diagnoser(&self.session, &CausesArgs::default())
    }
}

/// What of it is compared.
fn held(side: Held) -> Result<Baseline, Failure> {
    Ok(match side {
        Held::Run(run) => baseline_of(&run),
        Held::Baseline(baseline) => *baseline,
        Held::File(file) => harness::baseline(&file.name, file.text.as_bytes())?,
    })
}

/// What discovery looks at.
fn scope(narrow: &Narrow) -> Scope {
    Scope {
        subscription: narrow.subscriptions.clone(),
        resource_group: narrow.resource_groups.clone(),
        account: narrow.accounts.clone(),
        gateway: narrow.gateways.clone(),
    }
}

/// The scenarios of `words` (letters, ranges, names, by spaces or commas; nothing for all) on the chosen targets.
fn choice(narrow: &Narrow, words: &str) -> Choice {
    let words = words.split([' ', ',']).filter(|word| !word.is_empty());
    Choice {
        scenarios: words.map(str::to_owned).collect(),
        tags: narrow.tags.clone(),
        deployments: narrow.deployments.clone(),
        is_direct: narrow.is_direct,
        ..Choice::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_spaces_or_commas() {
        let narrow = Narrow::default();
        assert_eq!(choice(&narrow, "A-C, K").scenarios, ["A-C", "K"]);
        assert!(choice(&narrow, "").scenarios.is_empty());
    }
}

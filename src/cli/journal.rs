//! The journal of `run`: opened before anything is planned, so that what can be continued is not asked for again.

use super::args::{PlanArgs, RunArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Planned;
use crate::model::Plan;
use crate::run::{Begun, Journal};
use crate::scenario::Scenario;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The journal of a run, and what it is continued with.
#[derive(Default)]
pub(super) struct Kept {
    journal: Option<Journal>,
    /// What an earlier life of the run was to do.
    pub(super) planned: Option<Planned>,
}

impl Kept {
    /// Opens the journal where one is to be continued.
    ///
    /// # Errors
    /// Where it cannot be, or was begun for something else.
    pub(super) fn open(args: &RunArgs, scenarios: &[Scenario]) -> Result<Self, Failure> {
        let Some(path) = args
            .journal
            .journal
            .as_deref()
            .filter(|_| args.journal.is_resumed)
        else {
            return Ok(Kept::default());
        };
        let (journal, begun) = Journal::open(path, true)?;
        if let Some(begun) = &begun {
            check(path, begun, args, scenarios)?;
        }
        Ok(Kept {
            journal: Some(journal),
            planned: begun.map(|begun| Planned {
                plan: begun.plan,
                inventory: begun.inventory,
            }),
        })
    }

    /// The journal to write to, its first line written where it is new. `planned` is what the run is to do.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn journal(
        self,
        args: &RunArgs,
        planned: &Planned,
        scenarios: &[Scenario],
        started_at: String,
    ) -> Result<Option<Journal>, Failure> {
        let journal = match (self.journal, &args.journal.journal) {
            (Some(journal), _) => journal,
            (None, Some(path)) => Journal::open(path, false)?.0,
            (None, None) => return Ok(None),
        };
        if journal.is_new() {
            journal.begin(Begun {
                started_at,
                asked: asked(args),
                scenarios: digests(&planned.plan, scenarios),
                plan: planned.plan.clone(),
                inventory: planned.inventory.clone(),
            })?;
        }
        Ok(Some(journal))
    }
}

/// Makes sure that what is asked for now is what the journal was begun for.
fn check(
    path: &Path,
    begun: &Begun,
    args: &RunArgs,
    scenarios: &[Scenario],
) -> Result<(), Failure> {
    let refuse = |what: &str| {
        let text = format!(
            "the journal {} {what}: continue it with what it was begun with, or name a new file",
            path.display()
        );
        Err(Failure::new(Exit::Usage, text))
    };
    let nothing = format!("{:?} None", PlanArgs::default());
    let now = asked(args);
    if now != nothing && now != begun.asked {
        return refuse("was begun for another selection");
    }
    let now = digests(&begun.plan, scenarios);
    let other = begun
        .scenarios
        .iter()
        .find(|(id, digest)| now.get(*id) != Some(digest));
    match other {
        Some((id, _)) => refuse(&format!("was begun with another text of scenario {id}")),
        None => Ok(()),
    }
}

fn asked(args: &RunArgs) -> String {
    format!("{:?} {:?}", args.plan_args, args.plan)
}

/// A digest of each scenario that `plan` names and that is at hand.
fn digests(plan: &Plan, scenarios: &[Scenario]) -> BTreeMap<String, String> {
    let is_planned =
        |scenario: &&Scenario| plan.cases.iter().any(|case| case.scenario == scenario.id);
    scenarios
        .iter()
        .filter(is_planned)
        .map(|scenario| {
            let digest = Sha256::digest(format!("{scenario:?}"));
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            (scenario.id.to_string(), hex)
        })
        .collect()
}

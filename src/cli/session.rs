//! What every command shares: how a session with an internet is opened, and where values come from.

use super::args::{Global, PlanArgs, Scope};
use super::configuration::Configuration;
use super::environment::Environment;
use super::exit::Exit;
use super::failure::{Failure, in_words};
use super::output::Outputs;
use super::profile::{choice, profile_of};
use super::progress::Progress;
use super::shard::part_of;
use super::{inputs, screen};
use crate::config::ProfileLayer;
use crate::diagnose::explain_gaps;
use crate::discover::{Selection, targets};
use crate::harness::{Harness, Settings};
use crate::model::{Gap, Inventory, Plan, Quarantine, Target};
use crate::report::Style;
use crate::scenario::{self, Scenario};
use std::path::{Path, PathBuf};

/// Global flags and environment.
pub(super) struct Session {
    pub(super) global: Global,
    pub(super) environment: Environment,
}

/// What a plan is made from.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) inventory: Option<Inventory>,
}

impl Session {
    pub(super) fn new(global: Global, environment: Environment) -> Self {
        Session {
            global,
            environment,
        }
    }

    /// Where documents go. Checked before anything is done, so that no result is lost at the end.
    pub(super) fn outputs(&self) -> Result<Outputs, Failure> {
        Outputs::of(&self.global, screen::style(&self.global, &self.environment))
    }

    /// How text on stderr is laid out.
    pub(super) fn message_style(&self) -> Style {
        screen::message_style(&self.global, &self.environment)
    }

    /// Progress on stderr, where it is wanted and can be seen.
    pub(super) fn progress(&self) -> Progress {
        Progress::new(&self.global)
    }

    /// Opens the internet that the flags name, with everything that is configured.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        let configuration = Configuration::load(&self.global, &self.environment)?;
        let global = &self.global;
        let settings = Settings {
            world: global.world.clone(),
            resolve: global.resolve.clone(),
            cacert: global.cacert.clone(),
            is_insecure: global.is_insecure,
            identity: configuration.identity.clone(),
            configured_keys: configuration.keys(),
        };
        let harness = Harness::open(settings).await?;
        Ok(Opened {
            harness,
            configuration,
            is_world: global.world.is_some(),
        })
    }

    /// Plans what the arguments choose, from a saved inventory or a fresh one.
    pub(super) async fn plan(
        &self,
        opened: &Opened,
        args: &PlanArgs,
        scenarios: &[Scenario],
        progress: &Progress,
    ) -> Result<Planned, Failure> {
        let selection = opened.selection(&args.scope);
        let found = match &args.inventory {
            Some(file) => {
                let inventory: Inventory = inputs::document(file, "an inventory")?;
                let targets = targets(&inventory, &selection);
                Found { inventory, targets }
            }
            None => opened.find(&args.scope, progress).await?,
        };
        if found.targets.is_empty() {
            return Err(no_targets(&found.inventory));
        }
        plan_found(opened, args, scenarios, found, &self.environment)
    }

    /// Plans from an inventory that is known already.
    pub(super) fn plan_known(
        &self,
        opened: &Opened,
        args: &PlanArgs,
        scenarios: &[Scenario],
        inventory: Inventory,
    ) -> Result<Planned, Failure> {
        let targets = opened.targets(&inventory, &args.scope);
        let found = Found { inventory, targets };
        plan_found(opened, args, scenarios, found, &self.environment)
    }
}

fn plan_found(
    opened: &Opened,
    args: &PlanArgs,
    scenarios: &[Scenario],
    found: Found,
    environment: &Environment,
) -> Result<Planned, Failure> {
    let choice = choice(args, &profile_of(opened, args)?);
    let plan = opened.harness.plan(&found.targets, scenarios, &choice)?;
    Ok(Planned {
        plan: part_of(plan, args, environment)?,
        inventory: Some(found.inventory),
    })
}

/// An open session with its configuration.
pub(super) struct Opened {
    pub(super) harness: Harness,
    configuration: Configuration,
    is_world: bool,
}

/// What there is, and what of it can be called.
pub(super) struct Found {
    pub(super) inventory: Inventory,
    pub(super) targets: Vec<Target>,
}

impl Opened {
    /// The layers of a profile.
    pub(super) fn profile(&self, name: &str) -> Result<Vec<ProfileLayer>, Failure> {
        let layers = self.configuration.config.profile(name);
        layers.map_err(|error| Failure::new(Exit::Usage, error))
    }

    /// What can be called of an inventory that was found before, or what is written down where that was it.
    fn targets(&self, inventory: &Inventory, scope: &Scope) -> Vec<Target> {
        let found = targets(inventory, &self.selection(scope));
        if found.is_empty() {
            return self.configuration.written.targets.clone();
        }
        found
    }

    /// Failures that are known and answered for.
    pub(super) fn quarantine(&self) -> &[Quarantine] {
        self.configuration.config.quarantine()
    }

    /// What discovery is narrowed down to: by the flags, and where they say nothing by the configuration.
    fn selection(&self, scope: &Scope) -> Selection {
        let mut selection = Selection::from(&self.configuration.config);
        let flags = [
            (&mut selection.subscriptions, &scope.subscription),
            (&mut selection.resource_groups, &scope.resource_group),
            (&mut selection.accounts, &scope.account),
            (&mut selection.gateways, &scope.gateway),
        ];
        for (chosen, flag) in flags {
            if !flag.is_empty() {
                chosen.clone_from(flag);
            }
        }
        selection
    }

    /// Discovers over ARM; without rights there, or where it shows nothing to call, takes what is written down.
    pub(super) async fn find(&self, scope: &Scope, progress: &Progress) -> Result<Found, Failure> {
        let written = &self.configuration.written;
        let has_written = !written.targets.is_empty();
        let written = |why: String| {
            let mut inventory = written.inventory.clone();
            inventory.gaps.push(Gap {
                what: "Azure Resource Manager".to_owned(),
                why,
                opened_by: Some("Reader on the subscription".to_owned()),
            });
            Found {
                inventory,
                targets: written.targets.clone(),
            }
        };
        if has_written && !self.is_world && !self.configuration.names_an_identity() {
            let why = "nobody is configured to sign in as, so only what is written down is known";
            return Ok(written(why.to_owned()));
        }
        let selection = self.selection(scope);
        let events = |event| progress.discovered(&event);
        let inventory = self.harness.discover(&selection, &events).await;
        progress.clear();
        match inventory {
            Ok(inventory) => {
                let targets = targets(&inventory, &selection);
                if targets.is_empty() && has_written {
                    return Ok(written("it shows no FLUX deployment".to_owned()));
                }
                Ok(Found { inventory, targets })
            }
            Err(error) if has_written => Ok(written(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }
}

/// The scenarios that `paths` name, or the built-in ones.
pub(super) fn scenarios(paths: &[PathBuf]) -> Result<Vec<Scenario>, Failure> {
    if paths.is_empty() {
        return Ok(scenario::built_in()?);
    }
    let mut all = Vec::new();
    for path in paths {
        all.extend(scenarios_at(path)?);
    }
    Ok(all)
}

fn scenarios_at(path: &Path) -> Result<Vec<Scenario>, Failure> {
    let name = path.to_string_lossy();
    if !path.is_dir() {
        return Ok(vec![scenario::load(&name)?]);
    }
    let found = scenario::load_all(&name)?;
    if found.is_empty() {
        let text = format!(
            "{name} holds no scenario: put files that end in .yaml there, or name one file"
        );
        return Err(Failure::new(Exit::BadInput, text));
    }
    Ok(found)
}

fn no_targets(inventory: &Inventory) -> Failure {
    let deployments = inventory
        .accounts
        .iter()
        .map(|account| account.deployments.len());
    let mut text = format!(
        "no FLUX deployment was found: {} accounts with {} deployments were read",
        inventory.accounts.len(),
        deployments.sum::<usize>()
    );
    for gap in &inventory.gaps {
        text.push_str(&format!("\n  not read: {}: {}", gap.what, gap.why));
        if let Some(opener) = &gap.opened_by {
            text.push_str(&format!("; opened by {opener}"));
        }
    }
    for said in explain_gaps(inventory) {
        text.push_str(&in_words(&said));
    }
    text.push_str("\ndeploy a model of Black Forest Labs, or widen --subscription, --resource-group, --account");
    Failure::new(Exit::Nothing, text)
}

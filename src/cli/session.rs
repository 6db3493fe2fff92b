//! What every command shares: how a session with an internet is opened, and where values come from.

use super::args::{DoctorArgs, Global, PlanArgs, Scope};
use super::failure::Failure;
use super::output::Outputs;
use super::progress::Progress;
use super::{inputs, screen};
use crate::discover::Selection;
use crate::harness::{Configuration, Environment, Found, Harness, Settings, Sources};
use crate::model::{Checkup, Inventory, Plan};
use crate::plan::Choice;
use crate::scenario::Scenario;

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

    /// Progress on stderr, where it is wanted and can be seen.
    pub(super) fn progress(&self) -> Progress {
        Progress::new(&self.global)
    }

    /// Reads the configuration.
    pub(super) fn configuration(&self) -> Result<Configuration, Failure> {
        let global = &self.global;
        let sources = Sources {
            is_world: global.world.is_some(),
            config: global.config.clone(),
            env_file: global.env_file.clone(),
            identity: global.auth.into(),
        };
        Ok(Configuration::load(&sources, &self.environment)?)
    }

    /// Opens the internet that the flags name, with everything that is configured.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        let configuration = self.configuration()?;
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
            Some(file) => Found::of(inputs::document(file, "an inventory")?, &selection),
            None => opened.find(&args.scope, progress).await?,
        };
        found.check()?;
        let plan = opened
            .harness
            .plan(&found.targets, scenarios, &choice_of(args))?;
        Ok(Planned {
            plan,
            inventory: Some(found.inventory),
        })
    }
}

/// An open session with its configuration.
pub(super) struct Opened {
    pub(super) harness: Harness,
    configuration: Configuration,
}

impl Opened {
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
        let selection = self.selection(scope);
        let events = |event| progress.discovered(&event);
        let found = self
            .harness
            .find(&self.configuration, &selection, &events)
            .await;
        progress.clear();
        Ok(found?)
    }

    /// Checks a URL or a deployment.
    pub(super) async fn check_up(
        &self,
        args: &DoctorArgs,
        progress: &Progress,
    ) -> Result<Checkup, Failure> {
        let selection = self.selection(&args.scope);
        let events = |event| progress.discovered(&event);
        let (asked, is_tracing) = (&args.asked, args.is_tracing);
        let checked =
            self.harness
                .check_up(&self.configuration, &selection, asked, is_tracing, &events);
        let checked = checked.await;
        progress.clear();
        Ok(checked?)
    }
}

fn choice_of(args: &PlanArgs) -> Choice {
    Choice {
        scenarios: args.words.iter().chain(&args.letters).cloned().collect(),
        tags: args.tag.clone(),
        deployments: args.deployment.clone(),
        is_direct: args.is_direct,
    }
}

//! What every command shares: how a session with an internet is opened, and where values come from.

use super::args::{DoctorArgs, Global, PlanArgs, Scope};
use super::exit::Exit;
use super::failure::Failure;
use super::output::{self, Outputs};
use super::profile::{choice, profile_of};
use super::progress::Progress;
use super::shard::part_of;
use super::{inputs, screen};
use crate::config::ProfileLayer;
use crate::discover::{self, Selection};
use crate::harness::{Configuration, Environment, Harness, Settings, Sources};
use crate::model::{Checkup, Found, Inventory, Plan, Quarantine};
use crate::report::{Style, escape};
use crate::scenario::Scenario;
use std::fs;
use std::path::Path;
use std::time::Duration;

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

    /// Writes a text that is no report to every `--output`, or to stdout.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        if self.global.output.is_empty() {
            return output::data(text);
        }
        for path in &self.global.output {
            if path == Path::new("-") {
                output::data(text)?;
            } else {
                fs::write(path, text).map_err(|error| Failure::unwritable(path, &error))?;
            }
        }
        Ok(())
    }

    /// Refuses `--output` for a command that gives no document, so that nobody waits for a file that never comes.
    ///
    /// # Errors
    /// Where one was given.
    pub(super) fn without_output(&self) -> Result<(), Failure> {
        let given = self
            .global
            .output
            .first()
            .or(self.global.output_dir.as_ref());
        given.map_or(Ok(()), |path| {
            let text = format!(
                "this command writes no report to {}: leave --output away; where it makes a file, give the file as its argument",
                path.display()
            );
            Err(Failure::new(Exit::Usage, text))
        })
    }

    /// How text on stderr is laid out.
    pub(super) fn message_style(&self) -> Style {
        screen::message_style(&self.global, &self.environment)
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
        self.open_for(None).await
    }

    /// As [`Session::open`], where a deadline bounds how long a management service that throttles is waited for.
    pub(super) async fn open_for(&self, deadline: Option<Duration>) -> Result<Opened, Failure> {
        let configuration = self.configuration()?;
        let global = &self.global;
        let settings = Settings {
            world: global.world.clone(),
            resolve: global.resolve.clone(),
            cacert: global.cacert.clone(),
            is_insecure: global.is_insecure,
            identity: configuration.identity.clone(),
            configured_keys: configuration.keys(),
            deadline,
        };
        let harness = Harness::open(settings).await?;
        self.tell(&configuration);
        if !global.is_quiet {
            for note in harness.world_notes() {
                output::message(&format!("note: {}\n", escape::terminal(&note)));
            }
        }
        Ok(Opened {
            harness,
            configuration,
        })
    }

    /// Says what is set and has no effect.
    fn tell(&self, configuration: &Configuration) {
        if self.global.is_quiet {
            return;
        }
        for note in configuration.notes() {
            output::message(&format!("note: {}\n", escape::terminal(&note)));
        }
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
                let inventory = inputs::document(file, "an inventory")?;
                let configuration = &opened.configuration;
                let known = opened.harness.known(configuration, inventory, &selection);
                known.await
            }
            None => opened.find(&args.scope, progress).await?,
        };
        found.check()?;
        plan_found(opened, args, scenarios, found, &self.environment)
    }

    /// Plans from an inventory that is known already.
    pub(super) async fn plan_known(
        &self,
        opened: &Opened,
        args: &PlanArgs,
        scenarios: &[Scenario],
        inventory: Inventory,
    ) -> Result<Planned, Failure> {
        let selection = opened.selection(&args.scope);
        let known = opened
            .harness
            .known(&opened.configuration, inventory, &selection);
        let mut found = known.await;
        if found.targets.is_empty() {
            found
                .targets
                .clone_from(&opened.configuration.written.targets);
        }
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
}

impl Opened {
    /// The layers of a profile.
    pub(super) fn profile(&self, name: &str) -> Result<Vec<ProfileLayer>, Failure> {
        let layers = self.configuration.config.profile(name);
        layers.map_err(|error| Failure::new(Exit::Usage, error))
    }

    /// Failures that are known and answered for.
    pub(super) fn quarantine(&self) -> &[Quarantine] {
        self.configuration.config.quarantine()
    }

    /// What discovery is narrowed down to: by the flags, and where they say nothing by the configuration.
    pub(super) fn selection(&self, scope: &Scope) -> Selection {
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
        let found = self.look(scope, &|event| progress.discovered(&event)).await;
        progress.clear();
        found
    }

    /// As [`Opened::find`], for whoever tells its progress otherwise.
    pub(super) async fn look(
        &self,
        scope: &Scope,
        events: &(dyn Fn(discover::Progress) + Sync),
    ) -> Result<Found, Failure> {
        let (harness, selection) = (&self.harness, self.selection(scope));
        let found = harness.find(&self.configuration, &selection, events);
        Ok(found.await?)
    }

    /// Checks a URL or a deployment.
    pub(super) async fn check_up(
        &self,
        args: &DoctorArgs,
        progress: &Progress,
    ) -> Result<Checkup, Failure> {
        let events = |event| progress.discovered(&event);
        let checked = self.check(&args.scope, &args.asked, args.is_tracing, &events);
        let checked = checked.await;
        progress.clear();
        checked
    }

    /// As [`Opened::check_up`], for whoever tells its progress otherwise.
    pub(super) async fn check(
        &self,
        scope: &Scope,
        asked: &str,
        is_tracing: bool,
        events: &(dyn Fn(discover::Progress) + Sync),
    ) -> Result<Checkup, Failure> {
        let (harness, selection) = (&self.harness, self.selection(scope));
        let checked = harness.check_up(&self.configuration, &selection, asked, is_tracing, events);
        Ok(checked.await?)
    }
}

//! What every command shares: how a session with an internet is opened, and where values come from.

use super::args::{Global, PlanArgs, Scope};
use super::environment::Environment;
use super::exit::Exit;
use super::failure::Failure;
use super::output::Outputs;
use super::progress::Progress;
use super::{inputs, screen};
use crate::discover::{Selection, targets};
use crate::harness::{ConfiguredKeys, Harness, Settings};
use crate::model::{Inventory, Plan};
use crate::net::Identity;
use crate::plan::Choice;
use crate::scenario::{self, Scenario};
use azure_core::credentials::Secret;
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

    /// Progress on stderr, where it is wanted and can be seen.
    pub(super) fn progress(&self) -> Progress {
        Progress::new(&self.global)
    }

    /// Opens the internet that the flags name.
    pub(super) async fn open(&self) -> Result<Harness, Failure> {
        Ok(Harness::open(self.settings()).await?)
    }

    fn settings(&self) -> Settings {
        let global = &self.global;
        let owned = |name| self.environment.get(name).map(str::to_owned);
        Settings {
            world: global.world.clone(),
            resolve: global.resolve.clone(),
            cacert: global.cacert.clone(),
            is_insecure: global.is_insecure,
            identity: Identity {
                kind: global.auth.into(),
                tenant_id: owned("AZURE_TENANT_ID"),
                client_id: owned("AZURE_CLIENT_ID"),
                client_secret: owned("AZURE_CLIENT_SECRET").map(Secret::new),
                federated_token_file: owned("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from),
                has_app_service_endpoint: self.environment.is_set("IDENTITY_ENDPOINT"),
            },
            configured_keys: ConfiguredKeys::default(),
        }
    }

    /// Discovers what the scope names.
    pub(super) async fn discover(
        &self,
        harness: &Harness,
        selection: &Selection,
        progress: &Progress,
    ) -> Result<Inventory, Failure> {
        let events = |event| progress.discovered(&event);
        let inventory = harness.discover(selection, &events).await;
        progress.clear();
        Ok(inventory?)
    }

    /// Plans what the arguments choose, from a saved inventory or a fresh one.
    pub(super) async fn plan(
        &self,
        harness: &Harness,
        args: &PlanArgs,
        scenarios: &[Scenario],
        progress: &Progress,
    ) -> Result<Planned, Failure> {
        let selection = selection_of(&args.scope);
        let inventory: Inventory = match &args.inventory {
            Some(file) => inputs::document(file, "an inventory")?,
            None => self.discover(harness, &selection, progress).await?,
        };
        let targets = targets(&inventory, &selection);
        if targets.is_empty() {
            return Err(no_targets(&inventory));
        }
        let plan = harness.plan(&targets, scenarios, &choice_of(args))?;
        Ok(Planned {
            plan,
            inventory: Some(inventory),
        })
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

/// What discovery is narrowed down to.
pub(super) fn selection_of(scope: &Scope) -> Selection {
    Selection {
        subscriptions: scope.subscription.clone(),
        resource_groups: scope.resource_group.clone(),
        accounts: scope.account.clone(),
        gateways: scope.gateway.clone(),
        ..Selection::default()
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
    text.push_str("\ndeploy a model of Black Forest Labs, or widen --subscription, --resource-group, --account");
    Failure::new(Exit::Nothing, text)
}

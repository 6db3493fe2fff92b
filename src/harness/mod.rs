//! The program on one page: open the real internet or a simulated one, discover, plan, run, diagnose.

mod configuration;
mod environment;
mod error;
mod estate;
mod files;
mod keys;
mod paths;
mod probe;
mod settings;
mod settle;
mod untested;
mod world;

pub use configuration::{Configuration, Sources};
pub use environment::Environment;
pub use error::{HarnessError, in_words};
pub use files::{baseline, document, explain, own_causes, scenarios};
pub use keys::ConfiguredKeys;
pub use settings::Settings;

use crate::diagnose::Diagnoser;
use crate::discover::{self, Arm, DiscoverError, Progress, Selection};
use crate::doctor;
use crate::model::{Audit, Checkup, Inventory, Plan, Report, Run, Target};
use crate::net::{BodySink, Door, Identity, Outgoing, OutgoingBody, Renewed, credential_for};
use crate::plan::{Choice, plan};
use crate::run::{Events, RunOptions, Tools, run};
use crate::scenario::Scenario;
use azure_core::credentials::TokenCredential;
use keys::Keys;
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use world::OpenWorld;

/// Longest time that a collector may take (the default of OpenTelemetry's exporters).
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer of which only the status counts.
struct Unread;

impl BodySink for Unread {
    fn begin(&mut self, _: Option<&str>) {}

    fn push(&mut self, _: &[u8]) -> bool {
        true
    }
}

/// An open session with an internet, real or simulated.
pub struct Harness {
    door: Arc<Door>,
    credential: Result<Arc<dyn TokenCredential>, String>,
    keys: Arc<Keys>,
    /// When patience with ARM ends, by the door's clock.
    deadline: Option<Duration>,
    /// Kept for as long as the session: dropping it ends the simulated internet.
    world: Option<OpenWorld>,
}

impl Harness {
    /// Opens the world that `settings` names, or the real internet where it names none.
    ///
    /// # Errors
    /// [`HarnessError::World`] for a world that cannot be read or served, [`HarnessError::Settings`] for a CA file,
    /// resolver entry or proxy that cannot be used.
    pub async fn open(settings: Settings) -> Result<Self, HarnessError> {
        let world = match &settings.world {
            Some(name) => Some(OpenWorld::open(name).await.map_err(HarnessError::World)?),
            None => None,
        };
        let door = match &world {
            Some(world) => world.door_settings().map_err(HarnessError::World)?,
            None => Settings::real_door(),
        };
        let door = Door::new(settings.over(door)?)
            .map_err(|error| HarnessError::Settings(error.to_string()))?;
        let door = Arc::new(door);
        let deadline = settings.deadline.map(|long| door.clock().elapsed() + long);
        let identity = match &world {
            Some(world) => world.identity(&settings.identity),
            None => settings.identity.clone(),
        };
        let credential = credential_of(&identity, &door);
        let keys = Arc::new(Keys::new(
            door.clone(),
            credential.clone(),
            settings.configured_keys,
            deadline,
        ));
        Ok(Harness {
            door,
            credential,
            keys,
            deadline,
            world,
        })
    }

    /// What of the simulated internet is not simulated, each with its place; nothing on the real one.
    pub fn world_notes(&self) -> Vec<String> {
        self.world
            .as_ref()
            .map(OpenWorld::notes)
            .unwrap_or_default()
    }

    /// The date of this internet, RFC 3339 UTC.
    pub fn timestamp(&self) -> String {
        self.door.clock().timestamp()
    }

    /// Reads everything that may be read of what `selection` names.
    ///
    /// # Errors
    /// [`HarnessError::Discover`] where nothing at all could be reached or signed in to.
    pub async fn discover(
        &self,
        selection: &Selection,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Inventory, HarnessError> {
        let credential = self
            .credential
            .clone()
            .map_err(|why| HarnessError::Discover(DiscoverError::NoCredential(why)))?;
        let clock = self.door.clock().clone();
        let arm = Arm::new(self.door.clone(), credential, clock).until(self.deadline);
        let mut inventory = discover::discover(&arm, selection, progress)
            .await
            .map_err(HarnessError::Discover)?;
        inventory.taken_at = self.timestamp();
        Ok(inventory)
    }

    /// Plans the chosen scenarios on the chosen targets. Touches nothing.
    ///
    /// # Errors
    /// [`HarnessError::Plan`] where the choice names what there is not.
    pub fn plan(
        &self,
        targets: &[Target],
        scenarios: &[Scenario],
        choice: &Choice,
    ) -> Result<Plan, HarnessError> {
        plan(targets, scenarios, choice).map_err(HarnessError::Plan)
    }

    /// Carries a plan out.
    pub async fn run(
        &self,
        plan: &Plan,
        scenarios: &[Scenario],
        options: &RunOptions,
        events: &dyn Events,
    ) -> Run {
        run(plan, scenarios, &self.tools(), options, events).await
    }

    /// Checks a URL, or the target of that name, from its host's name down to the model behind it; buys nothing.
    ///
    /// # Errors
    /// [`HarnessError::Doctor`] where `asked` names nothing.
    pub async fn doctor(
        &self,
        asked: &str,
        targets: &[Target],
        inventory: Option<&Inventory>,
        is_tracing: bool,
    ) -> Result<Checkup, HarnessError> {
        let tools = self.tools();
        doctor::check(asked, targets, inventory, &tools, is_tracing)
            .await
            .map_err(HarnessError::Doctor)
    }

    /// Hands a document to a program that collects such, e.g. an OTLP collector, and gives the status it answered.
    ///
    /// # Errors
    /// Why there was no answer.
    pub async fn hand_over(
        &self,
        url: Url,
        headers: Vec<(String, String)>,
        content_type: &str,
        document: String,
    ) -> Result<u16, String> {
        let outgoing = Outgoing {
            method: http::Method::POST,
            url,
            headers,
            body: OutgoingBody {
                bytes: document.into(),
                content_type: Some(content_type.to_owned()),
                shown: Some(String::new()),
            },
            credential: None,
            trace_token: None,
            timeout: COLLECTOR_TIMEOUT,
            leg: None,
        };
        let exchange = self.door.send(outgoing, &mut Unread).await;
        let failed = exchange.transport_error.map(|error| error.text);
        exchange
            .response
            .and_then(|response| response.status)
            .ok_or_else(|| failed.unwrap_or_else(|| "no answer came".to_owned()))
    }

    fn tools(&self) -> Tools {
        Tools {
            door: self.door.clone(),
            keys: self.keys.clone(),
        }
    }

    /// Says why what failed has failed, by the causes that `diagnoser` knows, and what the run left untested.
    pub fn diagnose(
        &self,
        mut run: Run,
        inventory: Option<&Inventory>,
        diagnoser: &Diagnoser,
    ) -> Report {
        let told = inventory.map(|inventory| untested::untested(&run, inventory));
        for text in told.into_iter().flatten() {
            if !run.findings.contains(&text) {
                run.findings.push(text);
            }
        }
        let diagnoses = diagnoser.diagnose(&run, inventory);
        Report::new(run, diagnoses)
    }

    /// Confirms or refutes findings by calls that buy nothing.
    pub async fn probe(&self, audit: &mut Audit) {
        probe::probe(&self.door, audit).await;
    }

    /// Ends the session; a simulated internet finishes what it is answering.
    pub async fn close(self) {
        let Harness { world, .. } = self;
        if let Some(world) = world {
            world.close().await;
        }
    }
}

fn credential_of(
    identity: &Identity,
    door: &Arc<Door>,
) -> Result<Arc<dyn TokenCredential>, String> {
    let (identity, client) = (identity.clone(), door.clone());
    let make = move || credential_for(&identity, client.clone());
    let credential = Renewed::new(Box::new(make), door.clock().clone());
    let credential = credential.map_err(|error| error.to_string())?;
    Ok(Arc::new(credential))
}

//! What a run is given: tools to work with, limits to keep, and somebody to tell.

use super::{Journal, Pacer};
use crate::model::{GatewayLeg, Quarantine, Target, Verdict};
use crate::net::Door;
use async_trait::async_trait;
use azure_core::credentials::Secret;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What a run works with.
#[derive(Clone)]
pub struct Tools {
    /// The way out.
    pub door: Arc<Door>,
    /// Where keys and tokens come from.
    pub keys: Arc<dyn KeySource>,
}

/// Gives keys and tokens when they are needed, and not before.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The key that opens the API of `leg`.
    ///
    /// # Errors
    /// Why there is none, and what would give one.
    async fn gateway_key(&self, leg: &GatewayLeg) -> Result<Secret, String>;

    /// A key of the account of `target`.
    ///
    /// # Errors
    /// Why there is none, and what would give one.
    async fn account_key(&self, target: &Target) -> Result<Secret, String>;

    /// An Entra token for `scope`, e.g. `https://cognitiveservices.azure.com/.default`.
    ///
    /// # Errors
    /// Why there is none, and what would give one.
    async fn token(&self, scope: &str) -> Result<Secret, String>;

    /// A debug token that makes the gateway trace calls of the API of `leg`.
    ///
    /// # Errors
    /// Why there is none, and which role would give one.
    async fn trace_token(&self, leg: &GatewayLeg) -> Result<Secret, String>;

    /// The raw trace of a call through `leg`. It holds keys: reduce it before it is kept.
    ///
    /// # Errors
    /// Why it cannot be read.
    async fn trace(&self, leg: &GatewayLeg, id: &str) -> Result<Value, String>;
}

/// Limits and habits of a run.
#[derive(Clone)]
pub struct RunOptions {
    /// Cases at once over all deployments.
    pub jobs: usize,
    /// US dollars that pictures may cost, what may have been billed counted in; absent for no limit.
    pub max_cost_usd: Option<f64>,
    /// Time after which nothing further starts, in the run's own clock; absent for none.
    pub deadline: Option<Duration>,
    /// Whether nothing further starts after the first failure.
    pub is_fail_fast: bool,
    /// Whether and what is tried again after a failure.
    pub retries: Retries,
    /// Failures that are known and answered for.
    pub quarantine: Vec<Quarantine>,
    /// Longest edge of thumbnails in pixels; absent for none.
    pub thumbnail: Option<u32>,
    /// Longest time for an exchange where the scenario says nothing shorter.
    pub max_timeout: Option<Duration>,
    /// Where everything that must not be lost is written down, and what an earlier life of this run has written there.
    pub journal: Option<Arc<Journal>>,
    /// Whether a picture is bought again whose call a kill has cut off, although it may have been billed.
    pub pays_again: bool,
    /// Whether the gateway is asked to trace every call, and its traces are read.
    pub is_tracing: bool,
    /// What earlier runs of the same session have asked for, so that this one does not meet their limits; absent where
    /// there were none.
    pub pacer: Option<Arc<Pacer>>,
    /// Ends the run early.
    pub stop: Stop,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            jobs: 8,
            max_cost_usd: None,
            deadline: None,
            is_fail_fast: false,
            retries: Retries::default(),
            quarantine: Vec::new(),
            thumbnail: None,
            max_timeout: None,
            journal: None,
            pays_again: false,
            is_tracing: false,
            pacer: None,
            stop: Stop::default(),
        }
    }
}

/// How often a failed case is tried again. Nothing is, unless it was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retries {
    /// Further tries at most.
    pub most: u32,
    /// Whether cases that buy pictures are tried again too, and pay again.
    pub are_paid_ones_tried: bool,
}

/// A handle that ends a run early: nothing new starts, and the report is made.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<End>>);

#[derive(Debug, Clone)]
struct End {
    why: String,
    gives_up: bool,
}

impl Default for Stop {
    fn default() -> Self {
        Stop(watch::Sender::new(None))
    }
}

impl Stop {
    /// Ends the run and gives up what is under way; `why` is shown with every case that did not run. The first reason
    /// stands.
    pub fn stop(&self, why: &str) {
        self.end(why, true);
    }

    /// Ends the run after what is under way, since some of it may be paid for already.
    pub fn finish(&self, why: &str) {
        self.end(why, false);
    }

    fn end(&self, why: &str, gives_up: bool) {
        self.0.send_modify(|end| {
            let end = end.get_or_insert_with(|| End {
                why: why.to_owned(),
                gives_up,
            });
            end.gives_up |= gives_up;
        });
    }

    /// Why the run was ended, if it was.
    pub fn reason(&self) -> Option<String> {
        self.0.borrow().as_ref().map(|end| end.why.clone())
    }

    /// Waits until the run is ended, one way or the other.
    pub(super) async fn ended(&self) {
        self.wait_for(|_| true).await;
    }

    /// Waits until what is under way is to be given up.
    pub(super) async fn stopped(&self) {
        self.wait_for(|end| end.gives_up).await;
    }

    async fn wait_for(&self, is_wanted: impl Fn(&End) -> bool) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail before it is told.
        let _ = receiver
            .wait_for(|end| end.as_ref().is_some_and(&is_wanted))
            .await;
    }
}

/// Something that happened, for eyes; the truth is in the [`Run`](crate::model::Run).
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent<'a> {
    /// A case began.
    CaseStarted {
        /// Its key.
        case: &'a str,
    },
    /// A step ended.
    StepDone {
        /// Key of the case.
        case: &'a str,
        /// Name of the step.
        step: &'a str,
        /// How it ended.
        verdict: Verdict,
    },
    /// The run waits.
    Waiting {
        /// Key of the case.
        case: &'a str,
        /// What for.
        why: &'a str,
        /// How long, in the run's own clock.
        duration: Duration,
    },
    /// A case ended.
    CaseDone {
        /// Its key.
        case: &'a str,
        /// How it ended.
        verdict: Verdict,
    },
    /// The journal could not be written.
    JournalFailed {
        /// What the system said.
        error: &'a str,
    },
}

/// Takes the events of a run.
pub trait Events: Send + Sync {
    /// Takes one.
    fn take(&self, event: &RunEvent<'_>);
}

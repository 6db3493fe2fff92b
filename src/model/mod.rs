//! The nouns: every value that passes between the verbs.
//!
//! All of them are owned, serialisable and readable back, so that any verb can start from the file of the verb before
//! it. None of them knows a provider, a socket or a clock.

mod arrivals;
mod audit;
mod call;
mod checkup;
mod comparison;
mod connection;
mod diagnosis;
mod exchange;
mod expectations;
mod explained;
mod found;
mod history;
mod ids;
mod inventory;
mod network;
mod picture;
pub mod pipe;
mod plan;
mod quarantine;
mod route_map;
mod run;
mod size;
mod target;
mod trace;
mod trace_context;
mod unread;

pub use arrivals::{Arrivals, Members};
pub use audit::{Audit, Finding, FreeProbe, ProbeOutcome, Severity};
pub use call::{CallKind, CredentialUse, RouteStyle};
pub use checkup::{Checkup, Correction, Probe, Rung, RungName, RungState};
pub use comparison::{
    Baseline, BaselineCase, BaselineStep, CaseChange, Comparison, CostChange, Drift, Fingerprint,
    Shift, Untimed,
};
pub use connection::{Address, Certificate, Connection, Reach, Stage};
pub use diagnosis::{Alternative, Confidence, Diagnosis, Hop, Remedy, Report, Victim};
pub use exchange::{
    Exchange, Header, RecordedRequest, RecordedResponse, Timings, TransportError, TransportFailure,
};
pub use expectations::{Expectations, VersionRule};
pub use explained::Explained;
pub use found::Found;
pub use history::{Day, History, Trend};
pub use ids::{
    AccountName, ApiName, BackendName, CauseSlug, DeploymentName, FamilyId, GatewayName,
    OperationName, ResourceId, ScenarioId, SubscriptionId,
};
pub use inventory::{
    Account, Api, Backend, Deployment, Gap, Gateway, GatewaySubscription, HeldRole, Inventory,
    KeyNames, Model, NamedValue, Operation, PoolMember, Product, Project, PublishedRoute,
    RateLimit, Sku, Subscription,
};
pub use picture::{Container, PictureFacts, Provenance, Thumbnail};
pub use plan::{Case, Cost, Plan, PlannedRequest, Shard, Skipped};
pub use quarantine::Quarantine;
pub use route_map::{
    LinkState, MapAccount, MapApi, MapDeployment, MapEnd, MapFinding, MapForward, MapGateway,
    MapRoute, Mark, RouteMap,
};
pub use run::{CaseRun, CheckResult, Earlier, Run, Shown, StepRun, Summary, Verdict};
pub use size::{Size, SizeError};
pub use target::{DirectLeg, GatewayLeg, Leg, Peer, RewrittenPath, Target};
pub use trace::GatewayTrace;
pub use trace_context::TraceContext;
pub use unread::Unread;

/// Version of every JSON document that fluxprobe writes; raised when a reader of the old form would go wrong.
pub const SCHEMA_VERSION: u32 = 1;

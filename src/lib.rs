//! fluxprobe finds every FLUX deployment behind an API Management gateway, probes each route, and says which hop
//! answered, why, and what to change.
//!
//! Five verbs pass values to one another: [`discover`], [`mod@plan`], [`mod@run`], [`diagnose`], [`report`].
//! [`harness`] is the program on one page; [`sim`] is the simulated internet that all of it can be tried on without an
//! account.

#![forbid(unsafe_code)]

#[cfg(feature = "engine")]
pub mod audit;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "engine")]
pub mod compare;
#[cfg(feature = "engine")]
pub mod config;
#[cfg(feature = "engine")]
pub mod diagnose;
#[cfg(feature = "engine")]
pub mod discover;
#[cfg(feature = "engine")]
pub mod doctor;
#[cfg(feature = "engine")]
pub mod expr;
#[cfg(feature = "engine")]
pub mod harness;
#[cfg(feature = "cli")]
pub mod history;
#[cfg(feature = "engine")]
pub mod image;
#[cfg(feature = "engine")]
pub mod knowledge;
pub mod model;
#[cfg(feature = "engine")]
pub mod net;
#[cfg(feature = "notebook")]
pub mod notebook;
#[cfg(feature = "engine")]
pub mod plan;
#[cfg(feature = "engine")]
pub mod policy;
#[cfg(feature = "engine")]
pub mod provider;
#[cfg(feature = "engine")]
pub mod report;
#[cfg(feature = "engine")]
pub mod run;
#[cfg(feature = "engine")]
pub mod scenario;
#[cfg(feature = "engine")]
pub mod sim;

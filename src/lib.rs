//! fluxprobe finds every FLUX deployment behind an API Management gateway, probes each route, and says which hop
//! answered, why, and what to change.
//!
//! Five verbs pass values to one another: [`discover`], [`mod@plan`], [`mod@run`], [`diagnose`], [`report`].
//! [`harness`] is the program on one page; [`sim`] is the simulated internet that all of it can be tried on without an
//! account.

#![forbid(unsafe_code)]

pub mod audit;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compare;
pub mod config;
pub mod diagnose;
pub mod discover;
pub mod doctor;
pub mod expr;
pub mod harness;
#[cfg(feature = "cli")]
pub mod history;
pub mod image;
pub mod knowledge;
pub mod model;
pub mod net;
#[cfg(feature = "notebook")]
pub mod notebook;
pub mod plan;
pub mod policy;
pub mod provider;
pub mod report;
pub mod run;
pub mod scenario;
pub mod sim;

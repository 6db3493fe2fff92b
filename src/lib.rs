//! fluxprobe finds every FLUX deployment behind an API Management gateway, probes each route, and says which hop
//! answered, why, and what to change.

#![forbid(unsafe_code)]

pub mod config;
pub mod diagnose;
pub mod discover;
pub mod expr;
pub mod knowledge;
pub mod model;
pub mod provider;
pub mod scenario;
pub mod sim;

//! fluxprobe finds every FLUX deployment behind an API Management gateway, probes each route, and says which hop
//! answered, why, and what to change.

#![forbid(unsafe_code)]

pub mod diagnose;
pub mod expr;
pub mod knowledge;
pub mod model;
pub mod scenario;
pub mod sim;

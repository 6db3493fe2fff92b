//! Discovery: what exists in Azure, by reading ARM only; which routes that publishes; which targets that makes.
//!
//! Whatever may not be read becomes a gap with the role that would open it. Reading stops only where nothing at all can
//! be reached.

pub mod accounts;
pub mod arm;
pub mod configured;
mod ends;
pub mod error;
pub mod gateways;
pub mod keys;
mod patience;
pub mod routes;
pub mod selection;
pub mod shape;
mod supposed;
pub mod sweep;
pub mod targets;
pub mod template;
pub mod trace;

pub use arm::Arm;
pub use configured::{Configured, ConfiguredError, Keys, configured};

pub use error::DiscoverError;
pub use keys::{list_account_keys, list_gateway_keys};
pub use routes::routes;
pub use selection::Selection;
pub use sweep::{Progress, discover};
pub use targets::targets;
pub use trace::{list_debug_credentials, list_trace};

#[cfg(test)]
mod configured_tests;
#[cfg(test)]
mod stub;
#[cfg(test)]
mod sweep_tests;

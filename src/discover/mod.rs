//! Discovery: what exists in Azure, by reading ARM only; which routes that publishes; which targets that makes.
//!
//! Whatever may not be read becomes a gap with the role that would open it. Reading stops only where nothing at all can
//! be reached.

pub mod accounts;
pub mod arm;
mod arrivals;
mod beside;
pub mod configured;
mod configured_inventory;
mod configured_keys;
mod ends;
pub mod error;
pub mod gateways;
pub mod keys;
mod merged;
mod patience;
mod rewritten;
pub mod routes;
pub mod selection;
pub mod shape;
mod supposed;
pub mod sweep;
pub mod targets;
#[cfg(test)]
mod targets_tests;
pub mod template;
pub mod trace;

pub use arm::Arm;
pub use configured::{Configured, ConfiguredError, Written, configured};

pub use configured_keys::Keys;
pub use error::DiscoverError;
pub use keys::{list_account_keys, list_gateway_keys};
pub use merged::{merge, suppose_written};
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

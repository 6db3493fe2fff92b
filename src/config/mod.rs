//! Configuration in layers, each value knowing where it came from:
//! flag > environment > `.env` > `fluxprobe.yaml` > user configuration > default.
//!
//! To add a setting, add one entry to [`SETTINGS`]. Nothing here reads the environment or a file: both are handed in.

mod dotenv;
mod error;
mod file;
mod layers;
mod profiles;
mod secret;
mod settings;
mod unused;
mod written;

pub use error::ConfigError;
pub use layers::{Config, FileText, Layers, Origin, Shown, Sourced, Value};
pub use profiles::{FlakyRule, Profile, ProfileLayer};
pub use secret::Secret;
pub use settings::{Form, Key, SETTINGS, Setting};
pub use written::{WrittenGateway, WrittenTarget};

#[cfg(test)]
mod tests;

//! What a session is opened with.

use super::HarnessError;
use super::keys::ConfiguredKeys;
use crate::net::{DoorSettings, Identity, Overrides, SystemClock, SystemNames};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Settings of a session.
#[derive(Default)]
pub struct Settings {
    /// World to open; absent for the real internet.
    pub world: Option<String>,
    /// `--resolve HOST:PORT:ADDRESS`.
    pub resolve: Vec<String>,
    /// `--cacert` or `SSL_CERT_FILE`: roots to trust beside the system's.
    pub cacert: Option<PathBuf>,
    /// `-k`.
    pub is_insecure: bool,
    /// Who to sign in as. A world has a service principal of its own, taken where this names none.
    pub identity: Identity,
    /// Keys that were configured and need not be asked for.
    pub configured_keys: ConfiguredKeys,
    /// How long Azure Resource Manager is waited for where it throttles, from when the session is opened.
    pub deadline: Option<Duration>,
}

impl Settings {
    /// The door to the real internet.
    pub(super) fn real_door() -> DoorSettings {
        DoorSettings {
            clock: Arc::new(SystemClock::default()),
            names: Arc::new(SystemNames),
            extra_roots_pem: Vec::new(),
            is_insecure: false,
            uses_environment_proxy: true,
            proxied_hosts: Vec::new(),
        }
    }

    /// What the user asked for, over the door of whichever internet it is.
    pub(super) fn over(&self, mut door: DoorSettings) -> Result<DoorSettings, HarnessError> {
        if !self.resolve.is_empty() {
            let overrides =
                Overrides::new(&self.resolve, door.names).map_err(HarnessError::Settings)?;
            door.names = Arc::new(overrides);
        }
        if let Some(path) = &self.cacert {
            let pem = fs::read(path).map_err(|error| {
                HarnessError::Settings(format!(
                    "the CA file {} cannot be read: {error}",
                    path.display()
                ))
            })?;
            door.extra_roots_pem.push(b'\n');
            door.extra_roots_pem.extend(pem);
        }
        door.is_insecure |= self.is_insecure;
        Ok(door)
    }
}

//! Why fluxprobe itself could not go on.

use crate::discover::DiscoverError;
use crate::doctor::DoctorError;
use crate::plan::PlanError;

/// What stopped the program, by what the user has to look at.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// A world that cannot be read or served.
    #[error("{0}")]
    World(String),
    /// A setting that cannot be used.
    #[error("{0}")]
    Settings(String),
    /// Nothing could be discovered.
    #[error(transparent)]
    Discover(DiscoverError),
    /// There is nothing to check.
    #[error(transparent)]
    Doctor(DoctorError),
    /// The plan cannot be made.
    #[error(transparent)]
    Plan(PlanError),
}

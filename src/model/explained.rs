//! What was recorded elsewhere, explained.

use super::{Diagnosis, Exchange};
use serde::{Deserialize, Serialize};

/// A recorded exchange with what explains it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// Its name in the input.
    pub id: String,
    /// What was recorded.
    pub exchange: Exchange,
    /// What explains it.
    pub diagnosis: Diagnosis,
    /// What of the input could not be taken over, one sentence each.
    pub notes: Vec<String>,
}

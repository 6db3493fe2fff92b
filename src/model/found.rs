//! What there is to call.

use super::{Inventory, Target};
use serde::{Deserialize, Serialize};

/// What there is, and what of it can be called.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// What exists.
    pub inventory: Inventory,
    /// What can be called.
    pub targets: Vec<Target>,
}

//! What other exchanges of a run say of one that failed.

use serde::Serialize;

/// What other exchanges of the run say. Absent where none of them tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Siblings {
    /// Whether a call straight to the same deployment succeeded.
    pub(crate) direct_ok: Option<bool>,
    /// Whether a call to the same deployment through the gateway succeeded.
    pub(crate) gateway_ok: Option<bool>,
    /// Whether calls to other deployments by the same way succeeded.
    pub(crate) others_ok: Option<bool>,
    /// Whether the same call to the same deployment also succeeded in this run, so that it fails now and then.
    pub(crate) same_ok: Option<bool>,
}

//! One run against another: what fails anew, what is mended, slower, dearer, or answered in other words. Pure.
//!
//! [`Baseline`](crate::model::Baseline) is what of a run is worth keeping; [`baseline_of`] makes one of a run,
//! [`update`] takes further runs in, [`compare`] holds two against each other, [`merge()`] puts the shards of one together.

mod baseline;
mod changes;
mod drift;
mod fingerprint;
mod merge;
mod rank;
mod timing;

pub use baseline::{baseline_of, update};
pub use changes::compare;
pub use merge::{MergeError, Merged, merge};
pub use rank::{RankSum, rank_sum};

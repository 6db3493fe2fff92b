//! What was asked of the simulated internet, without anything that may be secret.

use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many requests are remembered; the oldest go first.
const REMEMBERED: usize = 10_000;

/// One request that was answered. The query is left out, since keys travel in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// HTTP method.
    pub method: String,
    /// Host, without a port.
    pub host: String,
    /// Path, without the query.
    pub path: String,
    /// Status of the answer; absent where there was none.
    pub status: Option<u16>,
}

/// The latest requests in the order of their answers.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<VecDeque<Seen>>);

impl Log {
    pub(super) fn add(&self, seen: Seen) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == REMEMBERED {
            entries.pop_front();
        }
        entries.push_back(seen);
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().cloned().collect()
    }
}

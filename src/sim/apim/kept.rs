//! Values that a gateway's cache keeps between requests, in simulated time.

use super::expr::Value;
use std::collections::HashMap;
use std::time::Duration;

/// The cache of one gateway.
#[derive(Debug, Default)]
pub(super) struct Kept(HashMap<String, (Value, Duration)>);

impl Kept {
    /// What is kept under `key`, unless its time has passed.
    pub(super) fn get(&mut self, key: &str, now: Duration) -> Option<Value> {
        match self.0.get(key) {
            Some((value, until)) if now < *until => Some(value.clone()),
            Some(_) => {
                self.0.remove(key);
                None
            }
            None => None,
        }
    }

    /// Keeps `value` under `key`.
    pub(super) fn put(&mut self, key: String, value: Value, until: Duration) {
        self.0.insert(key, (value, until));
    }

    /// Forgets what is kept under `key`.
    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}

//! What a check takes and gives.

use super::estate::Estate;
use serde_json::{Map, Value};

/// A check and the finding that it raises.
pub(super) struct Check {
    pub(super) id: &'static str,
    pub(super) find: fn(&Estate<'_>) -> Vec<Raised>,
}

impl Check {
    pub(super) const fn new(id: &'static str, find: fn(&Estate<'_>) -> Vec<Raised>) -> Self {
        Check { id, find }
    }
}

/// A finding before anything is said of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Raised {
    pub(super) victims: Vec<String>,
    pub(super) evidence: Vec<String>,
    /// Values for the templates of its texts.
    pub(super) values: Map<String, Value>,
    pub(super) is_unsure: bool,
}

impl Raised {
    /// A finding that hits one thing.
    pub(super) fn on(victim: impl Into<String>) -> Self {
        Raised {
            victims: vec![victim.into()],
            ..Raised::default()
        }
    }

    /// Hits one more thing.
    pub(super) fn and_on(mut self, victim: impl Into<String>) -> Self {
        let victim = victim.into();
        if !self.victims.contains(&victim) {
            self.victims.push(victim);
        }
        self
    }

    /// Hits several things.
    pub(super) fn and_all(self, victims: impl IntoIterator<Item = String>) -> Self {
        victims.into_iter().fold(self, Raised::and_on)
    }

    /// One more piece of evidence; one that is known already is left out.
    pub(super) fn shown_by(mut self, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
        self
    }

    /// A value for the templates.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// Says that something unread could excuse it, if that is so.
    pub(super) fn unsure_if(mut self, is_unsure: bool) -> Self {
        self.is_unsure |= is_unsure;
        self
    }
}

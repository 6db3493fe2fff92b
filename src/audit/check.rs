//! What a check takes and gives.

use super::estate::Estate;
use super::way::Way;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

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
    seen: HashSet<String>,
}

impl Raised {
    /// A finding that hits one thing.
    pub(super) fn on(victim: impl Into<String>) -> Self {
        let mut raised = Raised::default();
        raised.hit(victim);
        raised
    }

    /// A value for the templates.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// One more piece of evidence.
    pub(super) fn shown_by(mut self, evidence: impl Into<String>) -> Self {
        self.show(evidence);
        self
    }

    /// Hits one more thing, and says whether it is new; one that it hits already is left out.
    pub(super) fn hit(&mut self, victim: impl Into<String>) -> bool {
        let victim = victim.into();
        let is_new = self.seen.insert(format!("v {victim}"));
        if is_new {
            self.victims.push(victim);
        }
        is_new
    }

    /// Hits nothing yet.
    pub(super) fn on_nothing(mut self) -> Self {
        self.victims.clear();
        self.seen.clear();
        self
    }

    /// Hits several things.
    pub(super) fn hit_all(&mut self, victims: impl IntoIterator<Item = String>) {
        for victim in victims {
            self.hit(victim);
        }
    }

    /// Hits an operation and the FLUX deployments that its calls are for.
    pub(super) fn hit_way(&mut self, way: &Way<'_>) {
        self.hit(way.name());
        // Many operations are for the same deployments.
        if self.seen.insert(format!("f {:p}", Rc::as_ptr(&way.flux))) {
            self.hit_all(way.flux.iter().map(|flux| flux.name()));
        }
    }

    /// One more piece of evidence; one that is known already is left out.
    pub(super) fn show(&mut self, evidence: impl Into<String>) {
        let evidence = evidence.into();
        if self.seen.insert(format!("e {evidence}")) {
            self.evidence.push(evidence);
        }
    }
}

/// Findings by what they are one of: the first thing that is said of a key makes the finding, the rest joins it.
#[derive(Default)]
pub(super) struct Groups {
    list: Vec<Raised>,
    places: HashMap<String, usize>,
}

impl Groups {
    /// The finding of a key, made where there is none yet.
    pub(super) fn of(&mut self, key: &str, make: impl FnOnce() -> Raised) -> &mut Raised {
        let at = match self.places.get(key) {
            Some(at) => *at,
            None => {
                self.list.push(make());
                self.places.insert(key.to_owned(), self.list.len() - 1);
                self.list.len() - 1
            }
        };
        &mut self.list[at]
    }

    /// All of them, in the order in which they were made.
    pub(super) fn done(self) -> Vec<Raised> {
        self.list
    }
}

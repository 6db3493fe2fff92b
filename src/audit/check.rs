//! What a check takes and gives.

use super::estate::Estate;
use super::way::Way;
use crate::model::{Account, Gateway, ResourceId};
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

    /// The values that every command about a gateway needs.
    pub(super) fn at_gateway(self, gateway: &Gateway) -> Self {
        let id = gateway.id.as_ref().map(ResourceId::as_str);
        self.with("gateway", gateway.name.as_str())
            .with("id", id.unwrap_or("GATEWAY_ID"))
            .with("group", group_of(gateway.resource_group.as_deref()))
    }

    /// The values that every command about an account needs.
    pub(super) fn at_account(self, account: &Account) -> Self {
        let id = account.id.as_ref().map(ResourceId::as_str);
        self.with("account", account.name.as_str())
            .with("account_id", id.unwrap_or("ACCOUNT_ID"))
            .with("account_group", group_of(account.resource_group.as_deref()))
    }

    /// More values of a list for the templates.
    pub(super) fn list(&mut self, name: &str, more: impl IntoIterator<Item = Value>) {
        let list = self
            .values
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.extend(more);
        }
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

/// A resource group, or a word to put one in place of.
fn group_of(name: Option<&str>) -> &str {
    name.unwrap_or("RESOURCE_GROUP")
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

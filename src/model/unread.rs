//! What could not be read, so that nothing is concluded from it.

use super::{Account, Api, Gap, Gateway, Inventory, Operation};

/// The gaps of an inventory.
#[derive(Debug, Clone, Copy)]
pub struct Unread<'a>(&'a [Gap]);

impl<'a> Unread<'a> {
    /// The gaps of `inventory`.
    pub fn of(inventory: &'a Inventory) -> Self {
        Unread(&inventory.gaps)
    }

    fn has(&self, what: &str) -> bool {
        self.0.iter().any(|gap| gap.what.eq_ignore_ascii_case(what))
    }

    fn begins(&self, what: &str) -> bool {
        self.0.iter().any(|gap| gap.what.starts_with(what))
    }

    /// Whether a list of a gateway (`backends`, `subscriptions`, …) was read.
    pub fn knows(&self, gateway: &Gateway, list: &str) -> bool {
        !self.has(&format!("{list} of gateway {}", gateway.name))
    }

    /// Whether all gateways were listed, with all their APIs.
    pub fn knows_all_apis(&self) -> bool {
        let is_api = |gap: &&Gap| {
            gap.what.starts_with("gateways of ")
                || gap.what.starts_with("apis of gateway ")
                || gap.what.starts_with("APIs of workspace ")
                || (gap.what.starts_with("apis/") && gap.what.contains("/operations of gateway "))
        };
        !self.0.iter().any(|gap| is_api(&gap)) && !self.has("Azure Resource Manager")
    }

    /// Whether all accounts were listed, with all their deployments.
    pub fn knows_all_deployments(&self) -> bool {
        let begins = ["accounts of ", "deployments of account ", "subscriptions"];
        !begins.iter().any(|begin| self.begins(begin)) && !self.has("Azure Resource Manager")
    }

    /// Whether the deployments of an account were read.
    pub fn knows_deployments(&self, account: &Account) -> bool {
        !self.has(&format!("deployments of account {}", account.name))
    }

    /// Whether everything that decides where calls of an API end was read, but for policies of its operations.
    pub fn knows_destinations(&self, gateway: &Gateway, api: &Api) -> bool {
        let products = api.products.iter();
        let mut products = products.map(|product| format!("policy of product {product}"));
        let own = format!("policy of API {}", api.name);
        let lists = [
            "policy of the service",
            "backends",
            "namedValues",
            "policyFragments",
        ];
        let fragment = format!(" of gateway {}", gateway.name);
        let is_fragment =
            |gap: &Gap| gap.what.starts_with("policy fragment ") && gap.what.ends_with(&fragment);
        lists.iter().all(|list| self.knows(gateway, list))
            && self.knows(gateway, &own)
            && products.all(|product| self.knows(gateway, &product))
            && !self.0.iter().any(is_fragment)
    }

    /// Whether the operations of an API were read.
    pub fn knows_operations(&self, gateway: &Gateway, api: &Api) -> bool {
        self.knows(gateway, &format!("apis/{}/operations", api.name))
    }

    /// Whether the policy of an operation was read.
    pub fn knows_operation(&self, gateway: &Gateway, operation: &Operation) -> bool {
        self.knows(gateway, &format!("policy of operation {}", operation.name))
    }

    /// Gaps in what a gateway publishes and where that leads, but for the roles of its identity.
    pub fn of_gateway<'b>(&'b self, gateway: &'b Gateway) -> impl Iterator<Item = &'a Gap> + 'b {
        let end = format!(" of gateway {}", gateway.name);
        self.0.iter().filter(move |gap| {
            gap.what.ends_with(&end) && !gap.what.starts_with("role assignments")
        })
    }

    /// Gaps that hide whole gateways.
    pub fn of_gateways(&self) -> impl Iterator<Item = &'a Gap> + '_ {
        let hides = ["gateways of ", "subscriptions"];
        let gaps = self.0.iter();
        gaps.filter(move |gap| hides.iter().any(|begin| gap.what.starts_with(begin)))
    }

    /// Gaps that hide deployments.
    pub fn of_deployments(&self) -> impl Iterator<Item = &'a Gap> + '_ {
        let hides = ["accounts of ", "deployments of account "];
        let gaps = self.0.iter();
        gaps.filter(move |gap| hides.iter().any(|begin| gap.what.starts_with(begin)))
    }
}

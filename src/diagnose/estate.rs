//! An inventory made ready for questions: its policies are read once, its accounts are found by host.

use crate::model::{Account, Gateway, Inventory};
use crate::policy::{Accounts, Policies};
use std::cell::OnceCell;

/// An inventory, with what is read of it no more than once.
pub(crate) struct Estate<'a> {
    pub(crate) inventory: &'a Inventory,
    accounts: Accounts<'a>,
    policies: Vec<OnceCell<Policies>>,
}

impl<'a> Estate<'a> {
    /// Indexes an inventory. Policies of a gateway are read when a call through it is asked about.
    pub(crate) fn of(inventory: &'a Inventory) -> Self {
        Estate {
            inventory,
            accounts: Accounts::by_host(&inventory.accounts),
            policies: inventory.gateways.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// The gateway that answers on a host, with its position.
    pub(crate) fn gateway_at(&self, host: &str) -> Option<(usize, &'a Gateway)> {
        let mut gateways = self.inventory.gateways.iter().enumerate();
        gateways.find(|(_, gateway)| is_host_of(gateway, host))
    }

    /// The policies of a gateway, by its position.
    pub(crate) fn policies(&self, gateway: usize) -> Option<&Policies> {
        let read = || Policies::of(&self.inventory.gateways[gateway]);
        self.policies
            .get(gateway)
            .map(|policies| policies.get_or_init(read))
    }

    /// The account that answers at the host of a URL.
    pub(crate) fn account_at(&self, url: &str) -> Option<&'a Account> {
        self.accounts.at(url).first().copied()
    }
}

fn is_host_of(gateway: &Gateway, host: &str) -> bool {
    let own = gateway.url.split("://").last().unwrap_or_default();
    !host.is_empty()
        && (own.trim_end_matches('/').eq_ignore_ascii_case(host)
            || gateway
                .hosts
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host)))
}

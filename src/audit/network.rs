//! Findings about the network between gateways and accounts.

use super::backends::{about_end, victim_of};
use super::check::{Groups, Raised};
use super::estate::Estate;
use crate::model::{Account, Gateway};

/// The account lets nobody in from the public network, and the gateway has no other way.
pub(super) fn public_disabled(estate: &Estate<'_>) -> Vec<Raised> {
    judged(estate, |gateway, account| {
        if !account.is_public_network_disabled {
            return None;
        }
        let said = match (account.private_endpoints, gateway.is_in_virtual_network) {
            (0, _) => "it has no approved private endpoint",
            (_, false) => "it has a private endpoint, and the gateway stands in no virtual network",
            (_, true) => return None,
        };
        Some((
            format!(
                "publicNetworkAccess of account {} is Disabled; {said}",
                account.name
            ),
            false,
        ))
    })
}

/// The account's firewall lets the gateway's address not in.
pub(super) fn firewalled(estate: &Estate<'_>) -> Vec<Raised> {
    judged(estate, |gateway, account| {
        let has_other_way = gateway.is_in_virtual_network || account.is_public_network_disabled;
        if !account.is_firewalled || has_other_way || gateway.public_ips.is_empty() {
            return None;
        }
        let said = format!(
            "networkAcls of account {} deny by default and let in {}; calls of gateway {} come from {}",
            account.name,
            if account.allowed_ips.is_empty() {
                "nobody".to_owned()
            } else {
                account.allowed_ips.join(", ")
            },
            gateway.name,
            gateway.public_ips.join(", ")
        );
        // These tiers share addresses that ARM does not list.
        let sku = gateway.sku.to_lowercase();
        let is_unsure = sku == "consumption";
        (!account.allows_an_address_of(gateway)).then_some((said, is_unsure))
    })
}

fn judged(
    estate: &Estate<'_>,
    judge: impl Fn(&Gateway, &Account) -> Option<(String, bool)>,
) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        for end in way.ends.iter() {
            for account in end.accounts.iter().filter(|_| !end.flux.is_empty()) {
                if let Some((said, is_unsure)) = judge(way.gateway, account) {
                    let key = format!("{} {}", way.gateway.name, account.name);
                    let address = way.gateway.public_ips.first();
                    let raised = found.of(&key, || {
                        let mut raised = about_end(way, end)
                            .at_account(account)
                            .with("ip", address.map_or("ADDRESS", String::as_str));
                        raised.hit(format!("account {}", account.name));
                        raised
                    });
                    raised.is_unsure |= is_unsure;
                    raised.hit(victim_of(way, end));
                    raised.hit_all(end.flux.iter().map(|flux| flux.name()));
                    raised.show(said);
                }
            }
        }
    }
    found.done()
}

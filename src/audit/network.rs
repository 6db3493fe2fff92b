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
        let is_let_in = |ip: &String| account.allowed_ips.iter().any(|range| holds(range, ip));
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
        (!gateway.public_ips.iter().any(is_let_in)).then_some((said, is_unsure))
    })
}

/// Whether an address lies in a range such as `20.0.0.0/24`, or is it.
fn holds(range: &str, ip: &str) -> bool {
    let (network, bits) = match range.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (range, Some(32)),
    };
    let number = |text: &str| -> Option<u32> {
        let octets: Vec<u8> = text
            .split('.')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        octets.try_into().ok().map(u32::from_be_bytes)
    };
    match (number(network), number(ip), bits) {
        (Some(network), Some(ip), Some(bits @ 0..=32)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            network & mask == ip & mask
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn an_address_lies_in_its_range() {
        for (range, ip, is_in) in [
            ("20.0.0.10", "20.0.0.10", true),
            ("20.0.0.0/24", "20.0.0.10", true),
            ("20.0.1.0/24", "20.0.0.10", false),
            ("0.0.0.0/0", "20.0.0.10", true),
            ("20.0.0.10/33", "20.0.0.10", false),
            ("x/24", "20.0.0.10", false),
        ] {
            assert_eq!(holds(range, ip), is_in, "{range} {ip}");
        }
    }
}

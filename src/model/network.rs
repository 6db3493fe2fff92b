//! Whom an account's network rules let in.

use super::{Account, Gateway};

impl Account {
    /// Whether its network rules keep the public out and let the gateway in: by a private endpoint, from within the same
    /// virtual network, or by an address that they name.
    pub fn is_meant_for(&self, gateway: &Gateway) -> bool {
        let has_private_way = self.private_endpoints > 0;
        match (self.is_public_network_disabled, self.is_firewalled) {
            (true, _) => has_private_way,
            (false, true) => {
                has_private_way
                    || gateway.is_in_virtual_network
                    || self.allows_an_address_of(gateway)
            }
            (false, false) => false,
        }
    }

    /// Whether its firewall names an address that calls of the gateway come from.
    pub fn allows_an_address_of(&self, gateway: &Gateway) -> bool {
        let mut addresses = gateway.public_ips.iter();
        addresses.any(|ip| self.allowed_ips.iter().any(|range| holds(range, ip)))
    }
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

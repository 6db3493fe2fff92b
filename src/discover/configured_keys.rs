//! Keys that are written down, and which target each of them opens.

use super::configured::first_label;
use crate::config::{Config, Key, Secret};
use crate::model::{AccountName, DeploymentName, GatewayLeg, GatewayName, Target};
use crate::provider::azure::Base;
use std::collections::BTreeMap;

/// Keys that were configured, by what they open.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Account keys.
    pub accounts: BTreeMap<(AccountName, DeploymentName), Secret>,
    /// Gateway keys.
    pub gateways: BTreeMap<GatewayName, Secret>,
    /// Why there is no key of an account, where an endpoint of it is written down without one.
    pub missing: BTreeMap<(AccountName, DeploymentName), String>,
}

impl Keys {
    /// The key of the account that holds a target's deployment. One written down for another deployment of the account
    /// opens it as well.
    pub fn account(&self, target: &Target) -> Option<&Secret> {
        let names = names_of(target);
        let exactly = names.iter().find_map(|account| {
            let name = (account.clone(), target.deployment.clone());
            self.accounts.get(&name)
        });
        exactly.or_else(|| {
            let mut keys = self.accounts.iter();
            keys.find_map(|((account, _), key)| names.contains(account).then_some(key))
        })
    }

    /// Why no key is written down for a target's account.
    pub fn missing(&self, target: &Target) -> Option<&str> {
        let mut names = names_of(target).into_iter();
        names.find_map(|account| {
            let name = (account, target.deployment.clone());
            self.missing.get(&name).map(String::as_str)
        })
    }

    /// The subscription key of the gateway that a way leads through.
    pub fn gateway(&self, leg: &GatewayLeg) -> Option<&Secret> {
        let by_host = || {
            let base = Base::account(&leg.base_url).ok()?;
            self.gateways
                .get(&GatewayName::from(first_label(base.host())))
        };
        self.gateways.get(&leg.gateway).or_else(by_host)
    }
}

/// `APIM_SUBSCRIPTION_KEY` opens the gateway of `APIM_GATEWAY_URL`, whichever way its targets came to be known.
pub(super) fn add_named_gateway(config: &Config, keys: &mut Keys) {
    let named = (config.text(Key::GatewayUrl), config.secret(Key::GatewayKey));
    if let (Some(url), Some(key)) = named
        && let Ok(base) = Base::account(url)
    {
        let name = GatewayName::from(first_label(base.host()));
        keys.gateways.entry(name).or_insert_with(|| key.clone());
    }
}

/// Names that the account of a target may be written down by: its own, and the one that its host begins with.
fn names_of(target: &Target) -> Vec<AccountName> {
    let direct = target.direct.as_ref();
    let base = direct.and_then(|leg| Base::account(&leg.endpoint).ok());
    let at_host = base.map(|base| AccountName::from(first_label(base.host())));
    [target.account.clone()]
        .into_iter()
        .chain(at_host)
        .collect()
}

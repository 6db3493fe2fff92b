//! What stands beside a deployment and can be called on its way: others that draw, and one that looks at pictures.

use super::targets::native_style;
use crate::knowledge::{can_see, is_retired_chat, needs_max_completion_tokens};
use crate::model::{
    Account, Deployment, GatewayLeg, Inventory, Leg, Peer, PublishedRoute, RouteStyle, Target,
};
use crate::policy::operation_at;

/// A deployment and what it stands beside.
pub(super) struct Beside<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) account: &'a Account,
    pub(super) deployment: &'a Deployment,
}

impl Beside<'_> {
    /// Leaves `target` only the peers that are published on `leg`, on every account that its calls may reach, and has it look
    /// at images through the gateway where that publishes chat, else straight where anybody may call the account.
    pub(super) fn through(&self, leg: &GatewayLeg, target: &mut Target) {
        let accounts = self.reached(leg);
        target.peers.retain(|peer| {
            accounts.iter().all(|account| {
                self.routes(leg).any(|route| {
                    route.account == account.name && route.deployment == peer.deployment
                })
            })
        });
        let mut gateways = self.inventory.gateways.iter();
        let gateway = gateways.find(|one| one.name == leg.gateway);
        if let (Some(direct), Some(gateway)) = (&mut target.direct, gateway) {
            direct.is_network_closed = self.account.is_meant_for(gateway);
        }
        match self.seen_through(leg, &accounts) {
            Some(published) => target.vision = Some(published),
            None if target
                .direct
                .as_ref()
                .is_some_and(|leg| !leg.is_network_closed) =>
            {
                target.vision_via = Some(Leg::Direct);
            }
            None => target.vision = None,
        }
        if target.vision.is_none() {
            target.vision_via = None;
        }
    }

    fn routes<'b>(&'b self, leg: &'b GatewayLeg) -> impl Iterator<Item = &'b PublishedRoute> {
        let routes = self.inventory.routes.iter();
        routes.filter(|route| route.gateway == leg.gateway && route.api == leg.api)
    }

    /// Accounts that a call of the deployment may end at, its own among them.
    fn reached(&self, leg: &GatewayLeg) -> Vec<&Account> {
        let accounts = self.inventory.accounts.iter();
        accounts
            .filter(|account| {
                let mut routes = self.routes(leg);
                account.name == self.account.name
                    || routes.any(|route| {
                        route.account == account.name && route.deployment == self.deployment.name
                    })
            })
            .collect()
    }

    /// A deployment that looks at pictures, that every account holds under one name and the gateway publishes.
    fn seen_through(&self, leg: &GatewayLeg, accounts: &[&Account]) -> Option<Peer> {
        if native_style(self.deployment) != RouteStyle::Deployment {
            return None;
        }
        let gateway = self
            .inventory
            .gateways
            .iter()
            .find(|one| one.name == leg.gateway)?;
        let (_, path) = leg.base_url.split_once("://")?;
        let base = path.split_once('/').map_or("", |(_, path)| path);
        let is_everywhere = |one: &&Deployment| {
            accounts.iter().all(|account| {
                let mut deployments = account.deployments.iter();
                deployments.any(|other| other.name == one.name && is_seeing(other))
            })
        };
        let is_published = |one: &&Deployment| {
            let path = format!("{base}/deployments/{}/chat/completions", one.name);
            operation_at(gateway, "POST", &path).is_some_and(|(api, _)| api.name == leg.api)
        };
        let mut seeing: Vec<&Deployment> = self.account.deployments.iter().collect();
        seeing.retain(|one| is_seeing(one));
        seeing.sort_by_key(|one| rank(one));
        let found = seeing
            .into_iter()
            .find(|one| is_everywhere(one) && is_published(one))?;
        Some(peer(found))
    }
}

pub(super) fn peer(deployment: &Deployment) -> Peer {
    Peer {
        deployment: deployment.name.clone(),
        model: deployment.model.clone(),
        family: deployment.family.clone(),
        rate_limits: deployment.rate_limits.clone(),
    }
}

/// The best running deployment of an account that can look at a picture.
pub(super) fn vision(account: &Account) -> Option<Peer> {
    let deployments = account.deployments.iter();
    let seeing = deployments.filter(|one| is_seeing(one));
    seeing.min_by_key(|one| rank(one)).map(peer)
}

fn is_seeing(deployment: &Deployment) -> bool {
    let is_ready = matches!(deployment.provisioning_state.as_str(), "" | "Succeeded")
        && deployment.state != "Paused";
    is_ready && can_see(&deployment.model)
}

/// One whose model is not retired before any other, then no reasoning model, then a small one.
fn rank(deployment: &Deployment) -> (bool, bool, bool) {
    let model = &deployment.model;
    let is_large = !["mini", "nano"]
        .iter()
        .any(|word| model.name.contains(word));
    (
        is_retired_chat(model),
        needs_max_completion_tokens(model),
        is_large,
    )
}

//! What is written down, taken into what was discovered: its keys and its ways count, and what nobody could see is added.

use super::configured::{Configured, Written, first_label};
use super::configured_inventory::published;
use super::selection::{Selection, is_chosen};
use super::targets::targets;
use crate::model::{
    Account, Found, Gap, Gateway, GatewayLeg, Inventory, Leg, Peer, PublishedRoute, Target, Unread,
};
use crate::policy::Accounts;

/// Why a route by a gateway that only variables name is tried.
const NAMED: &str =
    "APIM_GATEWAY_URL names the gateway, which Azure Resource Manager does not show";

/// Adds what variables say of a gateway that was not discovered, as routes that are only supposed.
pub fn suppose_written(inventory: &mut Inventory, written: &Configured) {
    for (target, origin) in written.targets.iter().zip(&written.origins) {
        let Some(leg) = target.gateway.as_ref().filter(|_| !origin.is_listed) else {
            continue;
        };
        if gateway_at(inventory, leg).is_some_and(|known| known.id.is_some()) {
            continue;
        }
        let mut routes: Vec<PublishedRoute> = Vec::new();
        for found in targets(inventory, &Selection::default()) {
            let is_led = found.gateway.is_some();
            if is_led || found.family.is_none() {
                continue;
            }
            let route = published(&found, leg);
            routes.extend(route.map(|route| PublishedRoute {
                supposed: Some(NAMED.to_owned()),
                ..route
            }));
        }
        let is_known = gateway_at(inventory, leg).is_some();
        if routes.is_empty() || is_known {
            continue;
        }
        let gateways = written.inventory.gateways.iter();
        let own = gateways.filter(|one| one.name == leg.gateway).cloned();
        inventory.gateways.extend(own);
        inventory.routes.extend(routes);
    }
}

/// Lays what is written down over what was found. What a variable says against what was found becomes a gap.
pub fn merge(found: &mut Found, written: &Configured, selection: &Selection) {
    for (target, origin) in written.targets.iter().zip(&written.origins) {
        match place_of(found, target, origin) {
            Place::Same(places) => {
                for at in places {
                    lead(found, at, target, origin, selection);
                }
            }
            Place::Elsewhere => add(found, written, target, selection),
            Place::Absent(account) if origin.is_listed => {
                add(found, written, target, selection);
                if let Some(added) = found.targets.last_mut()
                    && added.account == target.account
                {
                    added.account = account.as_str().into();
                }
            }
            Place::Absent(account) => {
                let text = if origin.is_named {
                    format!(
                        "set and not used: account {account} holds no deployment {}",
                        target.deployment
                    )
                } else {
                    format!(
                        "set and not used: account {account} holds no deployment of {}",
                        target.model.name
                    )
                };
                found.inventory.gaps.push(gap(origin, text));
            }
            Place::Nowhere => {}
        }
    }
}

fn gap(origin: &Written, why: String) -> Gap {
    Gap {
        what: origin.at.clone(),
        why,
        opened_by: None,
    }
}

/// What of the found a written target is.
enum Place {
    /// These targets.
    Same(Vec<usize>),
    /// Something that could not be seen.
    Elsewhere,
    /// A deployment that this account does not hold.
    Absent(String),
    /// Nothing that is asked for.
    Nowhere,
}

fn place_of(found: &Found, target: &Target, origin: &Written) -> Place {
    let is_same_name = |one: &Target| {
        one.deployment
            .as_str()
            .eq_ignore_ascii_case(target.deployment.as_str())
    };
    let is_it = |one: &Target| {
        is_same_name(one) || !origin.is_named && one.family.is_some() && one.family == target.family
    };
    let places = |of: &dyn Fn(&Target) -> bool| -> Vec<usize> {
        let all = found.targets.iter().enumerate();
        all.filter(|(_, one)| of(one)).map(|(at, _)| at).collect()
    };
    if let Some(account) = account_of(&found.inventory, target) {
        let own = places(&|one| one.account == account.name && is_it(one));
        let holds = account.deployments.iter().any(|one| {
            one.name
                .as_str()
                .eq_ignore_ascii_case(target.deployment.as_str())
                || !origin.is_named && one.family.is_some() && one.family == target.family
        });
        return match (own.is_empty(), holds) {
            (false, _) => Place::Same(own),
            // It is there, and the selection leaves it out.
            (true, true) => Place::Nowhere,
            (true, false) if !Unread::of(&found.inventory).knows_deployments(account) => {
                Place::Elsewhere
            }
            (true, false) => Place::Absent(account.name.to_string()),
        };
    }
    if target.direct.is_some() {
        return Place::Elsewhere;
    }
    let named = places(&is_it);
    match (named.is_empty(), origin.is_named) {
        (false, _) => Place::Same(named),
        (true, true) if origin.is_listed => Place::Elsewhere,
        // A gateway that only a variable names was tried with every deployment that was found.
        (true, _) => Place::Nowhere,
    }
}

fn account_of<'a>(inventory: &'a Inventory, target: &Target) -> Option<&'a Account> {
    let by_host = Accounts::by_host(&inventory.accounts);
    let direct = target.direct.as_ref();
    let at_host = direct.and_then(|leg| by_host.at(&leg.endpoint).first().copied());
    let by_name = || {
        let mut accounts = inventory.accounts.iter();
        accounts.find(|one| one.name == target.account)
    };
    at_host.or_else(by_name)
}

fn gateway_at<'a>(inventory: &'a Inventory, leg: &GatewayLeg) -> Option<&'a Gateway> {
    let host = host_of(&leg.base_url)?;
    let mut gateways = inventory.gateways.iter();
    gateways.find(|one| {
        host_of(&one.url).as_ref() == Some(&host)
            || one.hosts.iter().any(|own| own.eq_ignore_ascii_case(&host))
            || one.name.as_str().eq_ignore_ascii_case(first_label(&host))
    })
}

fn host_of(url: &str) -> Option<String> {
    Some(url::Url::parse(url).ok()?.host_str()?.to_lowercase())
}

/// Has a found target go the way that is written for it.
fn lead(found: &mut Found, at: usize, written: &Target, origin: &Written, selection: &Selection) {
    let Found {
        inventory,
        targets: all,
    } = found;
    let Some(target) = all.get_mut(at) else {
        return;
    };
    if let Some(vision) = &written.vision {
        let is_found = |own: &Peer| own.deployment == vision.deployment;
        target.vision = target
            .vision
            .take()
            .filter(is_found)
            .or_else(|| Some(vision.clone()));
        target.vision_via = written.vision_via;
    }
    // Whether a gateway of which only this is known publishes chat, nobody says.
    let straight = (written.vision.is_none() && target.direct.is_some()).then_some(Leg::Direct);
    let Some(leg) = &written.gateway else {
        return;
    };
    let known = gateway_at(inventory, leg);
    if let Some(gateway) = known.filter(|one| one.id.is_some()) {
        let is_by_it = |one: &Target| {
            one.gateway
                .as_ref()
                .is_some_and(|own| own.gateway == gateway.name)
        };
        if is_by_it(target) {
            return;
        }
        let by_it = Selection {
            gateways: vec![gateway.name.to_string()],
            accounts: vec![target.account.to_string()],
            deployments: vec![target.deployment.to_string()],
            ..selection.clone()
        };
        let other = targets(inventory, &by_it).into_iter().find(is_by_it);
        match other {
            Some(other) => target.gateway = other.gateway,
            None if origin.is_listed => {
                target.vision_via = target.vision_via.or(straight);
                target.gateway = Some(GatewayLeg {
                    gateway: gateway.name.clone(),
                    gateway_id: gateway.id.clone(),
                    ..leg.clone()
                });
            }
            None => {
                let text = format!(
                    "set and not used: gateway {} publishes no path to {}/{}",
                    gateway.name, target.account, target.deployment
                );
                inventory.gaps.push(gap(origin, text));
            }
        }
    } else if origin.is_listed {
        target.vision_via = target.vision_via.or(straight);
        target.gateway = Some(leg.clone());
    }
}

/// Adds what could not be seen, where the selection does not leave it out.
fn add(found: &mut Found, written: &Configured, target: &Target, selection: &Selection) {
    let is_asked = is_chosen(&selection.deployments, target.deployment.as_str())
        && is_chosen(&selection.accounts, target.account.as_str());
    let leg = target.gateway.as_ref();
    if !is_asked || !leg.is_none_or(|leg| is_chosen(&selection.gateways, leg.gateway.as_str())) {
        return;
    }
    let inventory = &mut found.inventory;
    let known = inventory
        .accounts
        .iter()
        .any(|one| one.name == target.account);
    if !known {
        let own = written.inventory.accounts.iter();
        let own = own.filter(|one| one.name == target.account).cloned();
        inventory.accounts.extend(own);
    }
    if let Some(leg) = leg
        && gateway_at(inventory, leg).is_none()
    {
        let own = written.inventory.gateways.iter();
        let own = own.filter(|one| one.name == leg.gateway).cloned();
        inventory.gateways.extend(own);
    }
    let routes = written.inventory.routes.iter();
    let own =
        routes.filter(|one| one.account == target.account && one.deployment == target.deployment);
    inventory.routes.extend(own.cloned());
    found.targets.push(target.clone());
}

//! What is written down, as the inventory that discovery would have given.

use crate::knowledge::{Family, family_of};
use crate::model::{
    Account, Api, CallKind, Deployment, Gateway, GatewayLeg, Inventory, PublishedRoute, RouteStyle,
    SCHEMA_VERSION, Target,
};
use crate::provider::azure::{Base, Place, Route};

/// The inventory that targets which are written down make.
pub(super) fn written_inventory(targets: &[Target]) -> Inventory {
    let mut found = Inventory {
        schema_version: SCHEMA_VERSION,
        ..Inventory::default()
    };
    for target in targets {
        add_account(&mut found.accounts, target);
        if let Some(leg) = &target.gateway {
            add_gateway(&mut found.gateways, leg);
            found.routes.extend(published(target, leg));
        }
    }
    found
}

fn add_account(accounts: &mut Vec<Account>, target: &Target) {
    let deployment = Deployment {
        name: target.deployment.clone(),
        model: target.model.clone(),
        family: target.family.clone(),
        rate_limits: target.rate_limits.clone(),
        ..Deployment::default()
    };
    if let Some(account) = accounts.iter_mut().find(|one| one.name == target.account) {
        let mut there = account.deployments.iter();
        if there.all(|one| one.name != deployment.name) {
            account.deployments.push(deployment);
        }
        return;
    }
    accounts.push(Account {
        name: target.account.clone(),
        location: target.location.clone(),
        endpoint: target
            .direct
            .as_ref()
            .map(|leg| leg.endpoint.clone())
            .unwrap_or_default(),
        deployments: vec![deployment],
        ..Account::default()
    });
}

fn add_gateway(gateways: &mut Vec<Gateway>, leg: &GatewayLeg) {
    let url = Base::account(&leg.base_url)
        .map(|base| base.origin())
        .unwrap_or_default();
    let at = gateways
        .iter()
        .position(|one| one.name == leg.gateway)
        .unwrap_or_else(|| {
            gateways.push(Gateway {
                name: leg.gateway.clone(),
                url: url.clone(),
                ..Gateway::default()
            });
            gateways.len() - 1
        });
    let Some(gateway) = gateways.get_mut(at) else {
        return;
    };
    if gateway.apis.iter().any(|api| api.name == leg.api) {
        return;
    }
    gateway.apis.push(Api {
        name: leg.api.clone(),
        path: leg
            .base_url
            .replacen(&url, "", 1)
            .trim_matches('/')
            .to_owned(),
        is_subscription_required: leg.is_subscription_required,
        key_names: leg.key_names.clone(),
        ..Api::default()
    });
}

pub(super) fn published(target: &Target, leg: &GatewayLeg) -> Option<PublishedRoute> {
    let family = family_of(&target.model);
    let native = family.map_or(RouteStyle::Deployment, Family::native_style);
    let place = match native {
        RouteStyle::Provider => Place::Provider {
            segment: family?.provider_segment.clone(),
        },
        RouteStyle::Deployment | RouteStyle::ModelName => Place::Deployment {
            deployment: target.deployment.clone(),
            call: CallKind::Generate,
        },
    };
    let base = Base::published(&leg.base_url, native).ok()?;
    Some(PublishedRoute {
        account: target.account.clone(),
        deployment: target.deployment.clone(),
        gateway: leg.gateway.clone(),
        api: leg.api.clone(),
        operation: "".into(),
        url: Route::new(base, place, Some(&leg.api_version)).url().into(),
        supposed: None,
    })
}

//! What can be called: each FLUX deployment with the ways that lead to it.

use super::arrivals::Arriving;
use super::beside::{Beside, peer};
use super::rewritten::{Rewritten, rewritten};
use super::routes::unpublished_routes;
use super::selection::{Selection, is_chosen};
use crate::knowledge::{Family, HostForm, api_versions, by_id, family_of, host_form_of, is_flux};
use crate::model::{
    Account, Api, CallKind, Deployment, DirectLeg, Gateway, GatewayLeg, GatewaySubscription,
    Inventory, PublishedRoute, RouteStyle, Target,
};
use crate::policy::{Policies, Way};
use crate::provider::azure::{Base, Route};
use std::collections::HashMap;

/// A target for each FLUX deployment that the selection names: with its gateway way where one is published or only its
/// operation is missing, and with its direct way. With `every_route` a target for each gateway and API that publishes it.
pub fn targets(inventory: &Inventory, selection: &Selection) -> Vec<Target> {
    let unpublished = unpublished_routes(inventory);
    let policies: Vec<Policies> = inventory.gateways.iter().map(Policies::of).collect();
    let estate = Estate {
        inventory,
        policies: &policies,
        selection,
    };
    let published = by_deployment(&inventory.routes);
    let missing = by_deployment(&unpublished);
    let rewritten = rewritten(inventory, &policies);
    let mut found = Vec::new();
    let mut arriving = Arriving::of(inventory);
    for account in &inventory.accounts {
        if !is_chosen(&selection.accounts, account.name.as_str()) {
            continue;
        }
        for deployment in &account.deployments {
            let is_asked = is_chosen(&selection.deployments, deployment.name.as_str());
            if !is_asked || !is_flux(&deployment.model) {
                continue;
            }
            let plain = plain_target(account, deployment, selection);
            let name = (account.name.as_str(), deployment.name.as_str());
            let routes = published.get(&name).map_or(&[][..], Vec::as_slice);
            let mut legs = gateway_legs(&estate, routes, deployment);
            if legs.is_empty() {
                legs = rewritten_legs(&estate, &rewritten, account, deployment);
            }
            if legs.is_empty() {
                let routes = missing.get(&name).map_or(&[][..], Vec::as_slice);
                legs = gateway_legs(&estate, routes, deployment);
            }
            let beside = Beside {
                inventory,
                account,
                deployment,
            };
            let most = if selection.every_route { usize::MAX } else { 1 };
            let count = found.len();
            found.extend(legs.into_iter().take(most).map(|leg| {
                let mut target = plain.clone();
                beside.through(&leg, &mut target);
                target.gateway = Some(leg);
                arriving.complete(&mut target);
                target
            }));
            if found.len() == count {
                found.push(plain);
            }
        }
    }
    found
}

type ByDeployment<'a> = HashMap<(&'a str, &'a str), Vec<&'a PublishedRoute>>;

fn by_deployment(routes: &[PublishedRoute]) -> ByDeployment<'_> {
    let mut found: ByDeployment<'_> = HashMap::new();
    for route in routes {
        let name = (route.account.as_str(), route.deployment.as_str());
        found.entry(name).or_default().push(route);
    }
    found
}

fn plain_target(account: &Account, deployment: &Deployment, selection: &Selection) -> Target {
    Target {
        account: account.name.clone(),
        account_id: account.id.clone(),
        deployment: deployment.name.clone(),
        location: account.location.clone(),
        model: deployment.model.clone(),
        family: deployment.family.clone(),
        sku: deployment.sku.clone(),
        rate_limits: deployment.rate_limits.clone(),
        gateway: None,
        direct: direct_leg(account, deployment, selection),
        peers: account
            .deployments
            .iter()
            .filter(|one| one.name != deployment.name && is_flux(&one.model))
            .filter(|one| native_style(one) == native_style(deployment))
            .map(peer)
            .collect(),
        neighbours: account
            .deployments
            .iter()
            .filter(|one| one.name != deployment.name)
            .map(|one| one.name.clone())
            .collect(),
        vision: super::beside::vision(account),
        vision_via: None,
    }
}

/// The publisher's route is known on the Foundry name, all others on the account's own endpoint.
fn direct_leg(
    account: &Account,
    deployment: &Deployment,
    selection: &Selection,
) -> Option<DirectLeg> {
    let native = native_style(deployment);
    let foundry = account.endpoints.iter().find(|url| {
        url::Url::parse(url)
            .ok()
            .and_then(|url| url.host_str().map(host_form_of))
            == Some(HostForm::Foundry)
    });
    let endpoint = foundry
        .filter(|_| native == RouteStyle::Provider)
        .unwrap_or(&account.endpoint);
    let base = Base::account(endpoint).ok()?;
    let versions = api_versions();
    let usual = selection
        .api_version
        .as_ref()
        .unwrap_or(&versions.direct_default);
    Some(DirectLeg {
        endpoint: base.origin(),
        api_version: versions
            .for_call(CallKind::Generate, native, usual)
            .to_owned(),
        is_key_auth_disabled: account.is_key_auth_disabled,
        is_network_closed: false,
    })
}

/// What ways through gateways are computed from.
struct Estate<'a> {
    inventory: &'a Inventory,
    /// Those of each gateway, in order.
    policies: &'a [Policies],
    selection: &'a Selection,
}

pub(super) fn native_style(deployment: &Deployment) -> RouteStyle {
    deployment
        .family
        .as_ref()
        .and_then(by_id)
        .or_else(|| family_of(&deployment.model))
        .map_or(RouteStyle::Deployment, Family::native_style)
}

/// A way for each gateway and API that publishes the deployment; supposed ones come last, and those that a key opens first.
fn gateway_legs(
    estate: &Estate<'_>,
    routes: &[&PublishedRoute],
    deployment: &Deployment,
) -> Vec<GatewayLeg> {
    let mut legs: Vec<GatewayLeg> = Vec::new();
    for published in routes {
        if !is_chosen(&estate.selection.gateways, published.gateway.as_str()) {
            continue;
        }
        let is_known = legs
            .iter()
            .any(|leg| leg.gateway == published.gateway && leg.api == published.api);
        if !is_known {
            legs.extend(gateway_leg(estate, published, deployment));
        }
    }
    let is_supposed = |leg: &GatewayLeg| {
        let mut routes = routes.iter();
        let is_it = |one: &&&PublishedRoute| one.gateway == leg.gateway && one.api == leg.api;
        routes.find(is_it).is_some_and(|one| one.supposed.is_some())
    };
    legs.sort_by_key(|leg| {
        let is_closed = leg.is_subscription_required && !is_opened(estate.inventory, leg);
        (is_supposed(leg), is_closed)
    });
    legs
}

/// Whether the leg's subscription opens its API.
fn is_opened(inventory: &Inventory, leg: &GatewayLeg) -> bool {
    let is_it = |one: &&Gateway| one.name == leg.gateway;
    let Some(gateway) = inventory.gateways.iter().find(is_it) else {
        return false;
    };
    let apis = gateway.apis.iter().filter(|api| api.name == leg.api);
    apis.flat_map(|api| gateway.subscriptions.iter().map(move |one| (api, one)))
        .any(|(api, one)| {
            leg.subscription.as_ref() == Some(&one.name)
                && is_active(one)
                && breadth(&one.scope, api).is_some()
        })
}

fn is_active(subscription: &GatewaySubscription) -> bool {
    subscription.state.eq_ignore_ascii_case("active")
}

fn gateway_leg(
    estate: &Estate<'_>,
    published: &PublishedRoute,
    deployment: &Deployment,
) -> Option<GatewayLeg> {
    let route = Route::parse(&published.url).ok()?;
    let native = native_style(deployment);
    if route.style() != native || route.call() != CallKind::Generate {
        return None;
    }
    let mut gateways = estate.inventory.gateways.iter();
    let gateway_at = gateways.position(|one| one.name == published.gateway)?;
    let gateway = estate.inventory.gateways.get(gateway_at)?;
    let mut apis = gateway.apis.iter();
    let api_at = apis.position(|api| api.name == published.api)?;
    let mut operations = gateway.apis.get(api_at)?.operations.iter();
    let operation = operations.position(|one| one.name == published.operation);
    leg_at(
        estate,
        deployment,
        (gateway_at, api_at, operation),
        route.base(),
    )
}

/// A way for each API that leads to the deployment by paths of its own.
fn rewritten_legs(
    estate: &Estate<'_>,
    all: &[Rewritten<'_>],
    account: &Account,
    deployment: &Deployment,
) -> Vec<GatewayLeg> {
    let mut legs: Vec<GatewayLeg> = Vec::new();
    let own = all.iter().filter(|one| {
        std::ptr::eq(one.account, account) && std::ptr::eq(one.deployment, deployment)
    });
    for one in own {
        let (gateway_at, api_at, operation_at) = one.at;
        let Some((gateway, api)) = estate
            .inventory
            .gateways
            .get(gateway_at)
            .and_then(|gateway| Some((gateway, gateway.apis.get(api_at)?)))
        else {
            continue;
        };
        if !is_chosen(&estate.selection.gateways, gateway.name.as_str()) {
            continue;
        }
        let known = legs
            .iter_mut()
            .find(|leg| leg.gateway == gateway.name && leg.api == api.name);
        if let Some(leg) = known {
            leg.rewritten.push(one.path.clone());
            continue;
        }
        let Ok(base) = Base::published(
            &format!("{}/{}", gateway.url, api.path.trim_matches('/')),
            native_style(deployment),
        ) else {
            continue;
        };
        let at = (gateway_at, api_at, Some(operation_at));
        if let Some(leg) = leg_at(estate, deployment, at, &base) {
            legs.push(GatewayLeg {
                rewritten: vec![one.path.clone()],
                ..leg
            });
        }
    }
    legs.retain(|leg| {
        leg.rewritten
            .iter()
            .any(|path| path.call == CallKind::Generate)
    });
    for leg in &mut legs {
        leg.expects.has_edits = leg.rewritten.iter().any(|path| path.call == CallKind::Edit);
    }
    legs
}

/// The way through an operation, by the positions of gateway, API and operation; paths of its style begin at `base`.
fn leg_at(
    estate: &Estate<'_>,
    deployment: &Deployment,
    at: (usize, usize, Option<usize>),
    base: &Base,
) -> Option<GatewayLeg> {
    let (gateway_at, api_at, operation) = at;
    let gateway = estate.inventory.gateways.get(gateway_at)?;
    let policies = estate.policies.get(gateway_at)?;
    let api = gateway.apis.get(api_at)?;
    let native = native_style(deployment);
    let subscription = subscription_for(gateway, api);
    let way = Way {
        gateway,
        policies,
        api: api_at,
        operation,
        deployment: deployment.name.as_str(),
        product: product_of(gateway, subscription.as_deref()),
    };
    let versions = api_versions();
    let usual = estate
        .selection
        .api_version
        .as_ref()
        .unwrap_or(&versions.gateway_default);
    Some(GatewayLeg {
        gateway: gateway.name.clone(),
        gateway_id: gateway.id.clone(),
        api: api.name.clone(),
        base_url: base.url(),
        key_names: api.key_names.clone(),
        is_subscription_required: api.is_subscription_required,
        subscription: subscription.clone(),
        api_version: versions
            .for_call(CallKind::Generate, native, usual)
            .to_owned(),
        token_audience: way.token_audience(),
        expects: way.expectations(&base.url().replacen(&base.origin(), "", 1)),
        rewritten: Vec::new(),
        arrivals: Vec::new(),
    })
}

/// The product whose key a subscription holds, where it is one of a product.
fn product_of<'a>(gateway: &'a Gateway, subscription: Option<&str>) -> Option<&'a str> {
    let named = gateway
        .subscriptions
        .iter()
        .find(|one| Some(one.name.as_str()) == subscription)?;
    named.scope.strip_prefix("/products/")
}

/// The subscription that opens the API, the narrowest first. Where none does, one that is not active or is for something
/// else: the gateway's own answer to its key says more than that no call was made.
fn subscription_for(gateway: &Gateway, api: &Api) -> Option<String> {
    let known = gateway.subscriptions.iter();
    let rank = |one: &&GatewaySubscription| {
        let breadth = breadth(&one.scope, api);
        (breadth.is_none(), !is_active(one), breadth)
    };
    known.min_by_key(rank).map(|one| one.name.clone())
}

/// How much more than the API a scope covers; nothing where it does not cover it.
fn breadth(scope: &str, api: &Api) -> Option<u8> {
    let own = format!("/apis/{}", api.name);
    let product = scope.strip_prefix("/products/");
    if scope.eq_ignore_ascii_case(&own) {
        Some(0)
    } else if product.is_some_and(|name| api.products.iter().any(|one| one == name)) {
        Some(1)
    } else {
        (scope == "/apis").then_some(2)
    }
}

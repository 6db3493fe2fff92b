//! What can be called: each FLUX deployment with the ways that lead to it.

use super::routes::unpublished_routes;
use super::selection::{Selection, is_chosen};
use crate::knowledge::{
    Family, HostForm, api_versions, by_id, can_see, family_of, host_form_of, is_flux,
    needs_max_completion_tokens,
};
use crate::model::{
    Account, Api, CallKind, Deployment, DirectLeg, Gateway, GatewayLeg, GatewaySubscription,
    Inventory, Peer, PublishedRoute, RouteStyle, Target,
};
use crate::provider::azure::{Base, Route};
use std::collections::HashMap;

/// A target for each FLUX deployment that the selection names: with its gateway way where one is published or only its
/// operation is missing, and with its direct way. With `every_route` a target for each gateway and API that publishes it.
pub fn targets(inventory: &Inventory, selection: &Selection) -> Vec<Target> {
    let mut published: HashMap<(&str, &str), Vec<&PublishedRoute>> = HashMap::new();
    let unpublished = unpublished_routes(inventory);
    for route in inventory.routes.iter().chain(&unpublished) {
        let name = (route.account.as_str(), route.deployment.as_str());
        published.entry(name).or_default().push(route);
    }
    let mut found = Vec::new();
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
            let legs = gateway_legs(inventory, routes, deployment, selection);
            let most = if selection.every_route { usize::MAX } else { 1 };
            let count = found.len();
            found.extend(legs.into_iter().take(most).map(|leg| Target {
                gateway: Some(leg),
                ..plain.clone()
            }));
            if found.len() == count {
                found.push(plain);
            }
        }
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
            .map(peer)
            .collect(),
        vision: vision(account),
    }
}

fn peer(deployment: &Deployment) -> Peer {
    Peer {
        deployment: deployment.name.clone(),
        model: deployment.model.clone(),
        family: deployment.family.clone(),
        rate_limits: deployment.rate_limits.clone(),
    }
}

/// The cheapest running deployment that can look at a picture: no reasoning model, and a small one, where there is a
/// choice.
fn vision(account: &Account) -> Option<Peer> {
    account
        .deployments
        .iter()
        .filter(|one| can_see(&one.model) && is_ready(one))
        .min_by_key(|one| {
            let is_large = !one.model.name.contains("mini");
            (needs_max_completion_tokens(&one.model), is_large)
        })
        .map(peer)
}

fn is_ready(deployment: &Deployment) -> bool {
    matches!(deployment.provisioning_state.as_str(), "" | "Succeeded")
        && deployment.state != "Paused"
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
    })
}

fn native_style(deployment: &Deployment) -> RouteStyle {
    deployment
        .family
        .as_ref()
        .and_then(by_id)
        .or_else(|| family_of(&deployment.model))
        .map_or(RouteStyle::Deployment, Family::native_style)
}

/// A way for each gateway and API that publishes the deployment; supposed ones come last, and those that a key opens first.
fn gateway_legs(
    inventory: &Inventory,
    routes: &[&PublishedRoute],
    deployment: &Deployment,
    selection: &Selection,
) -> Vec<GatewayLeg> {
    let mut legs: Vec<GatewayLeg> = Vec::new();
    for published in routes {
        if !is_chosen(&selection.gateways, published.gateway.as_str()) {
            continue;
        }
        let is_known = legs
            .iter()
            .any(|leg| leg.gateway == published.gateway && leg.api == published.api);
        if !is_known {
            legs.extend(gateway_leg(inventory, published, deployment, selection));
        }
    }
    let is_supposed = |leg: &GatewayLeg| {
        let mut routes = routes.iter();
        let is_it = |one: &&&PublishedRoute| one.gateway == leg.gateway && one.api == leg.api;
        routes.find(is_it).is_some_and(|one| one.supposed.is_some())
    };
    legs.sort_by_key(|leg| {
        let is_closed = leg.is_subscription_required && !is_opened(inventory, leg);
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
    inventory: &Inventory,
    published: &PublishedRoute,
    deployment: &Deployment,
    selection: &Selection,
) -> Option<GatewayLeg> {
    let route = Route::parse(&published.url).ok()?;
    let native = native_style(deployment);
    if route.style() != native || route.call() != CallKind::Generate {
        return None;
    }
    let is_it = |gateway: &&Gateway| gateway.name == published.gateway;
    let gateway = inventory.gateways.iter().find(is_it)?;
    let api = gateway.apis.iter().find(|api| api.name == published.api)?;
    let versions = api_versions();
    let usual = selection
        .api_version
        .as_ref()
        .unwrap_or(&versions.gateway_default);
    Some(GatewayLeg {
        gateway: gateway.name.clone(),
        gateway_id: gateway.id.clone(),
        api: api.name.clone(),
        base_url: route.base().url(),
        key_names: api.key_names.clone(),
        is_subscription_required: api.is_subscription_required,
        subscription: subscription_for(gateway, api),
        api_version: versions
            .for_call(CallKind::Generate, native, usual)
            .to_owned(),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    fn flux(name: &str, model: &str) -> Deployment {
        let model = Model {
            format: "Black Forest Labs".into(),
            name: model.into(),
            version: "1".into(),
        };
        Deployment {
            name: name.into(),
            family: family_of(&model).map(|family| family.id.clone()),
            model,
            ..Deployment::default()
        }
    }

    fn route(gateway: &str, api: &str, deployment: &str) -> PublishedRoute {
        PublishedRoute {
            account: "a".into(),
            deployment: deployment.into(),
            gateway: gateway.into(),
            api: api.into(),
            operation: "op".into(),
            url: format!(
                "https://{gateway}.azure-api.net/{api}/openai/deployments/{deployment}/images/generations?api-version=2024-08-01-preview"
            ),
            supposed: None,
        }
    }

    fn subscription(name: &str, scope: &str, state: &str) -> GatewaySubscription {
        GatewaySubscription {
            name: name.into(),
            scope: scope.into(),
            state: state.into(),
        }
    }

    fn inventory() -> Inventory {
        let api = |name: &str| Api {
            name: name.into(),
            path: format!("{name}/openai"),
            is_subscription_required: true,
            products: vec!["starter".into()],
            ..Api::default()
        };
        let gateway = |name: &str, subscriptions: Vec<GatewaySubscription>| Gateway {
            name: name.into(),
            url: format!("https://{name}.azure-api.net"),
            apis: vec![api("x"), api("y")],
            subscriptions,
            ..Gateway::default()
        };
        Inventory {
            accounts: vec![Account {
                name: "a".into(),
                endpoint: "https://a.cognitiveservices.azure.com/".into(),
                endpoints: vec!["https://a.services.ai.azure.com/".into()],
                deployments: vec![
                    flux("pro", "FLUX-1.1-pro"),
                    flux("two", "FLUX.2-pro"),
                    flux("new", "FLUX.9"),
                ],
                ..Account::default()
            }],
            gateways: vec![
                gateway("g1", vec![subscription("dead", "/apis", "suspended")]),
                gateway(
                    "g2",
                    vec![
                        subscription("all", "/apis", "active"),
                        subscription("product", "/products/starter", "active"),
                        subscription("own", "/apis/x", "active"),
                    ],
                ),
            ],
            routes: vec![
                route("g1", "x", "pro"),
                route("g2", "x", "pro"),
                route("g2", "y", "pro"),
            ],
            ..Inventory::default()
        }
    }

    #[test]
    fn a_route_that_a_key_opens_comes_first_with_the_narrowest_subscription() {
        let found = targets(&inventory(), &Selection::default());
        assert_eq!(found.len(), 3);
        let leg = found[0].gateway.as_ref().unwrap();
        assert_eq!((leg.gateway.as_str(), leg.api.as_str()), ("g2", "x"));
        assert_eq!(leg.subscription.as_deref(), Some("own"));
    }

    #[test]
    fn every_route_is_a_target_only_where_asked() {
        let selection = Selection {
            every_route: true,
            deployments: vec!["PRO".into()],
            ..Selection::default()
        };
        let found = targets(&inventory(), &selection);
        let names: Vec<String> = found.iter().map(Target::route_name).collect();
        assert_eq!(names, ["g2/x", "g2/y", "g1/x"]);
        let subscriptions: Vec<Option<&str>> = found
            .iter()
            .map(|target| target.gateway.as_ref().unwrap().subscription.as_deref())
            .collect();
        // Only a suspended subscription covers the last, and its key is shown all the same.
        assert_eq!(subscriptions, [Some("own"), Some("product"), Some("dead")]);
    }

    #[test]
    fn what_no_gateway_publishes_is_called_directly_on_the_name_it_answers_on() {
        let found = targets(&inventory(), &Selection::default());
        let [_, two, new] = found.as_slice() else {
            panic!("three targets")
        };
        assert_eq!((&two.gateway, &new.gateway), (&None, &None));
        let direct = two.direct.as_ref().unwrap();
        assert_eq!(direct.endpoint, "https://a.services.ai.azure.com");
        assert_eq!(direct.api_version, "preview");
        assert_eq!(new.family, None);
        assert_eq!(
            new.direct.as_ref().unwrap().endpoint,
            "https://a.cognitiveservices.azure.com"
        );
        assert_eq!(new.peers.len(), 2);
    }

    #[test]
    fn a_chosen_version_holds_for_both_ways() {
        let selection = Selection {
            api_version: Some("2025-03-01-preview".into()),
            ..Selection::default()
        };
        let found = targets(&inventory(), &selection);
        assert_eq!(
            found[0].gateway.as_ref().unwrap().api_version,
            "2025-03-01-preview"
        );
        assert_eq!(
            found[0].direct.as_ref().unwrap().api_version,
            "2025-03-01-preview"
        );
    }
}

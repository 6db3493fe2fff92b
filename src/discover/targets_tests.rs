//! Targets and the ways that lead to them.

use super::selection::Selection;
use super::targets::targets;
use crate::knowledge::family_of;
use crate::model::{
    Account, Api, Deployment, Gateway, GatewaySubscription, Inventory, Model, PublishedRoute,
    Target,
};

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
    assert_eq!(
        new.peers.len(),
        1,
        "one that answers on the same kind of route"
    );
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

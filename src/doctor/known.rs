//! What the inventory knows of the place that a URL leads to.

use crate::knowledge::api_versions;
use crate::model::{Api, Gateway, GatewayLeg, Inventory};
use crate::provider::azure::{Place, Route};
use url::Url;

/// The gateway that answers on the host of `url`, with the API that its path belongs to: the longest path wins.
pub(super) fn leg_at(inventory: &Inventory, url: &Url) -> Option<GatewayLeg> {
    let host = url.host_str()?;
    let mut gateways = inventory.gateways.iter();
    let gateway = gateways.find(|gateway| answers_on(gateway, host))?;
    let api = api_at(gateway, url.path());
    let origin = url.origin().ascii_serialization();
    Some(GatewayLeg {
        gateway: gateway.name.clone(),
        gateway_id: gateway.id.clone(),
        api: api.map(|api| api.name.clone()).unwrap_or_default(),
        base_url: match api {
            Some(api) => format!("{origin}/{}", api.path.trim_matches('/')),
            None => origin,
        },
        key_names: api.map(|api| api.key_names.clone()).unwrap_or_default(),
        is_subscription_required: api.is_none_or(|api| api.is_subscription_required),
        subscription: api.and_then(|api| opener(gateway, api)),
        api_version: api_versions().gateway_default.clone(),
        ..GatewayLeg::default()
    })
}

fn answers_on(gateway: &Gateway, host: &str) -> bool {
    let own = Url::parse(&gateway.url).ok();
    let own = own.as_ref().and_then(Url::host_str);
    let hosts = gateway.hosts.iter().map(String::as_str).chain(own);
    hosts.into_iter().any(|own| own.eq_ignore_ascii_case(host))
}

fn api_at<'a>(gateway: &'a Gateway, path: &str) -> Option<&'a Api> {
    let path = path.trim_matches('/').to_ascii_lowercase();
    let is_below = |api: &&Api| {
        let own = api.path.trim_matches('/').to_ascii_lowercase();
        own.is_empty() || path == own || path.starts_with(&format!("{own}/"))
    };
    let apis = gateway.apis.iter().filter(is_below);
    apis.max_by_key(|api| api.path.trim_matches('/').len())
}

/// A subscription whose key opens `api`: an active one before any other, the narrowest before the widest.
fn opener(gateway: &Gateway, api: &Api) -> Option<String> {
    let breadth = |scope: &str| match scope.trim_matches('/').split_once('/') {
        None => (scope.trim_matches('/') == "apis").then_some(2),
        Some(("apis", id)) => (id == api.name.as_str()).then_some(0),
        Some(("products", id)) => api.products.iter().any(|one| one == id).then_some(1),
        Some(_) => None,
    };
    let mut found: Vec<_> = gateway
        .subscriptions
        .iter()
        .filter_map(|one| Some((one.state != "active", breadth(&one.scope)?, &one.name)))
        .collect();
    found.sort();
    found.first().map(|(_, _, name)| (*name).clone())
}

/// The route of a target with the operation and the api-version of another; nothing where that one names no api-version.
pub(super) fn like(own: &Route, given: &Route) -> Option<String> {
    let version = given.api_version()?;
    let place = match (own.place(), given.place()) {
        (
            Place::Deployment { deployment, .. },
            Place::Deployment { call, .. } | Place::ModelName { call },
        ) => Place::Deployment {
            deployment: deployment.clone(),
            call: *call,
        },
        (place, _) => place.clone(),
    };
    let style = Route::new(own.base().clone(), place.clone(), None);
    let version = api_versions().for_call(style.call(), style.style(), version);
    let route = Route::new(own.base().clone(), place, Some(version));
    Some(route.url().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GatewaySubscription, KeyNames};

    fn inventory() -> Inventory {
        let api = |name: &str, path: &str, header: &str| Api {
            name: name.into(),
            path: path.into(),
            is_subscription_required: true,
            key_names: KeyNames {
                header: header.into(),
                query: "subscription-key".into(),
            },
            products: vec!["starter".into()],
            ..Api::default()
        };
        let subscription = |name: &str, scope: &str, state: &str| GatewaySubscription {
            name: name.into(),
            scope: scope.into(),
            state: state.into(),
        };
        Inventory {
            gateways: vec![Gateway {
                name: "g".into(),
                url: "https://g.azure-api.net".into(),
                hosts: vec!["ai.contoso.com".into()],
                apis: vec![
                    api("all", "inference", "Ocp-Apim-Subscription-Key"),
                    api("inner", "inference/openai", "api-key"),
                ],
                subscriptions: vec![
                    subscription("wide", "/apis", "active"),
                    subscription("old", "/apis/inner", "suspended"),
                    subscription("product", "/products/starter", "active"),
                ],
                ..Gateway::default()
            }],
            ..Inventory::default()
        }
    }

    #[test]
    fn the_longest_path_says_which_api_a_url_belongs_to() {
        let found = |url: &str| leg_at(&inventory(), &Url::parse(url).unwrap());
        let leg = found("https://ai.contoso.com/inference/openai/deployments/d").unwrap();
        assert_eq!(leg.api, "inner");
        assert_eq!(leg.key_names.header, "api-key");
        assert_eq!(leg.base_url, "https://ai.contoso.com/inference/openai");
        assert_eq!(leg.subscription.as_deref(), Some("product"));
        let leg = found("https://G.azure-api.net/inference/openaix").unwrap();
        assert_eq!(leg.api, "all");
        assert_eq!(found("https://g.azure-api.net/x").unwrap().api, "");
        assert!(found("https://other.contoso.com/inference").is_none());
    }

    #[test]
    fn a_known_route_takes_over_operation_and_version() {
        let route = |url: &str| Route::parse(url).unwrap();
        let own = route(
            "https://g.azure-api.net/a/openai/deployments/own/images/generations?api-version=2024-08-01-preview",
        );
        let like = |url: &str| like(&own, &route(url));
        assert_eq!(
            like("https://g.azure-api.net/b/openai/deployments/x/images/edits?api-version=2025-04-01-preview")
                .as_deref(),
            Some("https://g.azure-api.net/a/openai/deployments/own/images/edits?api-version=2025-04-01-preview")
        );
        assert!(like("https://g.azure-api.net/b/openai/deployments/x/images/edits").is_none());
    }
}

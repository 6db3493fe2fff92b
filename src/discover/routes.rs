//! Which paths gateways publish to which FLUX deployments, computed from the inventory alone.

use super::ends::{At, Ends};
use crate::knowledge::{Family, api_versions, by_id, families, is_flux};
use crate::model::{
    Account, Api, CallKind, Deployment, Gateway, Inventory, Operation, PublishedRoute, RouteStyle,
};
use crate::policy::{Accounts, Policies};
use crate::provider::azure::{Base, Place, Published, Publishes, Route};
use std::borrow::Cow;

/// Every published path to a FLUX deployment: operations that draw or edit × the accounts their policies can forward to
/// × the FLUX deployments there. Members of a pool that are preferred come first.
pub fn routes(inventory: &Inventory) -> Vec<PublishedRoute> {
    routes_by(inventory, |api| Cow::Borrowed(&api.operations))
}

fn routes_by<'a>(
    inventory: &'a Inventory,
    operations_of: impl Fn(&'a Api) -> Cow<'a, [Operation]>,
) -> Vec<PublishedRoute> {
    let accounts = Accounts::by_host(&inventory.accounts);
    let mut found = Vec::new();
    for gateway in &inventory.gateways {
        let policies = Policies::of(gateway);
        for (api_at, api) in gateway.apis.iter().enumerate() {
            for operation in operations_of(api).iter() {
                let Some(published) = Published::of(&api.path, operation) else {
                    continue;
                };
                let at = At::of(gateway, &policies, api_at, api, operation);
                let ends = at.ends(&accounts);
                for account in &ends.accounts {
                    found.extend(published_to(
                        &published,
                        &at,
                        operation,
                        (account, &ends),
                        None,
                    ));
                }
            }
        }
    }
    found
}

/// What an operation publishes of an account among its ends. `supposed` says why it is not known to lead there.
pub(super) fn published_to<'a>(
    published: &'a Published,
    at: &'a At<'a>,
    operation: &'a Operation,
    (account, ends): (&'a Account, &Ends<'_>),
    supposed: Option<&'a str>,
) -> impl Iterator<Item = PublishedRoute> + 'a {
    let is_below_openai = ends.is_below_openai;
    let flux = account.deployments.iter().filter(|one| is_flux(&one.model));
    flux.filter_map(move |deployment| {
        let url = url_of(published, at.gateway, deployment, is_below_openai)?;
        Some(PublishedRoute {
            account: account.name.clone(),
            deployment: deployment.name.clone(),
            gateway: at.gateway.name.clone(),
            api: at.api.name.clone(),
            operation: operation.name.clone(),
            url,
            supposed: supposed.map(str::to_owned),
        })
    })
}

/// Paths that gateways do not publish although they publish other operations on the same deployments: what a probe must
/// call to have the gateway say that the operation is missing. None for a deployment that has a published path.
pub(super) fn unpublished_routes(inventory: &Inventory) -> Vec<PublishedRoute> {
    let is_published = |route: &PublishedRoute| {
        let is_the_same = |one: &PublishedRoute| {
            (&one.account, &one.deployment) == (&route.account, &route.deployment)
        };
        let mut known = inventory.routes.iter();
        known.any(|one| is_the_same(one) && draws(one))
    };
    let missing = |api: &Api| {
        let mut siblings = api.operations.iter();
        siblings.find_map(missing).into_iter().flatten().collect()
    };
    let mut found = routes_by(inventory, missing);
    found.retain(|route| is_answered(route) && !is_published(route));
    found
}

/// Whether the family that a route leads to answers on it by itself: the publisher's route is that of some families only.
fn is_answered(route: &PublishedRoute) -> bool {
    Route::parse(&route.url).is_ok_and(|route| match route.place() {
        Place::Provider { segment } => families().iter().any(|family| {
            family.provider_segment == *segment && family.native_style() == RouteStyle::Provider
        }),
        Place::Deployment { .. } | Place::ModelName { .. } => true,
    })
}

fn draws(route: &PublishedRoute) -> bool {
    Route::parse(&route.url).is_ok_and(|route| route.call() == CallKind::Generate)
}

/// The operations that draw, in either style, beside one that does something else with a deployment of the caller's choice.
fn missing(sibling: &Operation) -> Option<[Operation; 2]> {
    let path = sibling.url_template.split('?').next()?;
    let (before, after) = path.split_once("/deployments/{")?;
    let parameter = after.split_once('}')?.0;
    let templates = [
        format!("{before}/deployments/{{{parameter}}}/images/generations"),
        format!("{before}/providers/blackforestlabs/v1/{{model}}"),
    ];
    Some(templates.map(|url_template| Operation {
        name: "".into(),
        method: "POST".to_owned(),
        url_template,
        ..Operation::default()
    }))
}

/// Whether an operation can lead to a picture: it draws, edits, is the publisher's own, or takes everything.
pub fn is_image_operation(api: &Api, operation: &Operation) -> bool {
    Published::of(&api.path, operation).is_some()
}

/// The URL for a deployment; nothing where its family does not answer on this operation.
fn url_of(
    published: &Published,
    gateway: &Gateway,
    deployment: &Deployment,
    is_below_openai: bool,
) -> Option<String> {
    let family = deployment.family.as_ref().and_then(by_id);
    let native = family.map_or(RouteStyle::Deployment, Family::native_style);
    let place = match &published.what {
        Publishes::Deployment(call, literal) => {
            let is_named = literal
                .as_deref()
                .is_none_or(|name| deployment.name == name);
            let can = match call {
                CallKind::Edit => family.is_some_and(|family| family.has_edits),
                _ => native == RouteStyle::Deployment,
            };
            (is_named && can).then(|| place_of(deployment, *call))?
        }
        Publishes::Provider(literal) => {
            let segment = family?.provider_segment.clone();
            let is_named = literal.as_ref().is_none_or(|name| *name == segment);
            is_named.then_some(Place::Provider { segment })?
        }
        Publishes::Everything if native == RouteStyle::Provider => Place::Provider {
            segment: family?.provider_segment.clone(),
        },
        Publishes::Everything => place_of(deployment, CallKind::Generate),
        // A model's name in the body does not choose a FLUX deployment.
        Publishes::ModelName(_) => return None,
    };
    let style = match place {
        Place::Provider { .. } => RouteStyle::Provider,
        Place::Deployment { .. } | Place::ModelName { .. } => RouteStyle::Deployment,
    };
    let base = base_of(published, gateway, style, is_below_openai)?;
    let call = match place {
        Place::Deployment { call, .. } => call,
        _ => CallKind::Generate,
    };
    let versions = api_versions();
    let version = versions.for_call(call, style, &versions.gateway_default);
    Some(Route::new(base, place, Some(version)).url().into())
}

/// Where the operation begins; nothing where `openai` would stand in it twice, which no caller means.
fn base_of(
    published: &Published,
    gateway: &Gateway,
    style: RouteStyle,
    is_below_openai: bool,
) -> Option<Base> {
    let path: Vec<&str> = published.before.split('/').collect();
    let is_openai = |segment: &&str| segment.eq_ignore_ascii_case("openai");
    if path.windows(2).any(|two| two.iter().all(is_openai)) {
        return None;
    }
    // What passes everything on gets the path that the account knows, so far as the backend's URL does not hold it already.
    match (&published.what, style) {
        (Publishes::Everything, RouteStyle::Provider) if is_below_openai => return None,
        (Publishes::Everything, RouteStyle::Deployment) if !is_below_openai => {
            return Base::gateway(&gateway.url, &path.join("/")).ok();
        }
        _ => {}
    }
    Base::published(&format!("{}/{}", gateway.url, path.join("/")), style).ok()
}

fn place_of(deployment: &Deployment, call: CallKind) -> Place {
    Place::Deployment {
        deployment: deployment.name.clone(),
        call,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::family_of;
    use crate::model::{Backend, Model, PoolMember};
    use proptest::prelude::*;

    fn deployment(name: &str, model: &str) -> Deployment {
        let format = if model.contains("FLUX") {
            "Black Forest Labs"
        } else {
            "OpenAI"
        };
        let model = Model {
            format: format.into(),
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

    fn account(name: &str, deployments: Vec<Deployment>) -> Account {
        Account {
            name: name.into(),
            endpoint: format!("https://{name}.cognitiveservices.azure.com/"),
            custom_subdomain: Some(name.into()),
            deployments,
            ..Account::default()
        }
    }

    fn backend(name: &str, url: &str) -> Backend {
        Backend {
            name: name.into(),
            url: Some(url.into()),
            ..Backend::default()
        }
    }

    fn operation(template: &str) -> Operation {
        Operation {
            name: "op".into(),
            method: "POST".into(),
            url_template: template.into(),
            ..Operation::default()
        }
    }

    const GENERATIONS: &str =
        "/deployments/{deployment-id}/images/generations?api-version={api-version}";

    fn inventory(path: &str, template: &str, policy: Option<&str>) -> Inventory {
        let flux = || {
            vec![
                deployment("eyes", "gpt-4o"),
                deployment("pro", "FLUX-1.1-pro"),
                deployment("kontext", "FLUX.1-Kontext-pro"),
                deployment("two", "FLUX.2-pro"),
            ]
        };
        Inventory {
            accounts: vec![
                account("a1", flux()),
                account("a2", flux()),
                account("a3", flux()),
            ],
            gateways: vec![Gateway {
                name: "g".into(),
                url: "https://g.azure-api.net".into(),
                apis: vec![Api {
                    name: "api".into(),
                    path: path.into(),
                    service_url: Some("https://a3.openai.azure.com/openai".into()),
                    operations: vec![operation(template)],
                    policy: policy.map(str::to_owned),
                    ..Api::default()
                }],
                backends: vec![
                    backend("b1", "https://a1.services.ai.azure.com/openai"),
                    backend("b2", "https://A2.openai.azure.com/openai"),
                    backend("gone", "https://other.example.com"),
                    Backend {
                        name: "pool".into(),
                        pool: [("b2", 2), ("b1", 1)]
                            .map(|(backend, priority)| PoolMember {
                                backend: backend.into(),
                                priority: Some(priority),
                                weight: None,
                            })
                            .into(),
                        ..Backend::default()
                    },
                ],
                ..Gateway::default()
            }],
            ..Inventory::default()
        }
    }

    fn found(path: &str, template: &str, policy: Option<&str>) -> Vec<String> {
        routes(&inventory(path, template, policy))
            .into_iter()
            .map(|route| {
                let url = route.url.split_once("azure-api.net").unwrap().1.to_owned();
                format!("{} {url}", route.account)
            })
            .collect()
    }

    const TO_B1: &str =
        r#"<policies><inbound><base/><set-backend-service backend-id="b1"/></inbound></policies>"#;
    const V: &str = "?api-version=2024-08-01-preview";

    #[test]
    fn an_operation_leads_to_the_flux_deployments_of_its_backend() {
        assert_eq!(
            found("inference/openai", GENERATIONS, Some(TO_B1)),
            [
                format!("a1 /inference/openai/deployments/pro/images/generations{V}"),
                format!("a1 /inference/openai/deployments/kontext/images/generations{V}"),
            ]
        );
    }

    #[test]
    fn a_pool_leads_to_all_its_members_the_preferred_first() {
        let policy = TO_B1.replace("b1", "pool");
        let accounts: Vec<String> = found("x/openai", GENERATIONS, Some(&policy))
            .iter()
            .map(|line| line.chars().take(2).collect())
            .collect();
        assert_eq!(accounts, ["a1", "a1", "a2", "a2"]);
    }

    #[test]
    fn without_a_policy_the_service_url_leads() {
        for policy in [
            None,
            Some("<policies><inbound><base/></inbound></policies>"),
        ] {
            let found = found("x/openai", GENERATIONS, policy);
            assert!(
                found.iter().all(|line| line.starts_with("a3 ")),
                "{found:?}"
            );
            assert_eq!(found.len(), 2);
        }
        let elsewhere = TO_B1.replace("b1", "gone");
        assert_eq!(found("x/openai", GENERATIONS, Some(&elsewhere)), [""; 0]);
    }

    #[test]
    fn each_family_takes_only_the_operations_it_answers_on() {
        let edits = "/deployments/{id}/images/edits";
        assert_eq!(
            found("i/openai", edits, Some(TO_B1)),
            ["a1 /i/openai/deployments/kontext/images/edits?api-version=2025-04-01-preview"]
        );
        assert_eq!(
            found("i", "/providers/blackforestlabs/v1/flux-2-pro", Some(TO_B1)),
            ["a1 /i/providers/blackforestlabs/v1/flux-2-pro?api-version=preview"]
        );
        assert_eq!(
            found(
                "i/openai",
                "/deployments/pro/images/generations",
                Some(TO_B1)
            ),
            [format!(
                "a1 /i/openai/deployments/pro/images/generations{V}"
            )]
        );
        for other in [
            "/deployments/{id}/chat/completions",
            "/assistants/*",
            "/images/generations",
        ] {
            assert_eq!(found("i/openai", other, Some(TO_B1)), [""; 0], "{other}");
        }
    }

    #[test]
    fn a_wildcard_publishes_what_the_backend_knows() {
        assert_eq!(
            found("i", "/*", Some(TO_B1)),
            [
                format!("a1 /i/deployments/pro/images/generations{V}"),
                format!("a1 /i/deployments/kontext/images/generations{V}"),
            ],
            "the backend ends in /openai, and the publisher's route stands beside it"
        );
        let to_root = TO_B1.replace(
            r#"backend-id="b1""#,
            r#"base-url="https://a1.services.ai.azure.com""#,
        );
        assert_eq!(
            found("i", "/*", Some(&to_root)),
            [
                format!("a1 /i/openai/deployments/pro/images/generations{V}"),
                format!("a1 /i/openai/deployments/kontext/images/generations{V}"),
                "a1 /i/providers/blackforestlabs/v1/flux-2-pro?api-version=preview".to_owned(),
            ]
        );
    }

    #[test]
    fn openai_may_come_from_the_template_but_never_twice() {
        let template = format!("/openai{GENERATIONS}");
        assert_eq!(
            found("i", &template, Some(TO_B1))[0],
            format!("a1 /i/openai/deployments/pro/images/generations{V}")
        );
        assert_eq!(found("i/openai", &template, Some(TO_B1)), [""; 0]);
        assert_eq!(
            found("flux", GENERATIONS, Some(TO_B1))[0],
            format!("a1 /flux/deployments/pro/images/generations{V}")
        );
    }

    #[test]
    fn what_only_lacks_its_operation_is_known_and_what_nobody_publishes_is_not() {
        let chat = "/deployments/{deployment-id}/chat/completions?api-version={api-version}";
        let of = |template: &str| {
            let mut inventory = inventory("i/openai", template, Some(TO_B1));
            inventory.routes = routes(&inventory);
            let found = unpublished_routes(&inventory);
            found
                .into_iter()
                .map(|route| route.url)
                .collect::<Vec<String>>()
        };
        assert_eq!(
            of(chat),
            [
                "deployments/pro/images/generations?api-version=2024-08-01-preview",
                "deployments/kontext/images/generations?api-version=2024-08-01-preview",
                "providers/blackforestlabs/v1/flux-2-pro?api-version=preview",
            ]
            .map(|path| format!("https://g.azure-api.net/i/openai/{path}"))
        );
        let edits = of("/deployments/{id}/images/edits");
        assert_eq!(edits.len(), 3, "what edits does not draw: {edits:?}");
        assert_eq!(of(GENERATIONS).len(), 1, "FLUX.2 answers on another path");
        for other in ["/assistants/*", "/*"] {
            assert_eq!(of(other), [""; 0], "{other}");
        }
    }

    #[test]
    fn a_get_publishes_nothing() {
        let mut inventory = inventory("i/openai", GENERATIONS, Some(TO_B1));
        inventory.gateways[0].apis[0].operations[0].method = "GET".into();
        assert_eq!(routes(&inventory), []);
    }

    proptest! {
        #[test]
        fn every_route_reads_back_to_a_flux_deployment_that_exists(
            path in "[a-z]{0,6}(/openai)?",
            before in "(/openai)?",
            operation in prop::sample::select(vec![GENERATIONS, "/deployments/{d}/images/edits", "/providers/blackforestlabs/v1/{s}", "/*"]),
            backend in prop::sample::select(vec!["b1", "pool", "gone", "@(context.X)"]),
        ) {
            let policy = TO_B1.replace("b1", backend);
            let inventory = inventory(&path, &format!("{before}{operation}"), Some(&policy));
            for published in routes(&inventory) {
                let route = Route::parse(&published.url).unwrap();
                prop_assert_eq!(String::from(route.url()), published.url.clone());
                let account = inventory.accounts.iter().find(|one| one.name == published.account).unwrap();
                let deployment = account.deployments.iter().find(|one| one.name == published.deployment).unwrap();
                prop_assert!(is_flux(&deployment.model));
                prop_assert!(route.deployment().is_none_or(|name| *name == deployment.name));
                prop_assert!(!published.url.contains("openai/openai"));
            }
        }
    }
}

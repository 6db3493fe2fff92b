//! Routes that configuration does not show and does not rule out: what stands between a gateway and a deployment could not
//! be read, or leads to a name that nobody knows. They are tried, so that silence is not taken for health.

use super::ends::{At, Ends};
use super::routes::published_to;
use crate::knowledge::is_flux;
use crate::model::{Account, Api, Gateway, Inventory, Operation, PublishedRoute, Unread};
use crate::policy::{Accounts, Policies};
use crate::provider::azure::{Published, Publishes};

/// Supposed routes to the FLUX deployments that no published route leads to.
pub(super) fn supposed_routes(inventory: &Inventory) -> Vec<PublishedRoute> {
    let accounts = Accounts::by_host(&inventory.accounts);
    let unread = Unread::of(inventory);
    let mut found = Vec::new();
    for gateway in &inventory.gateways {
        let policies = Policies::of(gateway);
        for (api_at, api) in gateway.apis.iter().enumerate() {
            let is_guessed = !unread.knows_operations(gateway, api);
            for operation in &operations(api, is_guessed) {
                let Some(published) = Published::of(&api.path, operation) else {
                    continue;
                };
                let at = At::of(gateway, &policies, api_at, api, operation);
                let ends = at.ends(&accounts);
                let Some(why) = doubt(&unread, gateway, api, operation, &ends, &published) else {
                    continue;
                };
                for account in led_to(inventory, &ends) {
                    let routes =
                        published_to(&published, &at, operation, (account, &ends), Some(&why));
                    found.extend(routes);
                }
            }
        }
    }
    let is_published = |route: &PublishedRoute| {
        let mut known = inventory.routes.iter();
        known.any(|one| {
            (&one.account, &one.deployment) == (&route.account, &route.deployment)
                && one.supposed.is_none()
        })
    };
    found.retain(|route| !is_published(route));
    found
}

/// The operations of an API; where they could not be read, those that an image API has.
fn operations(api: &Api, is_guessed: bool) -> Vec<Operation> {
    if !is_guessed {
        return api.operations.clone();
    }
    // Clients put the rest of the path below what the API is published at.
    let before = if is_openai(api) { "" } else { "/openai" };
    let mut templates = vec![format!(
        "{before}/deployments/{{deployment-id}}/images/generations"
    )];
    if !is_openai(api) {
        templates.push("/providers/blackforestlabs/v1/{model}".to_owned());
    }
    let operation = |url_template| Operation {
        method: "POST".to_owned(),
        url_template,
        ..Operation::default()
    };
    templates.into_iter().map(operation).collect()
}

fn is_openai(api: &Api) -> bool {
    let mut segments = api.path.split('/');
    segments.any(|one| one.eq_ignore_ascii_case("openai"))
}

/// Why it is not known where an operation leads, where there is reason to think that it leads to an image deployment.
fn doubt(
    unread: &Unread<'_>,
    gateway: &Gateway,
    api: &Api,
    operation: &Operation,
    ends: &Ends<'_>,
    published: &Published,
) -> Option<String> {
    let has_flux = |account: &&Account| account.deployments.iter().any(|one| is_flux(&one.model));
    let leads_to_flux = ends.accounts.iter().any(has_flux);
    if !unread.knows_operations(gateway, api) {
        let is_likely = is_openai(api) || leads_to_flux;
        return is_likely.then(|| format!("the operations of API {} could not be read", api.name));
    }
    let is_read = unread.knows_destinations(gateway, api)
        && (operation.name.as_str().is_empty() || unread.knows_operation(gateway, operation));
    // Any API may publish everything; only one for models, or one that leads to an account, is meant for pictures.
    let is_meant = published.what != Publishes::Everything
        || is_openai(api)
        || ends.unknown.iter().any(|one| one.is_azures);
    let unknown = ends.unknown.first().filter(|_| is_meant)?;
    let not_read = if is_read {
        ""
    } else {
        ", and not all of the gateway's configuration could be read"
    };
    Some(format!("{}{not_read}", unknown.why))
}

/// Accounts that an operation may lead to: those that it is seen to lead to, and where that is not all, any.
fn led_to<'a>(inventory: &'a Inventory, ends: &Ends<'a>) -> Vec<&'a Account> {
    if ends.unknown.is_empty() {
        return ends.accounts.clone();
    }
    inventory.accounts.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Backend, Deployment, Gap, Model};

    const IMAGES: &str =
        "/deployments/{deployment-id}/images/generations?api-version={api-version}";
    const TO_B: &str =
        r#"<policies><inbound><base/><set-backend-service backend-id="b"/></inbound></policies>"#;

    fn estate(path: &str, template: &str, policy: &str, backend: Option<&str>) -> Inventory {
        let model = Model {
            format: "Black Forest Labs".into(),
            name: "FLUX-1.1-pro".into(),
            version: "1".into(),
        };
        let operation = Operation {
            name: "op".into(),
            method: "POST".into(),
            url_template: template.into(),
            ..Operation::default()
        };
        let backends = backend.iter().map(|url| Backend {
            name: "b".into(),
            url: Some((*url).to_owned()),
            ..Backend::default()
        });
        Inventory {
            accounts: vec![Account {
                name: "a".into(),
                custom_subdomain: Some("a".into()),
                deployments: vec![Deployment {
                    name: "flux".into(),
                    family: crate::knowledge::family_of(&model).map(|one| one.id.clone()),
                    model,
                    ..Deployment::default()
                }],
                ..Account::default()
            }],
            gateways: vec![Gateway {
                name: "g".into(),
                url: "https://g.azure-api.net".into(),
                apis: vec![Api {
                    name: "api".into(),
                    path: path.into(),
                    operations: vec![operation],
                    policy: Some(policy.into()),
                    ..Api::default()
                }],
                backends: backends.collect(),
                ..Gateway::default()
            }],
            ..Inventory::default()
        }
    }

    fn unread(mut inventory: Inventory, what: &str) -> Inventory {
        inventory.gaps.push(Gap {
            what: format!("{what} of gateway g"),
            ..Gap::default()
        });
        inventory
    }

    /// Paths of the supposed routes.
    fn paths(mut inventory: Inventory) -> Vec<String> {
        inventory.routes = crate::discover::routes(&inventory);
        let routes = supposed_routes(&inventory).into_iter();
        let paths = routes.map(|route| {
            assert!(route.supposed.is_some());
            let url = url::Url::parse(&route.url).unwrap();
            url.path().to_owned()
        });
        paths.collect()
    }

    const OPENAI: &str = "/x/openai/deployments/flux/images/generations";

    #[test]
    fn what_leads_to_a_known_account_is_not_supposed() {
        let known = Some("https://a.openai.azure.com/openai");
        assert_eq!(paths(estate("x/openai", IMAGES, TO_B, known)), [""; 0]);
        let read = unread(estate("x/openai", IMAGES, TO_B, known), "namedValues");
        assert_eq!(paths(read), [""; 0]);
    }

    #[test]
    fn an_image_operation_that_leads_nobody_knows_where_is() {
        let other = Some("https://another.openai.azure.com/openai");
        let broken = "<policies><inbound><set-backend-service";
        let decided = r#"<policies><inbound><set-backend-service backend-id="@(context.X)"/></inbound></policies>"#;
        let named = TO_B.replace("\"b\"", "\"{{gone}}\"");
        for (policy, backend) in [
            (TO_B, other),
            (TO_B, Some("https://litellm.contoso.com/openai")),
            (TO_B, None),
            (broken, None),
            (decided, None),
            (&named, other),
            ("<policies><inbound><base/></inbound></policies>", None),
        ] {
            let found = paths(estate("x/openai", IMAGES, policy, backend));
            assert_eq!(found, [OPENAI], "{policy} {backend:?}");
        }
    }

    #[test]
    fn an_api_that_publishes_everything_is_only_where_it_is_for_models() {
        let orders = Some("https://orders.contoso.com");
        assert_eq!(paths(estate("orders", "/*", TO_B, orders)), [""; 0]);
        let other = Some("https://another.openai.azure.com/");
        assert_eq!(
            paths(estate("x", "/*", TO_B, other)),
            [OPENAI],
            "its host is one of an account"
        );
        assert_eq!(paths(estate("x/openai", "/*", TO_B, orders)).len(), 1);
        let chat = "/deployments/{d}/chat/completions";
        assert_eq!(paths(estate("x/openai", chat, TO_B, other)), [""; 0]);
    }

    #[test]
    fn operations_that_could_not_be_read_are_guessed_where_the_api_is_for_models() {
        let guessed = |path: &str, backend: Option<&str>| {
            let mut inventory = estate(path, IMAGES, TO_B, backend);
            inventory.gateways[0].apis[0].operations.clear();
            paths(unread(inventory, "apis/api/operations"))
        };
        assert_eq!(guessed("x/openai", None), [OPENAI]);
        assert_eq!(
            guessed("x", Some("https://a.openai.azure.com")),
            [OPENAI, "/x/providers/blackforestlabs/v1/flux-pro-1.1"]
        );
        assert_eq!(
            guessed("orders", Some("https://orders.contoso.com")),
            [""; 0]
        );
    }
}

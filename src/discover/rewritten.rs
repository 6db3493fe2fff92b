//! Operations that lead to a picture by a path of their own, which a policy rewrites to the one that the account knows.

use super::targets::native_style;
use crate::knowledge::{api_versions, by_id};
use crate::model::{
    Account, Api, CallKind, Deployment, Gateway, Inventory, Operation, RewrittenPath, RouteStyle,
};
use crate::policy::{Accounts, Facts, Policies, Section, Truth, destinations, members};
use crate::provider::azure::{Published, Publishes};

/// A path of a gateway's own that ends at a deployment.
#[derive(Debug, Clone)]
pub(super) struct Rewritten<'a> {
    pub(super) account: &'a Account,
    pub(super) deployment: &'a Deployment,
    /// Positions of gateway, API and operation.
    pub(super) at: (usize, usize, usize),
    pub(super) path: RewrittenPath,
}

/// Every such path to a FLUX deployment.
pub(super) fn rewritten<'a>(inventory: &'a Inventory, policies: &[Policies]) -> Vec<Rewritten<'a>> {
    let accounts = Accounts::by_host(&inventory.accounts);
    let mut found = Vec::new();
    for (gateway_at, (gateway, policies)) in inventory.gateways.iter().zip(policies).enumerate() {
        for (api_at, api) in gateway.apis.iter().enumerate() {
            for (operation_at, operation) in api.operations.iter().enumerate() {
                if Published::of(&api.path, operation).is_some() {
                    continue;
                }
                let effective = policies.effective(api_at, operation_at, None);
                let facts = Facts {
                    operation: Some(operation.name.to_string()),
                    ..Facts::default()
                };
                let statements = effective.statements();
                let template = statements.iter().rev().find_map(|one| {
                    let is_it = one.section == Section::Inbound
                        && one.statement.name == "rewrite-uri"
                        && one.runs(&facts) == Truth::Yes;
                    one.statement.plain("template").filter(|_| is_it)
                });
                let Some(template) = template else { continue };
                let upstream = Operation {
                    method: operation.method.clone(),
                    url_template: template.to_owned(),
                    ..Operation::default()
                };
                let Some(published) = Published::of("", &upstream) else {
                    continue;
                };
                for leads in destinations(&effective, gateway, api, &facts) {
                    let members = members(gateway, &leads.destination);
                    for account in members.iter().flat_map(|one| accounts.at(&one.url)) {
                        for deployment in &account.deployments {
                            let Some((call, name)) = called(&published, template, deployment)
                            else {
                                continue;
                            };
                            let Some(url) = url_of(gateway, api, operation, template, call, name)
                            else {
                                continue;
                            };
                            found.push(Rewritten {
                                account,
                                deployment,
                                at: (gateway_at, api_at, operation_at),
                                path: RewrittenPath { call, url },
                            });
                        }
                    }
                }
            }
        }
    }
    found
}

/// What the rewritten path asks of a deployment, and the parameter that its name stands in with its value.
fn called<'d>(
    published: &Published,
    template: &str,
    deployment: &'d Deployment,
) -> Option<(CallKind, Option<(String, &'d str)>)> {
    let family = deployment.family.as_ref().and_then(by_id)?;
    let native = native_style(deployment);
    match &published.what {
        Publishes::Deployment(call, literal) => {
            let can = match call {
                CallKind::Edit => family.has_edits,
                _ => native == RouteStyle::Deployment,
            };
            let name = deployment.name.as_str();
            match literal {
                _ if !can => None,
                Some(literal) => (literal == name).then_some((*call, None)),
                None => {
                    let (_, rest) = template.split_once("deployments/{")?;
                    let parameter = rest.split_once('}')?.0.to_owned();
                    Some((*call, Some((parameter, name))))
                }
            }
        }
        Publishes::Provider(Some(segment)) => {
            let is_it = native == RouteStyle::Provider && family.provider_segment == *segment;
            is_it.then_some((CallKind::Generate, None))
        }
        Publishes::Provider(None) | Publishes::ModelName(_) | Publishes::Everything => None,
    }
}

/// The path that callers use; nothing where it holds a parameter of which nobody says what goes in.
fn url_of(
    gateway: &Gateway,
    api: &Api,
    operation: &Operation,
    template: &str,
    call: CallKind,
    name: Option<(String, &str)>,
) -> Option<String> {
    let (path, query) = match operation.url_template.split_once('?') {
        Some((path, query)) => (path, query),
        None => (operation.url_template.as_str(), ""),
    };
    let path = match name {
        Some((parameter, name)) => path.replace(&format!("{{{parameter}}}"), name),
        None => path.to_owned(),
    };
    if path.contains(['{', '*']) {
        return None;
    }
    let mut url = url::Url::parse(&gateway.url).ok()?;
    let below = [api.path.as_str(), path.as_str()].map(|part| part.trim_matches('/'));
    let below: Vec<&str> = below.into_iter().filter(|part| !part.is_empty()).collect();
    url.set_path(&below.join("/"));
    let has_own = template
        .split_once("api-version=")
        .is_some_and(|(_, value)| !value.starts_with('{'));
    if query.contains("api-version") || !has_own {
        let style = RouteStyle::Deployment;
        let versions = api_versions();
        let version = versions.for_call(call, style, &versions.gateway_default);
        url.query_pairs_mut().append_pair("api-version", version);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::family_of;
    use crate::model::{Backend, Model};

    fn inventory(template: &str, rewrite: &str) -> Inventory {
        let model = Model {
            format: "Black Forest Labs".into(),
            name: "FLUX-1.1-pro".into(),
            version: "1".into(),
        };
        Inventory {
            accounts: vec![Account {
                name: "a".into(),
                endpoint: "https://a.openai.azure.com/".into(),
                deployments: vec![Deployment {
                    name: "pro".into(),
                    family: family_of(&model).map(|family| family.id.clone()),
                    model,
                    ..Deployment::default()
                }],
                ..Account::default()
            }],
            gateways: vec![Gateway {
                url: "https://g.azure-api.net".into(),
                apis: vec![Api {
                    path: "ai".into(),
                    operations: vec![Operation {
                        name: "draw".into(),
                        method: "POST".into(),
                        url_template: template.into(),
                        policy: Some(format!(
                            r#"<policies><inbound><base/><set-backend-service backend-id="b"/><rewrite-uri template="{rewrite}"/></inbound></policies>"#
                        )),
                        ..Operation::default()
                    }],
                    ..Api::default()
                }],
                backends: vec![Backend {
                    name: "b".into(),
                    url: Some("https://a.openai.azure.com/openai".into()),
                    ..Backend::default()
                }],
                ..Gateway::default()
            }],
            ..Inventory::default()
        }
    }

    fn found(template: &str, rewrite: &str) -> Vec<String> {
        let inventory = inventory(template, rewrite);
        let policies: Vec<Policies> = inventory.gateways.iter().map(Policies::of).collect();
        let all = rewritten(&inventory, &policies);
        all.into_iter().map(|one| one.path.url).collect()
    }

    #[test]
    fn a_short_path_leads_to_the_deployment_that_its_policy_names() {
        assert_eq!(
            found("/images", "/deployments/pro/images/generations"),
            ["https://g.azure-api.net/ai/images?api-version=2024-08-01-preview"]
        );
        assert_eq!(
            found(
                "/draw/{model}",
                "/deployments/{model}/images/generations?api-version=preview"
            ),
            ["https://g.azure-api.net/ai/draw/pro"]
        );
    }

    #[test]
    fn another_deployment_and_another_path_lead_to_nothing_that_draws() {
        for (template, rewrite) in [
            ("/images", "/deployments/other/images/generations"),
            ("/images", "/deployments/pro/chat/completions"),
            ("/draw/{style}", "/deployments/pro/images/generations"),
        ] {
            assert_eq!(found(template, rewrite), [""; 0], "{template} {rewrite}");
        }
    }
}

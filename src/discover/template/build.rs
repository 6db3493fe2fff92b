//! From resources to an inventory: what a gateway and its accounts will be like once the template is deployed.

use super::TemplateError;
use super::deploy::{Deployed, Resource, deployed, principal_of};
use super::expression::Evaluated;
use crate::discover::shape;
use crate::model::{Account, Api, Gap, Gateway, HeldRole, Inventory, Operation, SCHEMA_VERSION};
use serde_json::Value;
use std::collections::BTreeMap;

const ACCOUNTS: &str = "microsoft.cognitiveservices/accounts";
const SERVICE: &str = "microsoft.apimanagement/service";
const ROLES: &str = "microsoft.authorization/roleassignments";
/// Methods of an OpenAPI document.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Reads a compiled template, with the text of a parameters file where there is one, as the inventory of what it deploys.
///
/// # Errors
/// [`TemplateError`] where a text is no JSON, no template, or deploys nothing that matters here.
pub fn inventory_of(template: &str, parameters: Option<&str>) -> Result<Inventory, TemplateError> {
    let template: Value = serde_json::from_str(template.trim_start_matches('\u{feff}'))?;
    if template.get("resources").is_none() {
        return Err(TemplateError::NoTemplate);
    }
    let given = match parameters {
        Some(text) => given_in(&serde_json::from_str(text.trim_start_matches('\u{feff}'))?),
        None => BTreeMap::new(),
    };
    let mut found = Built::default();
    let Deployed { resources, gaps } = deployed(&template, &given);
    found.inventory.schema_version = SCHEMA_VERSION;
    for (what, why) in gaps {
        found.gap(what, why);
    }
    // Parents before children, whatever their order in the file.
    let mut resources: Vec<&Resource> = resources.iter().collect();
    resources.sort_by_key(|one| one.names.len());
    for resource in &resources {
        found.take(resource);
    }
    found.take_roles(&resources);
    if found.inventory.accounts.is_empty() && found.inventory.gateways.is_empty() {
        return Err(TemplateError::Nothing);
    }
    found.note_what_a_template_leaves_open(&resources);
    Ok(found.inventory)
}

/// The values of a parameters file.
fn given_in(file: &Value) -> BTreeMap<String, Evaluated> {
    let all = file.get("parameters").and_then(Value::as_object);
    let values = all
        .into_iter()
        .flatten()
        .filter_map(|(name, given)| Some((name.to_lowercase(), Ok(given.get("value")?.clone()))));
    values.collect()
}

#[derive(Default)]
struct Built {
    inventory: Inventory,
    /// Gateways that stand in the file themselves, not only things below them.
    whole_gateways: Vec<String>,
    whole_accounts: Vec<String>,
}

impl Built {
    fn gap(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let gap = Gap {
            what: what.into(),
            why: why.into(),
            opened_by: None,
        };
        if !self.inventory.gaps.contains(&gap) {
            self.inventory.gaps.push(gap);
        }
    }

    fn take(&mut self, resource: &Resource) {
        if let Some(below) = below(&resource.kind, ACCOUNTS) {
            self.take_of_account(resource, below);
        } else if let Some(below) = below(&resource.kind, SERVICE) {
            self.take_of_gateway(resource, below);
        }
    }

    fn take_of_account(&mut self, resource: &Resource, below: &str) {
        let Some(name) = resource.names.first().cloned() else {
            return;
        };
        match below {
            "" => {
                let mut account = shape::account(&resource.body);
                let host = account
                    .custom_subdomain
                    .clone()
                    .unwrap_or_else(|| name.clone());
                account.endpoint = endpoint_of(&host);
                account.provisioning_state.clear();
                self.whole_accounts.push(name);
                self.inventory.accounts.push(account);
                self.tell_unknown(resource, &[]);
            }
            "deployments" => {
                let at = self.account(&name);
                let mut deployment = shape::deployment(&resource.body);
                deployment.provisioning_state.clear();
                self.inventory.accounts[at].deployments.push(deployment);
                let what = format!("deployments of account {name}");
                self.tell_unknown(resource, &[("properties.model", &what)]);
            }
            "privateendpointconnections" => {
                let at = self.account(&name);
                self.inventory.accounts[at].private_endpoints += 1;
            }
            _ => {}
        }
    }

    /// The account of a name, made where the file has only what is below it.
    fn account(&mut self, name: &str) -> usize {
        let mut accounts = self.inventory.accounts.iter();
        if let Some(at) = accounts.position(|one| one.name.as_str().eq_ignore_ascii_case(name)) {
            return at;
        }
        self.inventory.accounts.push(Account {
            name: name.into(),
            endpoint: endpoint_of(name),
            ..Account::default()
        });
        self.inventory.accounts.len() - 1
    }

    fn gateway(&mut self, name: &str) -> usize {
        let mut gateways = self.inventory.gateways.iter();
        if let Some(at) = gateways.position(|one| one.name.as_str().eq_ignore_ascii_case(name)) {
            return at;
        }
        let body = serde_json::json!({"name": name});
        self.inventory
            .gateways
            .push(shape::gateway(&body, "service"));
        self.inventory.gateways.len() - 1
    }

    fn take_of_gateway(&mut self, resource: &Resource, below: &str) {
        let Some(name) = resource.names.first().cloned() else {
            return;
        };
        let own = resource.names.get(1).cloned().unwrap_or_default();
        let at = self.gateway(&name);
        let of_gateway = |what: &str| format!("{what} of gateway {name}");
        let gateway = &mut self.inventory.gateways[at];
        match below {
            "" => {
                let mut whole = shape::gateway(&resource.body, "service");
                let kind = resource
                    .body
                    .pointer("/identity/type")
                    .and_then(Value::as_str);
                let has_identity = kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("None"));
                whole.identity = has_identity.then(|| principal_of(&name));
                *gateway = whole;
                self.whole_gateways.push(name);
                self.tell_unknown(resource, &[]);
            }
            "policies" => {
                gateway.policy = policy_of(resource);
                self.tell_policy(resource, &of_gateway("policy of the service"));
            }
            "backends" => {
                gateway.backends.push(shape::backend(&resource.body));
                let what = of_gateway("backends");
                self.tell_unknown(
                    resource,
                    &[("properties.url", &what), ("properties.pool", &what)],
                );
            }
            "subscriptions" => {
                let mut subscription = shape::gateway_subscription(&resource.body);
                // What a deployment creates without a state waits for somebody's consent.
                if subscription.state.is_empty() {
                    subscription.state = "submitted".to_owned();
                }
                gateway.subscriptions.push(subscription);
                let what = of_gateway("subscriptions");
                self.tell_unknown(
                    resource,
                    &[("properties.scope", &what), ("properties.state", &what)],
                );
            }
            "namedvalues" => {
                gateway
                    .named_values
                    .push(shape::named_value(&resource.body));
                self.tell_unknown(resource, &[]);
            }
            "policyfragments" => {
                gateway
                    .fragments
                    .insert(own.clone(), policy_of(resource).unwrap_or_default());
                self.tell_policy(resource, &of_gateway(&format!("policy fragment {own}")));
            }
            "products" => gateway.products.push(shape::product(&resource.body)),
            "products/policies" => {
                let mut products = gateway.products.iter_mut();
                if let Some(product) = products.find(|one| one.name == own) {
                    product.policy = policy_of(resource);
                }
                self.tell_policy(resource, &of_gateway(&format!("policy of product {own}")));
            }
            "products/apis" => {
                let api = resource.names.get(2).cloned().unwrap_or_default();
                self.api(at, &api).products.push(own);
            }
            "apis" => self.take_api(at, resource, &name),
            "apis/policies" => {
                self.api(at, &own).policy = policy_of(resource);
                self.tell_policy(resource, &of_gateway(&format!("policy of API {own}")));
            }
            "apis/operations" => {
                let operation = shape::operation(&resource.body);
                self.api(at, &own).operations.push(operation);
                let what = of_gateway(&format!("apis/{own}/operations"));
                let parts = [
                    ("properties.urlTemplate", &*what),
                    ("properties.method", &*what),
                ];
                self.tell_unknown(resource, &parts);
            }
            "apis/operations/policies" => {
                let operation = resource.names.get(2).cloned().unwrap_or_default();
                let policy = policy_of(resource);
                let mut operations = self.api(at, &own).operations.iter_mut();
                if let Some(found) = operations.find(|one| one.name == operation.as_str()) {
                    found.policy = policy;
                }
                self.tell_policy(
                    resource,
                    &of_gateway(&format!("policy of operation {operation}")),
                );
            }
            _ => {}
        }
    }

    /// An API of a gateway, made where the file has only what is below it.
    fn api(&mut self, gateway: usize, name: &str) -> &mut Api {
        let apis = &mut self.inventory.gateways[gateway].apis;
        // A revision is written behind the name.
        let name = name.split(';').next().unwrap_or_default();
        let known = apis
            .iter()
            .position(|api| api.name.as_str().eq_ignore_ascii_case(name));
        let at = known.unwrap_or_else(|| {
            apis.push(Api {
                name: name.into(),
                is_subscription_required: true,
                ..Api::default()
            });
            apis.len() - 1
        });
        &mut apis[at]
    }

    fn take_api(&mut self, at: usize, resource: &Resource, gateway: &str) {
        let Some(mut api) = shape::api(&resource.body) else {
            return;
        };
        let what = format!("apis/{}/operations of gateway {gateway}", api.name);
        let text = |pointer: &str| resource.body.pointer(pointer).and_then(Value::as_str);
        let imported = text("/properties/value").filter(|value| !value.is_empty());
        match (imported, text("/properties/format")) {
            (Some(value), Some(format)) if !format.ends_with("-link") => {
                match operations_in(value) {
                    Some(operations) => api.operations = operations,
                    None => self.gap(
                        &*what,
                        format!("they are imported from {format}, which is not read"),
                    ),
                }
            }
            (_, Some(format)) => self.gap(
                &*what,
                format!("they are imported from {format}, which is not in the file"),
            ),
            (_, None) => {}
        }
        let of = format!("policy of API {} of gateway {gateway}", api.name);
        self.tell_unknown(
            resource,
            &[("properties.value", &what), ("properties.serviceUrl", &of)],
        );
        self.inventory.gateways[at].apis.push(api);
    }

    /// Roles that the file gives to the identities of its gateways.
    fn take_roles(&mut self, resources: &[&Resource]) {
        for gateway in &mut self.inventory.gateways {
            let Some(identity) = &gateway.identity else {
                continue;
            };
            let roles = resources.iter().filter(|one| one.kind == ROLES);
            let held = roles.filter(|one| {
                let principal = one.body.pointer("/properties/principalId");
                principal.and_then(Value::as_str) == Some(identity)
            });
            let held: Vec<HeldRole> = held
                .map(|one| HeldRole {
                    scope: match one.body.get("scope").and_then(Value::as_str) {
                        Some(scope) if scope.starts_with('/') => scope.to_owned(),
                        Some(scope) => format!("{}/providers/{scope}", group_of(&one.id())),
                        None => group_of(&one.id()),
                    },
                    ..shape::held_role(&one.body)
                })
                .collect();
            gateway.roles = (!held.is_empty()).then_some(held);
        }
    }

    /// What stands outside the file, so that no finding is raised from its absence.
    fn note_what_a_template_leaves_open(&mut self, resources: &[&Resource]) {
        let has = |gateway: &Gateway, below: &str| {
            resources.iter().any(|one| {
                one.kind == format!("{SERVICE}/{below}")
                    && one.names.first().map(String::as_str) == Some(gateway.name.as_str())
            })
        };
        let (mut open, mut taken): (Vec<String>, Vec<String>) = Default::default();
        for gateway in &self.inventory.gateways {
            let is_whole = self
                .whole_gateways
                .iter()
                .any(|name| gateway.name == name.as_str());
            let of = |what: &str| format!("{what} of gateway {}", gateway.name);
            if gateway.roles.is_none() {
                open.push(of("role assignments"));
            }
            if !has(gateway, "subscriptions") {
                open.push(of("subscriptions"));
            }
            if is_whole {
                continue;
            }
            // Named values and fragments of elsewhere matter only where a policy speaks of them.
            let speaks = |of: &str| policies(gateway).any(|xml| xml.contains(of));
            for (list, shown, is_open) in [
                ("backends", "backends", true),
                ("namedvalues", "namedValues", speaks("{{")),
                (
                    "policyfragments",
                    "policyFragments",
                    speaks("include-fragment"),
                ),
            ] {
                if is_open && !has(gateway, list) {
                    open.push(of(shown));
                }
            }
            if gateway.policy.is_none() {
                taken.push(of("the service policy"));
            }
        }
        let parts = self.inventory.accounts.iter();
        let parts = parts.filter(|one| {
            !self
                .whole_accounts
                .iter()
                .any(|name| one.name == name.as_str())
        });
        open.extend(parts.map(|one| format!("deployments of account {}", one.name)));
        for what in open {
            self.gap(
                what,
                "the template does not say, and they may stand outside it",
            );
        }
        for what in taken {
            self.gap(
                what,
                "the template does not say; the rest was judged as if it were the usual one",
            );
        }
    }

    /// Notes every place of a resource that is not known: under a name that checks know where it decides a list, else
    /// under its own.
    fn tell_unknown(&mut self, resource: &Resource, lists: &[(&str, &str)]) {
        for (place, why) in &resource.unknown {
            let list = lists.iter().find(|(part, _)| place.starts_with(part));
            match list {
                Some((_, what)) => self.gap(
                    *what,
                    format!("{place} of {}: {why}", resource.names.join("/")),
                ),
                None => self.gap(
                    format!("{place} of {} {}", resource.kind, resource.names.join("/")),
                    why.as_str(),
                ),
            }
        }
    }

    fn tell_policy(&mut self, resource: &Resource, what: &str) {
        if let Some(why) = resource.why_unknown("properties.value") {
            self.gap(what, why);
        } else if policy_of(resource).is_none() {
            self.gap(what, "it is linked and not in the file");
        }
    }
}

/// The rest of a type below another.
fn below<'k>(kind: &'k str, parent: &str) -> Option<&'k str> {
    let rest = kind.strip_prefix(parent)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    }
}

fn endpoint_of(host: &str) -> String {
    format!(
        "https://{}.cognitiveservices.azure.com/",
        host.to_lowercase()
    )
}

fn group_of(id: &str) -> String {
    id.split("/providers/")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// XML that stands in the file.
fn policy_of(resource: &Resource) -> Option<String> {
    let format = resource
        .body
        .pointer("/properties/format")
        .and_then(Value::as_str);
    let is_linked = format.is_some_and(|format| format.ends_with("-link"));
    shape::policy(&resource.body).filter(|_| !is_linked)
}

/// The operations of an OpenAPI document in JSON.
fn operations_in(text: &str) -> Option<Vec<Operation>> {
    let document: Value = serde_json::from_str(text).ok()?;
    let mut operations = Vec::new();
    for (path, item) in document.get("paths")?.as_object()? {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let name = operation.get("operationId").and_then(Value::as_str);
            operations.push(Operation {
                name: name
                    .map_or_else(|| format!("{method}-{path}"), str::to_owned)
                    .into(),
                method: method.to_uppercase(),
                url_template: path.clone(),
                ..Operation::default()
            });
        }
    }
    Some(operations)
}

/// Every policy and fragment of a gateway.
fn policies(gateway: &Gateway) -> impl Iterator<Item = &str> {
    let apis = gateway.apis.iter().flat_map(|api| {
        let operations = api.operations.iter().map(|one| &one.policy);
        operations.chain([&api.policy])
    });
    let products = gateway.products.iter().map(|one| &one.policy);
    let all = apis.chain(products).chain([&gateway.policy]).flatten();
    all.chain(gateway.fragments.values()).map(String::as_str)
}

//! API Management services, and what they publish.

use super::arm::Arm;
use super::error::ArmError;
use super::routes::is_image_operation;
use super::shape;
use crate::knowledge::azure;
use crate::model::{Api, Gap, Gateway, HeldRole, Operation, Product, Subscription};
use futures_util::future::{join, join_all};
use serde_json::Value;

/// Operations of an API that publishes no image route in a known form, up to which their policies are read.
const MOST_LOOKED_INTO: usize = 12;

/// Provider namespace and type of gateways.
pub(super) const SERVICES: &str = "providers/Microsoft.ApiManagement/service";
/// Provider namespace and type of AI gateways.
pub(super) const AI_GATEWAYS: &str = "providers/Microsoft.ApiManagement/aigateways";

/// A gateway with everything it publishes; what may not be read is a gap.
///
/// The roles of its identity are asked for in each of `subscriptions`, since its backends may be in any.
pub(super) async fn read_gateway(
    arm: &Arm,
    mut gateway: Gateway,
    subscriptions: &[Subscription],
) -> (Gateway, Vec<Gap>) {
    let Some(id) = gateway.id.clone() else {
        return (gateway, Vec::new());
    };
    let reader = Reader {
        arm,
        id: id.as_str(),
        gateway: gateway.name.as_str(),
    };
    let (policy, apis, backends, keys, products, named_values, fragments, roles, workspaces) = tokio::join!(
        reader.policy("", "policy of the service"),
        reader.apis(),
        reader.list("backends"),
        reader.list("subscriptions"),
        reader.products(),
        reader.list("namedValues"),
        reader.fragments(),
        reader.roles(gateway.identity.as_deref(), subscriptions),
        reader.workspaces(),
    );
    let mut gaps = workspaces;
    gateway.policy = policy.keep(&mut gaps);
    gateway.apis = apis.keep(&mut gaps);
    gateway.backends = backends
        .keep(&mut gaps)
        .iter()
        .map(shape::backend)
        .collect();
    gateway.subscriptions = keys
        .keep(&mut gaps)
        .iter()
        .map(shape::gateway_subscription)
        .collect();
    gateway.named_values = named_values
        .keep(&mut gaps)
        .iter()
        .map(shape::named_value)
        .collect();
    gateway.roles = roles.keep(&mut gaps);
    gateway.fragments = fragments.keep(&mut gaps).into_iter().collect();
    for (product, apis) in products.keep(&mut gaps) {
        for api in &mut gateway.apis {
            if apis.iter().any(|name| api.name == name.as_str()) {
                api.products.push(product.name.clone());
            }
        }
        gateway.products.push(product);
    }
    (gateway, gaps)
}

/// What was read, and what was not.
struct Read<T> {
    found: T,
    gaps: Vec<Gap>,
}

impl<T> Read<T> {
    fn keep(self, gaps: &mut Vec<Gap>) -> T {
        gaps.extend(self.gaps);
        self.found
    }
}

struct Reader<'a> {
    arm: &'a Arm,
    id: &'a str,
    gateway: &'a str,
}

impl Reader<'_> {
    async fn list(&self, below: &str) -> Read<Vec<Value>> {
        let path = format!("{}/{below}", self.id);
        let what = format!("{below} of gateway {}", self.gateway);
        read(self.arm.list(&path, version()).await, &what)
    }

    /// A gap for each workspace: what teams publish in one of their own is not read.
    async fn workspaces(&self) -> Vec<Gap> {
        let path = format!("{}/workspaces", self.id);
        // Tiers without workspaces, and whoever may not see them, have none to tell of.
        let listed = self.arm.list(&path, version()).await.unwrap_or_default();
        let gap = |item: &Value| Gap {
            what: format!(
                "APIs of workspace {} of gateway {}",
                shape::text(item, "/name"),
                self.gateway
            ),
            why: "APIs of workspaces are not read".to_owned(),
            opened_by: Some("a target in fluxprobe.yaml that names the API's path".to_owned()),
        };
        listed.iter().map(gap).collect()
    }

    /// The policy at a scope below the service; having none is no gap.
    async fn policy(&self, scope: &str, what: &str) -> Read<Option<String>> {
        let path = format!("{}{scope}/policies/policy?format=rawxml", self.id);
        let answer = match self.arm.get(&path, version()).await {
            Err(error) if error.is_absent() => Ok(None),
            answer => answer.map(|item| shape::policy(&item)),
        };
        read(answer, &format!("{what} of gateway {}", self.gateway))
    }

    async fn apis(&self) -> Read<Vec<Api>> {
        let Read { found, mut gaps } = self.list("apis").await;
        let apis = found.iter().filter_map(shape::api);
        let read = join_all(apis.map(|api| self.api(api))).await;
        let found = read.into_iter().map(|api| api.keep(&mut gaps)).collect();
        Read { found, gaps }
    }

    async fn api(&self, mut api: Api) -> Read<Api> {
        let scope = format!("/apis/{}", api.name);
        let operations = format!("apis/{}/operations", api.name);
        let what = format!("policy of API {}", api.name);
        let (operations, policy) = join(self.list(&operations), self.policy(&scope, &what)).await;
        let mut gaps = Vec::new();
        api.policy = policy.keep(&mut gaps);
        let operations = operations.keep(&mut gaps);
        let operations: Vec<Operation> = operations.iter().map(shape::operation).collect();
        // A policy may rewrite a path of the API's own to an image route; a small API without another is worth a look.
        let is_looked_into = operations.len() <= MOST_LOOKED_INTO
            && !operations.iter().any(|one| is_image_operation(&api, one));
        let operations = operations.into_iter();
        let read = join_all(operations.map(|one| {
            let has_policy = is_looked_into || is_image_operation(&api, &one);
            self.operation(&scope, one, has_policy)
        }))
        .await;
        api.operations = read.into_iter().map(|one| one.keep(&mut gaps)).collect();
        Read { found: api, gaps }
    }

    /// An operation; its policy is asked for only where it can lead to an image (`is_looked_into`), so that an API of a
    /// thousand operations costs no thousand requests.
    async fn operation(
        &self,
        api: &str,
        mut operation: Operation,
        is_looked_into: bool,
    ) -> Read<Operation> {
        let mut gaps = Vec::new();
        if is_looked_into {
            let scope = format!("{api}/operations/{}", operation.name);
            let what = format!("policy of operation {}", operation.name);
            operation.policy = self.policy(&scope, &what).await.keep(&mut gaps);
        }
        Read {
            found: operation,
            gaps,
        }
    }

    /// Roles of the gateway's identity; nothing where it has none or they may not be read.
    async fn roles(
        &self,
        identity: Option<&str>,
        subscriptions: &[Subscription],
    ) -> Read<Option<Vec<HeldRole>>> {
        let nothing = Read {
            found: None,
            gaps: Vec::new(),
        };
        let Some(identity) = identity else {
            return nothing;
        };
        let version = azure().arm.authorization.as_str();
        let lists = subscriptions.iter().map(|subscription| {
            let path = format!(
                "/subscriptions/{}/providers/Microsoft.Authorization/roleAssignments?$filter=assignedTo('{identity}')",
                subscription.id
            );
            async move { self.arm.list(&path, version).await }
        });
        let mut found = Vec::new();
        for list in join_all(lists).await {
            match list {
                Ok(list) => found.extend(list.iter().map(shape::held_role)),
                Err(error) => {
                    let what = format!("role assignments of gateway {}", self.gateway);
                    let gaps = vec![error.into_gap(what, "enumerate")];
                    return Read { found: None, gaps };
                }
            }
        }
        Read {
            found: Some(found),
            gaps: Vec::new(),
        }
    }

    async fn products(&self) -> Read<Vec<(Product, Vec<String>)>> {
        let Read { found, mut gaps } = self.list("products").await;
        let products = found.iter().map(shape::product);
        let read = join_all(products.map(|product| self.product(product))).await;
        let found = read.into_iter().map(|one| one.keep(&mut gaps)).collect();
        Read { found, gaps }
    }

    async fn product(&self, mut product: Product) -> Read<(Product, Vec<String>)> {
        let scope = format!("/products/{}", product.name);
        let apis = format!("products/{}/apis", product.name);
        let what = format!("policy of product {}", product.name);
        let (apis, policy) = join(self.list(&apis), self.policy(&scope, &what)).await;
        let mut gaps = Vec::new();
        product.policy = policy.keep(&mut gaps);
        let apis = apis.keep(&mut gaps);
        let found = (
            product,
            apis.iter().map(|api| shape::text(api, "/name")).collect(),
        );
        Read { found, gaps }
    }

    async fn fragments(&self) -> Read<Vec<(String, String)>> {
        let Read { found, mut gaps } = self.list("policyFragments").await;
        let names: Vec<String> = found
            .iter()
            .map(|item| shape::text(item, "/name"))
            .collect();
        let read_one = async |name: String| {
            let path = format!("{}/policyFragments/{name}?format=rawxml", self.id);
            let what = format!("policy fragment {name} of gateway {}", self.gateway);
            let answer = self.arm.get(&path, version()).await;
            let xml = answer.map(|item| shape::policy(&item));
            (name, read(xml, &what))
        };
        let mut found = Vec::new();
        for (name, xml) in join_all(names.into_iter().map(read_one)).await {
            found.extend(xml.keep(&mut gaps).map(|xml| (name, xml)));
        }
        Read { found, gaps }
    }
}

fn read<T: Default>(answer: Result<T, ArmError>, what: &str) -> Read<T> {
    match answer {
        Ok(found) => Read {
            found,
            gaps: Vec::new(),
        },
        Err(error) => Read {
            found: T::default(),
            gaps: vec![error.into_gap(what, "read_gateway")],
        },
    }
}

fn version() -> &'static str {
    &azure().arm.api_management
}

//! What a world file may leave out is drawn from its seed, and what it names must exist.

use super::read::nearest;
use super::{
    Account, Api, Backend, CannedAnswer, Client, Edge, Gateway, Only, RateLimit, Subscription,
    World,
};
use crate::sim::draw;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, StatusCode};
use std::collections::BTreeMap;

/// The `model.format` of FLUX deployments.
const FLUX_FORMAT: &str = "Black Forest Labs";

/// Requests and seconds of a FLUX deployment that names no rate limit (azure.md 4.6).
const FLUX_REQUESTS: f64 = 6.0;
const FLUX_PERIOD: f64 = 60.0;

/// Where callers from outside come from: an address that is set aside for examples (RFC 5737).
const CALLER_IP: &str = "203.0.113.10";

/// States a subscription of a gateway can be in.
const SUBSCRIPTION_STATES: &[&str] = &[
    "active",
    "suspended",
    "expired",
    "submitted",
    "rejected",
    "cancelled",
];

/// What does not hold together, and where: the keys from the root.
pub(super) struct Fault {
    pub(super) path: Vec<String>,
    pub(super) message: String,
}

/// Draws, then checks.
pub(super) fn resolve(world: &mut World) -> Result<(), Fault> {
    draw_missing(world);
    check(world)
}

fn draw_missing(world: &mut World) {
    let seed = world.seed;
    fill(&mut world.tenant.id, || draw::guid(seed, "tenant"));
    fill(&mut world.tenant.domain, || {
        "contoso.onmicrosoft.com".to_owned()
    });
    fill(&mut world.caller_ip, || CALLER_IP.to_owned());
    let is_empty = world.accounts.is_empty() && world.gateways.is_empty();
    if world.subscriptions.is_empty() && !is_empty {
        world
            .subscriptions
            .insert(draw::guid(seed, "subscription"), Subscription::default());
    }
    for (id, subscription) in &mut world.subscriptions {
        fill(&mut subscription.name, || format!("Subscription {id}"));
    }
    for (id, client) in &mut world.clients {
        draw_client(seed, id, client);
    }
    for (name, account) in &mut world.accounts {
        draw_account(seed, name, account);
    }
    for (name, gateway) in &mut world.gateways {
        for (id, subscription) in &mut gateway.subscriptions {
            let label = |which| format!("gateway {name} subscription {id} {which}");
            fill(&mut subscription.primary_key, || {
                draw::hex(seed, &label("primary"), 32)
            });
            fill(&mut subscription.secondary_key, || {
                draw::hex(seed, &label("secondary"), 32)
            });
        }
    }
}

fn draw_client(seed: u64, id: &str, client: &mut Client) {
    fill(&mut client.name, || id.to_owned());
    fill(&mut client.object_id, || {
        draw::guid(seed, &format!("object {id}"))
    });
    if let Some(secret) = &mut client.secret {
        fill(secret, || {
            let drawn = draw::alphanumeric(seed, &format!("secret {id}"), 34);
            format!("{}8Q~{}", &drawn[..3], &drawn[3..])
        });
    }
}

fn draw_account(seed: u64, name: &str, account: &mut Account) {
    account
        .keys
        .resize(account.keys.len().max(2), String::new());
    for (at, key) in account.keys.iter_mut().enumerate() {
        fill(key, || {
            draw::alphanumeric(seed, &format!("account {name} key {at}"), 84)
        });
    }
    for deployment in account.deployments.values_mut() {
        if deployment.rate_limits.is_empty() && deployment.format == FLUX_FORMAT {
            deployment.rate_limits.push(RateLimit {
                key: "request".into(),
                count: FLUX_REQUESTS,
                renewal_period: FLUX_PERIOD,
            });
        }
    }
}

fn fill(value: &mut String, draw: impl FnOnce() -> String) {
    if value.is_empty() {
        *value = draw();
    }
}

fn check(world: &World) -> Result<(), Fault> {
    for (host, broken) in &world.hosts {
        if let Some(answer) = &broken.answer {
            check_answer(&["hosts", host, "answer"], answer)?;
        }
        if let Some(only) = &broken.only {
            check_only(&["hosts", host, "only"], only)?;
        }
        if let Some(edge) = &broken.edge {
            check_edge(host, edge)?;
        }
    }
    for (name, account) in &world.accounts {
        let at = ["accounts", name];
        named_subscription(world, &at, &account.subscription)?;
        one_of(&at, "kind", &account.kind, &["AIServices", "OpenAI"])?;
        for (id, deployment) in &account.deployments {
            let at = ["accounts", name, "deployments", id];
            one_of(&at, "state", &deployment.state, &["Running", "Paused"])?;
            if deployment.model.is_empty() {
                return fault(&at, "model is missing; name the model that it deploys");
            }
            for (position, met) in deployment.faults.iter().enumerate() {
                let position = position.to_string();
                let at = below(&at, "faults");
                let at = below(&at, &position);
                check_only(&below(&at, "only"), &met.only)?;
                if let Some(answer) = &met.answer {
                    check_answer(&below(&at, "answer"), answer)?;
                }
            }
        }
    }
    for (name, gateway) in &world.gateways {
        named_subscription(world, &["gateways", name], &gateway.subscription)?;
        check_gateway(world, name, gateway)?;
    }
    Ok(())
}

fn check_answer(at: &[&str], answer: &CannedAnswer) -> Result<(), Fault> {
    if StatusCode::from_u16(answer.status).is_err() {
        let message = format!("{} is no HTTP status", answer.status);
        return fault(&below(at, "status"), &message);
    }
    if let Some(encoded) = &answer.body_base64
        && let Err(error) = STANDARD.decode(encoded)
    {
        let message = format!("this is no base64: {error}");
        return fault(&below(at, "body_base64"), &message);
    }
    for (name, value) in &answer.headers {
        if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
            let message = format!("`{name}: {value}` is no HTTP header");
            return fault(&below(at, "headers"), &message);
        }
    }
    Ok(())
}

fn check_edge(host: &str, edge: &Edge) -> Result<(), Fault> {
    let at = ["hosts", host, "edge"];
    for (status, page) in &edge.pages {
        check_answer(&below(&below(&at, "pages"), status), page)?;
    }
    for (position, block) in edge.blocks.iter().enumerate() {
        let position = position.to_string();
        let at = below(&at, "blocks");
        let at = below(&at, &position);
        check_only(&below(&at, "only"), &block.only)?;
        check_answer(&below(&at, "answer"), &block.answer)?;
    }
    Ok(())
}

fn check_only(at: &[&str], only: &Only) -> Result<(), Fault> {
    if only.every == Some(0) {
        return fault(
            &below(at, "every"),
            "calls are counted from 1; write 1 for every call",
        );
    }
    if only
        .share
        .is_some_and(|share| !(0.0..=1.0).contains(&share))
    {
        return fault(&below(at, "share"), "a share lies between 0 and 1");
    }
    Ok(())
}

fn check_gateway(world: &World, name: &str, gateway: &Gateway) -> Result<(), Fault> {
    if let Some(identity) = &gateway.identity {
        let at = ["gateways", name, "identity"];
        exists(&at, "client", identity, &world.clients)?;
        if !world
            .clients
            .get(identity)
            .is_some_and(|client| client.managed_identity)
        {
            return fault(
                &at,
                &format!(
                    "client `{identity}` is no managed identity; set managed_identity: true on it"
                ),
            );
        }
    }
    for (id, api) in &gateway.apis {
        check_api(&["gateways", name, "apis", id], gateway, api)?;
    }
    for (id, backend) in &gateway.backends {
        check_backend(&["gateways", name, "backends", id], gateway, backend)?;
    }
    for (id, subscription) in &gateway.subscriptions {
        let at = ["gateways", name, "subscriptions", id];
        one_of(&at, "state", &subscription.state, SUBSCRIPTION_STATES)?;
        check_scope(&at, gateway, &subscription.scope)?;
    }
    Ok(())
}

fn check_api(at: &[&str], gateway: &Gateway, api: &Api) -> Result<(), Fault> {
    for product in &api.products {
        exists(
            &below(at, "products"),
            "product",
            product,
            &gateway.products,
        )?;
    }
    for (id, operation) in &api.operations {
        let at = below(at, "operations");
        let at = below(&at, id);
        if operation.method.is_empty() {
            return fault(&at, "method is missing; write one, or `\"*\"` for all");
        }
        if !operation.url_template.starts_with('/') {
            return fault(&at, "url_template must begin with `/`");
        }
    }
    Ok(())
}

fn check_backend(at: &[&str], gateway: &Gateway, backend: &Backend) -> Result<(), Fault> {
    match (backend.url.is_empty(), backend.pool.is_empty()) {
        (true, true) => return fault(at, "give it a url, or the members of a pool"),
        (false, false) => return fault(at, "it has a url and a pool; a backend is one of the two"),
        (false, true) => {
            if let Err(error) = url::Url::parse(&backend.url) {
                let message = format!("`{}` is no URL: {error}", backend.url);
                return fault(&below(at, "url"), &message);
            }
        }
        (true, false) => {}
    }
    for (position, member) in backend.pool.iter().enumerate() {
        let position = position.to_string();
        let at = below(at, "pool");
        let at = below(&at, &position);
        let at = below(&at, "backend");
        exists(&at, "backend", &member.backend, &gateway.backends)?;
        if !gateway.backends[&member.backend].pool.is_empty() {
            let message = format!("`{}` is itself a pool; name its members", member.backend);
            return fault(&at, &message);
        }
    }
    Ok(())
}

fn check_scope(at: &[&str], gateway: &Gateway, scope: &str) -> Result<(), Fault> {
    let at = below(at, "scope");
    if scope == "/apis" {
        return Ok(());
    }
    if let Some(id) = scope.strip_prefix("/apis/") {
        return exists(&at, "API", id, &gateway.apis);
    }
    if let Some(id) = scope.strip_prefix("/products/") {
        return exists(&at, "product", id, &gateway.products);
    }
    fault(
        &at,
        &format!("`{scope}` is no scope; write /apis, /apis/ID or /products/ID"),
    )
}

fn named_subscription(world: &World, at: &[&str], named: &str) -> Result<(), Fault> {
    if named.is_empty() {
        return Ok(());
    }
    let at = below(at, "subscription");
    exists(&at, "subscription", named, &world.subscriptions)
}

fn exists<T>(
    at: &[&str],
    what: &str,
    name: &str,
    known: &BTreeMap<String, T>,
) -> Result<(), Fault> {
    if known.contains_key(name) {
        return Ok(());
    }
    let hint = match nearest(name, known.keys().map(String::as_str)) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if known.is_empty() => format!("the world has no {what} here"),
        None => format!(
            "there is {}",
            known.keys().cloned().collect::<Vec<_>>().join(", ")
        ),
    };
    fault(at, &format!("no {what} is called `{name}`; {hint}"))
}

fn one_of(at: &[&str], key: &str, value: &str, known: &[&str]) -> Result<(), Fault> {
    if known.contains(&value) {
        return Ok(());
    }
    let message = format!("`{value}` is not one of {}", known.join(", "));
    fault(&below(at, key), &message)
}

fn below<'a>(at: &[&'a str], key: &'a str) -> Vec<&'a str> {
    let mut path = at.to_vec();
    path.push(key);
    path
}

fn fault(at: &[&str], message: &str) -> Result<(), Fault> {
    Err(Fault {
        path: at.iter().map(|key| (*key).to_owned()).collect(),
        message: message.to_owned(),
    })
}

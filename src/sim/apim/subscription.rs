//! The subscription key check (azure.md 3.4).

use super::answer::{KEY_INVALID, KEY_MISSING, access_denied};
use super::fault::Fault;
use super::flow::Flow;
use super::site::{ApiSite, Site};
use crate::sim::world::GatewaySubscription;

/// Looks for a key and for what it opens; a key of an API that asks for none still names its subscription.
///
/// Whether the key goes on to the backend is unverified. It is taken to: nothing here removes it, and a backend that
/// sets the same header itself replaces it.
pub(super) fn authorize(flow: &mut Flow<'_>) -> Result<(), Box<Fault>> {
    let Some(api) = flow.api else {
        return Ok(());
    };
    let key = given_key(flow, api);
    let opened = key.as_deref().and_then(|key| find(flow.site, api, key));
    if let Some((id, config)) = opened {
        flow.subscription = Some(id);
        flow.product = config.scope.strip_prefix("/products/");
        return Ok(());
    }
    if !api.config.subscription_required {
        return Ok(());
    }
    let (reason, message) = if key.is_some() {
        ("SubscriptionKeyInvalid", KEY_INVALID)
    } else {
        ("SubscriptionKeyNotFound", KEY_MISSING)
    };
    let realm = format!(
        "{}://{}/{}",
        flow.original.scheme,
        flow.original.host,
        api.config.path.trim_matches('/')
    );
    let answer = access_denied(message, &realm, &api.config.key_header);
    Err(Fault::answered(reason, message, answer).from_source("authorization"))
}

/// The header first; the query parameter only where the header is absent.
fn given_key(flow: &Flow<'_>, api: &ApiSite) -> Option<String> {
    match flow.headers.get(api.config.key_header.as_str()) {
        Some(value) => Some(String::from_utf8_lossy(value.as_bytes()).into_owned()),
        None => flow.query.first(&api.config.key_query),
    }
    .filter(|key| !key.is_empty())
}

fn find<'s>(
    site: &'s Site,
    api: &ApiSite,
    key: &str,
) -> Option<(&'s str, &'s GatewaySubscription)> {
    site.config
        .subscriptions
        .iter()
        .find(|(_, it)| {
            (it.primary_key == key || it.secondary_key == key)
                && it.state == "active"
                && covers(&it.scope, api)
        })
        .map(|(id, it)| (id.as_str(), it))
}

fn covers(scope: &str, api: &ApiSite) -> bool {
    match (
        scope.strip_prefix("/apis/"),
        scope.strip_prefix("/products/"),
    ) {
        (Some(id), _) => id == api.id,
        (_, Some(product)) => api.config.products.iter().any(|it| it == product),
        _ => scope == "/apis",
    }
}

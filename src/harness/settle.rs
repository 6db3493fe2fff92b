//! Supposed routes put to the test: a non-billable call by each decides whether it leads to its deployment.

use super::Harness;
use crate::diagnose;
use crate::discover::{Selection, targets};
use crate::model::{
    Exchange, Found, Gap, GatewayLeg, Hop, Inventory, Leg, PublishedRoute, Target, Unread,
};
use crate::net::{BodySink, Credential, Outgoing, OutgoingBody, Place};
use crate::run::KeySource;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest time for one call; a refusal takes a fraction of it.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of an answer that are looked at.
const MOST_BYTES: usize = 64 * 1024;
/// How often targets are made anew after routes were refuted. Each time every target left tries its next route.
const MOST_ROUNDS: usize = 8;

/// What refutes a route, by its URL; nothing where it holds.
type Verdicts = BTreeMap<String, Option<String>>;

impl Harness {
    /// Makes targets of an inventory. A route that is only supposed is called first, without a prompt, so that nothing is
    /// billed: where the answer shows that it leads elsewhere it is dropped, and a gap says so.
    pub(super) async fn settle(&self, mut inventory: Inventory, selection: &Selection) -> Found {
        let mut verdicts = Verdicts::new();
        for _ in 0..MOST_ROUNDS {
            let found = targets(&inventory, selection);
            let asked = asked(&inventory, &found, &verdicts);
            if asked.is_empty() {
                break;
            }
            let calls = asked.iter().map(|one| self.refuted_by(&inventory, one));
            let answers = join_all(calls).await;
            for (one, refuted) in asked.iter().zip(answers) {
                verdicts.insert(one.route.url.clone(), refuted);
            }
            drop_refuted(&mut inventory, &verdicts);
        }
        let targets = targets(&inventory, selection);
        Found { inventory, targets }
    }

    /// What shows that a supposed route leads elsewhere, or why it cannot be called.
    async fn refuted_by(&self, inventory: &Inventory, asked: &Asked) -> Option<String> {
        let credential = match self.key_for(&asked.leg).await {
            Ok(credential) => credential,
            Err(why) => return Some(format!("it cannot be called: {why}")),
        };
        let body = body_for(&asked.target).to_string();
        let outgoing = Outgoing {
            method: http::Method::POST,
            url: asked.route.url.parse().ok()?,
            headers: Vec::new(),
            body: OutgoingBody {
                bytes: body.clone().into(),
                content_type: Some("application/json".to_owned()),
                shown: Some(body),
            },
            credential,
            trace_token: None,
            timeout: TIMEOUT,
            leg: Some(Leg::Gateway),
        };
        let mut text = Text::default();
        let mut exchange = self.door.send(outgoing, &mut text).await;
        if let Some(response) = &mut exchange.response {
            response.body = text.shown();
        }
        refutation(&exchange, is_guessed(inventory, &asked.leg))
    }

    async fn key_for(&self, leg: &GatewayLeg) -> Result<Option<Credential>, String> {
        if !leg.is_subscription_required {
            return Ok(None);
        }
        let secret = self.keys.gateway_key(leg).await?;
        Ok(Some(Credential {
            place: Place::Header(leg.key_names.header.clone()),
            secret,
        }))
    }
}

/// A supposed route that a target would be called by.
struct Asked {
    target: Target,
    leg: GatewayLeg,
    route: PublishedRoute,
}

/// Supposed routes that targets would go by and that were not called yet, each URL once.
fn asked(inventory: &Inventory, targets: &[Target], verdicts: &Verdicts) -> Vec<Asked> {
    let mut found: Vec<Asked> = Vec::new();
    for target in targets {
        let Some(leg) = &target.gateway else {
            continue;
        };
        let mut routes = inventory.routes.iter();
        let route = routes.find(|route| is_of(route, target, leg));
        let Some(route) = route.filter(|route| route.supposed.is_some()) else {
            continue;
        };
        let is_known = verdicts.contains_key(&route.url);
        if !is_known && found.iter().all(|one| one.route.url != route.url) {
            found.push(Asked {
                target: target.clone(),
                leg: leg.clone(),
                route: route.clone(),
            });
        }
    }
    found
}

fn is_of(route: &PublishedRoute, target: &Target, leg: &GatewayLeg) -> bool {
    (&route.account, &route.deployment) == (&target.account, &target.deployment)
        && (&route.gateway, &route.api) == (&leg.gateway, &leg.api)
}

fn drop_refuted(inventory: &mut Inventory, verdicts: &Verdicts) {
    let routes = std::mem::take(&mut inventory.routes);
    for route in routes {
        let (Some(_), Some(Some(refuted))) = (&route.supposed, verdicts.get(&route.url)) else {
            inventory.routes.push(route);
            continue;
        };
        let supposed = route.supposed.as_deref().unwrap_or_default();
        let gap = Gap {
            what: format!("routes of API {} of gateway {}", route.api, route.gateway),
            why: format!("{supposed}; {refuted}"),
            opened_by: None,
        };
        if !inventory.gaps.contains(&gap) {
            inventory.gaps.push(gap);
        }
    }
}

/// Whether the operations of the leg's API are guessed, as they could not be read.
fn is_guessed(inventory: &Inventory, leg: &GatewayLeg) -> bool {
    let unread = Unread::of(inventory);
    let mut gateways = inventory.gateways.iter();
    let gateway = gateways.find(|one| one.name == leg.gateway);
    let api = gateway.and_then(|one| one.apis.iter().find(|api| api.name == leg.api));
    match (gateway, api) {
        (Some(gateway), Some(api)) => {
            gateway.id.is_none() || !unread.knows_operations(gateway, api)
        }
        _ => true,
    }
}

/// What an answer says against a route: that it ends at something else than the deployment. Any other failure is the
/// route's own, and is for a run to show.
fn refutation(exchange: &Exchange, is_guessed: bool) -> Option<String> {
    if exchange.status() != Some(404) {
        return None;
    }
    match diagnose::hop(exchange).hop {
        Some(Hop::Gateway) if is_guessed => {
            Some("the gateway publishes nothing at the path that image calls take".to_owned())
        }
        Some(Hop::Backend) if is_unknown_deployment(exchange) => {
            Some("what answers there knows no deployment of that name".to_owned())
        }
        _ => None,
    }
}

fn is_unknown_deployment(exchange: &Exchange) -> bool {
    let body = exchange.response.as_ref().map(|one| one.body.as_str());
    let json: Option<Value> = body.and_then(|body| serde_json::from_str(body).ok());
    let code = json.as_ref().and_then(|json| json.pointer("/error/code"));
    code.and_then(Value::as_str) == Some("DeploymentNotFound")
}

/// A body that a call takes, all but what it is to draw.
fn body_for(target: &Target) -> Value {
    let family = target.family.as_ref().and_then(crate::knowledge::by_id);
    let is_provider =
        family.is_some_and(|one| one.native_style() == crate::model::RouteStyle::Provider);
    match is_provider {
        true => json!({"model": target.deployment.as_str(), "n": 1}),
        false => json!({"n": 1}),
    }
}

/// The beginning of an answer.
#[derive(Default)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// What came, as text.
    pub(super) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl BodySink for Text {
    fn begin(&mut self, _content_type: Option<&str>) {}

    fn push(&mut self, chunk: &[u8]) -> bool {
        self.0.extend_from_slice(chunk);
        self.0.len() < MOST_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Header, RecordedResponse};

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let headers = headers.iter();
        Exchange {
            response: Some(RecordedResponse {
                status: Some(status),
                headers: headers
                    .map(|(name, value)| Header((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                body: body.to_owned(),
                ..RecordedResponse::default()
            }),
            leg: Some(Leg::Gateway),
            ..Exchange::default()
        }
    }

    #[test]
    fn only_an_answer_that_says_so_refutes_a_route() {
        let backend = [("apim-request-id", "1"), ("x-ms-region", "Sweden Central")];
        let unknown = r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}"#;
        let lost = r#"{"error":{"code":"404","message": "Resource not found"}}"#;
        let unmatched = r#"{ "statusCode": 404, "message": "Resource not found" }"#;
        let missing = r#"{"error":{"code":"BadRequest","message":"prompt is missing"}}"#;
        for (status, headers, body, is_guessed, is_refuted) in [
            (404, &backend[..], unknown, false, true),
            (404, &backend[..], unknown, true, true),
            (404, &backend[..], lost, false, false),
            (404, &[][..], unmatched, true, true),
            (404, &[][..], unmatched, false, false),
            (400, &backend[..], missing, true, false),
            (500, &[][..], "", true, false),
        ] {
            let exchange = answered(status, headers, body);
            let refuted = refutation(&exchange, is_guessed).is_some();
            assert_eq!(refuted, is_refuted, "{status} {body} {is_guessed}");
        }
    }
}

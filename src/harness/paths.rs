//! What a written way through a gateway leaves open, asked of the gateway itself: whether the path below it goes on with
//! `openai`, and whether it asks for a key. Calls without a key and without a prompt; the gateway answers them at once.

use super::Harness;
use super::settle::{TIMEOUT, Text};
use crate::diagnose;
use crate::discover::Configured;
use crate::model::{CallKind, Exchange, GatewayLeg, Hop, Leg, Target};
use crate::net::{Outgoing, OutgoingBody};
use crate::provider::{self, Ask, VersionAsk};
use futures_util::future::join_all;

/// What is taken off where the gateway knows no path that goes on with it.
const OPENAI: &str = "/openai";

impl Harness {
    /// Asks each gateway that is written down what its configuration does not say.
    pub(super) async fn complete(&self, mut written: Configured) -> Configured {
        self.keys.know(&written.targets);
        let origins = written.origins.iter().map(|one| one.is_openai_assumed);
        let asked = written.targets.iter().zip(origins);
        let answers = asked.map(|(target, is_assumed)| self.completed(target, is_assumed));
        let legs = join_all(answers).await;
        for (target, leg) in written.targets.iter_mut().zip(legs) {
            target.gateway = leg.or(target.gateway.take());
        }
        written.note_targets();
        written
    }

    /// The way through the gateway as it is, where that differs from what is written.
    async fn completed(&self, target: &Target, is_assumed: bool) -> Option<GatewayLeg> {
        let leg = target.gateway.as_ref()?;
        let lacks_key = leg.is_subscription_required && !self.keys.has_gateway_key(leg);
        if !is_assumed && !lacks_key {
            return None;
        }
        let mut leg = leg.clone();
        let mut answer = self.ask(target, &leg).await?;
        if is_assumed && is_unmatched(&answer) {
            let shorter = GatewayLeg {
                base_url: leg.base_url.strip_suffix(OPENAI)?.to_owned(),
                ..leg.clone()
            };
            let other = self.ask(target, &shorter).await?;
            if is_unmatched(&other) {
                return None;
            }
            (leg, answer) = (shorter, other);
        }
        // Only an answer from behind the gateway shows that it lets calls in without a key.
        let is_open = diagnose::hop(&answer).hop == Some(Hop::Backend);
        leg.is_subscription_required &= !(lacks_key && is_open);
        Some(leg)
    }

    async fn ask(&self, target: &Target, leg: &GatewayLeg) -> Option<Exchange> {
        let target = Target {
            gateway: Some(leg.clone()),
            ..target.clone()
        };
        let ask = Ask {
            kind: CallKind::Generate,
            style: None,
            leg: Some(Leg::Gateway),
            deployment: None,
            api_version: VersionAsk::Usual,
            prompt: "",
            n: 1,
            size: None,
            picture: None,
            max_tokens: 0,
        };
        let request = provider::build(&target, &ask).ok()?;
        let outgoing = Outgoing {
            method: http::Method::POST,
            url: request.url,
            headers: Vec::new(),
            body: OutgoingBody {
                bytes: "{}".into(),
                content_type: Some("application/json".to_owned()),
                shown: Some("{}".to_owned()),
            },
            credential: None,
            trace_token: None,
            timeout: TIMEOUT,
            leg: Some(Leg::Gateway),
        };
        let mut text = Text::default();
        let mut exchange = self.door.send(outgoing, &mut text).await;
        if let Some(response) = &mut exchange.response {
            response.body = text.shown();
        }
        Some(exchange)
    }
}

/// Whether the gateway says that it publishes nothing at the path.
fn is_unmatched(exchange: &Exchange) -> bool {
    exchange.status() == Some(404) && diagnose::hop(exchange).hop == Some(Hop::Gateway)
}

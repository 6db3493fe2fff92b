//! The service: who calls, what for, whether they may, and the headers that every answer carries.

use super::call::{Answer, Call};
use super::errors::ArmError;
use super::throttle::Throttle;
use super::{apim, authorization, cognitive, resources, subscriptions};
use crate::sim::internet::{Context, NetFailure, Service};
use crate::sim::trace::Traces;
use crate::sim::world::{Subscription, World};
use crate::sim::{Live, draw, reply};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use std::sync::Arc;

const HOST: &str = "management.azure.com";

/// Region that `x-ms-routing-request-id` names.
const ROUTING_REGION: &str = "UKSOUTH";

/// Azure Resource Manager.
pub struct Arm {
    /// What its writes change.
    live: Live,
    throttle: Throttle,
    traces: Arc<Traces>,
}

impl Arm {
    /// ARM over `live`, which hands out the traces that gateways keep in `traces`.
    pub fn new(live: Live, traces: Arc<Traces>) -> Self {
        Arm {
            live,
            throttle: Throttle::default(),
            traces,
        }
    }

    fn answer(&self, context: &Context, request: &Request<Bytes>) -> Response<Bytes> {
        let call = match Call::of(context, &self.live, request) {
            Ok(call) => call,
            Err(error) => return error.answer(),
        };
        let mut left = None;
        let result = self.route(&call, &mut left);
        let mut response = result.unwrap_or_else(|error| error.answer());
        if call.is_head {
            bodiless(&mut response, &call);
        }
        if let Some(left) = left {
            let name = "x-ms-ratelimit-remaining-subscription-reads";
            reply::set(&mut response, name, &left.to_string());
        }
        response
    }

    fn route(&self, call: &Call<'_>, left: &mut Option<u32>) -> Answer {
        let lower: Vec<&str> = call.lower.iter().map(String::as_str).collect();
        match lower.as_slice() {
            ["tenants"] => subscriptions::tenants(call),
            ["subscriptions"] => subscriptions::list(call),
            ["subscriptions", _, rest @ ..] => {
                let (id, subscription) = subscription_of(call)?;
                *left = self.take_read(call, id, subscription)?;
                if let Some(at) = rest
                    .windows(2)
                    .rposition(|pair| matches!(pair, ["providers", "microsoft.authorization"]))
                {
                    let scope = format!("/{}", call.segments[..at + 2].join("/"));
                    return authorization::answer(call, &scope, &rest[at + 2..]);
                }
                match rest {
                    ["resources"] => resources::list(call, id, None),
                    ["resourcegroups", _, "resources"] => {
                        resources::list(call, id, Some(call.segments[3].as_str()))
                    }
                    ["locations"] => resources::locations(call, id),
                    ["providers"] => resources::providers(call, (id, subscription), &[]),
                    ["providers", name] => resources::providers(call, (id, subscription), &[name]),
                    ["providers", name, verb @ ("register" | "unregister")] => {
                        resources::providers(call, (id, subscription), &[name, verb])
                    }
                    ["providers", namespace, kinds @ ..] => {
                        self.provider(call, (id, subscription), None, namespace, kinds)
                    }
                    ["resourcegroups", _, "providers", namespace, kinds @ ..] => {
                        let group = call.segments[3].as_str();
                        self.provider(call, (id, subscription), Some(group), namespace, kinds)
                    }
                    _ => subscriptions::within(call, id, subscription, rest),
                }
            }
            _ => Err(ArmError::unknown_type(
                call.path.trim_start_matches('/'),
                "Microsoft.Resources",
                &call.api_version,
            )),
        }
    }

    fn provider(
        &self,
        call: &Call<'_>,
        (id, subscription): (&str, &Subscription),
        group: Option<&str>,
        namespace: &str,
        kinds: &[&str],
    ) -> Answer {
        let registered = |name: &str| {
            let is_missing = subscription
                .unregistered
                .iter()
                .any(|missing| missing.eq_ignore_ascii_case(name));
            if is_missing {
                Err(ArmError::not_registered(name))
            } else {
                Ok(())
            }
        };
        // The segments that `kinds` was made from, in the caller's spelling.
        let names = &call.segments[call.segments.len() - kinds.len()..];
        let place = Place { id, group };
        match namespace {
            "microsoft.cognitiveservices" => {
                registered("Microsoft.CognitiveServices")?;
                cognitive::answer(call, &place, kinds, names)
            }
            "microsoft.apimanagement" => {
                registered("Microsoft.ApiManagement")?;
                apim::answer(call, &self.traces, &place, kinds, names)
            }
            other => Err(ArmError::unknown_type(
                kinds.first().copied().unwrap_or_default(),
                other,
                &call.api_version,
            )),
        }
    }

    fn take_read(
        &self,
        call: &Call<'_>,
        id: &str,
        subscription: &Subscription,
    ) -> Result<Option<u32>, ArmError> {
        if call.method != Method::GET {
            return Ok(None);
        }
        let now = call.context.clock.elapsed();
        match self.throttle.take(id, subscription.reads_left, now) {
            Ok(left) => Ok(Some(left)),
            Err(wait) => {
                let seconds = wait.as_secs_f64().ceil();
                // A wait of seconds fits any integer.
                Err(ArmError::throttled(id, &call.caller.appid, seconds as u64))
            }
        }
    }
}

/// A HEAD is answered as a GET without its body; whether a group or a membership exists is said by the status alone.
fn bodiless(response: &mut Response<Bytes>, call: &Call<'_>) {
    let lower: Vec<&str> = call.lower.iter().map(String::as_str).collect();
    let is_existence = matches!(
        lower.as_slice(),
        ["subscriptions", _, "resourcegroups", _] | [.., "products", _, "apis", _]
    );
    if is_existence && response.status().is_success() {
        *response.status_mut() = http::StatusCode::NO_CONTENT;
    }
    *response.body_mut() = Bytes::new();
}

/// Where in the hierarchy a provider is asked.
pub(super) struct Place<'a> {
    /// Subscription id.
    pub(super) id: &'a str,
    /// Resource group; absent for the whole subscription.
    pub(super) group: Option<&'a str>,
}

impl Place<'_> {
    /// Its scope, as an id.
    pub(super) fn scope(&self) -> String {
        match self.group {
            None => format!("/subscriptions/{}", self.id),
            Some(group) => format!("/subscriptions/{}/resourceGroups/{group}", self.id),
        }
    }

    /// Whether a resource with this subscription and group lies here.
    pub(super) fn holds(&self, world: &World, subscription: &str, group: &str) -> bool {
        world.subscription_id(subscription) == self.id
            && self.group.is_none_or(|own| own.eq_ignore_ascii_case(group))
    }

    /// Fails where a group is named that nothing is in.
    pub(super) fn check_group(&self, world: &World) -> Result<(), ArmError> {
        let Some(group) = self.group else {
            return Ok(());
        };
        let is_known = subscriptions::groups(world, self.id)
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(group));
        if is_known {
            Ok(())
        } else {
            Err(ArmError::group_not_found(group))
        }
    }
}

fn subscription_of<'a>(call: &Call<'a>) -> Result<(&'a str, &'a Subscription), ArmError> {
    let id = call.segments[1].as_str();
    if let Some((id, subscription)) = super::call::find(&call.world.subscriptions, id) {
        return Ok((id, subscription));
    }
    Err(match uuid::Uuid::try_parse(id) {
        Ok(_) => ArmError::subscription_not_found(id),
        Err(_) => ArmError::malformed_subscription(id),
    })
}

#[async_trait]
impl Service for Arm {
    fn answers_on(&self, host: &str) -> bool {
        host == HOST
    }

    fn hosts(&self) -> Vec<String> {
        vec![HOST.to_owned()]
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let mut response = self.answer(context, &request);
        let id = draw::fresh_guid();
        let correlation = request
            .headers()
            .get("x-ms-correlation-request-id")
            .and_then(|value| value.to_str().ok())
            .unwrap_or(&id);
        let now = jiff::Timestamp::try_from(context.clock.now()).unwrap_or_default();
        let routing = format!("{ROUTING_REGION}:{}:{id}", now.strftime("%Y%m%dT%H%M%SZ"));
        let headers = [
            ("cache-control", "no-cache"),
            ("pragma", "no-cache"),
            ("expires", "-1"),
            ("x-ms-request-id", id.as_str()),
            ("x-ms-correlation-request-id", correlation),
            ("x-ms-routing-request-id", routing.as_str()),
            (
                "strict-transport-security",
                "max-age=31536000; includeSubDomains",
            ),
            ("x-content-type-options", "nosniff"),
        ];
        for (name, value) in headers {
            reply::set(&mut response, name, value);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests;

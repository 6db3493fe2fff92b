//! Calls that the gateway traces: with a debug token beside the key, and the trace fetched and reduced afterwards.

use super::options::KeySource;
use crate::diagnose;
use crate::model::{Exchange, GatewayLeg, GatewayTrace};
use crate::net::{Clock, Outgoing};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A trace is written after the answer has gone out, so it is asked for more than once.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);
/// Part of the id of an AI gateway, which is a resource of its own beside API Management services.
const AI_GATEWAY: &str = "/aigateways/";

/// Calls of an API that are traced, at most, to learn what a fault of it was.
const MOST_WISHES: u32 = 8;

/// APIs that answered with a fault whose cause the answer does not tell. Their next calls are traced, where the caller's
/// role permits it, until one that fails tells it: no call is made for the sake of a trace.
#[derive(Debug, Default)]
pub(super) struct Wishes(Mutex<BTreeMap<String, u32>>);

impl Wishes {
    /// Whether the next call through `leg` is to be traced.
    pub(super) fn wants(&self, leg: &GatewayLeg) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left) = left.get_mut(&key(leg)) else {
            return false;
        };
        let wants = *left > 0;
        *left = left.saturating_sub(1);
        wants
    }

    /// Learns from a call through `leg` that was made without a trace, or with one.
    pub(super) fn learn(&self, leg: &GatewayLeg, exchange: &Exchange) {
        if !is_fault(exchange) {
            return;
        }
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = left.entry(key(leg)).or_insert(MOST_WISHES);
        let trace = exchange.trace.as_ref();
        if trace.is_some_and(|trace| trace.stopped_by.is_some()) {
            *left = 0;
        }
    }

    /// That no trace is to be had of the API.
    pub(super) fn give_up(&self, leg: &GatewayLeg) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.insert(key(leg), 0);
    }
}

fn key(leg: &GatewayLeg) -> String {
    format!("{}/{}", leg.gateway, leg.api)
}

/// Whether a call ended in a fault of the gateway itself: 500 with the id under which it wrote the fault down.
pub(super) fn is_fault(exchange: &Exchange) -> bool {
    exchange.status() == Some(500)
        && exchange.body().contains("\"activityId\"")
        && exchange.header("apim-request-id").is_none()
}

/// Has the gateway of `leg` trace the call.
///
/// # Errors
/// Why it cannot be traced.
pub async fn ask_for_trace(
    outgoing: &mut Outgoing,
    leg: Option<&GatewayLeg>,
    keys: &dyn KeySource,
) -> Result<(), GatewayTrace> {
    let Some(leg) = leg else {
        let why = "the call passes no gateway, so nobody traces it";
        return Err(GatewayTrace::absent(why));
    };
    let why = match &leg.gateway_id {
        None => {
            "the gateway was written down, not discovered, and a trace is asked for by its id in ARM"
        }
        Some(id) if id.as_str().to_ascii_lowercase().contains(AI_GATEWAY) => {
            "it is an AI gateway resource, and those write no request traces"
        }
        Some(_) => {
            let token = keys.trace_token(leg).await.map_err(GatewayTrace::absent)?;
            outgoing.trace_token = Some(token);
            return Ok(());
        }
    };
    Err(GatewayTrace::absent(why))
}

/// The trace of a call that was sent with a debug token.
pub async fn read_trace(
    exchange: &Exchange,
    leg: &GatewayLeg,
    secrets: &[&str],
    keys: &dyn KeySource,
    clock: &dyn Clock,
) -> GatewayTrace {
    let Some(id) = exchange.header("apim-trace-id") else {
        return GatewayTrace::absent(why_untraced(exchange));
    };
    let mut why = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            clock.sleep(PAUSE).await;
        }
        match keys.trace(leg, id).await {
            Ok(trace) => {
                let mut reduced = diagnose::reduce_trace(&trace, secrets);
                reduced.id.get_or_insert(id.to_owned());
                return reduced;
            }
            Err(error) => why = error,
        }
    }
    GatewayTrace::absent(why)
}

fn why_untraced(exchange: &Exchange) -> String {
    if let Some(api) = exchange.header("apim-debug-authorization-wrongapi") {
        return format!("the call went to another API than the debug token is for ({api})");
    }
    if exchange
        .header("apim-debug-authorization-expired")
        .is_some()
    {
        return "the debug token has expired".to_owned();
    }
    match exchange.status() {
        None => "no answer came, so no trace was named".to_owned(),
        Some(404) => "the answer names no trace: no API or operation matched, so none was begun".to_owned(),
        Some(_) => {
            "the answer names no trace: something before the gateway answered, or this gateway (a self-hosted one, or one \
             whose tier does not trace) writes none"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Header, RecordedResponse};

    fn fault(stopped_by: Option<&str>) -> Exchange {
        let body = r#"{ "statusCode": 500, "message": "Internal server error", "activityId": "87aeb87f-192c-424c-84d1-32d5bbfec437" }"#;
        Exchange {
            response: Some(RecordedResponse {
                status: Some(500),
                body: body.into(),
                ..RecordedResponse::default()
            }),
            trace: stopped_by.map(|said| GatewayTrace {
                stopped_by: Some(said.into()),
                ..GatewayTrace::default()
            }),
            ..Exchange::default()
        }
    }

    #[test]
    fn a_fault_has_the_next_calls_traced_until_one_tells_its_cause() {
        let (wishes, leg) = (Wishes::default(), GatewayLeg::default());
        assert!(!wishes.wants(&leg));
        wishes.learn(&leg, &Exchange::default());
        assert!(
            !wishes.wants(&leg),
            "an answer that is no fault asks for nothing"
        );
        wishes.learn(&leg, &fault(None));
        assert!(wishes.wants(&leg));
        wishes.learn(&leg, &fault(Some("forward-request failed")));
        assert!(!wishes.wants(&leg));
        wishes.learn(&leg, &fault(None));
        assert!(!wishes.wants(&leg), "what is known is not asked for again");
    }

    #[test]
    fn only_so_many_calls_are_traced_and_none_where_it_is_not_permitted() {
        let (wishes, leg) = (Wishes::default(), GatewayLeg::default());
        wishes.learn(&leg, &fault(None));
        let traced = (0..100).filter(|_| wishes.wants(&leg)).count();
        assert_eq!(traced, MOST_WISHES as usize);
        let (wishes, other) = (Wishes::default(), GatewayLeg::default());
        wishes.learn(&other, &fault(None));
        wishes.give_up(&other);
        assert!(!wishes.wants(&other));
    }

    #[test]
    fn an_answer_without_a_trace_says_why() {
        let answered = |status, header: &str| Exchange {
            response: Some(RecordedResponse {
                status: Some(status),
                headers: vec![Header(header.into(), "other-api".into())],
                ..RecordedResponse::default()
            }),
            ..Exchange::default()
        };
        for (exchange, said) in [
            (
                answered(200, "Apim-Debug-Authorization-WrongAPI"),
                "(other-api)",
            ),
            (answered(200, "Apim-Debug-Authorization-Expired"), "expired"),
            (answered(404, "date"), "no API or operation matched"),
            (answered(401, "date"), "self-hosted"),
            (Exchange::default(), "no answer came"),
        ] {
            assert!(why_untraced(&exchange).contains(said), "{said}");
        }
    }
}

//! Calls that the gateway traces: with a debug token beside the key, and the trace fetched and reduced afterwards.

use super::options::KeySource;
use crate::diagnose;
use crate::model::{Exchange, GatewayLeg, GatewayTrace};
use crate::net::{Clock, Outgoing};
use std::time::Duration;

/// A trace is written after the answer has gone out, so it is asked for more than once.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);
/// Part of the id of an AI gateway, which is a resource of its own beside API Management services.
const AI_GATEWAY: &str = "/aigateways/";

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

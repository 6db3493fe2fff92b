//! The variables that expressions of a scenario see: their names, and how they are filled.
//!
//! A name that stands here is always there; where there is nothing to say it is `none`. Any other name is an error when
//! the file is read. `docs/scenarios.md` lists them for people.

use crate::expr::{Scope, clock_skew};
use crate::model::{
    CauseSlug, Exchange, Expectations, Header, Hop, PictureFacts, Target, Timings, TransportError,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What is known before anything is called: `target` and `family`.
pub fn base_scope() -> Scope {
    Scope::members([("target", target_scope()), ("family", family_scope())])
}

/// What is known of an answer. The same members stand under `steps.NAME` and in `attempts`.
pub fn answer_scope() -> Scope {
    let request = [
        ("method", Scope::Plain),
        ("url", Scope::Plain),
        ("headers", Scope::Any),
        ("body", Scope::Plain),
    ];
    let picture = Scope::of::<PictureFacts>();
    Scope::members([
        ("status", Scope::Plain),
        ("reason", Scope::Plain),
        ("headers", Scope::Any),
        ("body", Scope::Plain),
        ("json", Scope::Any),
        ("picture", picture.clone()),
        ("pictures", Scope::list(picture)),
        ("hop", Scope::Plain),
        ("cause", Scope::Plain),
        ("error", Scope::of::<TransportError>()),
        ("timings", Scope::of::<Timings>()),
        ("request", Scope::members(request)),
        ("sent_at", Scope::Plain),
        ("skew_s", Scope::Plain),
    ])
}

/// Members of `target`: the model's own, with `rpm`, `route` and `expects`.
pub fn target_scope() -> Scope {
    let mut scope = Scope::of::<Target>();
    scope.insert("rpm", Scope::Plain);
    scope.insert("route", Scope::Plain);
    scope.insert("expects", Scope::of::<Expectations>());
    scope
}

/// Members of `family`: what the knowledge tables say of the target's model family. All are `none` where the family
/// is not known.
pub fn family_scope() -> Scope {
    let plain = FAMILY_MEMBERS.iter().map(|name| (*name, Scope::Plain));
    Scope::members(plain.chain([("sizes", Scope::list(Scope::Plain))]))
}

const FAMILY_MEMBERS: &[&str] = &[
    "id",
    "model",
    "container",
    "default_size",
    "test_size",
    "is_size_exact",
    "aspect_tolerance",
    "supports_edit",
    "supports_deployment_route",
    "price_usd",
    "is_priced_by_size",
    "latency_s",
    "provenance_agent",
];

/// `target` as expressions see it: `rpm` is requests a minute, `route` the name of its way, `expects` what calls on it meet;
/// what is absent is `null`.
pub fn target_value(target: &Target) -> Value {
    let mut value = to_value(target);
    value["rpm"] = json!(target.requests_per_minute());
    value["route"] = json!(target.route_name());
    value["expects"] = to_value(&target.expectations());
    target_scope().complete(&mut value);
    value
}

/// An answer as expressions see it: the members of [`answer_scope`].
pub fn answer_value(exchange: &Exchange, hop: Option<Hop>, cause: Option<&CauseSlug>) -> Value {
    let response = exchange.response.as_ref();
    let body = exchange.body();
    let request = &exchange.request;
    let mut value = json!({
        "status": exchange.status(),
        "reason": response.and_then(|response| response.reason.as_deref()),
        "headers": headers(response.map_or(&[], |response| response.headers.as_slice())),
        "body": body,
        "json": serde_json::from_str::<Value>(body.trim_start_matches('\u{feff}')).ok(),
        "picture": exchange.pictures().first(),
        "pictures": exchange.pictures(),
        "hop": hop.map(Hop::word),
        "cause": cause,
        "error": exchange.transport_error,
        "timings": exchange.timings_ms,
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": headers(&request.headers),
            "body": request.body,
        },
        "sent_at": exchange.sent_at,
        "skew_s": clock_skew(exchange),
    });
    answer_scope().complete(&mut value);
    value
}

/// Headers by their names in lower case; the values of a name that repeats are joined by `, `.
fn headers(headers: &[Header]) -> Map<String, Value> {
    let mut by_name: Map<String, Value> = Map::new();
    for Header(name, value) in headers {
        let name = name.to_ascii_lowercase();
        let joined = match by_name.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.clone(),
        };
        by_name.insert(name, Value::String(joined));
    }
    by_name
}

fn to_value<T: Serialize>(value: &T) -> Value {
    // The nouns have only names as keys, so they can always be written.
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Context, Engine};
    use crate::model::{RateLimit, RecordedRequest, RecordedResponse};

    fn names_of(value: &Value) -> Vec<&str> {
        let mut names: Vec<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_name_of_the_scope_is_filled_and_no_other() {
        let answer = answer_value(&Exchange::default(), None, None);
        assert_eq!(names_of(&answer), answer_scope().names());
        let target = target_value(&Target::default());
        assert_eq!(names_of(&target), target_scope().names());
        assert_eq!(target["vision"], Value::Null);
        assert_eq!(target["route"], "direct");
    }

    #[test]
    fn headers_are_found_by_their_lower_case_names() {
        let exchange = Exchange {
            request: RecordedRequest {
                method: Some("POST".into()),
                ..RecordedRequest::default()
            },
            response: Some(RecordedResponse {
                status: Some(200),
                headers: vec![
                    Header("X-MS-Region".into(), "UK South".into()),
                    Header("Via".into(), "a".into()),
                    Header("via".into(), "b".into()),
                ],
                body: "\u{feff}{\"a\": 1}".into(),
                ..RecordedResponse::default()
            }),
            ..Exchange::default()
        };
        let context = Context::new(&answer_value(
            &exchange,
            Some(Hop::Backend),
            Some(&"x".into()),
        ));
        let holds = |that| Engine::strict().is_true(that, &context);
        assert_eq!(
            holds("headers['x-ms-region'] == 'UK South' and headers.via == 'a, b'"),
            Ok(true)
        );
        assert_eq!(
            holds("status == 200 and hop == 'backend' and cause == 'x' and json.a == 1"),
            Ok(true)
        );
        assert_eq!(
            holds("picture is none and error is none and request.method == 'POST'"),
            Ok(true)
        );
    }

    #[test]
    fn a_rate_limit_is_told_a_minute() {
        let limit = RateLimit {
            key: "request".into(),
            count: 3.0,
            renewal_period: 30.0,
        };
        let target = Target {
            rate_limits: vec![limit],
            ..Target::default()
        };
        assert_eq!(target_value(&target)["rpm"], json!(6.0));
        assert_eq!(target_value(&Target::default())["rpm"], Value::Null);
    }
}

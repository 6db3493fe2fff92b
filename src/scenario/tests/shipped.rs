//! The files that the program carries: what they buy, print, and hold against an answer.

use super::*;
use crate::expr::{Context, Engine};
use crate::model::{DeploymentName, Peer, Target};
use serde_json::{Value, json};

fn shipped() -> Vec<Scenario> {
    built_in().unwrap_or_else(|error| panic!("{error}"))
}

fn step<'a>(all: &'a [Scenario], id: &str, name: &str) -> &'a Step {
    let scenario = all.iter().find(|scenario| scenario.id == id).unwrap();
    scenario
        .steps
        .iter()
        .find(|step| step.name == name)
        .unwrap()
}

/// Pictures that a scenario asks for, each combination of a matrix and each repetition counted.
fn pictures(scenario: &Scenario) -> u64 {
    let of_step = |step: &Step| {
        let n = match &step.action {
            Action::Generate(generate) => generate.n,
            Action::Edit(edit) => edit.n,
            _ => 0,
        };
        let combinations: usize = step.matrix.values().map(Vec::len).product();
        let times: u64 = step.repeat.times.parse().unwrap_or(1);
        u64::from(n) * combinations as u64 * times * u64::from(!step.is_free)
    };
    scenario.steps.iter().map(of_step).sum()
}

#[test]
fn the_letters_are_a_to_l_and_each_buys_what_the_protocol_says() {
    let bought: Vec<(String, String, u64)> = shipped()
        .iter()
        .map(|scenario| {
            (
                scenario.id.to_string(),
                scenario.name.clone(),
                pictures(scenario),
            )
        })
        .collect();
    let expected = [
        ("A", "as found", 0),
        ("B", "built route", 1),
        ("C", "cells", 6),
        ("D", "done", 1),
        ("E", "entry", 1),
        ("F", "format of the api-version", 1),
        ("G", "geometry", 5),
        ("H", "hops agree", 2),
        ("I", "image editing", 2),
        ("J", "judged by sight", 1),
        ("K", "keep out", 0),
        ("L", "limits", 2),
    ];
    assert_eq!(
        bought,
        expected.map(|(id, name, images)| (id.to_owned(), name.to_owned(), images))
    );
}

#[test]
fn free_scenarios_say_so_and_paid_ones_too() {
    for scenario in shipped() {
        let tag = if pictures(&scenario) == 0 {
            "free"
        } else {
            "paid"
        };
        assert!(scenario.tags.iter().any(|t| t == tag), "{}", scenario.id);
    }
}

#[test]
fn the_cells_print_the_lines_of_the_notebook() {
    let all = shipped();
    let target = Target {
        deployment: DeploymentName::new("FLUX-1.1-pro"),
        peers: vec![Peer {
            deployment: DeploymentName::new("FLUX.1-Kontext-pro"),
            ..Peer::default()
        }],
        ..Target::default()
    };
    let engine = Engine::strict();
    let mut context = Context::new(&json!({
        "target": target_value(&target),
        "picture": {"base64_chars": 54321},
        "json": {"choices": [{"message": {"content": "A glowing battery."}}]},
        "timings": {"total": 9876.0},
    }));
    let cells = all.iter().find(|scenario| scenario.id == "C").unwrap();
    for (name, value) in &cells.vars {
        let value = engine.render_value(value, &context).unwrap();
        context.set(name, &value);
    }
    let printed = cells.steps.iter().flat_map(|step| &step.print);
    let lines: Vec<String> = printed
        .map(|line| engine.render(line, &context).unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "[image] Primary image generated from 'FLUX-1.1-pro' (54321 base64 chars)",
            "[image] FLUX image generated from 'FLUX.1-Kontext-pro' (54321 base64 chars)",
            "[vision] Summary: A glowing battery.",
            "[test] Attempting generation with model=FLUX-1.1-pro",
            "[test] 54321 base64 chars in 9.9 s",
        ]
    );
    let order: Vec<&str> = cells
        .steps
        .iter()
        .map(|step| step.name.split(' ').next().unwrap_or(""))
        .collect();
    assert_eq!(order, ["109", "109", "109", "130", "171"]);
}

/// Whether each check of a step holds for an answer.
fn judge(step: &Step, answer: &Value) -> Vec<bool> {
    let context = Context::new(answer);
    let engine = Engine::strict();
    step.expect
        .iter()
        .map(|check| engine.check(&check.that, &context).passed)
        .collect()
}

#[test]
fn a_404_of_the_wrong_hop_does_not_pass_for_the_right_one() {
    let all = shipped();
    let from_gateway = r#"{ "statusCode": 404, "message": "Resource not found" }"#;
    let from_backend = r#"{"error":{"code":"404","message": "Resource not found"}}"#;
    let answer = |hop: &str, body: &str| {
        json!({"status": 404, "hop": hop, "body": body, "pictures": [],
        "is_changed": false, "if_missing": [404], "if_unknown": [404],
        "target": {"expects": {"is_known": true, "takes_every_path": false}},
        "door": "gateway", "from_gateway": "\"statusCode\": 404", "from_backend": "\"code\":\"404\""})
    };
    let model_name = step(&all, "A", "model-name path");
    assert_eq!(
        judge(model_name, &answer("gateway", from_gateway)),
        [true; 4]
    );
    assert_eq!(
        judge(model_name, &answer("backend", from_backend)),
        [true, false, true, true]
    );
    let missing = step(&all, "F", "missing api-version");
    assert_eq!(judge(missing, &answer("gateway", from_gateway)), [true; 3]);
    assert_eq!(judge(missing, &answer("backend", from_backend)), [true; 3]);
    assert_eq!(
        judge(missing, &answer("gateway", from_backend)),
        [true, false, true]
    );
    let unknown = step(&all, "F", "unknown api-version");
    assert_eq!(judge(unknown, &answer("backend", from_backend)), [true; 3]);
    assert_eq!(
        judge(unknown, &answer("gateway", from_gateway)),
        [true, false, false]
    );
}

#[test]
fn keys_are_judged_by_the_words_of_whoever_refuses_them() {
    let all = shipped();
    let through = |gateway: Value, hop: &str, body: &str| {
        json!({"status": 401, "hop": hop, "body": body, "is_changed": false,
        "door": if gateway.is_null() { "backend" } else { "gateway" }, "target": {"gateway": gateway},
        "no_token": "access token is missing, invalid, audience is incorrect"})
    };
    let missing = r#"{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }"#;
    let invalid = r#"{ "statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription." }"#;
    let wrong = r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}"#;
    let token = r#"{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired." }"#;
    assert_eq!(
        [missing.len(), invalid.len(), wrong.len(), token.len()],
        [152, 143, 224, 161]
    );
    let gateway = json!({"is_subscription_required": true});
    let no_key = step(&all, "E", "no key");
    assert_eq!(
        judge(no_key, &through(gateway.clone(), "gateway", missing)),
        [true; 3]
    );
    assert_eq!(
        judge(no_key, &through(gateway.clone(), "gateway", invalid)),
        [true, true, false]
    );
    assert_eq!(
        judge(no_key, &through(Value::Null, "backend", token)),
        [true; 3]
    );
    let wrong_key = step(&all, "E", "wrong key");
    assert_eq!(
        judge(wrong_key, &through(gateway.clone(), "gateway", invalid)),
        [true; 3]
    );
    assert_eq!(
        judge(wrong_key, &through(Value::Null, "backend", wrong)),
        [true; 3]
    );
    assert_eq!(
        judge(wrong_key, &through(gateway.clone(), "backend", wrong)),
        [true, false, true]
    );
    let bearer = step(&all, "E", "key as bearer");
    assert_eq!(
        judge(bearer, &through(gateway, "gateway", missing)),
        [true; 3]
    );
    assert_eq!(
        judge(bearer, &through(Value::Null, "backend", token)),
        [true; 3]
    );
}

/// An answer that D passes.
fn done() -> Value {
    json!({
        "status": 200, "sent_at": "2025-10-01T12:00:00Z", "skew_s": null, "timings": {"total": 9000.0},
        "pictures": [1],
        "picture": {"decodes": true, "is_truncated": false, "is_blank": false, "container": "jpeg",
            "width": 1024, "height": 1024,
            "provenance": {"agent": "Black forest labs in Azure AI", "when": "2025-10-01T12:00:08Z"}},
        "family": {"container": "jpeg", "latency_s": 30.0, "price_usd": 0.04,
            "provenance_agent": "Black forest labs in Azure AI"},
        "size": "1024x1024", "aspect_tolerance": 0.06, "budget_usd": 0.05, "seconds_between": 300,
    })
}

#[test]
fn the_success_criteria_catch_each_fault_and_nothing_else() {
    let all = shipped();
    let done_step = step(&all, "D", "one picture");
    let failed = |change: &dyn Fn(&mut Value)| {
        let mut answer = done();
        change(&mut answer);
        let verdicts = judge(done_step, &answer);
        verdicts
            .iter()
            .enumerate()
            .filter(|(_, held)| !**held)
            .map(|(n, _)| n)
            .collect::<Vec<_>>()
    };
    assert!(failed(&|_| {}).is_empty());
    assert_eq!(failed(&|a| a["picture"]["is_truncated"] = json!(true)), [2]);
    assert_eq!(failed(&|a| a["picture"]["container"] = json!("png")), [3]);
    assert_eq!(failed(&|a| a["picture"]["width"] = json!(1248)), [4]);
    assert!(failed(&|a| a["picture"]["width"] = json!(1040)).is_empty());
    assert_eq!(failed(&|a| a["picture"]["is_blank"] = json!(true)), [5]);
    assert_eq!(
        failed(&|a| a["picture"]["provenance"]["agent"] = json!("DALL-E")),
        [6]
    );
    assert_eq!(
        failed(&|a| a["picture"]["provenance"]["when"] = json!("2025-01-01T00:00:00Z")),
        [7]
    );
    let drawn_at = |when: &str, skew_s: Value| {
        failed(&|a| {
            a["picture"]["provenance"]["when"] = json!(when);
            a["skew_s"] = skew_s.clone();
        })
    };
    let nothing: Vec<usize> = Vec::new();
    assert_eq!(
        drawn_at("2025-10-02T12:00:00Z", Value::Null),
        nothing,
        "no cache keeps images of the future"
    );
    assert_eq!(
        drawn_at("2025-10-01T11:00:08Z", json!(-3600.0)),
        nothing,
        "the service's clock is an hour slow"
    );
    assert_eq!(drawn_at("2025-10-01T11:00:08Z", json!(0.0)), [7]);
    assert_eq!(drawn_at("2025-10-01T12:30:00Z", json!(3600.0)), [7]);
    assert!(
        failed(&|a| a["picture"]["provenance"] = Value::Null).is_empty(),
        "absence is no failure"
    );
    assert_eq!(failed(&|a| a["timings"]["total"] = json!(31_000.0)), [8]);
    assert_eq!(failed(&|a| a["family"]["price_usd"] = json!(0.06)), [9]);
}

#[test]
fn a_burst_is_throttled_only_where_the_wait_is_told() {
    let all = shipped();
    let burst = step(&all, "L", "burst");
    let answer = |status: u16, headers: Value| json!({"status": status, "headers": headers, "pictures": [], "body": "", "target": {"rpm": 6.0}});
    assert_eq!(
        judge(burst, &answer(429, json!({"retry-after": "16"}))),
        [true; 3]
    );
    assert_eq!(judge(burst, &answer(429, json!({}))), [true, false, true]);
    assert_eq!(
        judge(burst, &answer(429, json!({"retry-after": "0"}))),
        [true, false, true]
    );
    assert_eq!(judge(burst, &answer(400, json!({}))), [false, true, true]);
    let with = |status: u16, name: &str, value: Value| {
        let mut answer = answer(status, json!({}));
        answer[name] = value;
        judge(burst, &answer)
    };
    let told = "{\"message\": \"Rate limit is exceeded. Try again in 57 seconds.\"}";
    assert_eq!(with(429, "body", json!(told)), [true; 3]);
    assert_eq!(
        with(400, "target", json!({"rpm": null})),
        [true; 3],
        "where nobody states a limit none need be met"
    );
    let engine = Engine::strict();
    let times = |rpm: Value| {
        let context = Context::new(&json!({"target": {"rpm": rpm}}));
        engine.eval(&burst.repeat.times, &context).unwrap()
    };
    assert_eq!(times(json!(6.0)).as_f64(), Some(8.0));
    assert_eq!(times(json!(18.0)).as_f64(), Some(20.0));
    assert_eq!(times(Value::Null).as_f64(), Some(22.0));
}

#[test]
fn slow_calls_are_told_on_the_last_attempt() {
    let all = shipped();
    let paced = step(&all, "L", "paced pictures");
    let attempts = |last: f64| {
        json!([{"status": 429, "timings": {"total": 1.0}}, {"status": 200, "timings": {"total": 9000.0}},
            {"status": 200, "timings": {"total": last}}])
    };
    let answer = |is_last: bool, last: f64| {
        json!({"status": 200, "picture": {"decodes": true}, "pictures": [{}], "is_last": is_last,
            "family": {"latency_s": 30.0}, "attempts": attempts(last)})
    };
    assert_eq!(judge(paced, &answer(true, 11_000.0)), [true; 5]);
    assert_eq!(
        judge(paced, &answer(true, 35_000.0)),
        [true, true, true, true, false]
    );
    assert_eq!(
        judge(paced, &answer(true, 90_000.0)),
        [true, true, true, false, false]
    );
    assert_eq!(judge(paced, &answer(false, 90_000.0)), [true; 5]);
    let engine = Engine::strict();
    let print = |answer: Value| {
        engine
            .render(&paced.print[0], &Context::new(&answer))
            .unwrap()
    };
    assert_eq!(
        print(answer(true, 11_000.0)),
        "[limits] p50 10.0 s, p95 10.9 s"
    );
    assert_eq!(print(answer(false, 11_000.0)), "");
}

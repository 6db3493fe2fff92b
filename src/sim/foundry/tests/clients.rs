//! What SDKs of today ask for: streams, forms, tools, the Responses API, `/models`, keys as bearers.

use super::*;
use serde_json::json;

const V1_CHAT: &str = "https://a.services.ai.azure.com/openai/v1/chat/completions";
const RESPONSES: &str = "https://a.services.ai.azure.com/openai/v1/responses";
const MODELS: &str =
    "https://a.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview";

fn asked(extra: Value) -> String {
    let mut body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]});
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    body.to_string()
}

/// The data of each event of a stream.
fn events(response: &Response<Bytes>) -> Vec<String> {
    assert_eq!(
        header(response, "content-type"),
        Some("text/event-stream; charset=utf-8")
    );
    let text = text(response);
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.map(str::to_owned).collect()
}

fn parsed(event: &str) -> Value {
    serde_json::from_str(event).unwrap_or_else(|_| panic!("{event}"))
}

#[tokio::test]
async fn a_stream_gives_the_same_text_in_pieces_and_its_cost_where_asked() {
    let rig = Rig::new();
    let whole = json(&rig.post(V1_CHAT, asked(json!({}))).send().await);
    let options = json!({"stream": true, "stream_options": {"include_usage": true}});
    let events = events(&rig.post(V1_CHAT, asked(options)).send().await);
    assert_eq!(events.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> = events[..events.len() - 1]
        .iter()
        .map(|it| parsed(it))
        .collect();
    assert!(chunks[0]["prompt_filter_results"].is_array());
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(Value::from(text), whole["choices"][0]["message"]["content"]);
    let usage = &chunks.last().unwrap()["usage"];
    assert_eq!(*usage, whole["usage"]);
    assert_eq!(
        chunks[chunks.len() - 2]["choices"][0]["finish_reason"],
        "stop"
    );
}

#[tokio::test]
async fn an_answer_has_the_form_that_is_asked_for() {
    let rig = Rig::new();
    let schema = json!({"type": "object", "properties": {"is": {"type": "boolean"}, "says": {"type": "string"}}});
    let format = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}});
    let answer = json(&rig.post(V1_CHAT, asked(format)).send().await);
    let content = parsed(answer["choices"][0]["message"]["content"].as_str().unwrap());
    assert_eq!(content["is"], true);
    assert!(content["says"].as_str().unwrap().contains("hello"));
    let without = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n"}}});
    let refused = rig.post(V1_CHAT, asked(without)).send().await;
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn a_forced_tool_is_called_and_a_free_one_is_not() {
    let rig = Rig::new();
    let tools = json!([{"type": "function", "function": {"name": "look", "parameters":
        {"type": "object", "properties": {"n": {"type": "integer"}}}}}]);
    let ask = |choice: Value| asked(json!({"tools": tools, "tool_choice": choice}));
    let named = json!({"type": "function", "function": {"name": "look"}});
    let answer = json(&rig.post(V1_CHAT, ask(named)).send().await);
    let call = &answer["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"]["name"], "look");
    assert_eq!(call["function"]["arguments"], r#"{"n":1}"#);
    let answer = json(&rig.post(V1_CHAT, ask(json!("required"))).send().await);
    assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");
    let answer = json(&rig.post(V1_CHAT, ask(json!("auto"))).send().await);
    assert!(answer["choices"][0]["message"]["content"].is_string());
    let unknown = json!({"type": "function", "function": {"name": "fly"}});
    assert_eq!(rig.post(V1_CHAT, ask(unknown)).send().await.status(), 400);
}

#[tokio::test]
async fn the_responses_api_answers_keeps_and_forgets() {
    let rig = Rig::new();
    let body = r#"{"model":"gpt-4o","input":[{"role":"user","content":[{"type":"input_text","text":"hello"}]}]}"#;
    let answer = json(&rig.post(RESPONSES, body).send().await);
    assert_eq!(answer["status"], "completed", "{answer}");
    assert!(
        answer["output"][0]["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("hello")
    );
    let place = format!("{RESPONSES}/{}", answer["id"].as_str().unwrap());
    assert_eq!(json(&rig.get(&place).send().await), answer);
    let gone = rig
        .bare(Method::DELETE, &place, "")
        .with("api-key", "key-one");
    assert_eq!(json(&gone.send().await)["deleted"], true);
    assert_eq!(rig.get(&place).send().await.status(), 404);
    let old = "https://a.openai.azure.com/openai/responses?api-version=";
    let versioned = |version: &str| rig.post(&format!("{old}{version}"), body);
    assert_eq!(versioned("2025-04-01-preview").send().await.status(), 200);
    assert_eq!(versioned("2024-02-01").send().await.status(), 400);
}

#[tokio::test]
async fn a_streamed_response_ends_with_the_whole() {
    let rig = Rig::new();
    let body = r#"{"model":"gpt-4o","input":"hello","stream":true}"#;
    let events: Vec<Value> = events(&rig.post(RESPONSES, body).send().await)
        .iter()
        .map(|event| parsed(event))
        .collect();
    assert_eq!(events[0]["type"], "response.created");
    let text: String = events
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta")
        .filter_map(|event| event["delta"].as_str())
        .collect();
    let last = events.last().unwrap();
    assert_eq!(last["type"], "response.completed");
    assert_eq!(
        last["response"]["output"][0]["content"][0]["text"],
        text.as_str()
    );
    let numbers: Vec<u64> = events
        .iter()
        .filter_map(|it| it["sequence_number"].as_u64())
        .collect();
    assert_eq!(numbers, (0..events.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_new_surfaces_take_a_key_as_bearer_and_the_old_one_does_not() {
    let rig = Rig::new();
    let old = at("gpt-4o").replace("images/generations", "chat/completions");
    for (url, status) in [(V1_CHAT, 200), (MODELS, 200), (old.as_str(), 401)] {
        let ask = rig.bare(Method::POST, url, asked(json!({})));
        let answer = ask.with("authorization", "Bearer key-one").send().await;
        assert_eq!(answer.status(), status, "{url}");
        let ask = rig.bare(Method::POST, url, asked(json!({})));
        let answer = ask.with("authorization", "Bearer wrong").send().await;
        assert_eq!(answer.status(), 401, "{url}");
    }
}

#[tokio::test]
async fn the_new_surfaces_take_the_audience_of_foundry() {
    let rig = Rig::new();
    let old = at("gpt-4o").replace("images/generations", "chat/completions");
    for (url, status) in [(V1_CHAT, 200), (MODELS, 200), (old.as_str(), 401)] {
        let bearer = format!("Bearer {}", rig.token("user", "https://ai.azure.com"));
        let ask = rig.bare(Method::POST, url, asked(json!({})));
        assert_eq!(
            ask.with("authorization", &bearer).send().await.status(),
            status,
            "{url}"
        );
    }
}

#[tokio::test]
async fn the_model_inference_api_answers_on_its_hosts_and_versions() {
    let rig = Rig::new();
    assert_eq!(
        rig.post(MODELS, asked(json!({}))).send().await.status(),
        200
    );
    let elsewhere = MODELS.replace("services.ai.azure.com", "openai.azure.com");
    assert_eq!(
        rig.post(&elsewhere, asked(json!({}))).send().await.status(),
        404
    );
    let unversioned = MODELS.split('?').next().unwrap();
    assert_eq!(
        rig.post(unversioned, asked(json!({})))
            .send()
            .await
            .status(),
        400
    );
    let info = MODELS.replace("chat/completions", "info");
    assert_eq!(
        json(&rig.get(&info).send().await)["model_type"],
        "chat-completion"
    );
}

#[tokio::test]
async fn some_calls_meet_a_fault_and_the_others_do_not() {
    let faults = "[{ only: { every: 3 }, answer: { status: 503, body: busy, headers: [[retry-after, '7']] } },
        { only: { prompt_contains: [owl] }, picture: black }]";
    let world = WORLD.replace("kontext: {", &format!("kontext: {{ faults: {faults},"));
    let world = Arc::new(World::parse(&world).unwrap());
    let clock = SimClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_790_000_000));
    let foundry = Foundry::new(world.clone());
    let rig = Rig {
        internet: Internet::new(world, clock, vec![Box::new(foundry)]),
    };
    let mut statuses = Vec::new();
    for number in 0..6 {
        let prompt = if number == 1 { "an owl" } else { "a fox" };
        let body = format!(r#"{{"prompt":"{prompt}","size":"1024x1024"}}"#);
        let answer = rig.post(&at("kontext"), body).send().await;
        statuses.push(answer.status().as_u16());
        match number {
            2 => assert_eq!(header(&answer, "retry-after"), Some("7")),
            0 | 1 => {
                let file = picture(&answer);
                let seen = crate::sim::paint::look(&file).unwrap();
                assert_eq!(seen.is_black, number == 1);
            }
            _ => {}
        }
        rig.internet.clock().advance(Duration::from_secs(60));
    }
    assert_eq!(statuses, [200, 200, 503, 200, 200, 503]);
}

//! The Responses API: what is asked is a conversation in other words, and the answer can be asked for again by its id.

use super::answer::Answer;
use super::arguments::Arguments;
use super::chat_answer::{Head, pieces};
use super::refusals;
use super::said::Said;
use crate::sim::draw;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Parameters that are taken.
const PARAMETERS: &[&str] = &[
    "model",
    "input",
    "instructions",
    "max_output_tokens",
    "temperature",
    "top_p",
    "stream",
    "store",
    "metadata",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "text",
    "reasoning",
    "truncation",
    "include",
    "user",
    "previous_response_id",
    "background",
    "service_tier",
    "max_tool_calls",
    "prompt",
    "prompt_cache_key",
    "safety_identifier",
    "stream_options",
    "top_logprobs",
    "conversation",
];

/// Answers by account and id, for as long as the world is served.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<String, Bytes>>>);

impl Kept {
    /// Keeps an answer.
    pub(super) fn put(&self, account: &str, answer: &Value) {
        if let Some(id) = answer["id"].as_str() {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(format!("{account}/{id}"), answer.to_string().into());
        }
    }

    /// The answer of that id; forgotten with it where it `is_last`.
    pub(super) fn find(&self, account: &str, id: &str, is_last: bool) -> Result<Answer, Answer> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{account}/{id}");
        let found = if is_last {
            kept.remove(&key).map(|_| {
                Bytes::from(json!({"id": id, "object": "response", "deleted": true}).to_string())
            })
        } else {
            kept.get(&key).cloned()
        };
        found.map(|body| Answer::new(200, body)).ok_or_else(|| {
            let message = format!("Response with id '{id}' not found.");
            let mut answer = refusals::invalid("", &message, "response_id");
            answer.status = 404;
            answer
        })
    }
}

/// The same request in the words of `chat/completions`.
pub(super) fn as_chat(arguments: &Arguments) -> Result<Arguments, Answer> {
    arguments.refuse_unknown(&[PARAMETERS])?;
    let mut messages = Vec::new();
    if let Some(instructions) = arguments.text("instructions")? {
        messages.push(json!({"role": "system", "content": instructions}));
    }
    match arguments.get("input") {
        Some(Value::String(text)) => messages.push(json!({"role": "user", "content": text})),
        Some(Value::Array(items)) => messages.extend(items.iter().filter_map(message)),
        _ => {
            let text = "Missing required parameter: 'input'.";
            return Err(refusals::invalid(
                "missing_required_parameter",
                text,
                "input",
            ));
        }
    }
    let mut chat = Map::new();
    chat.insert("messages".into(), Value::Array(messages));
    if let Some(most) = arguments.get("max_output_tokens") {
        chat.insert("max_completion_tokens".into(), most.clone());
    }
    Ok(Arguments::of(chat))
}

/// An item of `input` as a message; what is no message says nothing.
fn message(item: &Value) -> Option<Value> {
    if item.get("content").is_none() {
        let output = item["output"].as_str()?;
        return Some(json!({"role": "tool", "content": output}));
    }
    let content = match &item["content"] {
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| match part["type"].as_str()? {
                "input_text" | "output_text" => Some(json!({"type": "text", "text": part["text"]})),
                "input_image" => {
                    Some(json!({"type": "image_url", "image_url": {"url": part["image_url"]}}))
                }
                _ => None,
            })
            .collect(),
        other => other.clone(),
    };
    Some(json!({"role": item["role"], "content": content}))
}

/// The answer as an object.
pub(super) fn answer(said: &Said, arguments: &Arguments, head: &Head<'_>) -> Value {
    let told = |name: &str, default: Value| arguments.get(name).cloned().unwrap_or(default);
    let seen = said
        .call
        .as_ref()
        .map_or(said.content.as_str(), |(_, it)| it);
    let drawn = |label: &str| draw::hex(head.created, &format!("{label} {seen}"), 48);
    let output = match &said.call {
        Some((name, call)) => json!({
            "id": format!("fc_{}", drawn("call")), "type": "function_call", "status": "completed",
            "arguments": call, "call_id": format!("call_{}", draw::alphanumeric(head.created, seen, 24)), "name": name,
        }),
        None => json!({
            "id": format!("msg_{}", drawn("message")), "type": "message", "status": "completed",
            "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": said.content}],
            "role": "assistant",
        }),
    };
    let mut answer = json!({
        "id": format!("resp_{}", drawn("response")),
        "object": "response",
        "created_at": head.created,
        "status": if said.is_cut { "incomplete" } else { "completed" },
        "background": false,
        "content_filters": [],
        "error": null,
        "incomplete_details": if said.is_cut { json!({"reason": "max_output_tokens"}) } else { Value::Null },
        "instructions": told("instructions", Value::Null),
        "max_output_tokens": told("max_output_tokens", Value::Null),
        "metadata": told("metadata", json!({})),
        "model": head.model,
        "output": [output],
    });
    let told = json!({
        "parallel_tool_calls": told("parallel_tool_calls", Value::Bool(true)),
        "previous_response_id": told("previous_response_id", Value::Null),
        "reasoning": told("reasoning", json!({"effort": null, "summary": null})),
        "service_tier": "default",
        "store": told("store", Value::Bool(true)),
        "temperature": told("temperature", json!(1.0)),
        "text": told("text", json!({"format": {"type": "text"}})),
        "tool_choice": told("tool_choice", json!("auto")),
        "tools": told("tools", json!([])),
        "top_p": told("top_p", json!(1.0)),
        "truncation": told("truncation", json!("disabled")),
        "usage": {
            "input_tokens": said.asked_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": said.said_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": said.asked_tokens + said.said_tokens,
        },
        "user": told("user", Value::Null),
    });
    if let (Value::Object(answer), Value::Object(told)) = (&mut answer, told) {
        answer.extend(told);
    }
    answer
}

/// The answer as the events of a stream, in their order.
pub(super) fn stream(answer: &Value) -> Vec<u8> {
    let mut events = Events::default();
    let mut begun = answer.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    events.send("response.created", json!({"response": begun}));
    events.send("response.in_progress", json!({"response": begun}));
    let item = &answer["output"][0];
    let id = &item["id"];
    let place = |extra: Value| {
        let mut data = json!({"output_index": 0, "item_id": id});
        if let (Value::Object(data), Value::Object(extra)) = (&mut data, extra) {
            data.extend(extra);
        }
        data
    };
    let mut begun = item.clone();
    begun["status"] = json!("in_progress");
    if item["type"] == "function_call" {
        begun["arguments"] = json!("");
        events.send(
            "response.output_item.added",
            json!({"output_index": 0, "item": begun}),
        );
        let arguments = item["arguments"].as_str().unwrap_or_default();
        for piece in pieces(arguments) {
            events.send(
                "response.function_call_arguments.delta",
                place(json!({"delta": piece})),
            );
        }
        events.send(
            "response.function_call_arguments.done",
            place(json!({"arguments": arguments})),
        );
    } else {
        begun["content"] = json!([]);
        events.send(
            "response.output_item.added",
            json!({"output_index": 0, "item": begun}),
        );
        let part = &item["content"][0];
        let mut empty = part.clone();
        empty["text"] = json!("");
        events.send(
            "response.content_part.added",
            place(json!({"content_index": 0, "part": empty})),
        );
        let text = part["text"].as_str().unwrap_or_default();
        for piece in pieces(text) {
            let delta = json!({"content_index": 0, "delta": piece, "logprobs": []});
            events.send("response.output_text.delta", place(delta));
        }
        let done = json!({"content_index": 0, "text": text, "logprobs": []});
        events.send("response.output_text.done", place(done));
        events.send(
            "response.content_part.done",
            place(json!({"content_index": 0, "part": part})),
        );
    }
    events.send(
        "response.output_item.done",
        json!({"output_index": 0, "item": item}),
    );
    let last = format!(
        "response.{}",
        answer["status"].as_str().unwrap_or("completed")
    );
    events.send(&last, json!({"response": answer}));
    events.out.into_bytes()
}

/// Whether the request wants the answer kept.
pub(super) fn is_kept(arguments: &Arguments) -> bool {
    arguments.get("store") != Some(&Value::Bool(false))
}

#[derive(Default)]
struct Events {
    out: String,
    sent: u64,
}

impl Events {
    fn send(&mut self, name: &str, data: Value) {
        let mut event = json!({"type": name, "sequence_number": self.sent});
        if let (Value::Object(event), Value::Object(data)) = (&mut event, data) {
            event.extend(data);
        }
        self.sent += 1;
        self.out
            .push_str(&format!("event: {name}\ndata: {event}\n\n"));
    }
}

//! Answers of `chat/completions`, whole or piece by piece.

use super::filter;
use super::said::{Said, Wanted};
use crate::sim::draw;
use serde_json::{Value, json};

/// Characters of one piece of a stream.
const PIECE: usize = 16;

/// Who answers, and when.
pub(super) struct Head<'a> {
    pub(super) model: &'a str,
    /// Unix seconds.
    pub(super) created: u64,
}

/// The body of the answer: JSON, or server-sent events where a stream was wanted.
pub(super) fn body(said: &Said, wanted: &Wanted, head: &Head<'_>) -> Vec<u8> {
    if wanted.streams {
        return stream(said, wanted, head).into_bytes();
    }
    let mut message =
        json!({"annotations": [], "content": said.content, "refusal": null, "role": "assistant"});
    if let Some(calls) = calls(said, head) {
        message["content"] = Value::Null;
        message["tool_calls"] = json!([calls]);
    }
    let mut answer = common(head, said, "chat.completion");
    answer["choices"] = json!([{
        "content_filter_results": safe(),
        "finish_reason": reason(said, wanted),
        "index": 0,
        "logprobs": null,
        "message": message,
    }]);
    answer["prompt_filter_results"] =
        json!([{"prompt_index": 0, "content_filter_results": safe()}]);
    answer["usage"] = usage(said);
    answer.to_string().into_bytes()
}

fn stream(said: &Said, wanted: &Wanted, head: &Head<'_>) -> String {
    let mut out = String::new();
    let mut send = |chunk: &Value| out.push_str(&format!("data: {chunk}\n\n"));
    // The service tells first what its filter makes of the prompt, in a chunk without a choice.
    send(&json!({
        "choices": [], "created": 0, "id": "", "model": "", "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": safe()}],
    }));
    let chunk = |delta: Value, reason: Value| {
        let mut chunk = common(head, said, "chat.completion.chunk");
        chunk["choices"] = json!([{
            "content_filter_results": if delta["content"].is_string() { safe() } else { json!({}) },
            "delta": delta, "finish_reason": reason, "index": 0, "logprobs": null,
        }]);
        if wanted.tells_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    };
    match calls(said, head) {
        Some(mut call) => {
            call["index"] = json!(0);
            let arguments = call["function"]["arguments"].take();
            call["function"]["arguments"] = json!("");
            let start = json!({"role": "assistant", "content": null, "tool_calls": [call]});
            send(&chunk(start, Value::Null));
            for piece in pieces(arguments.as_str().unwrap_or_default()) {
                let delta = json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]});
                send(&chunk(delta, Value::Null));
            }
        }
        None => {
            send(&chunk(
                json!({"role": "assistant", "content": "", "refusal": null}),
                Value::Null,
            ));
            for piece in pieces(&said.content) {
                send(&chunk(json!({"content": piece}), Value::Null));
            }
        }
    }
    send(&chunk(json!({}), json!(reason(said, wanted))));
    if wanted.tells_usage {
        let mut last = common(head, said, "chat.completion.chunk");
        last["choices"] = json!([]);
        last["usage"] = usage(said);
        send(&last);
    }
    out.push_str("data: [DONE]\n\n");
    out
}

/// `text` in the pieces that a stream sends.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(PIECE)
        .map(|piece| piece.iter().collect())
        .collect()
}

fn common(head: &Head<'_>, said: &Said, object: &str) -> Value {
    let seen = said
        .call
        .as_ref()
        .map_or(said.content.as_str(), |(_, arguments)| arguments);
    json!({
        "created": head.created,
        "id": format!("chatcmpl-{}", draw::alphanumeric(head.created, seen, 29)),
        "model": head.model,
        "object": object,
        "system_fingerprint": format!("fp_{}", draw::hex(0, head.model, 10)),
    })
}

fn calls(said: &Said, head: &Head<'_>) -> Option<Value> {
    let (name, arguments) = said.call.as_ref()?;
    Some(json!({
        "id": format!("call_{}", draw::alphanumeric(head.created, arguments, 24)),
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }))
}

/// A function that was named ends with `stop`, one that was only required with `tool_calls`.
fn reason(said: &Said, wanted: &Wanted) -> &'static str {
    match (&said.call, said.is_cut) {
        (Some(_), _) if wanted.is_named => "stop",
        (Some(_), _) => "tool_calls",
        (None, true) => "length",
        (None, false) => "stop",
    }
}

fn usage(said: &Said) -> Value {
    json!({
        "completion_tokens": said.said_tokens,
        "prompt_tokens": said.asked_tokens,
        "total_tokens": said.asked_tokens + said.said_tokens,
    })
}

fn safe() -> Value {
    serde_json::from_str(&filter::chat_results(None)).unwrap_or_default()
}

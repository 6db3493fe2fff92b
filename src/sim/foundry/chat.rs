//! `chat/completions`: answers to text, and to pictures by looking at them.

use super::answer::Answer;
use super::arguments::Arguments;
use super::filter;
use super::models::ChatModel;
use super::refusals;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const PARAMETERS: &[&str] = &[
    "messages",
    "model",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "n",
    "stop",
    "stream",
    "stream_options",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "web_search_options",
    "audio",
    "seed",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "metadata",
    "store",
    "data_sources",
    "modalities",
    "prediction",
    "service_tier",
    "functions",
    "function_call",
    "verbosity",
];
/// Characters that make a token, about.
const TOKEN: usize = 4;
/// Tokens that a picture costs, about.
const PICTURE_TOKENS: usize = 765;

/// A conversation that the model takes.
#[derive(Debug, Clone)]
pub(super) struct Conversation {
    /// What the user said last.
    pub(super) last: String,
    pub(super) pictures: Vec<Vec<u8>>,
    pub(super) prompt_tokens: usize,
    pub(super) most_tokens: Option<usize>,
}

/// What a request costs in tokens at the most, before it is read in earnest.
pub(super) fn estimate(body: &[u8]) -> u64 {
    let Ok(arguments) = Arguments::parse(body) else {
        return 0;
    };
    let asked = limit(&arguments).ok().flatten().unwrap_or(16);
    let texts: usize = parts(&arguments).map(|part| part.tokens()).sum();
    (asked + texts) as u64
}

/// Reads a request for `model`.
pub(super) fn conversation(
    model: ChatModel,
    arguments: &Arguments,
) -> Result<Conversation, Answer> {
    let unknown = arguments.names().find(|name| !PARAMETERS.contains(name));
    if let Some(name) = unknown {
        return Err(refusals::unrecognised_argument(name));
    }
    let has_messages =
        matches!(arguments.get("messages"), Some(Value::Array(list)) if !list.is_empty());
    if !has_messages {
        let message = "Missing required parameter: 'messages'.";
        return Err(refusals::invalid(
            "missing_required_parameter",
            message,
            "messages",
        ));
    }
    if model.reasons && arguments.get("max_tokens").is_some() {
        return Err(refusals::invalid(
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
        ));
    }
    let mut found = Conversation {
        last: String::new(),
        pictures: Vec::new(),
        prompt_tokens: 0,
        most_tokens: limit(arguments)?,
    };
    for part in parts(arguments) {
        found.prompt_tokens += part.tokens();
        match part {
            Part::Text { text, from_user } => {
                if let Some(category) = filter::judge(text) {
                    let results = filter::chat_results(Some(category));
                    return Err(refusals::chat_filtered(&results));
                }
                if from_user {
                    text.clone_into(&mut found.last);
                }
            }
            Part::Picture(_) if !model.sees => {
                return Err(refusals::invalid(
                    "invalid_value",
                    "Invalid content type. image_url is only supported by certain models.",
                    "messages",
                ));
            }
            Part::Picture(url) => found.pictures.push(file(url)?),
        }
    }
    Ok(found)
}

enum Part<'a> {
    Text { text: &'a str, from_user: bool },
    Picture(&'a str),
}

impl Part<'_> {
    fn tokens(&self) -> usize {
        match self {
            Part::Text { text, .. } => text.chars().count().div_ceil(TOKEN),
            Part::Picture(_) => PICTURE_TOKENS,
        }
    }
}

/// All parts of all messages, in order; a plain text content is one part.
fn parts(arguments: &Arguments) -> impl Iterator<Item = Part<'_>> {
    let messages = arguments.get("messages").and_then(Value::as_array);
    messages.into_iter().flatten().flat_map(|message| {
        let from_user = message["role"] == "user";
        let plain = message["content"].as_str();
        let plain = plain.map(|text| Part::Text { text, from_user });
        let listed = message["content"].as_array().into_iter().flatten();
        let listed = listed.filter_map(move |part| match part["type"].as_str()? {
            "text" => Some(Part::Text {
                text: part["text"].as_str()?,
                from_user,
            }),
            "image_url" => Some(Part::Picture(part["image_url"]["url"].as_str()?)),
            _ => None,
        });
        plain.into_iter().chain(listed)
    })
}

fn limit(arguments: &Arguments) -> Result<Option<usize>, Answer> {
    for name in ["max_completion_tokens", "max_tokens"] {
        if let Some(most) = arguments.integer(name, 1..=1_000_000)? {
            return Ok(Some(most as usize));
        }
    }
    Ok(None)
}

/// The file in a data URI; its media type is not compared with the bytes, as the real models do not mind either.
fn file(url: &str) -> Result<Vec<u8>, Answer> {
    let text = url
        .strip_prefix("data:image/")
        .and_then(|rest| rest.split_once(";base64,"))
        .map(|(_, text)| text);
    text.and_then(|text| STANDARD.decode(text).ok())
        .ok_or_else(refusals::invalid_image_data)
}

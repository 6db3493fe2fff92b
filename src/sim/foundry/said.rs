//! What a chat model says: a text, a text of a form that was asked for, or a call of a tool.

use super::answer::Answer;
use super::arguments::Arguments;
use super::chat::Conversation;
use super::refusals;
use super::shape;
use crate::sim::paint::{Sight, look};
use serde_json::{Value, json};

/// Characters that make a token, about.
const TOKEN: usize = 4;

/// What the answer must be.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The function that must be called: its name and the schema of its parameters.
    pub(super) tool: Option<(String, Value)>,
    /// Whether it was named; otherwise any function would do.
    pub(super) is_named: bool,
    /// The schema that the text must fit.
    pub(super) schema: Option<Value>,
    /// Whether the answer comes piece by piece.
    pub(super) streams: bool,
    /// Whether a stream ends with what it cost.
    pub(super) tells_usage: bool,
}

/// What was said.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) content: String,
    /// The function that is called, and its arguments as JSON text.
    pub(super) call: Option<(String, String)>,
    pub(super) is_cut: bool,
    pub(super) asked_tokens: usize,
    pub(super) said_tokens: usize,
}

impl Wanted {
    /// Reads it from a chat request: `tools`, `tool_choice`, `response_format`, `stream`.
    pub(super) fn of_chat(arguments: &Arguments) -> Result<Self, Answer> {
        let format = arguments.get("response_format").unwrap_or(&Value::Null);
        let schema = match format["type"].as_str() {
            Some("json_schema") => Some(required(
                &format["json_schema"],
                "schema",
                "response_format.json_schema",
            )?),
            Some("json_object") => Some(json!({"properties": {"answer": {}}})),
            _ => None,
        };
        let tools = listed(arguments, |tool| &tool["function"]);
        let choice = arguments.get("tool_choice").unwrap_or(&Value::Null);
        Ok(Wanted {
            tool: forced(&tools, choice, choice["function"]["name"].as_str())?,
            is_named: choice["function"]["name"].is_string(),
            schema,
            streams: arguments.get("stream") == Some(&Value::Bool(true)),
            tells_usage: arguments
                .get("stream_options")
                .is_some_and(|options| options["include_usage"] == true),
        })
    }

    /// Reads it from a request of the Responses API: tools are flat, and the form stands under `text.format`.
    pub(super) fn of_response(arguments: &Arguments) -> Result<Self, Answer> {
        let format = arguments
            .get("text")
            .map_or(&Value::Null, |text| &text["format"]);
        let schema = match format["type"].as_str() {
            Some("json_schema") => Some(required(format, "schema", "text.format")?),
            Some("json_object") => Some(json!({"properties": {"answer": {}}})),
            _ => None,
        };
        let tools = listed(arguments, |tool| tool);
        let choice = arguments.get("tool_choice").unwrap_or(&Value::Null);
        Ok(Wanted {
            tool: forced(&tools, choice, choice["name"].as_str())?,
            is_named: choice["name"].is_string(),
            schema,
            streams: arguments.get("stream") == Some(&Value::Bool(true)),
            tells_usage: true,
        })
    }
}

/// The functions among the tools, by `function_of`.
fn listed(arguments: &Arguments, function_of: impl Fn(&Value) -> &Value) -> Vec<(String, Value)> {
    let tools = arguments.get("tools").and_then(Value::as_array);
    tools
        .into_iter()
        .flatten()
        .filter(|tool| tool["type"] == "function")
        .filter_map(|tool| {
            let function = function_of(tool);
            Some((
                function["name"].as_str()?.to_owned(),
                function["parameters"].clone(),
            ))
        })
        .collect()
}

/// The function that must be called: the named one, or the first where any will do.
fn forced(
    tools: &[(String, Value)],
    choice: &Value,
    named: Option<&str>,
) -> Result<Option<(String, Value)>, Answer> {
    if let Some(named) = named {
        return match tools.iter().find(|(name, _)| name == named) {
            Some(found) => Ok(Some(found.clone())),
            None => Err(refusals::invalid(
                "invalid_value",
                &format!(
                    "Invalid value for 'tool_choice': no function named '{named}' was specified in the 'tools' parameter."
                ),
                "tool_choice",
            )),
        };
    }
    Ok(tools.first().filter(|_| choice == "required").cloned())
}

fn required(holder: &Value, name: &str, place: &str) -> Result<Value, Answer> {
    match holder.get(name).filter(|value| value.is_object()) {
        Some(found) => Ok(found.clone()),
        None => Err(refusals::invalid(
            "missing_required_parameter",
            &format!("Missing required parameter: '{place}.{name}'."),
            &format!("{place}.{name}"),
        )),
    }
}

/// Looks at every picture and answers. Decodes: not for an async task.
pub(super) fn say(
    conversation: &Conversation,
    wanted: &Wanted,
    model: &str,
) -> Result<Said, Answer> {
    let mut seen = Vec::new();
    for file in &conversation.pictures {
        let sight = look(file).map_err(|_| refusals::invalid_image_data())?;
        seen.push(describe(&sight));
    }
    let mut content = if seen.is_empty() {
        format!(
            "This is the simulated model {model}. You wrote: {}",
            conversation.last
        )
    } else {
        seen.join(" ")
    };
    let mut call = None;
    if let Some((name, schema)) = &wanted.tool {
        call = Some((name.clone(), shape::fill(schema, &content).to_string()));
        content.clear();
    } else if let Some(schema) = &wanted.schema {
        content = shape::fill(schema, &content).to_string();
    }
    let most = conversation.most_tokens.unwrap_or(usize::MAX);
    let is_cut = content.chars().count().div_ceil(TOKEN) > most;
    if is_cut {
        content = content.chars().take(most * TOKEN).collect();
    }
    let written =
        content.chars().count() + call.as_ref().map_or(0, |(_, arguments)| arguments.len());
    Ok(Said {
        content,
        call,
        is_cut,
        asked_tokens: conversation.prompt_tokens,
        said_tokens: written.div_ceil(TOKEN),
    })
}

fn describe(sight: &Sight) -> String {
    if sight.is_black {
        return "This is an all-black image: nothing else can be seen in it.".to_owned();
    }
    let colours = sight.colours.join(", ");
    let Sight { width, height, .. } = sight;
    match &sight.subject {
        Some(subject) => format!(
            "The image shows {subject}. It is {width} by {height} pixels, and its main colours are {colours}."
        ),
        None => format!(
            "The image is {width} by {height} pixels, and its main colours are {colours}. I cannot make out a subject."
        ),
    }
}

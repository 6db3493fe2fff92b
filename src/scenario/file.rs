//! The form of a scenario file: what may be written, and the JSON Schema of it. `read` turns it into the tree.

use super::at::{At, Item, Many, Table, Written};
use crate::model::{CredentialUse, Leg, RouteStyle};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// A scenario: what to call, how, and what to expect.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Scenario")]
pub(super) struct FileScenario {
    /// A letter of the A–L protocol, or a name of your own (two or more of a-z, 0-9, - and _).
    pub(super) id: At<String>,
    /// A few words: `built route`.
    pub(super) name: String,
    /// What it proves, in one sentence.
    pub(super) title: String,
    /// Tags to select it by.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// It applies only where all of these hold.
    #[serde(default)]
    pub(super) when: Many<At<FileCondition>>,
    /// Variables, visible by their names in everything below. Strings are templates; each sees those before it.
    #[serde(default)]
    pub(super) vars: Table<Value>,
    /// Steps in order.
    pub(super) steps: At<Vec<At<FileStep>>>,
}

/// A shared fragment: steps that scenarios include.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Fragment")]
pub(super) struct FileFragment {
    /// What it is for, in one sentence.
    pub(super) title: String,
    /// Its variables with their defaults; `null` means that `with` must give a value.
    #[serde(default)]
    pub(super) vars: Table<Value>,
    /// Steps in order.
    pub(super) steps: At<Vec<At<FileStep>>>,
}

/// One step: exactly one of generate, edit, describe, http, probe and include.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Step", extend("oneOf" = ACTIONS.map(required_with)))]
pub(super) struct FileStep {
    /// Its name (template); the word of its action where it is left out.
    pub(super) name: Option<At<String>>,
    /// Asks for a picture.
    pub(super) generate: Option<At<FileGenerate>>,
    /// Asks for a change of a picture.
    pub(super) edit: Option<At<FileEdit>>,
    /// Asks a chat model what a picture shows.
    pub(super) describe: Option<At<FileDescribe>>,
    /// Sends any request.
    pub(super) http: Option<At<FileHttp>>,
    /// Sends the request of a generation with a body that cannot be served, so that nothing is bought.
    pub(super) probe: Option<At<FileProbe>>,
    /// Puts the steps of a shared fragment here; a path relative to this file.
    pub(super) include: Option<At<String>>,
    /// Values for the variables of the included fragment. Strings are templates.
    pub(super) with: Option<At<Table<Value>>>,
    /// How the call is made.
    pub(super) how: Option<At<FileHow>>,
    /// The step runs only where all of these hold; otherwise it is skipped with the reason.
    pub(super) when: Many<At<FileCondition>>,
    /// What must be true of the answer; at least one check.
    pub(super) expect: Option<Many<At<FileCondition>>>,
    /// Values to keep: name to expression. Later steps see them under `captures.NAME`.
    pub(super) capture: Option<At<Table<String>>>,
    /// How often, and how many at once.
    pub(super) repeat: Option<At<FileRepeat>>,
    /// Variables to vary: the step runs once for each combination, with `matrix.NAME` set.
    pub(super) matrix: Option<At<Table<Vec<Value>>>>,
    /// Time to wait before the first attempt, e.g. `2s`.
    pub(super) wait: Option<At<Written>>,
    /// Send it again until something holds; only for reads.
    pub(super) poll: Option<At<FilePoll>>,
    /// Longest time for one attempt; 3m where it is left out.
    pub(super) timeout: Option<At<Written>>,
    /// The step is expected to buy nothing although it generates or edits.
    pub(super) free: Option<bool>,
    /// Whether the deployment's rate limit is respected; true where it is left out.
    pub(super) paced: Option<bool>,
    /// Whether a 429 is waited out and the attempt made again, a few times at most. Where it is left out it is, unless a
    /// check or `until` names 429 and holds on the answer.
    pub(super) honours_retry_after: Option<bool>,
    /// Templates: lines to print once the checks have been made; an empty one is not printed.
    pub(super) print: Option<Many<At<String>>>,
}

/// The keys of a step of which there must be exactly one.
pub(super) const ACTIONS: [&str; 6] = ["generate", "edit", "describe", "http", "probe", "include"];

/// What JSON Schema asks of a step with this action: a call needs a check, an include has its own.
fn required_with(action: &str) -> Value {
    match action {
        "include" => serde_json::json!({ "required": [action] }),
        _ => serde_json::json!({ "required": [action, "expect"] }),
    }
}

/// Parameters of a generation; those left out are not sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Generate")]
pub(super) struct FileGenerate {
    /// What to draw (template).
    pub(super) prompt: At<String>,
    /// `WIDTHxHEIGHT` (template).
    pub(super) size: Option<At<String>>,
    /// How many pictures; 1 where it is left out.
    pub(super) n: Option<At<u32>>,
    /// `hd` and the like (template); left out, the family's own rule decides.
    pub(super) quality: Option<At<String>>,
    /// `png` or `jpeg` (template).
    pub(super) output_format: Option<At<String>>,
    /// Random seed; only the publisher's own route takes one.
    pub(super) seed: Option<i64>,
}

/// Parameters of an edit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Edit")]
pub(super) struct FileEdit {
    /// What to change (template).
    pub(super) prompt: At<String>,
    /// Expression that gives a captured picture, e.g. `captures.drawing`.
    pub(super) image: At<String>,
    /// `WIDTHxHEIGHT` (template).
    pub(super) size: Option<At<String>>,
    /// How many pictures; 1 where it is left out.
    pub(super) n: Option<At<u32>>,
}

/// Parameters of a description.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Describe")]
pub(super) struct FileDescribe {
    /// What to ask (template).
    pub(super) prompt: At<String>,
    /// Expression that gives a captured picture, e.g. `captures.drawing`.
    pub(super) image: At<String>,
    /// Longest answer in tokens; 200 where it is left out.
    pub(super) max_tokens: Option<At<u32>>,
}

/// Any request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Http")]
pub(super) struct FileHttp {
    /// HTTP method; GET where it is left out.
    pub(super) method: Option<At<String>>,
    /// Whole URL, or a path below the leg's base URL where it begins with `/` (template).
    pub(super) url: At<String>,
    /// JSON body; strings in it are templates.
    pub(super) json: Option<At<Value>>,
    /// Text body (template).
    pub(super) text: Option<At<String>>,
}

/// A free question to the real route.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Probe")]
pub(super) struct FileProbe {
    /// JSON body to send; `{}` where it is left out.
    pub(super) json: Option<At<Value>>,
    /// Text to send instead of JSON (template).
    pub(super) text: Option<At<String>>,
    /// Probe the edit route instead of the generation route.
    #[serde(default)]
    pub(super) edit: bool,
}

/// How a call is made; what is left out is the target's own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "How")]
pub(super) struct FileHow {
    /// Style of the URL.
    pub(super) route: Option<RouteStyle>,
    /// Which way.
    pub(super) via: Option<Leg>,
    /// Which credential.
    pub(super) credential: CredentialUse,
    /// api-version (template); `null` leaves it out of the URL.
    #[serde(deserialize_with = "present")]
    pub(super) api_version: Option<Option<At<String>>>,
    /// Deployment to call instead of the target's (template).
    pub(super) deployment: Option<At<String>>,
    /// Headers to set (templates), or to leave out (`null`).
    pub(super) headers: Table<Option<String>>,
    /// Members to merge into the JSON body; `null` takes one away. Strings are templates.
    pub(super) body: Table<Value>,
}

/// Tells a `null` that is written from a key that is left out.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A condition or check: an expression alone, or with the reason to show where it does not hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileCondition {
    pub(super) that: At<String>,
    pub(super) why: Option<At<String>>,
}

impl JsonSchema for FileCondition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let that = "Expression that must hold.";
        json_schema!({
            "description": "An expression alone, or with the reason to show where it does not hold.",
            "anyOf": [
                { "type": ["string", "boolean"], "description": that },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["that"],
                    "properties": {
                        "that": { "type": "string", "description": that },
                        "why": { "type": "string", "description": "The reason to show where it does not hold." }
                    }
                }
            ]
        })
    }
}

impl Item for FileCondition {
    const WHAT: &'static str = "an expression, or a mapping with `that` and `why`";

    fn of_text(text: String) -> Self {
        FileCondition {
            that: At {
                value: text,
                spot: Default::default(),
            },
            why: None,
        }
    }
}

/// Repetition: how often, how many at once, until what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Repeat")]
pub(super) struct FileRepeat {
    /// Number of attempts: an expression.
    pub(super) times: At<Written>,
    /// How many run at once; 1 where it is left out.
    pub(super) parallel: Option<At<usize>>,
    /// Expression after which no further attempt is made; then only the last attempt is checked.
    pub(super) until: Option<At<String>>,
}

/// Polling: the same read again until something holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Poll")]
pub(super) struct FilePoll {
    /// Expression that ends it.
    pub(super) until: At<String>,
    /// Time between two attempts.
    pub(super) every: At<Written>,
    /// Time after which it fails.
    pub(super) within: At<Written>,
}

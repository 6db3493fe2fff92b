//! A scenario as read: includes resolved, defaults filled in, every expression with its place in the file.
//!
//! Strings called *template* are MiniJinja templates (`"{{ target.deployment }}"`); those called *expression* are bare
//! MiniJinja expressions (`status == 200`).

use crate::model::{CredentialUse, Leg, RouteStyle, ScenarioId};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// One scenario file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scenario {
    /// Its letter, or the name of one of the user's own.
    pub id: ScenarioId,
    /// A few words: `built route`.
    pub name: String,
    /// What it proves, in one sentence.
    pub title: String,
    /// Tags to select it by.
    pub tags: Vec<String>,
    /// It applies only where all of these hold; the first that does not gives the reason for the skip.
    pub when: Vec<Condition>,
    /// Variables, visible to all templates and expressions by their names. Values are templates where they are strings.
    pub vars: Map<String, Value>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// File it was read from, as the user named it.
    pub file: String,
}

/// A condition with the reason to show where it does not hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Condition {
    /// Expression.
    pub that: String,
    /// Template: the reason for a skip.
    pub why: String,
    /// Where it stands.
    pub at: Position,
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// File as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Template: its name.
    pub name: String,
    /// What to do.
    pub action: Action,
    /// How to do it.
    pub how: How,
    /// Variables of the includes that the step came through, outermost first. They are filled in one after the other,
    /// each seeing those before it, and hide the scenario's of the same name. Strings are templates.
    pub vars: Vec<(String, Value)>,
    /// The step runs only where all of these hold; otherwise it is skipped with the reason.
    pub when: Vec<Condition>,
    /// What must be true of the answer.
    pub expect: Vec<Check>,
    /// Values to keep: name to expression. Later steps see them under `captures.NAME`.
    pub capture: BTreeMap<String, String>,
    /// How often, and how many at once.
    pub repeat: Repeat,
    /// Variables to vary: the step runs once for each combination, with `matrix.NAME` set.
    pub matrix: BTreeMap<String, Vec<Value>>,
    /// Time to wait before the first attempt.
    pub wait: Duration,
    /// Try again until something holds.
    pub poll: Option<Poll>,
    /// Longest time for one attempt, connecting included.
    pub timeout: Duration,
    /// Whether it is expected to buy nothing although it generates or edits.
    pub is_free: bool,
    /// Whether the deployment's rate limit is respected before each attempt.
    pub is_paced: bool,
    /// Whether a 429 is waited out and the attempt made again; absent where that depends on the answer: it is, unless
    /// a check or `until` names 429 and holds on it.
    pub honours_retry_after: Option<bool>,
    /// Templates: lines that the step prints once its checks have been made.
    pub print: Vec<String>,
    /// Where it stands.
    pub at: Position,
}

impl Step {
    /// Pictures that one attempt is expected to buy.
    pub fn images(&self) -> u32 {
        match &self.action {
            _ if self.is_free => 0,
            Action::Generate(generate) => generate.n.max(1),
            Action::Edit(edit) => edit.n.max(1),
            Action::Describe(_) | Action::Http(_) | Action::Probe(_) => 0,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Asks for a picture.
    Generate(Generate),
    /// Asks for a change of a picture.
    Edit(Edit),
    /// Asks a chat model what a picture shows.
    Describe(Describe),
    /// Sends any request.
    Http(Http),
    /// Sends the request of a generation with a body that cannot be served, so that nothing is bought.
    Probe(Probe),
}

/// Parameters of a generation; absent ones are not sent. All strings are templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Generate {
    /// What to draw.
    pub prompt: String,
    /// `WIDTHxHEIGHT`.
    pub size: Option<String>,
    /// How many pictures; default 1.
    pub n: u32,
    /// `hd` and the like; absent means the family's own rule.
    pub quality: Option<String>,
    /// `png` or `jpeg`.
    pub output_format: Option<String>,
    /// Random seed (provider route only).
    pub seed: Option<i64>,
}

/// Parameters of an edit. All strings are templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edit {
    /// What to change.
    pub prompt: String,
    /// Expression that gives a captured picture, e.g. `captures.drawing`.
    pub image: String,
    /// `WIDTHxHEIGHT`.
    pub size: Option<String>,
    /// How many pictures; default 1.
    pub n: u32,
}

/// Parameters of a description.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Describe {
    /// Template: what to ask.
    pub prompt: String,
    /// Expression that gives a captured picture.
    pub image: String,
    /// Longest answer in tokens.
    pub max_tokens: u32,
}

/// Any request. All strings are templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Http {
    /// HTTP method.
    pub method: String,
    /// Whole URL, or a path below the leg's base URL where it begins with `/`.
    pub url: String,
    /// JSON body; strings in it are templates.
    pub json: Option<Value>,
    /// Text body.
    pub text: Option<String>,
}

/// A free question to the real route.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Probe {
    /// JSON body to send; absent means `{}`.
    pub json: Option<Value>,
    /// Text to send instead of JSON, so that a body that is no JSON can be sent. Template.
    pub text: Option<String>,
    /// Whether the edit route is probed instead of the generation route.
    pub is_edit: bool,
}

/// How a step's call is made. Absent parts are the target's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct How {
    /// Style of the URL.
    pub route: Option<RouteStyle>,
    /// Which way.
    pub via: Option<Leg>,
    /// Which credential.
    pub credential: CredentialUse,
    /// Template: api-version; `Some(None)` leaves it out of the URL.
    pub api_version: Option<Option<String>>,
    /// Template: deployment to call instead of the target's.
    pub deployment: Option<String>,
    /// Headers to set (templates), or to leave out (`None`).
    pub headers: BTreeMap<String, Option<String>>,
    /// Members to merge into the JSON body; `null` takes one away. Strings are templates.
    pub body: Map<String, Value>,
}

/// One check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Check {
    /// Expression that must be true.
    pub that: String,
    /// What it means for people where it is not.
    pub why: Option<String>,
    /// Where it stands.
    pub at: Position,
}

/// Repetition.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// Expression that gives the number of attempts; `1` by default.
    pub times: String,
    /// How many run at once; 1 by default.
    pub parallel: usize,
    /// Expression after which no further attempt is made, seen with the answer just had.
    pub until: Option<String>,
}

impl Default for Repeat {
    fn default() -> Self {
        Repeat {
            times: "1".into(),
            parallel: 1,
            until: None,
        }
    }
}

/// Polling: the same request again until something holds. Only reads are polled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Poll {
    /// Expression that ends it.
    pub until: String,
    /// Time between two attempts.
    pub every: Duration,
    /// Time after which it fails.
    pub within: Duration,
}

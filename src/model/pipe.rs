//! What a face in another process asks of the program, and what it is answered. `fluxprobe pipe` reads one [`Asked`] a
//! line and writes [`Answered`] lines, both as JSON.

use super::{Audit, Baseline, Checkup, Comparison, Explained, Found, Plan, Report, RouteMap, Run};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A line to the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// What its answers are told by; never given twice.
    pub id: u64,
    /// What is asked.
    pub ask: Ask,
}

/// A line from the program: any number of [`Answer::Progress`], and one of the others, for each that was asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    /// Whose answer it is.
    pub id: u64,
    /// The answer.
    pub answer: Answer,
}

/// What can be asked. Several may be under way at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Open the internet that the program's arguments name, and say which version it is.
    Open,
    /// Read what exists.
    Discover(Narrow),
    /// Show what words (`A-D K`; nothing for all) would run.
    Plan(Narrow, String),
    /// Run words.
    Run(Narrow, String),
    /// Run a plan as it stands.
    Carry(Narrow, Box<Plan>),
    /// Judge the map.
    Audit(Narrow),
    /// Draw the map.
    Routes(Narrow),
    /// Judge a run again.
    Diagnose(Box<Run>),
    /// Explain recorded exchanges.
    Explain(String),
    /// Check a URL or a deployment.
    Doctor(Narrow, String),
    /// Hold the second against the first.
    Compare(Held, Held),
    /// What of it later runs are held against.
    Baseline(Held),
    /// A baseline with a later run taken in.
    Update(Box<Baseline>, Box<Run>),
    /// Read a document back.
    Read(PaperKind, Text),
    /// Draw a document.
    Show(Paper, View),
}

impl Ask {
    /// Whether it only reads and draws what comes with it, so that it may be asked twice.
    pub fn calls_nothing(&self) -> bool {
        matches!(
            self,
            Ask::Explain(_)
                | Ask::Compare(..)
                | Ask::Baseline(_)
                | Ask::Update(..)
                | Ask::Read(..)
                | Ask::Show(..)
        )
    }
}

/// What is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The internet is open; the program's version.
    Opened(String),
    /// How far it is, for people; more follows.
    Progress(String),
    /// A document.
    Paper(Paper),
    /// A document, drawn.
    Drawn(Drawn),
    /// Why not: a sentence.
    Failed(String),
}

/// What is looked at, and within which limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Narrow {
    /// Azure subscriptions, by id or name; none for all, as for all lists here.
    pub subscriptions: Vec<String>,
    /// Resource groups.
    pub resource_groups: Vec<String>,
    /// Foundry accounts.
    pub accounts: Vec<String>,
    /// API Management services.
    pub gateways: Vec<String>,
    /// Files or folders to take scenarios from, instead of the built-in ones.
    pub scenarios: Vec<PathBuf>,
    /// Tags of scenarios.
    pub tags: Vec<String>,
    /// Deployments.
    pub deployments: Vec<String>,
    /// Whether gateways are left aside.
    pub is_direct: bool,
    /// What pictures may cost, in US dollars.
    pub max_cost_usd: Option<f64>,
    /// Whether the gateway is asked for its trace of every call.
    pub is_tracing: bool,
    /// Whether no progress is told.
    pub is_quiet: bool,
    /// Longest edge of a kept picture, in pixels.
    pub thumbnail: Option<u32>,
}

/// A file's text, with the name it is spoken of by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// A run.
    Run(Box<Run>),
    /// What was kept of runs.
    Baseline(Box<Baseline>),
    /// A file of either.
    File(Text),
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// What exists and can be called.
    Found(Box<Found>),
    /// What would run.
    Plan(Box<Plan>),
    /// What ran, and why what failed has failed.
    Report(Box<Report>),
    /// What is wrong with the map.
    Audit(Box<Audit>),
    /// The map.
    Routes(Box<RouteMap>),
    /// What runs are held against.
    Baseline(Box<Baseline>),
    /// What has changed.
    Comparison(Box<Comparison>),
    /// A URL, checked.
    Checkup(Box<Checkup>),
    /// Recorded exchanges, explained.
    Explained(Vec<Explained>),
}

/// A document that can be read back from its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// As [`Paper::Found`], from an inventory.
    Found,
    /// As [`Paper::Plan`].
    Plan,
    /// As [`Paper::Report`].
    Report,
    /// As [`Paper::Baseline`], from a baseline or the report of a run.
    Baseline,
    /// As [`Paper::Comparison`].
    Comparison,
}

/// How a document is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// All of it, rich and plain.
    Whole,
    /// A part of a report, rich and plain.
    Part(ReportPart),
    /// As a file of this name, whose extension picks the format; JSON where it has none that is known.
    File(PathBuf),
}

/// A drawn document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// A fragment of HTML without script; empty for a file.
    pub html: String,
    /// Plain text, or what a file holds.
    pub text: String,
}

/// A part of a report that can be shown alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportPart {
    /// The table: scenarios down, deployments across.
    Matrix,
    /// Who answered, why, and what to change.
    Diagnoses,
    /// Small pictures, by prompt and deployment.
    Pictures,
    /// How long calls took.
    Timings,
    /// Every case with its steps and exchanges.
    Cases,
    /// Lines that scenarios print.
    Printed,
}

//! What is found of one URL: a ladder of rungs from its name to its model, free probes, and the URL put right.

use super::{Connection, Diagnosis, Exchange, GatewayTrace, Hop, Leg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A URL, checked from its name down to the model behind it. Nothing of it buys a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checkup {
    /// Version of the document.
    pub schema_version: u32,
    /// When it was made, RFC 3339 UTC.
    pub taken_at: String,
    /// What was asked for: a URL without its secrets, or the name of a target.
    pub asked: String,
    /// URL that the rungs are about; absent where none can be read out of what was asked for.
    pub url: Option<String>,
    /// `ACCOUNT/DEPLOYMENT` that the URL leads to, where it is known.
    pub target: Option<String>,
    /// Which way it takes, where that is known.
    pub leg: Option<Leg>,
    /// What is wrong with the URL as written, one sentence each.
    pub flaws: Vec<String>,
    /// Whether what was asked for is no URL that a client could call, so that the rungs are about a mended one.
    pub is_mended: bool,
    /// Every rung, in order. All after the first broken one were not reached.
    pub rungs: Vec<Rung>,
    /// How the host is reached; absent where no URL could be read.
    pub connection: Option<Connection>,
    /// Requests that tell causes apart, in the order in which they were sent.
    pub probes: Vec<Probe>,
    /// URLs that could be meant, each probed; the first that is proved is the last of the list.
    pub corrections: Vec<Correction>,
    /// Why the broken rung is broken.
    pub diagnosis: Option<Diagnosis>,
    /// What the gateway's own trace of the call says, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<GatewayTrace>,
    /// What could not be judged, and what would allow it.
    pub notes: Vec<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: f64,
}

impl Checkup {
    /// Whether what was asked for works as it stands, as far as it could be judged.
    pub fn is_good(&self) -> bool {
        self.broken().is_none() && !self.is_mended && self.url.is_some()
    }

    /// Whether a rung could not be judged for want of a key.
    pub fn is_unjudged(&self) -> bool {
        let mut states = self.rungs.iter().map(|rung| rung.state);
        states.any(|state| state == RungState::Unjudged)
    }

    /// The rung that is broken, if any.
    pub fn broken(&self) -> Option<&Rung> {
        self.rungs
            .iter()
            .find(|rung| rung.state == RungState::Broken)
    }

    /// The correction that is proved, if any.
    pub fn proved(&self) -> Option<&Correction> {
        self.corrections
            .iter()
            .find(|correction| correction.is_proved)
    }
}

/// One rung of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rung {
    /// Which.
    pub name: RungName,
    /// How it is.
    pub state: RungState,
    /// How long the step took that judged it, in milliseconds.
    pub ms: Option<f64>,
    /// What was found, in one sentence; empty where it was not reached.
    pub finding: String,
    /// What else was seen.
    pub evidence: Vec<String>,
}

/// The rungs, from the name to the model.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RungName {
    /// The name has addresses.
    Dns,
    /// One of them lets connections in.
    Tcp,
    /// The certificate is right.
    Tls,
    /// A gateway or an account answers, and nothing in front of it.
    Http,
    /// Something is published under the path.
    Route,
    /// The key opens it.
    Key,
    /// The api-version is known there.
    ApiVersion,
    /// The deployment is there and reads requests.
    Model,
}

impl RungName {
    /// Every rung, in order.
    pub const ALL: [RungName; 8] = [
        RungName::Dns,
        RungName::Tcp,
        RungName::Tls,
        RungName::Http,
        RungName::Route,
        RungName::Key,
        RungName::ApiVersion,
        RungName::Model,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            RungName::Dns => "DNS",
            RungName::Tcp => "TCP",
            RungName::Tls => "TLS",
            RungName::Http => "HTTP",
            RungName::Route => "route",
            RungName::Key => "key",
            RungName::ApiVersion => "api-version",
            RungName::Model => "model",
        }
    }
}

/// How a rung is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RungState {
    /// It holds.
    Good,
    /// It is what breaks the call.
    Broken,
    /// It cannot be judged, for want of a key.
    Unjudged,
    /// A rung before it is broken.
    NotReached,
}

/// A free request that tells causes apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// What differs from the call, e.g. `no key`.
    pub name: String,
    /// Who answered.
    pub hop: Option<Hop>,
    /// What the answer says, in a few words.
    pub says: String,
    /// The request and its answer.
    pub exchange: Exchange,
}

/// A URL that may be what was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Correction {
    /// The URL.
    pub url: String,
    /// Why this one.
    pub why: String,
    /// Whether a probe of it came through to the model.
    pub is_proved: bool,
    /// What the probe answered.
    pub proof: String,
}

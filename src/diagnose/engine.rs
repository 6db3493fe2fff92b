//! The engine: tables compiled once, asked for every exchange.

use super::condition::{ConditionError, Conditions, Scope};
use super::facts::Facts;
use super::hop::{HopVerdict, Rungs};
use crate::knowledge::causes::{self, CauseError, HostRule};
use crate::model::{Confidence, Exchange, Hop};
use std::sync::LazyLock;

/// Why diagnosing cannot begin: the tables it goes by are broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiagnoseError {
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] CauseError),
    /// A condition or template cannot be compiled.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// A word that names no hop.
    #[error(
        "{place}: `{word}` is no hop; use client, dns, tcp, tls, proxy, gateway, backend, content_filter, identity, arm or provider"
    )]
    Hop {
        /// Where it stands.
        place: String,
        /// The word.
        word: String,
    },
}

/// Diagnoses exchanges by compiled tables. Making one takes milliseconds; keep it.
pub struct Diagnoser {
    conditions: Conditions,
    hosts: Vec<HostRule>,
    rungs: Rungs,
}

/// The tables that come with fluxprobe, compiled when first asked for: a constant, not state.
static BUILTIN: LazyLock<Result<Diagnoser, DiagnoseError>> = LazyLock::new(Diagnoser::builtin);

/// Says who answered `exchange`, by the tables that come with fluxprobe.
pub fn hop(exchange: &Exchange) -> HopVerdict {
    match BUILTIN.as_ref() {
        Ok(diagnoser) => diagnoser.hop(exchange),
        Err(error) => HopVerdict {
            hop: None,
            evidence: vec![error.to_string()],
            confidence: Confidence::Low,
        },
    }
}

impl Diagnoser {
    /// Compiles the tables that come with fluxprobe.
    pub fn builtin() -> Result<Self, DiagnoseError> {
        let ladder = causes::ladder()?;
        let mut conditions = Conditions::new();
        let rungs = Rungs::new(&ladder, &mut conditions)?;
        Ok(Diagnoser {
            conditions,
            hosts: ladder.hosts,
            rungs,
        })
    }

    /// Says who answered `exchange`.
    pub fn hop(&self, exchange: &Exchange) -> HopVerdict {
        let facts = Facts::of(exchange, &self.hosts);
        self.rungs
            .climb(&facts, &Scope::of(&facts), &self.conditions)
    }
}

/// The hop that a word of JSON names; `place` is only named in errors.
pub(crate) fn hop_of(word: &str, place: &str) -> Result<Hop, DiagnoseError> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(|_| DiagnoseError::Hop {
        place: place.to_owned(),
        word: word.to_owned(),
    })
}

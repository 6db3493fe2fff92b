//! Why fluxprobe itself could not go on.

use crate::diagnose::explain_said;
use crate::discover::DiscoverError;
use crate::doctor::DoctorError;
use crate::model::Diagnosis;
use crate::plan::PlanError;

/// What stopped the program, by what the user has to look at.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// A world that cannot be read or served.
    #[error("{0}")]
    World(String),
    /// A setting that cannot be used.
    #[error("{0}")]
    Settings(String),
    /// A file that cannot be read or is not right.
    #[error("{0}")]
    Input(String),
    /// Nothing could be discovered.
    #[error("{}", told(.0))]
    Discover(DiscoverError),
    /// Discovery found nothing to call.
    #[error("{0}")]
    NoTargets(String),
    /// There is nothing to check.
    #[error(transparent)]
    Doctor(DoctorError),
    /// The plan cannot be made.
    #[error(transparent)]
    Plan(PlanError),
}

/// What discovery failed with, and where its text gives a cause away, what to change.
fn told(error: &DiscoverError) -> String {
    let text = error.to_string();
    // Where nobody is signed in, the text says all there is to say, and names no endpoint that failed.
    if matches!(error, DiscoverError::NoCredential(why) if !why.contains("ManagedIdentity")) {
        return text;
    }
    let said = in_words(&explain_said(&text));
    format!("{text}{said}")
}

/// A diagnosis as further lines of an error: the cause, and what to change. Nothing where it names none.
pub fn in_words(said: &Diagnosis) -> String {
    let Some(cause) = &said.cause else {
        return String::new();
    };
    let mut text = format!("\n  cause: {cause}: {}", said.title);
    if let Some(remedy) = &said.remedy {
        text.push_str(&format!("\n  change: {}", remedy.text));
        if let Some(command) = &remedy.command {
            text.push_str(&format!("\n  $ {command}"));
        }
    }
    text
}

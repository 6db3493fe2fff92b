//! The one expression language: MiniJinja, wrapped so that a mistake says where it is and what was meant.
//!
//! Scenarios use [`Engine::strict`], where a missing value is an error; cause conditions use [`Engine::lenient`], where
//! it is no match. Literals that stand beside expressions in files (durations, sizes) are read here too.

mod check;
mod clock;
mod context;
mod engine;
mod error;
mod extras;
mod literal;
mod names;
mod scan;
mod scope;
mod template;

pub use check::{CheckOutcome, Compiled};
pub use clock::clock_skew;
pub use context::Context;
pub use engine::Engine;
pub use error::{ExprError, NameKind, Place};
pub use literal::{LiteralError, parse_duration, parse_timestamp};
pub use names::suggest;
pub use scope::Scope;

//! Which hop answered, why, and what to change: from one exchange, or from a whole run with its inventory.
//!
//! Everything that is known of causes is data in [`crate::knowledge::causes`]; this room reads exchanges, tries the
//! rules and weighs what matched. It is pure: no socket, no clock, no file.

mod body;
mod condition;
mod drawn;
mod ends;
mod engine;
mod estate;
mod facts;
mod found;
#[cfg(test)]
mod gateways;
mod groups;
mod guard;
mod hop;
mod last;
mod loose;
#[cfg(test)]
mod messages;
mod page;
mod place;
mod printed;
pub mod read;
mod request;
#[cfg(test)]
mod robust;
mod rule;
mod run;
#[cfg(test)]
mod run_tests;
mod said;
mod siblings;
mod sieve;
mod success;
#[cfg(test)]
mod tables;
mod throws;
pub mod token;
mod trace;
mod way;
mod weigh;
mod words;

pub use condition::ConditionError;
pub use engine::{DiagnoseError, Diagnoser, builtin, explain, hop};
pub use hop::HopVerdict;
pub use page::{book, page, title};
pub use run::{decided_in, diagnose, explain_beside, explain_in};
pub use said::{explain_gaps, explain_said};
pub use trace::reduce as reduce_trace;

pub(crate) use engine::hop_of;

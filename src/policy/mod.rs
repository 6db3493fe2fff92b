//! APIM policies: read as XML with their places, resolved over the scopes, and understood as far as they can be.
//!
//! Reading never fails: whatever is wrong with a document is a [`PolicyFault`] with its place. Conditions are C#; those
//! of a common form are judged, all others are [`Truth::Unsure`].

mod condition;
mod document;
mod effective;
mod expects;
mod fault;
mod lexer;
mod raw;
mod reach;
mod syntax;
#[cfg(test)]
mod tests;

pub use condition::{Answer, Facts, Truth, judge, text_of};
pub use document::{Document, Section, Statement, Surroundings, Text};
pub use effective::{Effective, Guard, Guarded, Policies};
pub use expects::{Way, operation_at};
pub use fault::{PolicyFault, PolicyPlace, Scope};
pub use lexer::spelt;
pub use reach::{
    Accounts, Destination, Leads, Reached, backend_named, destinations, members, priority_of,
    weight_of,
};

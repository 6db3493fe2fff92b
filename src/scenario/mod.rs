//! The scenario language: YAML files that say what to call, how, and what to expect.
//!
//! `file` is the form that people write, `ast` the tree that the rest of the program reads; `read`, `actions` and
//! `fragments` turn one into the other and compile every expression on the way, so that a file that loads has no misspelt names.

mod actions;
mod ast;
mod at;
mod embedded;

mod file;
mod fragments;
mod includes;
mod load;
mod names;
mod problem;
mod read;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use ast::{
    Action, Check, Condition, Describe, Edit, Generate, How, Http, Poll, Position, Probe, Repeat,
    Scenario, Step,
};
pub use includes::{Disk, Includes, Nothing};
pub use load::{built_in, load, load_all, parse, select};
pub use problem::{Problem, ScenarioError};
pub use schema::{fragment_schema, scenario_schema};
pub use vocabulary::{
    answer_scope, answer_value, base_scope, family_scope, target_scope, target_value,
};

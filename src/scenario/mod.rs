//! The scenario language: YAML files that say what to call, how, and what to expect.

mod ast;

pub use ast::{
    Action, Check, Condition, Describe, Edit, Generate, How, Http, Poll, Position, Probe, Repeat,
    Scenario, Step,
};

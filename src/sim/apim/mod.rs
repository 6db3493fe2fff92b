//! The Azure API Management gateway: it matches, asks for the key, runs the policies that ARM shows, and forwards.
//!
//! The order of a request is that of the real service: API and operation, CORS preflight, subscription key, debug
//! token, inbound, backend, outbound, and on-error wherever something fails. Policies are read from the XML that ARM
//! returns when the world is loaded. What the real service would refuse is an error of the world; what it takes and this
//! simulator does not carry out lets every request pass unchanged, and is told ([`ApimGateway::notes`]).
//!
//! A policy is one file in `policy/` and one line in its registry.
//!
//! Where the service's behaviour is not known for sure, the choice is a documented constant beside the code that
//! makes it.

mod answer;
mod backends;
mod context;
mod counters;
mod document;
mod error;
mod expr;
mod fault;
mod flow;
mod gateway;
mod hosts;
mod kept;
mod matching;
mod message;
mod policy;
mod recorder;
mod serve;
mod site;
mod subscription;

#[cfg(test)]
mod tests;

pub use error::ApimError;
pub use gateway::{ApimGateway, check};
pub use hosts::check_hosts;

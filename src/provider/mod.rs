//! Protocols of the services that draw pictures, without I/O: a target and an ask go in, a request comes out.
//!
//! To add a provider, write one file that implements [`Provider`] and add one line to [`PROVIDERS`].

pub mod azure;
pub mod request;

pub use request::{Ask, Body, FormPart, Provider, Request, RequestFault, VersionAsk, build};

/// Every provider, asked in this order which of them serves a target.
pub const PROVIDERS: &[&dyn Provider] = &[&azure::Azure];

//! Entra: the token endpoint, the documents that SDKs read before it, and the tokens themselves.

mod assertion;
mod documents;
mod errors;
mod graph;
mod service;
mod token_endpoint;
mod tokens;

pub use graph::Graph;
pub use service::Entra;
pub use tokens::{Claims, TOKEN_LIFE, TokenFault, covers, inspect, issue, permits};

//! Entra: the token endpoint, the documents that SDKs read before it, and the tokens themselves.

mod tokens;

pub use tokens::{Claims, TOKEN_LIFE, TokenFault, covers, inspect, issue, permits};

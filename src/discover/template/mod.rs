//! Compiled ARM templates (what `bicep build` writes) as an inventory, so that a change is judged before it is deployed.
//!
//! Expressions are evaluated as far as a file alone decides them. What it does not decide stands as a stand-in where a
//! name is enough (`resourceId`, `uniqueString`), and is a gap where a value is needed. Nothing is ever asked of Azure.

mod build;
mod deploy;
mod expression;
mod functions;
mod syntax;
#[cfg(test)]
mod tests;

pub use build::inventory_of;

/// Why a file is no template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is no JSON.
    #[error("it is no JSON: {0}; compile Bicep with `bicep build` first")]
    NoJson(#[from] serde_json::Error),
    /// It is JSON of another kind.
    #[error(
        "it is no ARM template: it has no `resources`; give a compiled template, or a parameters file beside one"
    )]
    NoTemplate,
    /// It holds neither accounts nor gateways.
    #[error("the template deploys no account and no API Management service")]
    Nothing,
}

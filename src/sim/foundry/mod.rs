//! The Foundry (Azure OpenAI) data plane: every account of a world on its own hosts, and the regional hosts.
//!
//! One request goes through `service` in the order that the real service keeps: network, credential, route and
//! api-version, headers, deployment, operation against model, rate limit, body, content filter, answer. Each step has
//! a file of its own; what the service says in words is in `refusals`, what its models can do in `models`.
//! Strings with a known length are held to it by tests; where no recording exists, the comment says so.

mod access;
mod answer;
mod api_versions;
mod arguments;
mod call;
mod chat;
mod chat_answer;
mod edits;
mod embeddings;
mod filter;
mod gallery;
mod headers;
mod hosts;
mod image_api;
mod lists;
mod models;
mod multipart;
mod orders;
mod provider_api;
mod refusals;
mod regions;
mod responses;
mod results;
mod route;
mod said;
mod service;
mod shape;
mod studio;
mod throttle;

pub use service::Foundry;

#[cfg(test)]
mod tests;

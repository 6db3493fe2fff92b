//! Azure Resource Manager on `management.azure.com`: subscriptions, Cognitive Services and API Management, read only
//! (azure.md 1 and 2).

mod access;
mod apim;
mod apim_children;
mod apim_filter;
mod apim_policy;
mod apim_shapes;
mod apim_trace;
mod authorization;
mod call;
mod cognitive;
mod cognitive_models;
mod cognitive_shapes;
mod errors;
mod page;
mod service;
mod subscriptions;
mod throttle;
mod versions;

pub use service::Arm;

//! Azure Resource Manager on `management.azure.com`: subscriptions, Cognitive Services, API Management, and who may do
//! what. What a remedy tells a person to change can be changed.

mod access;
mod apim;
mod apim_bodies;
mod apim_children;
mod apim_filter;
mod apim_policy;
mod apim_shapes;
mod apim_trace;
mod apim_write;
mod authorization;
mod call;
mod cognitive;
mod cognitive_models;
mod cognitive_shapes;
mod cognitive_write;
mod errors;
mod page;
mod resources;
mod service;
mod subscriptions;
mod throttle;
mod versions;

pub use service::Arm;

//! The policies, one file each, and the registry that knows them by name.

mod authentication_basic;
mod authentication_managed_identity;
mod cache_value;
mod check_header;
mod choose;
mod cors;
mod emit_metric;
mod find_and_replace;
mod forward_request;
mod include_fragment;
mod ip_filter;
mod limit_concurrency;
mod mock_response;
mod passed;
mod quota;
mod rate_limit;
mod retry;
mod return_response;
mod rewrite_uri;
mod send_request;
mod set_backend_service;
mod set_body;
mod set_header;
mod set_method;
mod set_query_parameter;
mod set_status;
mod set_variable;
mod token;
mod token_limit;
mod trace;
mod validate_azure_ad_token;
mod validate_jwt;
mod wait;

pub(super) use cors::{Cors, Preflight};

use super::document::{Element, Loader, Misfit, Section};
use super::fault::Outcome;
use super::flow::Flow;
use super::message::Answer;
use async_trait::async_trait;
use std::time::Duration;

/// What a policy does with a request on its way.
#[async_trait]
pub(super) trait Policy: Send + Sync {
    /// Applies it.
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome;

    /// The policy as one that answers preflights.
    fn as_cors(&self) -> Option<&Cors> {
        None
    }
}

/// Reads a policy from its element, which stands at `path`.
type Parse = fn(&Element, &mut Loader<'_>, &str) -> Result<Box<dyn Policy>, Misfit>;

const REGISTRY: &[(&str, Parse)] = &[
    ("authentication-basic", authentication_basic::parse),
    (
        "authentication-managed-identity",
        authentication_managed_identity::parse,
    ),
    ("azure-openai-emit-token-metric", emit_metric::parse),
    ("azure-openai-token-limit", token_limit::parse),
    ("cache-lookup-value", cache_value::parse_lookup),
    ("cache-remove-value", cache_value::parse_remove),
    ("cache-store-value", cache_value::parse_store),
    ("check-header", check_header::parse),
    ("choose", choose::parse),
    ("cors", cors::parse),
    ("emit-metric", emit_metric::parse),
    ("find-and-replace", find_and_replace::parse),
    ("forward-request", forward_request::parse),
    ("include-fragment", include_fragment::parse),
    ("ip-filter", ip_filter::parse),
    ("limit-concurrency", limit_concurrency::parse),
    ("llm-emit-token-metric", emit_metric::parse),
    ("llm-token-limit", token_limit::parse),
    ("mock-response", mock_response::parse),
    ("quota", quota::parse),
    ("quota-by-key", quota::parse_by_key),
    ("rate-limit", rate_limit::parse),
    ("rate-limit-by-key", rate_limit::parse_by_key),
    ("retry", retry::parse),
    ("return-response", return_response::parse),
    ("rewrite-uri", rewrite_uri::parse),
    ("send-request", send_request::parse),
    ("set-backend-service", set_backend_service::parse),
    ("set-body", set_body::parse),
    ("set-header", set_header::parse),
    ("set-method", set_method::parse),
    ("set-query-parameter", set_query_parameter::parse),
    ("set-status", set_status::parse),
    ("set-variable", set_variable::parse),
    ("trace", trace::parse),
    ("validate-azure-ad-token", validate_azure_ad_token::parse),
    ("validate-jwt", validate_jwt::parse),
    ("wait", wait::parse),
];

/// Reads the policy that `element` is.
pub(super) fn parse(
    element: &Element,
    loader: &mut Loader<'_>,
    path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    match REGISTRY.iter().find(|(name, _)| *name == element.name) {
        Some((_, parse)) => parse(element, loader, path),
        None if element.name == "base" => {
            Err(element.misfit("`<base/>` stands directly in a section".into()))
        }
        None => passed::parse(element, REGISTRY.iter().map(|(name, _)| *name)),
    }
}

/// What a policy that changes headers, body or status works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Request,
    Response,
    /// The answer that `return-response` is making.
    Draft,
}

impl Target {
    fn of(loader: &Loader<'_>) -> Self {
        match loader.section() {
            _ if loader.is_in_draft() => Target::Draft,
            Section::Inbound | Section::Backend => Target::Request,
            Section::Outbound | Section::OnError => Target::Response,
        }
    }

    /// The answer that is worked on; `None` for the request.
    fn answer<'f>(self, flow: &'f mut Flow<'_>) -> Option<&'f mut Answer> {
        match self {
            Target::Request => None,
            Target::Response => Some(flow.response_mut()),
            Target::Draft => Some(flow.draft.get_or_insert_with(|| Answer::empty(200))),
        }
    }
}

/// Counts `amount` under `key`: in the running period of a quota, or in the sliding window of a limit.
pub(super) fn count(flow: &Flow<'_>, key: &str, amount: u64, quota: Option<Duration>) {
    let now = flow.now();
    let mut counters = flow.site.counters();
    match quota {
        Some(period) => counters.add_to_quota(key, amount, period, now),
        None => counters.add(key, amount, now),
    }
}

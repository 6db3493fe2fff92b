//! What is wrong with the map, judged from the inventory alone: what is deployed against what is published.
//!
//! A finding is one small function in the file of its family, one line in the registry (`CHECKS`), and one entry in
//! `knowledge/findings.yaml` with everything that is said of it. A check gives victims, evidence and values; it never
//! raises a finding from what could not be read, and says so in a note instead.

mod backends;
mod book;
mod check;
mod deployments;
mod engine;
mod estate;
mod keys;
mod limits;
mod map;
mod marks;
mod names;
mod network;
mod policies;
mod pools;
mod routes;
#[cfg(test)]
mod tests;
mod tokens;
mod way;

pub use book::book;
pub use engine::audit;
pub use estate::Habits;
pub use map::route_map;

use check::Check;

/// Every check, by the id of its finding.
const CHECKS: &[Check] = &[
    Check::new("deployment_not_routed", deployments::not_routed),
    Check::new("deployment_paused", deployments::paused),
    Check::new("deployment_failed", deployments::failed),
    Check::new("deployment_retired", deployments::retired),
    Check::new("deployment_retires_soon", deployments::retires_soon),
    Check::new("deployment_capacity_one", deployments::capacity_one),
    Check::new("deployment_name_punctuation", deployments::name_punctuation),
    Check::new("name_not_deployed", names::not_deployed),
    Check::new("operation_generations_missing", routes::generations_missing),
    Check::new("operation_edits_missing", routes::edits_missing),
    Check::new("operation_provider_missing", routes::provider_missing),
    Check::new("model_name_style_only", routes::model_name_only),
    Check::new("flux2_on_wrong_route", routes::flux2_on_wrong_route),
    Check::new("api_shadowed", routes::shadowed),
    Check::new("api_version_unknown", routes::api_version),
    Check::new("backend_unknown", backends::unknown),
    Check::new("backend_openai_missing", backends::openai_missing),
    Check::new("backend_openai_doubled", backends::openai_doubled),
    Check::new("forward_timeout_short", backends::timeout_short),
    Check::new(
        "breaker_ignores_retry_after",
        backends::breaker_ignores_retry_after,
    ),
    Check::new("breaker_never_trips", backends::breaker_never_trips),
    Check::new("pool_member_lacks_deployment", pools::member_lacks),
    Check::new("pool_failover_lacks_deployment", pools::failover_lacks),
    Check::new("pool_member_other_model", pools::other_model),
    Check::new("pool_member_other_version", pools::other_version),
    Check::new("pool_member_unreached", pools::member_unreached),
    Check::new("policy_malformed", policies::malformed),
    Check::new("policy_fragment_unknown", policies::fragment_unknown),
    Check::new("policy_fragment_cyclic", policies::fragment_cyclic),
    Check::new("policy_named_value_unknown", policies::named_value_unknown),
    Check::new("retry_resends_images", policies::retry_resends),
    Check::new("retry_never_matches", policies::retry_never),
    Check::new("retry_unbuffered", policies::retry_unbuffered),
    Check::new("token_limit_on_images", policies::token_limit),
    Check::new("cors_blocks_browser", policies::cors),
    Check::new("token_audience_foreign", tokens::audience),
    Check::new("token_issuer_foreign", tokens::issuer),
    Check::new("rate_limit_above_deployment", limits::above),
    Check::new("rate_limit_far_below", limits::below),
    Check::new("key_header_foreign", keys::header_foreign),
    Check::new("key_name_unsendable", keys::name_unsendable),
    Check::new("subscription_scope_misses_api", keys::scope_misses),
    Check::new("backend_key_refused", keys::backend_key_refused),
    Check::new("caller_key_forwarded", keys::caller_key_forwarded),
    Check::new(
        "backend_without_credential",
        keys::backend_without_credential,
    ),
    Check::new("identity_without_role", keys::identity_without_role),
    Check::new("account_public_network_disabled", network::public_disabled),
    Check::new("account_firewalled", network::firewalled),
];

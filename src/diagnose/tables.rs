//! The tables held to their word: every witness, near miss, slug and page.

use super::builtin;
use super::read::reading;
use super::rule::spellings;
use super::words::find_word;
use crate::knowledge::causes::{self, Cause};
use crate::model::CauseSlug;

/// The vocabulary: causes that a failure can be explained by.
const SLUGS: &[&str] = &[
    "account_abuse_blocked",
    "aoai_api_version_wrong",
    "aoai_deployment_not_found",
    "aoai_key_auth_disabled",
    "aoai_key_in_bearer_header",
    "aoai_key_invalid",
    "aoai_network_blocked",
    "aoai_operation_unsupported",
    "aoai_rate_limited",
    "aoai_rbac_denied",
    "aoai_subdomain_required",
    "apim_backend_auth_failed",
    "apim_backend_unreachable",
    "apim_call_quota_exceeded",
    "apim_jwt_rejected",
    "apim_key_invalid",
    "apim_key_missing",
    "apim_key_wrong_header",
    "apim_operation_not_matched",
    "apim_path_prefix_wrong",
    "apim_policy_expression_error",
    "apim_rate_limited",
    "apim_token_limited",
    "arm_authorization_failed",
    "arm_not_found",
    "arm_provider_not_registered",
    "arm_quota_insufficient",
    "arm_token_wrong_tenant",
    "backend_internal_error",
    "backend_path_wrong",
    "billing_exhausted",
    "content_filter_jailbreak",
    "content_filter_output",
    "content_filter_prompt",
    "dns_name_not_found",
    "dns_temporary_failure",
    "edge_bad_gateway",
    "edge_waf_block",
    "entra_client_secret_invalid",
    "entra_scope_or_consent",
    "entra_tenant_or_app_not_found",
    "entra_token_rejected",
    "gateway_budget_exceeded",
    "gateway_forbidden",
    "gateway_key_rejected",
    "gateway_model_not_configured",
    "gateway_no_healthy_upstream",
    "gateway_rewrote_request",
    "gateway_route_not_found",
    "gateway_upstream_timeout",
    "gateway_upstream_unreachable",
    "image_input_invalid",
    "managed_identity_unavailable",
    "model_not_found",
    "model_retired",
    "non_json_page_unidentified",
    "org_verification_required",
    "param_invalid_value",
    "param_unknown",
    "payload_too_large",
    "picture_blank",
    "picture_broken",
    "picture_missing",
    "picture_stale",
    "picture_wrong_container",
    "picture_wrong_size",
    "prompt_too_long",
    "provider_account_or_route_invalid",
    "provider_input_invalid",
    "provider_job_failed",
    "provider_key_rejected",
    "provider_nsfw_flagged",
    "provider_rate_limited",
    "proxy_auth_required",
    "proxy_blocked",
    "result_url_rejected",
    "tcp_connect_timeout",
    "tcp_connection_refused",
    "tcp_connection_reset",
    "tls_cert_expired",
    "tls_handshake_failed",
    "tls_hostname_mismatch",
    "tls_untrusted_issuer",
    "wrong_service_host",
    "request_body_malformed",
    "dns_hijacked",
    "client_clock_skew",
    "aoai_deployment_not_ready",
    "arm_name_taken",
    "arm_offer_unavailable",
    "arm_operation_conflict",
    "arm_policy_denied",
    "arm_soft_deleted",
    "arm_template_invalid",
    "arm_terms_not_accepted",
    "arm_throttled",
    "client_program_error",
    "entra_conditional_access",
    "entra_federation_mismatch",
    "entra_public_client",
    "entra_user_disabled",
    "entra_user_not_in_tenant",
    "entra_user_password_invalid",
];

fn all() -> Vec<Cause> {
    causes::builtin()
        .unwrap()
        .into_iter()
        .flat_map(|family| family.causes)
        .collect()
}

#[test]
fn the_tables_compile() {
    builtin().map(|_| ()).unwrap();
}

#[test]
fn every_word_of_the_vocabulary_is_explained_once() {
    let mut known: Vec<String> = all().into_iter().map(|cause| cause.slug).collect();
    known.sort();
    let mut wanted: Vec<&str> = SLUGS.to_vec();
    wanted.sort_unstable();
    assert_eq!(known, wanted);
}

#[test]
fn every_cause_that_has_rules_has_a_witness_a_near_miss_and_a_whole_page() {
    for cause in all() {
        let page = &cause.page;
        for part in [&page.means, &page.known_by, &page.looks_like, &page.change] {
            assert!(
                !part.is_empty(),
                "{}: a part of the page is empty",
                cause.slug
            );
        }
        assert!(
            !cause.remedy.is_empty() && !cause.probe.is_empty(),
            "{}",
            cause.slug
        );
        // What is wrong with a picture shows only in a run; the broken worlds are its witnesses.
        let is_judged = |rule: &causes::Rule| rule.when.starts_with("check_failed");
        if !cause.rules.iter().all(is_judged) {
            assert!(!cause.witnesses.is_empty(), "{}: no witness", cause.slug);
            assert!(
                !cause.near_misses.is_empty(),
                "{}: no near miss",
                cause.slug
            );
        }
    }
}

#[test]
fn every_slug_that_a_rule_names_exists_and_every_word_is_in_lower_case() {
    for cause in all() {
        let named = cause
            .yields_to
            .iter()
            .chain(cause.rules.iter().flat_map(|rule| &rule.open));
        for slug in named {
            assert!(
                SLUGS.contains(&slug.as_str()),
                "{} names {slug}",
                cause.slug
            );
        }
        for word in cause
            .rules
            .iter()
            .flat_map(|rule| [&rule.any, &rule.also, &rule.all, &rule.none])
            .flatten()
        {
            assert_eq!(word, &word.to_ascii_lowercase(), "{}", cause.slug);
            assert!(
                !word.contains("  "),
                "{}: `{word}` can never occur",
                cause.slug
            );
        }
    }
}

/// A word in which another of the same list occurs can never be the one that matters.
#[test]
fn no_word_of_a_list_holds_another() {
    let ladder = causes::ladder().unwrap();
    let rungs = ladder.rungs.iter().map(|rung| (&rung.says, &rung.any));
    let causes = all();
    let rules = causes.iter().flat_map(|cause| {
        let rules = cause.rules.iter();
        rules.map(move |rule| (&cause.slug, &rule.any))
    });
    for (place, words) in rules.chain(rungs) {
        let words: Vec<String> = words.iter().flat_map(|word| spellings(word)).collect();
        for (at, word) in words.iter().enumerate() {
            let twin = words
                .iter()
                .enumerate()
                .find(|(other_at, other)| *other_at != at && find_word(word, other).is_some());
            assert!(twin.is_none(), "{place}: `{word}` holds {twin:?}");
        }
    }
}

#[test]
fn witnesses_are_explained_by_their_cause() {
    let diagnoser = builtin().unwrap();
    let mut wrong = Vec::new();
    for cause in all() {
        for witness in &cause.witnesses {
            let said = diagnoser.explain(&reading(witness, "witness").exchange);
            if said.cause.as_ref().map(CauseSlug::as_str) != Some(cause.slug.as_str()) {
                wrong.push(format!("{} got {:?} for {witness}", cause.slug, said.cause));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn near_misses_are_not() {
    let diagnoser = builtin().unwrap();
    for cause in all() {
        for miss in &cause.near_misses {
            let said = diagnoser.explain(&reading(miss, "near miss").exchange);
            assert_ne!(
                said.cause.as_ref().map(CauseSlug::as_str),
                Some(cause.slug.as_str()),
                "{miss}"
            );
        }
    }
}

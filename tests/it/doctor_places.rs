//! `doctor` at places that are no plain gateway or account: hosts of other makes in front, custom domains, plain HTTP,
//! the AI Gateway tier. What answered is named, and what nobody can judge is not called broken.

use crate::program::{Desk, list, text};
use serde_json::Value;

const GATEWAY: &str = "apim-pavavy6pu5hpa.azure-api.net";
const ACCOUNT: &str = "foundry1-pavavy6pu5hpa";
const BELOW: &str =
    "/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview";

/// A checkup of `asked` on the healthy world with `lines` added.
#[track_caller]
fn doctor(lines: &str, asked: &str, exit: i32) -> Value {
    let desk = Desk::new();
    desk.write("world.yaml", &format!("extends: healthy\n{lines}\n"));
    let ended = desk.run(&["doctor", asked, "--world", "world.yaml", "--format", "json"]);
    ended.expect(exit).json()
}

fn state<'a>(checkup: &'a Value, rung: &str) -> &'a str {
    let mut rungs = list(&checkup["rungs"]).iter();
    text(&rungs.find(|one| one["name"] == rung).unwrap()["state"])
}

#[track_caller]
fn assert_healthy(checkup: &Value) {
    for rung in list(&checkup["rungs"]) {
        assert!(
            matches!(text(&rung["state"]), "good" | "unjudged"),
            "{rung}"
        );
    }
    assert!(checkup["diagnosis"].is_null(), "{checkup:#}");
    assert_eq!(checkup["flaws"], serde_json::json!([]));
    assert_eq!(checkup["corrections"], serde_json::json!([]));
}

#[track_caller]
fn assert_cause(checkup: &Value, rung: &str, cause: &str, hop: &str) {
    assert_eq!(state(checkup, rung), "broken", "{:#}", checkup["rungs"]);
    assert_eq!(
        checkup["diagnosis"]["cause"], cause,
        "{:#}",
        checkup["diagnosis"]
    );
    assert_eq!(
        checkup["diagnosis"]["hop"], hop,
        "{:#}",
        checkup["diagnosis"]
    );
}

#[test]
fn plain_http_is_called_as_it_was_given() {
    let url = format!("http://{GATEWAY}{BELOW}");
    let checkup = doctor("", &url, 4);
    assert_eq!(checkup["url"], url);
    // API Management finds no API in plain HTTP; nothing is wrong with its operations.
    assert!(checkup["diagnosis"].is_null(), "{:#}", checkup["diagnosis"]);
    let flaws = checkup["flaws"].to_string();
    assert!(flaws.contains("takes this call in https only"), "{flaws}");
    let proved = list(&checkup["corrections"]).last().unwrap();
    assert_eq!(proved["url"], url.replace("http:", "https:"));
    assert_eq!(proved["is_proved"], true);
}

#[test]
fn a_host_that_speaks_plain_http_is_healthy_by_it() {
    let lines = format!("hosts:\n  {GATEWAY}: {{not_tls: true}}");
    let url = format!("http://{GATEWAY}{BELOW}");
    let checkup = doctor(&lines, &url, 0);
    assert_eq!(checkup["url"], url);
    assert_healthy(&checkup);
    let checkup = doctor(&lines, &url.replace("http:", "https:"), 4);
    assert_cause(&checkup, "tls", "tls_handshake_failed", "tls");
    assert_eq!(checkup["corrections"][0]["url"], url);
}

#[test]
fn a_scheme_alone_is_no_reason_for_what_is_broken_in_both() {
    let lines = format!("hosts:\n  {GATEWAY}: {{port_closed: true}}");
    let checkup = doctor(&lines, &format!("http://{GATEWAY}{BELOW}"), 4);
    assert_cause(&checkup, "tcp", "tcp_connection_refused", "tcp");
}

#[test]
fn a_custom_domain_of_a_gateway_is_the_gateway() {
    let custom = "gateways:\n  apim-pavavy6pu5hpa:\n    custom_hosts: [ai.contoso.com]";
    let url = format!("https://ai.contoso.com{BELOW}");
    let checkup = doctor(custom, &url, 0);
    assert_healthy(&checkup);
    assert_eq!(checkup["leg"], "gateway");
    assert_eq!(state(&checkup, "model"), "good");
    let suspended =
        format!("{custom}\n    subscriptions:\n      subscription1: {{state: suspended}}");
    let checkup = doctor(&suspended, &url, 4);
    assert_cause(&checkup, "key", "apim_key_invalid", "gateway");
    assert_eq!(checkup["corrections"], serde_json::json!([]));
    // The same mistake as on the gateway's own name, and the same host in what is proposed.
    let checkup = doctor(custom, &url.replace("/openai/", "/openai/openai/"), 4);
    assert_eq!(list(&checkup["corrections"]).last().unwrap()["url"], url);
}

#[test]
fn each_api_of_a_gateway_has_a_key_header_of_its_own() {
    let lines = "gateways:
  apim-pavavy6pu5hpa:
    apis:
      second:
        path: second/openai
        stock: inference
        policy: '<policies><inbound><base /><set-backend-service backend-id=\"foundry1\" /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>'";
    let url = format!(
        "https://{GATEWAY}{}",
        BELOW.replace("/inference/", "/second/")
    );
    let checkup = doctor(lines, &url, 0);
    assert_healthy(&checkup);
    assert_eq!(state(&checkup, "key"), "good");
}

#[test]
fn a_policy_that_wants_a_token_gets_one_beside_the_key() {
    let url = format!("https://{GATEWAY}{BELOW}");
    let policy = |audience: &str| {
        format!(
            "gateways:
  apim-pavavy6pu5hpa:
    apis:
      inference-api:
        policy: |
          <policies>
            <inbound>
              <base />
              <validate-jwt header-name=\"Authorization\">
                <openid-config url=\"https://login.microsoftonline.com/7f4c2b1e-5a0d-4d0e-9c61-2f8f3a7b9d10/v2.0/.well-known/openid-configuration\" />
                <audiences><audience>{audience}</audience></audiences>
              </validate-jwt>
              <set-backend-service backend-id=\"inference-backend-pool\" />
            </inbound>
            <backend><base /></backend>
            <outbound><base /></outbound>
            <on-error><base /></on-error>
          </policies>"
        )
    };
    let checkup = doctor(&policy("https://cognitiveservices.azure.com"), &url, 0);
    assert_healthy(&checkup);
    assert_eq!(state(&checkup, "model"), "good");
    let mut rungs = list(&checkup["rungs"]).iter();
    let key = rungs.find(|rung| rung["name"] == "key").unwrap();
    assert!(
        text(&key["finding"]).contains("Entra token beside it"),
        "{key}"
    );
    let open = policy("https://cognitiveservices.azure.com").replace(
        "inference-api:\n",
        "inference-api:\n        subscription_required: false\n",
    );
    assert_healthy(&doctor(&open, &url, 0));
    // A token that the policy refuses is a broken key.
    let checkup = doctor(&policy("api://other"), &url, 4);
    assert_cause(&checkup, "key", "apim_jwt_rejected", "gateway");
}

#[test]
fn what_the_gateway_makes_of_a_call_is_told_from_the_call_itself() {
    for (file, cause) in [
        ("rewrite-loses-version", "gateway_rewrote_request"),
        ("backend-url-without-openai", "backend_path_wrong"),
        ("backend-key-refused", "aoai_key_auth_disabled"),
        ("backend-audience", "apim_backend_auth_failed"),
        ("policy-sets-old-version", "gateway_rewrote_request"),
        ("too-slow", "gateway_upstream_timeout"),
        ("backend-port-closed", "apim_backend_unreachable"),
        ("deployment-paused", "aoai_deployment_not_ready"),
    ] {
        let desk = Desk::new();
        let url = format!("https://{GATEWAY}{BELOW}");
        let arguments = [
            "doctor",
            &url,
            "--world",
            &crate::program::world(file),
            "--format",
            "json",
        ];
        let checkup = desk.run(&arguments).expect(4).json();
        assert_eq!(
            checkup["diagnosis"]["cause"], cause,
            "{file}: {:#}",
            checkup["diagnosis"]
        );
        let mut probes = list(&checkup["probes"]).iter();
        assert!(
            probes.any(|probe| probe["name"] == "direct to the account"),
            "{file}"
        );
        for correction in list(&checkup["corrections"]) {
            assert!(
                text(&correction["url"]).contains("api-version=2025-04-01-preview"),
                "{file}"
            );
        }
    }
}

#[test]
fn what_is_behind_a_strange_host_is_not_judged_without_a_key() {
    for make in [
        "nginx",
        "front_door",
        "application_gateway",
        "envoy",
        "kong",
    ] {
        let lines = format!(
            "fronts:\n  llm.contoso.com: {{make: {make}, routes: {{/: {{to: 'https://{GATEWAY}'}}}}}}"
        );
        let checkup = doctor(&lines, &format!("https://llm.contoso.com{BELOW}"), 3);
        assert_healthy(&checkup);
        assert_eq!(state(&checkup, "key"), "unjudged", "{make}");
        let notes = checkup["notes"].to_string();
        assert!(notes.contains("no key is sent there"), "{notes}");
    }
}

#[test]
fn a_key_that_comes_with_the_url_is_used_and_never_shown() {
    let lines = format!(
        "gateways:
  apim-pavavy6pu5hpa:
    subscriptions:
      subscription1: {{primary_key: 0123456789abcdef0123456789abcdef}}
fronts:
  llm.contoso.com: {{routes: {{/: {{to: 'https://{GATEWAY}'}}}}}}"
    );
    let call = |host: &str, key: &str| {
        format!("curl -X POST 'https://{host}{BELOW}' -H 'api-key: {key}' -d '{{\"n\":1}}'")
    };
    let right = "0123456789abcdef0123456789abcdef";
    for host in [GATEWAY, "llm.contoso.com"] {
        let checkup = doctor(&lines, &call(host, right), 0);
        assert_healthy(&checkup);
        assert_eq!(state(&checkup, "model"), "good");
        assert!(!checkup.to_string().contains(right));
        let checkup = doctor(&lines, &call(host, "fedcba9876543210"), 4);
        assert_cause(&checkup, "key", "apim_key_invalid", "gateway");
        assert!(!checkup.to_string().contains("fedcba9876543210"));
    }
    // The parameter's name is not the one that this API reads; the key itself is good.
    let url = format!("https://{GATEWAY}{BELOW}&subscription-key={right}");
    let checkup = doctor(&lines, &url, 4);
    assert_cause(&checkup, "key", "apim_key_wrong_header", "gateway");
    let mut probes = list(&checkup["probes"]).iter();
    let same = probes.find(|probe| probe["name"] == "the same key in api-key");
    assert_eq!(same.unwrap()["exchange"]["response"]["status"], 400);
    assert_eq!(checkup["corrections"], serde_json::json!([]));
    let checkup = doctor(&lines, &url.replace("subscription-key", "api-key"), 0);
    assert_healthy(&checkup);
}

#[test]
fn a_reverse_proxy_that_answers_by_itself_is_not_the_backend() {
    for (make, rung) in [
        ("nginx", "http"),
        ("envoy", "route"),
        ("kong", "route"),
        ("litellm", "route"),
    ] {
        let lines = format!("fronts:\n  llm.contoso.com: {{make: {make}}}");
        let path = match make {
            "litellm" => "/inference/images/variations",
            _ => BELOW,
        };
        let checkup = doctor(&lines, &format!("https://llm.contoso.com{path}"), 4);
        assert_cause(&checkup, rung, "gateway_route_not_found", "gateway");
        assert_eq!(checkup["flaws"], serde_json::json!([]), "{make}");
    }
    for make in ["nginx", "application_gateway", "envoy", "kong"] {
        let lines = format!(
            "fronts:\n  llm.contoso.com: {{make: {make}, routes: {{/: {{to: 'https://{GATEWAY}'}}}}}}\nhosts:\n  {GATEWAY}: {{port_closed: true}}"
        );
        let checkup = doctor(&lines, &format!("https://llm.contoso.com{BELOW}"), 4);
        let diagnosis = &checkup["diagnosis"];
        assert_eq!(
            diagnosis["cause"], "gateway_upstream_unreachable",
            "{make}: {diagnosis:#}"
        );
        assert_eq!(diagnosis["hop"], "gateway", "{make}");
    }
    let lines = "fronts:\n  llm.contoso.com: {largest_body: 2}";
    let checkup = doctor(lines, &format!("https://llm.contoso.com{BELOW}"), 4);
    assert_cause(&checkup, "http", "payload_too_large", "gateway");
}

#[test]
fn a_redirect_to_https_is_followed_by_the_eye_alone() {
    for make in ["nginx", "front_door", "application_gateway", "envoy"] {
        let lines = format!(
            "fronts:\n  llm.contoso.com: {{make: {make}, plain_http: redirect, routes: {{/: {{to: 'https://{ACCOUNT}.services.ai.azure.com', headers: {{api-key: KEY}}}}}}}}\naccounts:\n  {ACCOUNT}: {{keys: [KEY, OTHER]}}"
        );
        let url = "http://llm.contoso.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview";
        let checkup = doctor(&lines, url, 4);
        assert_eq!(state(&checkup, "http"), "broken", "{make}");
        assert!(
            checkup["diagnosis"].is_null(),
            "{make}: {:#}",
            checkup["diagnosis"]
        );
        let proved = list(&checkup["corrections"]).last().unwrap();
        assert_eq!(proved["url"], url.replace("http:", "https:"), "{make}");
        assert_eq!(proved["is_proved"], true, "{make}");
        // A proxy that holds the key itself asks for none: the URL is healthy as it is.
        let checkup = doctor(&lines, &url.replace("http:", "https:"), 0);
        assert_healthy(&checkup);
    }
}

#[test]
fn a_model_gateway_is_checked_by_its_own_rules() {
    let lines = |account: &str| {
        format!(
            "fronts:
  llm.contoso.com:
    make: litellm
    plain_http: serve
    keys: [sk-1234abcd]
    models:
      FLUX-1.1-pro: {{account: {account}, deployment: FLUX-1.1-pro}}
      FLUX.1-Kontext-pro: {{account: {account}, deployment: FLUX.1-Kontext-pro}}"
        )
    };
    let lines = lines(ACCOUNT);
    for scheme in ["https", "http"] {
        let url = format!("{scheme}://llm.contoso.com/v1/images/generations");
        let checkup = doctor(&lines, &url, 3);
        assert_healthy(&checkup);
        assert_eq!(checkup["url"], url);
        let call = |key: &str| format!("curl {url} -H 'Authorization: Bearer {key}'");
        let checkup = doctor(&lines, &call("sk-1234abcd"), 0);
        assert_healthy(&checkup);
        assert_eq!(state(&checkup, "model"), "good");
        let checkup = doctor(&lines, &call("sk-0000"), 4);
        assert_cause(&checkup, "key", "gateway_key_rejected", "gateway");
    }
    let other = lines
        .replace("FLUX-1.1-pro:", "flux:")
        .replace("FLUX.1-Kontext-pro:", "kontext:");
    let call =
        "curl https://llm.contoso.com/v1/images/generations -H 'Authorization: Bearer sk-1234abcd'";
    // The name that was tried is a guess: that it is unknown says nothing of the URL.
    let checkup = doctor(&other, call, 3);
    assert_healthy(&checkup);
    assert_eq!(state(&checkup, "model"), "unjudged");
    let named = |name: &str| format!("{call} -d '{{\"model\": \"{name}\"}}'");
    assert_healthy(&doctor(&other, &named("flux"), 0));
    let checkup = doctor(&other, &named("FLUX-1.1-pro"), 4);
    assert_cause(&checkup, "model", "gateway_model_not_configured", "gateway");
}

fn ai_gateway(model: &str) -> String {
    format!(
        "ai_gateways:
  contoso:
    location: eastus2
    keys: [0a1b2c3d4e5f]
    models:
      {model}: {{provider: my-foundry, account: {ACCOUNT}, deployment: FLUX-1.1-pro}}"
    )
}

#[test]
fn the_ai_gateway_tier_is_judged_by_its_own_paths() {
    let own = "https://contoso.eastus2.ai.gateway.azure.com";
    let lines = format!(
        "{}\n      FLUX.1-Kontext-pro: {{account: {ACCOUNT}, deployment: FLUX.1-Kontext-pro}}",
        ai_gateway("FLUX-1.1-pro")
    );
    let call = |path: &str, key: &str| format!("curl {own}{path} -H 'api-key: {key}'");
    let path = "/default/models/openai/v1/images/generations";
    let checkup = doctor(&lines, &format!("{own}{path}"), 3);
    assert_healthy(&checkup);
    let checkup = doctor(&lines, &call(path, "0a1b2c3d4e5f"), 0);
    assert_healthy(&checkup);
    assert_eq!(state(&checkup, "model"), "good");
    let checkup = doctor(&lines, &call(path, "ffffffffffff"), 4);
    assert_cause(&checkup, "key", "gateway_key_rejected", "gateway");
    let other = ai_gateway("flux-by-another-name");
    let checkup = doctor(&other, &call(path, "0a1b2c3d4e5f"), 3);
    assert_healthy(&checkup);
    let named = format!(
        "{} -d '{{\"model\": \"flux\"}}'",
        call(path, "0a1b2c3d4e5f")
    );
    let checkup = doctor(&other, &named, 4);
    assert_cause(&checkup, "model", "gateway_model_not_configured", "gateway");
    for wrong in [
        "/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview",
        "/models/openai/v1/images/generations",
    ] {
        let checkup = doctor(&lines, &call(wrong, "0a1b2c3d4e5f"), 4);
        let proved = list(&checkup["corrections"]).last().unwrap();
        assert_eq!(proved["url"], format!("{own}{path}"), "{wrong}");
        assert_eq!(proved["is_proved"], true, "{wrong}");
    }
}

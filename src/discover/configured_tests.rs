//! Targets from variables and from `targets:`.

use super::configured::{Configured, configured};
use crate::config::{Config, FileText, Layers};
use crate::knowledge::family_of;
use crate::model::{DirectLeg, Target};
use crate::provider::{Ask, build};

fn load(pairs: &[(&str, &str)], yaml: &str) -> Config {
    let layers = Layers {
        environment: pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        project: Some(FileText {
            path: "fluxprobe.yaml".into(),
            text: yaml.into(),
        }),
        ..Layers::default()
    };
    Config::load(&layers).unwrap()
}

fn from(pairs: &[(&str, &str)], yaml: &str) -> Configured {
    configured(&load(pairs, yaml)).unwrap()
}

fn fault(yaml: &str) -> String {
    configured(&load(&[], yaml)).unwrap_err().to_string()
}

fn url(target: &Target) -> String {
    build(target, &Ask::generate("p")).unwrap().url.into()
}

const PHASE: &[(&str, &str)] = &[
    (
        "APIM_GATEWAY_URL",
        "https://apim-pavavy6pu5hpa.azure-api.net",
    ),
    ("IMAGE_MODEL_NAME", "FLUX-1.1-pro"),
    ("IMAGE_MODEL_DEPLOYMENT", "FLUX-1.1-pro"),
    ("IMAGE_API_VERSION", "2024-08-01-preview"),
    (
        "FOUNDRY_IMAGE_ENDPOINT",
        "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/",
    ),
    ("APIM_SUBSCRIPTION_KEY", "gateway-key"),
];

#[test]
fn the_image_variables_make_one_target_with_both_ways() {
    let found = from(PHASE, "");
    let [target] = found.targets.as_slice() else {
        panic!("one target: {:?}", found.targets)
    };
    assert_eq!(target.account, "foundry1-pavavy6pu5hpa");
    assert_eq!(target.family.as_ref().unwrap(), &"flux-1.1-pro");
    assert_eq!(
        url(target),
        "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview"
    );
    let leg = target.gateway.as_ref().unwrap();
    assert_eq!(leg.key_names.header, "api-key");
    assert_eq!(found.keys.gateway(leg).unwrap().expose(), "gateway-key");
    assert_eq!(
        target.direct.as_ref().unwrap().endpoint,
        "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com"
    );
    assert_eq!(found.inventory.routes[0].url, url(target));
    assert_eq!(found.inventory.gateways[0].apis[0].path, "inference/openai");
    assert!(!format!("{found:?}").contains("gateway-key"));
}

#[test]
fn the_pairs_of_variables_take_origins_and_whole_urls() {
    let found = from(
        &[
            (
                "AZURE_FLUX_11_PRO_ENDPOINT",
                "https://copilot-dy-foundry.services.ai.azure.com",
            ),
            ("AZURE_FLUX_11_PRO_API_KEY", "k1"),
            (
                "AZURE_FLUX_KONTEXT_PRO_ENDPOINT",
                "https://copilot-dy-foundry.services.ai.azure.com/openai/deployments/my-kontext/images/generations?api-version=2025-03-01-preview",
            ),
            ("AZURE_FLUX_KONTEXT_PRO_API_KEY", "k2"),
        ],
        "",
    );
    let urls: Vec<String> = found.targets.iter().map(url).collect();
    assert_eq!(
        urls,
        [
            "https://copilot-dy-foundry.services.ai.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview",
            "https://copilot-dy-foundry.services.ai.azure.com/openai/deployments/my-kontext/images/generations?api-version=2025-03-01-preview",
        ]
    );
    let kontext = &found.targets[1];
    assert_eq!(family_of(&kontext.model).unwrap().id, "flux.1-kontext-pro");
    assert_eq!(kontext.peers[0].deployment, "FLUX-1.1-pro");
    let key = found.keys.account(kontext);
    assert_eq!(key.unwrap().expose(), "k2");
    assert_eq!(found.inventory.accounts.len(), 1);
    assert_eq!(found.inventory.accounts[0].deployments.len(), 2);
}

#[test]
fn an_endpoint_that_is_a_gateways_becomes_a_gateway_way_with_its_key() {
    let found = from(
        &[
            (
                "AZURE_FLUX_11_PRO_ENDPOINT",
                "https://g.azure-api.net/inference/openai/deployments/d/images/generations?api-version=2025-04-01-preview",
            ),
            ("AZURE_FLUX_11_PRO_API_KEY", "k"),
        ],
        "",
    );
    let target = &found.targets[0];
    assert!(target.direct.is_none());
    assert_eq!(target.route_name(), "g/inference/openai");
    let leg = target.gateway.as_ref().unwrap();
    assert_eq!(found.keys.gateway(leg).unwrap().expose(), "k");
}

#[test]
fn a_host_of_ones_own_is_an_accounts_unless_a_path_says_otherwise() {
    let found = from(
        &[("AZURE_FLUX_11_PRO_ENDPOINT", "http://127.0.0.1:8080")],
        "",
    );
    assert_eq!(
        url(&found.targets[0]),
        "http://127.0.0.1:8080/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview"
    );
    assert!(found.targets[0].direct.is_some());
    let found = from(
        &[(
            "AZURE_FLUX_11_PRO_ENDPOINT",
            "https://ai.contoso.com/inference/openai/deployments/d/images/generations",
        )],
        "",
    );
    assert_eq!(
        found.targets[0].gateway.as_ref().unwrap().gateway,
        "ai.contoso.com"
    );
}

#[test]
fn written_targets_are_taken_as_they_stand() {
    let found = from(
        &[("K", "secret")],
        "targets:\n  - deployment: two\n    model: FLUX.2-pro\n    account: lab\n    endpoint: https://a.services.ai.azure.com/api/projects/p\n    key_from: K\n    requests_per_minute: 15\n    vision_deployment: eyes\n    gateway: {url: 'https://g.azure-api.net', api_path: flux, api: flux-api, key_header: X-Key}\n",
    );
    let target = &found.targets[0];
    assert_eq!(target.account, "lab");
    assert_eq!(target.own_requests_per_minute(), Some(15.0));
    assert_eq!(target.vision.as_ref().unwrap().deployment, "eyes");
    assert_eq!(target.gateway.as_ref().unwrap().key_names.header, "X-Key");
    assert_eq!(target.route_name(), "g/flux-api");
    let key = found.keys.account(target);
    assert_eq!(key.unwrap().expose(), "secret");
}

#[test]
fn a_deployment_behind_two_gateways_is_two_targets_where_a_file_lists_both() {
    let entry = |gateway: &str, path: &str| {
        format!(
            "  - deployment: pro\n    model: FLUX-1.1-pro\n    endpoint: https://foundry1.cognitiveservices.azure.com\n    gateway: {{ url: 'https://{gateway}.azure-api.net', api_path: {path} }}\n"
        )
    };
    let yaml = |entries: &[String]| format!("targets:\n{}", entries.concat());
    let (one, path, other) = (
        entry("a", "x/openai"),
        entry("a", "y/openai"),
        entry("b", "x/openai"),
    );
    let found = from(&[], &yaml(&[one.clone(), path, other]));
    let routes: Vec<String> = found.targets.iter().map(Target::route_name).collect();
    assert_eq!(routes, ["a/x/openai", "a/y/openai", "b/x/openai"]);
    assert!(found.targets.iter().all(|target| target.direct.is_some()));
    assert!(found.targets.iter().all(|target| target.peers.is_empty()));
    assert_eq!(found.inventory.accounts[0].deployments.len(), 1);
    assert_eq!(found.inventory.routes.len(), 3);
    // The same way twice is one target, and a variable decides what a file says otherwise.
    assert_eq!(
        from(&[], &yaml(&[one.clone(), one.clone()])).targets.len(),
        1
    );
    let pairs = [
        ("APIM_GATEWAY_URL", "https://b.azure-api.net"),
        ("IMAGE_MODEL_DEPLOYMENT", "pro"),
    ];
    assert_eq!(from(&pairs, &yaml(&[one])).targets.len(), 1);
}

#[test]
fn what_cannot_be_used_says_where_and_why() {
    assert_eq!(
        fault("targets:\n  - endpoint: https://a.openai.azure.com\n"),
        "fluxprobe.yaml:2: no deployment is named; add `deployment:`, or give the whole URL as `endpoint:`"
    );
    assert_eq!(
        fault("\ntargets:\n  - deployment: d\n"),
        "fluxprobe.yaml:3: deployment `d` has no way to it; add `endpoint:` or `gateway:`"
    );
    let text = fault(
        "targets:\n  - {deployment: 'https://a.openai.azure.com/', endpoint: 'https://a.openai.azure.com'}\n",
    );
    assert!(
        text.contains("is a URL where a deployment's name belongs"),
        "{text}"
    );
    let text = fault(
        "targets:\n  - {deployment: d, gateway: {url: 'https://g.azure-api.netinference/openai'}}\n",
    );
    assert!(
        text.contains(
            "a slash is missing before the path; use https://g.azure-api.net/inference/openai"
        ),
        "{text}"
    );
    assert!(configured(&load(&[], "")).unwrap().targets.is_empty());
}

#[test]
fn image_variables_that_name_no_place_make_no_target() {
    for pairs in [&PHASE[1..2], &PHASE[1..4]] {
        assert_eq!(from(pairs, "").targets, [], "{pairs:?}");
    }
}

#[test]
fn a_key_opens_its_account_under_each_of_its_names_and_a_missing_one_is_named() {
    let found = from(
        &[
            (
                "AZURE_FLUX_11_PRO_ENDPOINT",
                "https://sub.services.ai.azure.com",
            ),
            ("AZURE_FLUX_11_PRO_API_KEY", "k1"),
            (
                "AZURE_FLUX_KONTEXT_PRO_ENDPOINT",
                "https://other.services.ai.azure.com",
            ),
        ],
        "",
    );
    let discovered = |host: &str, deployment: &str| Target {
        account: "cog-account".into(),
        deployment: deployment.into(),
        direct: Some(DirectLeg {
            endpoint: format!("https://{host}.cognitiveservices.azure.com"),
            ..DirectLeg::default()
        }),
        ..Target::default()
    };
    let key = |target: &Target| {
        found
            .keys
            .account(target)
            .map(|key| key.expose().to_owned())
    };
    assert_eq!(
        key(&discovered("sub", "FLUX-1.1-pro")).as_deref(),
        Some("k1")
    );
    assert_eq!(key(&discovered("sub", "imggen")).as_deref(), Some("k1"));
    assert_eq!(key(&discovered("another", "FLUX-1.1-pro")), None);
    let why = found.keys.missing(&found.targets[1]).unwrap();
    assert!(
        why.starts_with("Azure Flux API endpoint or key not configured: ")
            && why.contains("AZURE_FLUX_KONTEXT_PRO_API_KEY is not"),
        "{why}"
    );
    assert_eq!(found.keys.missing(&found.targets[0]), None);
}

#[test]
fn a_gateway_alone_serves_the_usual_deployment_or_those_of_the_pairs() {
    let gateway = ("APIM_GATEWAY_URL", "https://g.azure-api.net");
    let names = |pairs: &[(&str, &str)]| -> Vec<String> {
        let found = from(pairs, "").targets;
        let shown = |one: &Target| format!("{} {}", one.deployment, one.route_name());
        found.iter().map(shown).collect()
    };
    let usual = "FLUX-1.1-pro g/inference/openai";
    assert_eq!(names(&[gateway]), [usual]);
    assert_eq!(names(&[gateway, ("DALL_E_DEPLOYMENT", "")]), [usual]);
    let other = ("DALL_E_DEPLOYMENT", "dall-e-3");
    assert_eq!(names(&[gateway, other]), [""; 0]);
    let pair = (
        "AZURE_FLUX_KONTEXT_PRO_ENDPOINT",
        "https://a.services.ai.azure.com",
    );
    let paired = "FLUX.1-Kontext-pro g/inference/openai";
    assert_eq!(names(&[gateway, pair]), [paired]);
    let named = ("IMAGE_MODEL_DEPLOYMENT", "mine");
    assert_eq!(
        names(&[gateway, pair, named]),
        ["mine g/inference/openai", "FLUX.1-Kontext-pro direct"]
    );
}

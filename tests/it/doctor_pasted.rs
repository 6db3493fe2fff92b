//! `doctor` on what people paste: every form of URL is read as what it means, and nothing is blamed that works.

use crate::program::{Desk, list, text, world};
use serde_json::{Value, json};

const GATEWAY: &str = "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments";
const VERSION: &str = "api-version=2025-04-01-preview";

fn doctor(world: &str, asked: &str) -> (i32, Value) {
    let desk = Desk::new();
    let ended = desk.run(&["doctor", asked, "--world", world, "--format", "json"]);
    (ended.code.unwrap_or(-1), ended.json())
}

#[test]
fn a_healthy_url_says_healthy_in_whatever_it_is_pasted() {
    let url = format!("{GATEWAY}/FLUX-1.1-pro/images/generations?{VERSION}");
    let account = "https://foundry1-pavavy6pu5hpa";
    for asked in [
        url.clone(),
        url.replace('?', "/?"),
        format!("{url}#anchor"),
        url.replace("2025-04-01-preview", "2024-08-01-preview"),
        format!("{GATEWAY}/FLUX.1-Kontext-pro/images/edits?{VERSION}"),
        format!(
            "curl -X POST \"{url}\" \\\n  -H \"Content-Type: application/json\" -H 'api-key: $KEY'"
        ),
        format!("POST {url} HTTP/1.1"),
        format!("it fails at {url}."),
        format!(
            "{account}.services.ai.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?api-version=preview"
        ),
        format!(
            "{account}.openai.azure.com/openai/deployments/FLUX-1.1-pro/images/generations?{VERSION}"
        ),
        format!("{account}.services.ai.azure.com/openai/v1/images/generations"),
    ] {
        let (code, checkup) = doctor("healthy", &asked);
        assert_eq!(code, 0, "{asked}: {:#}", checkup["rungs"]);
        assert!(checkup["diagnosis"].is_null(), "{asked}");
        assert_eq!(checkup["flaws"], json!([]), "{asked}");
    }
}

#[test]
fn what_is_only_a_base_is_completed_and_the_estate_stays_healthy() {
    let account = "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com";
    for (asked, wanted) in [
        (
            "https://apim-pavavy6pu5hpa.azure-api.net",
            format!("{GATEWAY}/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview"),
        ),
        (
            "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX.1-Kontext-pro",
            format!(
                "{GATEWAY}/FLUX.1-Kontext-pro/images/generations?api-version=2024-08-01-preview"
            ),
        ),
        (
            "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/",
            format!("{account}/openai/deployments/FLUX-1.1-pro/images/generations?{VERSION}"),
        ),
        (
            "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/openai/v1/",
            format!("{account}/openai/v1/images/generations"),
        ),
    ] {
        let (code, checkup) = doctor("healthy", asked);
        assert_eq!(code, 4, "{asked}");
        assert!(checkup["diagnosis"].is_null(), "{asked}");
        let proved = list(&checkup["corrections"]).last().unwrap();
        assert_eq!(proved["url"], wanted, "{asked}");
        assert_eq!(proved["is_proved"], true, "{asked}");
    }
    // The base of a broken estate shows what is broken.
    let (_, checkup) = doctor(
        &world("key-suspended"),
        "https://apim-pavavy6pu5hpa.azure-api.net",
    );
    assert_eq!(checkup["diagnosis"]["cause"], "apim_key_invalid");
}

#[test]
fn an_api_version_that_is_not_at_fault_stays() {
    let given = format!("{GATEWAY}/FLUX-1.1-pro/images/generations?{VERSION}");
    for (world, cause) in [
        ("key-suspended", "apim_key_invalid"),
        ("deployment-paused", "aoai_deployment_not_ready"),
        ("backend-key-refused", "aoai_key_auth_disabled"),
    ] {
        let (_, checkup) = doctor(&crate::program::world(world), &given);
        assert_eq!(checkup["corrections"], json!([]), "{world}");
        assert_eq!(checkup["flaws"], json!([]), "{world}");
        assert_eq!(checkup["diagnosis"]["cause"], cause, "{world}");
    }
    for (asked, cause) in [
        (
            given.replace("FLUX-1.1-pro", "flux-1-1-pro"),
            "aoai_deployment_not_found",
        ),
        (
            given.replace("/openai/", "/openai/openai/"),
            "apim_path_prefix_wrong",
        ),
        (
            given.replace("2025-04-01-preview", "2025-04-01-preveiw"),
            "aoai_api_version_wrong",
        ),
    ] {
        let (code, checkup) = doctor("healthy", &asked);
        assert_eq!(code, 4, "{asked}");
        assert_eq!(checkup["diagnosis"]["cause"], cause, "{asked}");
        let proved = list(&checkup["corrections"]).last().unwrap();
        assert_eq!(proved["url"], given, "{asked}");
        assert_eq!(proved["is_proved"], true, "{asked}");
    }
}

#[test]
fn an_operation_that_is_too_young_for_its_version_is_told_so() {
    let asked = format!("{GATEWAY}/FLUX.1-Kontext-pro/images/edits?api-version=2024-08-01-preview");
    let (_, checkup) = doctor("healthy", &asked);
    assert_eq!(checkup["diagnosis"]["cause"], "aoai_api_version_wrong");
    let proved = list(&checkup["corrections"]).last().unwrap();
    assert_eq!(
        proved["url"],
        format!("{GATEWAY}/FLUX.1-Kontext-pro/images/edits?{VERSION}")
    );
}

#[test]
fn the_shared_host_of_a_region_leads_to_the_accounts_own() {
    let asked = format!(
        "https://uksouth.api.cognitive.microsoft.com/openai/deployments/FLUX-1.1-pro/images/generations?{VERSION}"
    );
    let (code, checkup) = doctor("healthy", &asked);
    assert_eq!(code, 4);
    assert_eq!(checkup["diagnosis"]["cause"], "aoai_subdomain_required");
    let proved = list(&checkup["corrections"]).last().unwrap();
    assert!(
        text(&proved["url"]).starts_with("https://foundry1-pavavy6pu5hpa."),
        "{proved}"
    );
    assert!(text(&proved["url"]).ends_with(VERSION), "{proved}");
    assert_eq!(proved["is_proved"], true);
}

#[test]
fn a_page_for_people_names_its_account() {
    for asked in [
        "https://ai.azure.com/resource/deployments/FLUX.1-Kontext-pro?wsid=x",
        "https://ai.azure.com/foundryProject/overview?wsid=/subscriptions/s/resourceGroups/lab-master-lab/providers/Microsoft.CognitiveServices/accounts/foundry1-pavavy6pu5hpa/projects/p",
    ] {
        let (code, checkup) = doctor("healthy", asked);
        assert_eq!(code, 4, "{asked}");
        assert!(checkup["diagnosis"].is_null());
        let flaws = checkup["flaws"].to_string();
        assert!(flaws.contains("a portal for people"), "{flaws}");
        let proved = list(&checkup["corrections"]).last().unwrap();
        assert_eq!(proved["is_proved"], true, "{asked}");
    }
}

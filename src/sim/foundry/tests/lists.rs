//! Lists of models and deployments.

use super::*;

const PROJECT: &str = "https://a.services.ai.azure.com/api/projects/p/deployments?api-version=v1";

#[tokio::test]
async fn a_project_lists_its_deployments_to_tokens_of_its_audience_only() {
    let rig = Rig::new();
    let with = |client: &str, audience: &str, url: &str| {
        let bearer = format!("Bearer {}", rig.token(client, audience));
        rig.bare(Method::GET, url, "")
            .with("authorization", &bearer)
    };
    let project = "https://ai.azure.com";
    let answer = json(&with("foundry-user", project, PROJECT).send().await);
    assert_eq!(answer["nextLink"], Value::Null);
    let all = answer["value"].as_array().unwrap().len();
    let only =
        format!("{PROJECT}&modelPublisher=Black%20Forest%20Labs&modelName=FLUX.1-Kontext-pro");
    let answer = json(&with("foundry-user", project, &only).send().await);
    let listed = answer["value"].as_array().unwrap();
    assert!(all > 1);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["name"], "kontext");
    assert_eq!(listed[0]["modelPublisher"], "Black Forest Labs");
    let cognitive = "https://cognitiveservices.azure.com";
    assert_eq!(
        with("foundry-user", cognitive, PROJECT).size().await,
        (401, 146)
    );
    assert_eq!(rig.get(PROJECT).size().await, (401, 146));
    assert_eq!(with("user", project, PROJECT).size().await, (401, 99));
    let none = PROJECT.replace("/p/", "/q/");
    assert_eq!(with("foundry-user", project, &none).size().await, (404, 56));
}

#[tokio::test]
async fn models_and_deployments_are_listed() {
    let rig = Rig::new();
    let models = json(
        &rig.get("https://a.openai.azure.com/openai/models?api-version=2024-10-21")
            .send()
            .await,
    );
    let ids: Vec<&str> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|model| model["id"].as_str())
        .collect();
    assert!(
        ids.contains(&"FLUX-1.1-pro") && ids.contains(&"gpt-4o-2024-08-06"),
        "{ids:?}"
    );
    assert_eq!(ids.iter().filter(|id| **id == "FLUX-1.1-pro").count(), 1);
    let listed = json(
        &rig.get("https://a.openai.azure.com/openai/deployments?api-version=2022-12-01")
            .send()
            .await,
    );
    assert!(
        listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["id"] == "flux" && entry["model"] == "FLUX-1.1-pro")
    );
    let newer = "https://a.openai.azure.com/openai/deployments?api-version=2024-10-21";
    assert_eq!(rig.get(newer).size().await, (404, 56));
    assert_eq!(
        rig.get("https://a.openai.azure.com/openai/models?api-version=x")
            .size()
            .await,
        (400, 69)
    );
    assert_eq!(
        rig.get("https://a.openai.azure.com/openai/v1/models")
            .said()
            .await
            .0,
        200
    );
}

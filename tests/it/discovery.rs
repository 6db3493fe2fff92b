//! Discovery over ARM of the simulated internet, through the same door as everything else.

use fluxprobe::discover::{Selection, targets};
use fluxprobe::harness::{Harness, Settings};
use fluxprobe::model::{Inventory, Target};

async fn discover(world: &str) -> Inventory {
    let settings = Settings {
        world: Some(world.to_owned()),
        ..Settings::default()
    };
    let harness = Harness::open(settings).await.unwrap();
    harness
        .discover(&Selection::default(), &|_| {})
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn phase_1_5_is_the_environment_of_its_document() {
    let inventory = discover("phase-1.5").await;
    let accounts: Vec<&str> = inventory
        .accounts
        .iter()
        .map(|account| account.name.as_str())
        .collect();
    assert_eq!(
        accounts,
        [
            "foundry1-pavavy6pu5hpa",
            "foundry2-pavavy6pu5hpa",
            "foundry3-pavavy6pu5hpa"
        ]
    );
    assert_eq!(inventory.accounts[0].deployments.len(), 10);
    assert_eq!(inventory.gaps, []);
    let gateway = &inventory.gateways[0];
    let api = gateway
        .apis
        .iter()
        .find(|api| api.name == "inference-api")
        .unwrap();
    assert_eq!(api.path, "inference/openai");
    assert!(
        api.operations
            .iter()
            .any(|operation| operation.name == "ImageGenerations_Create")
    );
    assert!(
        !api.operations
            .iter()
            .any(|operation| operation.url_template.contains("images/edits"))
    );

    let targets = targets(&inventory, &Selection::default());
    let names: Vec<&str> = targets
        .iter()
        .map(|target| target.deployment.as_str())
        .collect();
    assert_eq!(names, ["FLUX-1.1-pro", "FLUX.1-Kontext-pro"]);
    let target: &Target = &targets[0];
    assert_eq!(target.route_name(), "apim-pavavy6pu5hpa/inference-api");
    assert_eq!(target.gateway.as_ref().unwrap().key_names.header, "api-key");
    assert_eq!(target.requests_per_minute(), Some(6.0));
    assert_eq!(target.peers.len(), 1);
    assert!(target.vision.is_some());
    assert!(inventory.routes.iter().any(|route| route.url
        == "https://apim-pavavy6pu5hpa.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview"));
}

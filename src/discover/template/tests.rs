use super::{TemplateError, inventory_of};
use crate::model::Inventory;
use proptest::prelude::*;
use serde_json::{Value, json};

const LAB: &str = include_str!("../../../tests/templates/lab.json");
const PART: &str = include_str!("../../../tests/templates/part.json");

fn lab() -> Inventory {
    inventory_of(LAB, None).unwrap()
}

#[test]
fn a_lab_in_modules_is_laid_out() {
    let inventory = lab();
    let names: Vec<&str> = inventory
        .accounts
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with("foundry1-") && names[1].starts_with("foundry2-"));
    for account in &inventory.accounts {
        let deployments: Vec<&str> = account
            .deployments
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(deployments, ["FLUX-1.1-pro", "FLUX.1-Kontext-pro"]);
        assert_eq!(account.deployments[0].sku.capacity, Some(2));
        assert_eq!(
            account.deployments[0].family.as_ref().unwrap(),
            "flux-1.1-pro"
        );
        assert_eq!(
            account.endpoint,
            format!("https://{}.cognitiveservices.azure.com/", account.name)
        );
    }
    let gateway = &inventory.gateways[0];
    assert_eq!(gateway.sku, "Basicv2");
    let api = &gateway.apis[0];
    assert_eq!(api.path, "inference/openai");
    assert_eq!(api.key_names.header, "api-key");
    assert_eq!(api.operations.len(), 3);
    let policy = api.policy.as_deref().unwrap();
    assert!(
        policy.contains("backend-id=\"inference-backend-pool\""),
        "{policy}"
    );
    let urls: Vec<Option<&str>> = gateway
        .backends
        .iter()
        .map(|one| one.url.as_deref())
        .collect();
    assert_eq!(
        urls[0].unwrap(),
        format!("{}openai", inventory.accounts[0].endpoint)
    );
    let pool: Vec<(&str, Option<u32>)> = gateway.backends[2]
        .pool
        .iter()
        .map(|one| (one.backend.as_str(), one.priority))
        .collect();
    assert_eq!(pool, [("foundry1", Some(1)), ("foundry2", Some(2))]);
    assert_eq!(gateway.subscriptions[0].scope, "/apis");
    let roles = gateway.roles.as_ref().unwrap();
    assert_eq!(roles.len(), 2);
    assert_eq!(roles[0].definition, "a97b65f3-24c7-4388-baec-2e87135dc908");
    assert!(
        roles[0]
            .scope
            .to_lowercase()
            .ends_with(&format!("/accounts/{}", names[0]))
    );
    assert_eq!(inventory.gaps, []);
}

#[test]
fn symbols_an_existing_gateway_and_copied_variables_are_laid_out() {
    let inventory = inventory_of(PART, None).unwrap();
    let gateway = &inventory.gateways[0];
    assert_eq!(
        gateway.name, "gatewayName",
        "a parameter without a value stands for itself"
    );
    let operations: Vec<&str> = gateway.apis[0]
        .operations
        .iter()
        .map(|one| one.url_template.as_str())
        .collect();
    assert_eq!(
        operations,
        [
            "/deployments/{deployment-id}/images/generations",
            "/deployments/{deployment-id}/images/edits"
        ]
    );
    assert_eq!(
        gateway.backends[0].url.as_deref(),
        Some("https://pictures.cognitiveservices.azure.com/openai")
    );
    let gaps: Vec<&str> = inventory.gaps.iter().map(|gap| gap.what.as_str()).collect();
    for gap in [
        "parameter gatewayName of the template",
        "subscriptions of gateway gatewayName",
        "the service policy of gateway gatewayName",
    ] {
        assert!(gaps.contains(&gap), "{gaps:?}");
    }
    let given =
        json!({"parameters": {"gatewayName": {"value": "apim"}, "withEdits": {"value": false}}});
    let inventory = inventory_of(PART, Some(&given.to_string())).unwrap();
    assert_eq!(inventory.gateways[0].name, "apim");
    assert_eq!(inventory.gateways[0].apis[0].operations.len(), 1);
}

#[test]
fn what_cannot_be_evaluated_is_a_gap_under_the_name_that_checks_know() {
    let of = |change: &dyn Fn(&mut Value)| {
        let mut template: Value = serde_json::from_str(PART).unwrap();
        change(&mut template["resources"]);
        let inventory = inventory_of(&template.to_string(), None).unwrap();
        inventory
            .gaps
            .iter()
            .map(|gap| format!("{}: {}", gap.what, gap.why))
            .collect::<Vec<_>>()
    };
    let listed = |gaps: &[String], begin: &str| {
        assert!(gaps.iter().any(|gap| gap.starts_with(begin)), "{gaps:#?}");
    };
    let gaps =
        of(&|all| all["backend"]["properties"]["url"] = json!("[listKeys('x', '2024').key1]"));
    listed(
        &gaps,
        "backends of gateway gatewayName: properties.url of gatewayName/pictures: listkeys()",
    );
    let gaps = of(&|all| all["policy"]["properties"]["value"] = json!("[variables('nowhere')]"));
    listed(
        &gaps,
        "policy of API pictures of gateway gatewayName: there is no variable nowhere",
    );
    let gaps = of(&|all| all["policy"]["properties"]["format"] = json!("rawxml-link"));
    listed(
        &gaps,
        "policy of API pictures of gateway gatewayName: it is linked",
    );
    let gaps = of(&|all| all["operation"]["copy"]["count"] = json!("[length(reference('x').y)]"));
    listed(
        &gaps,
        "how many microsoft.apimanagement/service/apis/operations there are: reference('x')",
    );
    let gaps = of(&|all| all["model"]["properties"]["model"]["name"] = json!("[concat(]"));
    listed(
        &gaps,
        "deployments of account pictures: properties.model.name",
    );
    let gaps = of(&|all| all["api"]["condition"] = json!("[utcNow()]"));
    listed(
        &gaps,
        "condition of microsoft.apimanagement/service/apis gatewayName/pictures, taken as true: utcnow()",
    );
    let linked = json!({"type": "Microsoft.Resources/deployments", "name": "m", "properties": {"templateLink": {"uri": "x"}}});
    let gaps = of(&|all| all["m"] = linked.clone());
    listed(&gaps, "deployment m: its template is linked");
}

#[test]
fn variables_that_go_round_and_endless_copies_end() {
    let template = json!({
        "parameters": {"a": {"type": "string", "defaultValue": "[parameters('b')]"}, "b": {"type": "string", "defaultValue": "[parameters('a')]"}},
        "variables": {"x": "[variables('y')]", "y": "[variables('x')]"},
        "resources": [
            {"type": "Microsoft.ApiManagement/service", "name": "g"},
            {"type": "Microsoft.ApiManagement/service/backends", "name": "[concat('g/', variables('x'))]", "properties": {}},
            {"type": "Microsoft.ApiManagement/service/backends", "name": "[concat('g/', parameters('a'))]", "properties": {}},
            {"type": "Microsoft.ApiManagement/service/apis", "name": "[format('g/{0}', copyIndex())]", "copy": {"name": "c", "count": 2_000_000_000}},
        ],
    });
    let inventory = inventory_of(&template.to_string(), None).unwrap();
    let whys: Vec<&str> = inventory.gaps.iter().map(|gap| gap.why.as_str()).collect();
    assert!(
        whys.iter().any(|why| why.contains("refers to itself")),
        "{whys:?}"
    );
    assert!(
        whys.iter().any(|why| why.contains("is more than is read")),
        "{whys:?}"
    );
}

#[test]
fn other_files_are_refused() {
    assert!(matches!(
        inventory_of("resource x", None),
        Err(TemplateError::NoJson(_))
    ));
    assert!(matches!(
        inventory_of("{\"parameters\": {}}", None),
        Err(TemplateError::NoTemplate)
    ));
    assert!(matches!(
        inventory_of("{\"resources\": []}", None),
        Err(TemplateError::Nothing)
    ));
}

/// Places in a JSON value, by pointer.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                pointers(item, format!("{at}/{number}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

proptest! {
    #[test]
    fn no_template_makes_the_reader_fall_over(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0usize..9), 1..6),
        is_lab in any::<bool>(),
    ) {
        let mut template: Value = serde_json::from_str(if is_lab { LAB } else { PART }).unwrap();
        for (at, kind) in changes {
            let mut places = Vec::new();
            pointers(&template, String::new(), &mut places);
            let place = at.get(&places).clone();
            let odd = [
                json!(null), json!([]), json!({}), json!(-1), json!("[parameters('aiServicesConfig')[9].x]"),
                json!("[concat(format('{0}{7'), substring('ü', 1, 9), split('a', ''), take('x', 99))]"),
                json!("[reference(resourceId('x')).outputs.y.value]"), json!("[[]"), json!(true),
            ];
            if let Some(value) = template.pointer_mut(&place) {
                *value = odd[kind].clone();
            }
        }
        if let Ok(inventory) = inventory_of(&template.to_string(), None) {
            // Whatever was laid out can be judged.
            let text = serde_json::to_string(&inventory).unwrap();
            prop_assert!(serde_json::from_str::<Inventory>(&text).is_ok());
        }
    }
}

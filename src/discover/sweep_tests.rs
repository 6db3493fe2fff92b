//! Sweeps over a canned ARM.

use super::arm::Arm;
use super::error::DiscoverError;
use super::keys::{list_account_keys, list_gateway_keys};
use super::selection::Selection;
use super::stub::{StubArm, StubCredential};
use super::sweep::{Progress, discover};
use super::targets::targets;
use crate::model::Inventory;
use crate::net::SystemClock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
const RG: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lab/providers";
const REFUSED: &str = r#"{"error":{"code":"AuthorizationFailed","message":"The client 'app' with object id 'oid' does not have authorization to perform action 'ACTION' over scope '/x' or the scope is invalid. If access was recently granted, please refresh your credentials."}}"#;

async fn run(arm: StubArm) -> (Arc<StubArm>, Result<Inventory, DiscoverError>) {
    run_with(arm, StubCredential::working(), &Selection::default()).await
}

async fn run_with(
    arm: StubArm,
    credential: Arc<StubCredential>,
    selection: &Selection,
) -> (Arc<StubArm>, Result<Inventory, DiscoverError>) {
    let arm = Arc::new(arm);
    let way = Arm::new(arm.clone(), credential, Arc::new(SystemClock::default()));
    let found = discover(&way, selection, &|_| {}).await;
    (arm, found)
}

fn arm_of(stub: &Arc<StubArm>) -> Arm {
    let clock = Arc::new(SystemClock::default());
    Arm::new(stub.clone(), StubCredential::working(), clock)
}

fn account_json(name: &str) -> String {
    format!(
        r#"{{"id":"{RG}/Microsoft.CognitiveServices/accounts/{name}","name":"{name}","kind":"AIServices","location":"uksouth","unknown":{{"x":[null]}},
        "properties":{{"provisioningState":"Succeeded","endpoint":"https://{name}.cognitiveservices.azure.com/","customSubDomainName":"{name}",
        "endpoints":{{"AI Foundry API":"https://{name}.services.ai.azure.com/","x":null}},"disableLocalAuth":null,"publicNetworkAccess":"Enabled"}}}}"#
    )
}

fn deployment_json(name: &str, format: &str, model: &str) -> String {
    format!(
        r#"{{"name":"{name}","sku":{{"name":"GlobalStandard","capacity":1}},"properties":{{"model":{{"format":"{format}","name":"{model}","version":"1"}},
        "provisioningState":"Succeeded","deploymentState":"Running","rateLimits":[{{"key":"request","count":6.0,"renewalPeriod":60.0}}]}}}}"#
    )
}

fn list(items: &[String]) -> String {
    format!(r#"{{"value":[{}]}}"#, items.join(","))
}

/// One account with both FLUX.1 models and eyes, one without, one gateway with a pool that prefers the first.
fn lab() -> StubArm {
    let accounts = format!("{RG}/Microsoft.CognitiveServices/accounts");
    let service = format!("{RG}/Microsoft.ApiManagement/service/apim-x");
    let operation = |name: &str, method: &str, template: &str| {
        format!(
            r#"{{"name":"{name}","properties":{{"method":"{method}","urlTemplate":"{template}"}}}}"#
        )
    };
    StubArm::default()
        .with("/subscriptions", r#"{"value":[{"subscriptionId":"00000000-0000-0000-0000-000000000001","displayName":"Lab","tenantId":"t","state":"Enabled"}],"count":{"type":"Total","value":1}}"#)
        .with(
            &format!("{SUB}/providers/Microsoft.CognitiveServices/accounts"),
            &list(&[account_json("foundry1"), account_json("foundry2")]),
        )
        .with(
            &format!("{accounts}/foundry1/deployments"),
            &list(&[
                deployment_json("o3", "OpenAI", "o3"),
                deployment_json("gpt-4o-mini", "OpenAI", "gpt-4o-mini"),
                deployment_json("kontext", "Black Forest Labs", "FLUX.1-Kontext-pro"),
                deployment_json("FLUX-1.1-pro", "Black Forest Labs", "FLUX-1.1-pro"),
            ]),
        )
        .with(
            &format!("{accounts}/foundry1/models"),
            r#"{"value":[{"name":"FLUX-1.1-pro","format":"Black Forest Labs","version":"1","lifecycleStatus":"Deprecating","deprecation":{"inference":"2026-12-01T00:00:00Z"}}]}"#,
        )
        .with(
            &format!("{accounts}/foundry1/projects"),
            r#"{"value":[{"name":"foundry1/p","properties":{"endpoints":{"AI Foundry API":"https://foundry1.services.ai.azure.com/api/projects/p"}}}]}"#,
        )
        .with(
            &format!("{SUB}/providers/Microsoft.ApiManagement/service"),
            &list(&[format!(r#"{{"id":"{service}","name":"apim-x","location":"uksouth","sku":{{"name":"BasicV2"}},"properties":{{"gatewayUrl":"https://apim-x.azure-api.net","hostnameConfigurations":[{{"type":"Proxy","hostName":"apim-x.azure-api.net"}},{{"type":"Proxy","hostName":"ai.contoso.com"}}]}}}}"#)]),
        )
        .with_status(
            &format!("{SUB}/providers/Microsoft.ApiManagement/aigateways"),
            400,
            r#"{"error":{"code":"NoRegisteredProviderFound","message":"No registered resource provider found."}}"#,
        )
        .with(
            &format!("{service}/apis"),
            r#"{"value":[{"name":"inference-api","properties":{"displayName":"Inference API","path":"inference/openai","subscriptionRequired":true,"subscriptionKeyParameterNames":{"header":"api-key","query":"api-key"},"isCurrent":true}}],"count":1}"#,
        )
        .with(
            &format!("{service}/apis/inference-api/operations"),
            &list(&[
                operation("ImageGenerations_Create", "POST", "/deployments/{deployment-id}/images/generations?api-version={api-version}"),
                operation("List_Assistants", "GET", "/assistants?api-version={api-version}"),
            ]),
        )
        .with(
            &format!("{service}/apis/inference-api/policies/policy"),
            "\u{feff}{\"properties\":{\"format\":\"rawxml\",\"value\":\"<policies><inbound><base /><set-backend-service backend-id=\\\"pool\\\" /></inbound></policies>\"}}",
        )
        .with(
            &format!("{service}/backends"),
            r#"{"value":[{"name":"b1","properties":{"url":"https://foundry1.cognitiveservices.azure.com/openai","type":"Single","credentials":{"managedIdentity":{"resource":"https://cognitiveservices.azure.com"}}}},
            {"name":"pool","properties":{"type":"Pool","pool":{"services":[{"id":"/backends/b2","priority":2},{"id":"/backends/b1","priority":1,"weight":50}]}}}]}"#,
        )
        .with(
            &format!("{service}/subscriptions"),
            r#"{"value":[{"name":"old","properties":{"scope":"/apis/inference-api","state":"suspended"}},{"name":"all","properties":{"scope":"/apis","state":"active"}}]}"#,
        )
}

#[tokio::test]
async fn the_lab_is_found_whole() {
    let (arm, found) = run(lab()).await;
    let found = found.unwrap();
    assert_eq!(found.gaps, []);
    assert_eq!(found.accounts.len(), 2);
    let pro = &found.accounts[0].deployments[3];
    assert_eq!(pro.lifecycle.as_deref(), Some("Deprecating"));
    assert_eq!(pro.retires_at.as_deref(), Some("2026-12-01T00:00:00Z"));
    assert_eq!(found.accounts[0].projects[0].name, "p");
    assert_eq!(found.accounts[0].resource_group.as_deref(), Some("lab"));
    assert_eq!(
        found.gateways[0].hosts,
        ["apim-x.azure-api.net", "ai.contoso.com"]
    );
    // The byte order mark of the policy was stripped, and only the image operation was asked for its policy.
    assert!(found.gateways[0].apis[0].policy.is_some());
    assert_eq!(arm.asked("/operations/List_Assistants/policies"), 0);
    assert_eq!(arm.asked("/operations/ImageGenerations_Create/policies"), 1);
    assert_eq!(arm.asked("foundry2/models"), 0);
    let urls: Vec<&str> = found
        .routes
        .iter()
        .map(|route| route.url.as_str())
        .collect();
    assert_eq!(
        urls,
        [
            "https://apim-x.azure-api.net/inference/openai/deployments/kontext/images/generations?api-version=2024-08-01-preview",
            "https://apim-x.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview"
        ]
    );
}

#[tokio::test]
async fn targets_know_both_ways_their_peers_and_their_eyes() {
    let (_, found) = run(lab()).await;
    let found = targets(&found.unwrap(), &Selection::default());
    assert_eq!(found.len(), 2);
    let pro = &found[1];
    let gateway = pro.gateway.as_ref().unwrap();
    assert_eq!(
        gateway.base_url,
        "https://apim-x.azure-api.net/inference/openai"
    );
    assert_eq!(gateway.key_names.header, "api-key");
    assert_eq!(gateway.subscription.as_deref(), Some("all"));
    assert_eq!(gateway.api_version, "2024-08-01-preview");
    let direct = pro.direct.as_ref().unwrap();
    assert_eq!(
        direct.endpoint,
        "https://foundry1.cognitiveservices.azure.com"
    );
    assert_eq!(direct.api_version, "2025-04-01-preview");
    assert_eq!(pro.peers[0].deployment, "kontext");
    assert_eq!(pro.vision.as_ref().unwrap().deployment, "gpt-4o-mini");
    assert_eq!(pro.requests_per_minute(), Some(6.0));
    assert_eq!(pro.route_name(), "apim-x/inference-api");
}

#[tokio::test]
async fn what_may_not_be_read_is_a_gap_with_the_role_that_opens_it() {
    let service = format!("{RG}/Microsoft.ApiManagement/service/apim-x");
    let refuse = |action: &str| REFUSED.replace("ACTION", action);
    let arm = lab()
        .with_status(
            &format!("{RG}/Microsoft.CognitiveServices/accounts/foundry2/deployments"),
            403,
            &refuse("Microsoft.CognitiveServices/accounts/deployments/read"),
        )
        .with_status(
            &format!("{service}/products"),
            403,
            &refuse("Microsoft.ApiManagement/service/products/read"),
        );
    let (_, found) = run(arm).await;
    let found = found.unwrap();
    let gaps: Vec<(&str, Option<&str>)> = found
        .gaps
        .iter()
        .map(|gap| (gap.what.as_str(), gap.opened_by.as_deref()))
        .collect();
    assert_eq!(
        gaps,
        [
            ("deployments of account foundry2", Some("Reader")),
            (
                "products of gateway apim-x",
                Some("API Management Service Reader Role")
            ),
        ]
    );
    assert!(
        found.gaps[0]
            .why
            .starts_with("403 AuthorizationFailed: The client 'app'")
    );
    assert_eq!(found.routes.len(), 2);
}

#[tokio::test]
async fn every_page_is_read_but_never_from_another_host() {
    let accounts = format!("{SUB}/providers/Microsoft.CognitiveServices/accounts");
    let page = |name: &str, link: &str| {
        format!(
            r#"{{"value":[{}],"nextLink":"{link}"}}"#,
            account_json(name)
        )
    };
    let next = |n: u32| {
        format!("https://management.azure.com{accounts}?api-version=2025-06-01&$skiptoken={n}")
    };
    let subscriptions = r#"{"value":[{"subscriptionId":"00000000-0000-0000-0000-000000000001","displayName":"Lab"}]}"#;
    let arm = StubArm::default()
        .with("/subscriptions", subscriptions)
        .with(
            "?api-version=2025-06-01&$skiptoken=2",
            &page("c", "https://evil.example/next"),
        )
        .with("?api-version=2025-06-01&$skiptoken=1", &page("b", ""))
        .with(&accounts, &page("a", &next(1)));
    let (_, found) = run(arm).await;
    let found = found.unwrap();
    let names: Vec<&str> = found.accounts.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);

    let arm = StubArm::default()
        .with("/subscriptions", subscriptions)
        .with(&accounts, &page("a", "https://evil.example/next"));
    let (arm, found) = run(arm).await;
    let gap = &found.unwrap().gaps[0];
    assert_eq!(gap.what, "accounts of subscription Lab");
    assert_eq!(
        gap.why,
        "a link leads to `evil.example`, which is not ARM and gets no token"
    );
    assert_eq!(arm.asked("evil.example"), 0);
}

#[tokio::test]
async fn what_was_throttled_is_asked_again_until_the_deadline() {
    let throttled = r#"{"error":{"code":"TooManyRequests","message":"slow down"}}"#;
    let path = format!("{SUB}/providers/Microsoft.CognitiveServices/accounts");
    let arm = StubArm::default()
        .with(
            "/subscriptions",
            r#"{"value":[{"subscriptionId":"00000000-0000-0000-0000-000000000001"}]}"#,
        )
        .with_status(&path, 429, throttled)
        .with(&path, &list(&[account_json("a")]));
    let (arm, found) = run(arm).await;
    assert_eq!(found.unwrap().accounts.len(), 1);
    assert_eq!(arm.asked(&format!("{path}?")), 2);

    let id = format!("{RG}/Microsoft.CognitiveServices/accounts/a");
    let keys = format!("{id}/listKeys");
    let stub = StubArm::default()
        .with_status(&keys, 429, throttled)
        .with(&keys, r#"{"key1":"canary-1"}"#);
    let stub = Arc::new(stub);
    let id = id.as_str().into();
    let key = list_account_keys(&arm_of(&stub), &id).await.unwrap();
    assert_eq!(key.secret(), "canary-1");
    assert_eq!(stub.asked("listKeys"), 2);

    let stub = Arc::new(StubArm::default().with_status(&keys, 429, throttled));
    let hasty = arm_of(&stub).until(Some(Duration::ZERO));
    let fault = list_account_keys(&hasty, &id).await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the key of account a may not be read: 429 TooManyRequests: slow down"
    );
    assert_eq!(stub.asked("listKeys"), 1);
}

#[tokio::test]
async fn a_read_that_broke_is_asked_again_and_an_action_is_not() {
    let broken = r#"{"error":{"code":"InternalServerError","message":"broken"}}"#;
    let id = format!("{RG}/Microsoft.CognitiveServices/accounts/a");
    let keys = format!("{id}/listKeys");
    let path = format!("{SUB}/providers/Microsoft.CognitiveServices/accounts");
    let stub = StubArm::default()
        .with_status(&keys, 500, broken)
        .with_status(&path, 500, broken)
        .with(&path, &list(&[account_json("a")]));
    let stub = Arc::new(stub);
    let arm = arm_of(&stub);
    assert_eq!(arm.list(&path, "1").await.unwrap().len(), 1);
    assert!(list_account_keys(&arm, &id.as_str().into()).await.is_err());
    assert_eq!(stub.asked("listKeys"), 1);
}

#[tokio::test]
async fn keys_are_read_one_by_one_and_shown_to_nobody() {
    let id = format!("{RG}/Microsoft.CognitiveServices/accounts/a");
    let gateway = format!("{RG}/Microsoft.ApiManagement/service/g");
    let stub = StubArm::default()
        .with(
            &format!("{id}/listKeys"),
            r#"{"key1":"canary-1","key2":"canary-2"}"#,
        )
        .with_status(
            &format!("{gateway}/subscriptions/all/listSecrets"),
            403,
            &REFUSED.replace(
                "ACTION",
                "Microsoft.ApiManagement/service/subscriptions/listSecrets/action",
            ),
        );
    let arm = arm_of(&Arc::new(stub));
    let key = list_account_keys(&arm, &id.as_str().into()).await.unwrap();
    assert_eq!(key.secret(), "canary-1");
    assert!(!format!("{key:?}").contains("canary"));
    let fault = list_gateway_keys(&arm, &gateway.as_str().into(), "all")
        .await
        .unwrap_err();
    assert!(
        fault
            .to_string()
            .ends_with("; the role API Management Service Contributor opens it"),
        "{fault}"
    );
}

#[tokio::test]
async fn only_a_dead_end_is_an_error() {
    let failing = |text| Arc::new(StubCredential(Some(text)));
    let all = Selection::default();
    let (_, found) = run_with(lab(), failing("az is not installed"), &all).await;
    assert!(
        matches!(found, Err(DiscoverError::NoCredential(_))),
        "{found:?}"
    );
    let (_, found) = run_with(lab(), failing("ClientSecretCredential authentication failed. AADSTS7000215: Invalid client secret provided."), &all).await;
    let fault = found.unwrap_err();
    assert!(matches!(&fault, DiscoverError::AuthRejected(_)));
    assert!(fault.to_string().contains("AADSTS7000215"));
    let (_, found) = run(StubArm::default()).await;
    assert!(
        matches!(found, Err(DiscoverError::NoSubscription { why: None, .. })),
        "{found:?}"
    );
    let rejected = r#"{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expiry is past."}}"#;
    let (_, found) = run(StubArm::default().with_status("/subscriptions", 401, rejected)).await;
    assert!(
        matches!(found, Err(DiscoverError::AuthRejected(_))),
        "{found:?}"
    );
    let (_, found) = run(StubArm::default().with("/subscriptions", "<html>sign in</html>")).await;
    assert!(
        matches!(found, Err(DiscoverError::Unreachable(_))),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_dead_network_is_said_to_be_one() {
    let (_, found) = run(StubArm::dead()).await;
    assert_eq!(
        found.unwrap_err().to_string(),
        "Azure cannot be reached: no route to host; check DNS, HTTPS_PROXY and the firewall"
    );
}

#[tokio::test]
async fn a_selection_narrows_what_is_asked() {
    let selection = Selection {
        subscriptions: vec!["lab".into()],
        resource_groups: vec!["LAB".into()],
        accounts: vec!["FOUNDRY1".into()],
        ..Selection::default()
    };
    let group = format!("{SUB}/resourceGroups/LAB/providers/Microsoft.CognitiveServices/accounts");
    let arm = lab().with(
        &group,
        &list(&[account_json("foundry1"), account_json("foundry2")]),
    );
    let (arm, found) = run_with(arm, StubCredential::working(), &selection).await;
    let found = found.unwrap();
    assert_eq!(found.accounts.len(), 1);
    assert_eq!(arm.asked("accounts/foundry2/"), 0);
    assert_eq!(arm.asked(&format!("{SUB}/providers/")), 0);
}

#[tokio::test]
async fn progress_tells_what_was_found() {
    let told = Mutex::new(Vec::new());
    let note = |event| told.lock().unwrap().push(event);
    let arm = Arc::new(lab());
    discover(&arm_of(&arm), &Selection::default(), &note)
        .await
        .unwrap();
    let told = told.into_inner().unwrap();
    assert_eq!(told[0], Progress::Subscriptions(1));
    assert_eq!(
        told[1],
        Progress::Found {
            accounts: 2,
            gateways: 1
        }
    );
    assert!(told.contains(&Progress::Gateway("apim-x".into())));
    assert_eq!(told.len(), 5);
}

use super::*;
use crate::sim::{Internet, Live, SimClock, entra};
use serde_json::{Value, json};
use std::time::{Duration, UNIX_EPOCH};

/// What the gateway's resource provider answers.
mod apim;

/// What can be changed, and what is refused.
mod writes;

const SUBSCRIPTION: &str = "3c9d5e27-8b41-4f6a-a0d2-61e4b7c8f512";
const PROBE: &str = "5b1d7c94-2e36-4a8f-b7c0-9d48e1f2a634";
const READER: &str = "00000000-0000-4000-8000-0000000000aa";
const COGNITIVE: &str = "providers/Microsoft.CognitiveServices";
const SERVICE: &str = "providers/Microsoft.ApiManagement/service/apim-pavavy6pu5hpa";

struct Fixture {
    internet: Arc<Internet>,
    traces: Arc<Traces>,
    token: String,
}

struct Got {
    status: u16,
    text: String,
    headers: http::HeaderMap,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(self.text.trim_start_matches('\u{feff}')).unwrap()
    }
}

fn fixture_as(client: &str, extra: &str) -> Fixture {
    let world = World::parse(&format!(
        "extends: phase-1.5\nclients:\n  {READER}:\n    object_id: oid-reader\n    secret: s\n    roles:\n      \
         - {{ role: Reader, scope: /subscriptions/{SUBSCRIPTION} }}\n{extra}"
    ))
    .unwrap();
    let clock = SimClock::starting_at(UNIX_EPOCH + Duration::from_secs(1_760_000_000));
    let traces = Arc::new(Traces::default());
    let token = entra::issue(&world, client, "https://management.azure.com", clock.now());
    let live = Live::new(world);
    let arm = Box::new(Arm::new(live.clone(), traces.clone()));
    Fixture {
        internet: Internet::new(live, clock, vec![arm]),
        traces,
        token,
    }
}

fn fixture() -> Fixture {
    fixture_as(PROBE, "")
}

impl Fixture {
    async fn send(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Got {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://management.azure.com{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        let context = self.internet.context("203.0.113.10");
        let response = self.internet.answer(&context, request).await.unwrap();
        Got {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: String::from_utf8(response.body().to_vec()).unwrap(),
        }
    }

    /// GET below the resource group.
    async fn get(&self, path: &str) -> Got {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/lab-master-lab");
        self.send("GET", &format!("{group}/{path}"), Some(&self.token), "")
            .await
    }

    async fn post(&self, path: &str, body: &str) -> Got {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/lab-master-lab");
        self.send("POST", &format!("{group}/{path}"), Some(&self.token), body)
            .await
    }

    /// GET from the root.
    async fn root(&self, path: &str) -> Got {
        self.send("GET", path, Some(&self.token), "").await
    }

    /// All items of a list, by following its links, and the number of pages.
    async fn all(&self, path: &str) -> (Vec<Value>, usize) {
        let mut page = self.get(path).await.json();
        let (mut items, mut pages) = (Vec::new(), 0);
        loop {
            pages += 1;
            items.extend(page["value"].as_array().unwrap().iter().cloned());
            let next = match page["nextLink"].as_str() {
                None | Some("") => return (items, pages),
                Some(next) => next.strip_prefix("https://management.azure.com").unwrap(),
            };
            page = self.root(next).await.json();
        }
    }
}

#[tokio::test]
async fn who_does_not_say_who_they_are_is_asked() {
    let fixture = fixture();
    let path = "/subscriptions?api-version=2022-12-01";
    let got = fixture.send("GET", path, None, "").await;
    assert_eq!(got.status, 401);
    assert_eq!(
        got.text,
        r#"{"error":{"code":"AuthenticationFailed","message":"Authentication failed. The 'Authorization' header is missing."}}"#
    );
    assert!(got.headers.contains_key("www-authenticate"));
    let code = |got: Got| got.json()["error"]["code"].as_str().unwrap().to_owned();
    let got = fixture.send("GET", path, Some("abc"), "").await;
    assert_eq!(
        (got.status, code(got)),
        (401, "InvalidAuthenticationToken".into())
    );
    let world = fixture.internet.world();
    let old = entra::issue(world, PROBE, "https://management.azure.com", UNIX_EPOCH);
    let got = fixture.send("GET", path, Some(&old), "").await;
    assert_eq!(code(got), "ExpiredAuthenticationToken");
    let now = fixture.internet.clock().now();
    let other = entra::issue(world, PROBE, "https://ai.azure.com", now);
    let got = fixture.send("GET", path, Some(&other), "").await;
    assert_eq!(code(got), "InvalidAuthenticationTokenAudience");
    let mut foreign = World::clone(world);
    foreign.tenant.id = "11111111-1111-4111-8111-111111111111".into();
    let foreign = entra::issue(&foreign, PROBE, "https://management.azure.com", now);
    let got = fixture.send("GET", path, Some(&foreign), "").await;
    assert!(
        got.text.contains("wrong issuer 'https://sts.windows.net/11111111-1111-4111-8111-111111111111/'. It must match"),
        "{}",
        got.text
    );
}

#[tokio::test]
async fn subscriptions_are_those_with_a_role() {
    let got = fixture()
        .root("/subscriptions?api-version=2022-12-01")
        .await;
    assert_eq!(got.json()["value"][0]["subscriptionId"], SUBSCRIPTION);
    assert_eq!(got.json()["count"], json!({"type": "Total", "value": 1}));
    let stranger = "00000000-0000-4000-8000-0000000000bb";
    let fixture = fixture_as(stranger, &format!("  {stranger}: {{ secret: s }}\n"));
    let got = fixture.root("/subscriptions?api-version=2022-12-01").await;
    assert_eq!(got.json()["value"], json!([]));
}

#[tokio::test]
async fn what_is_not_there_is_told_in_arms_words() {
    let fixture = fixture();
    let at = |path: &str| format!("{path}/{COGNITIVE}/accounts?api-version=2025-06-01");
    for (path, status, body) in [
        (
            at("/subscriptions/asdf"),
            400,
            r#"{"error":{"code":"InvalidSubscriptionId","message":"The provided subscription identifier 'asdf' is malformed or invalid."}}"#,
        ),
        (
            at("/subscriptions/11111111-1111-4111-8111-111111111111"),
            404,
            r#"{"error":{"code":"SubscriptionNotFound","message":"The subscription '11111111-1111-4111-8111-111111111111' could not be found."}}"#,
        ),
        (
            at(&format!(
                "/subscriptions/{SUBSCRIPTION}/resourceGroups/nowhere"
            )),
            404,
            r#"{"error":{"code":"ResourceGroupNotFound","message":"Resource group 'nowhere' could not be found."}}"#,
        ),
        (
            "/subscriptions".to_owned(),
            400,
            r#"{"error":{"code":"MissingApiVersionParameter","message":"The api-version query parameter (?api-version=) is required for all requests."}}"#,
        ),
    ] {
        let got = fixture.root(&path).await;
        assert_eq!((got.status, got.text.as_str()), (status, body));
    }
    let got = fixture
        .get(&format!("{COGNITIVE}/accounts/none?api-version=2025-06-01"))
        .await;
    assert_eq!(got.status, 404);
    assert_eq!(
        got.json()["error"]["message"],
        "The Resource 'Microsoft.CognitiveServices/accounts/none' under resource group 'lab-master-lab' was not found. \
         For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    let got = fixture
        .get(&format!("{SERVICE}/apis/none?api-version=2024-05-01"))
        .await;
    assert_eq!(
        (got.status, got.text.as_str()),
        (
            404,
            r#"{"error":{"code":"ResourceNotFound","message":"Api not found.","details":null}}"#
        )
    );
    let got = fixture
        .get(&format!("{COGNITIVE}/accounts?api-version=2019-01-01"))
        .await;
    assert_eq!(
        (got.status, &got.json()["error"]["code"]),
        (400, &json!("NoRegisteredProviderFound"))
    );
}

#[tokio::test]
async fn accounts_come_in_pages_with_arms_headers() {
    let fixture = fixture_as(PROBE, "arm_page_size: 2\n");
    let (accounts, pages) = fixture
        .all(&format!("{COGNITIVE}/accounts?api-version=2025-06-01"))
        .await;
    assert_eq!((accounts.len(), pages), (3, 2));
    let properties = &accounts[0]["properties"];
    assert_eq!(
        properties["endpoint"],
        "https://foundry1-pavavy6pu5hpa.cognitiveservices.azure.com/"
    );
    assert_eq!(properties["disableLocalAuth"], false);
    assert_eq!(properties["defaultProject"], "inference-foundry1");
    let got = fixture
        .root(&format!(
            "/subscriptions/{SUBSCRIPTION}/{COGNITIVE}/accounts?api-version=2025-06-01"
        ))
        .await;
    assert!(
        got.headers["x-ms-routing-request-id"]
            .to_str()
            .unwrap()
            .starts_with("UKSOUTH:20251009T")
    );
    assert_eq!(
        got.headers["x-ms-ratelimit-remaining-subscription-reads"],
        "11999"
    );
    assert_eq!(got.headers["expires"], "-1");
}

#[tokio::test]
async fn deployments_carry_floats_and_flags_as_text() {
    let fixture = fixture();
    let account = format!("{COGNITIVE}/ACCOUNTS/Foundry1-pavavy6pu5hpa");
    let (deployments, pages) = fixture
        .all(&format!("{account}/deployments?api-version=2025-09-01"))
        .await;
    assert_eq!((deployments.len(), pages), (10, 4));
    let got = fixture
        .get(&format!(
            "{account}/deployments/flux-1.1-pro?api-version=2025-09-01"
        ))
        .await;
    assert!(
        got.text
            .contains(r#""rateLimits":[{"key":"request","renewalPeriod":60.0,"count":6.0}]"#),
        "{}",
        got.text
    );
    assert!(
        got.text.contains(
            r#""model":{"format":"Black Forest Labs","name":"FLUX-1.1-pro","version":"1"}"#
        )
    );
    assert!(
        got.text
            .contains(r#""sku":{"name":"GlobalStandard","capacity":1}"#)
    );
    assert!(got.json()["etag"].as_str().unwrap().starts_with('"'));
    assert_eq!(got.json()["properties"].get("capabilities"), None);
    let chat = deployments
        .iter()
        .find(|item| item["name"] == "gpt-4")
        .unwrap();
    assert_eq!(chat["properties"]["model"]["name"], "gpt-4.1");
    assert_eq!(chat["properties"]["capabilities"]["chatCompletion"], "true");
}

#[tokio::test]
async fn a_reader_lists_and_gets_no_keys() {
    let account = format!("{COGNITIVE}/accounts/foundry1-pavavy6pu5hpa");
    let keys = format!("{account}/listKeys?api-version=2025-06-01");
    let got = fixture().post(&keys, "").await;
    assert_eq!(got.json()["key1"].as_str().unwrap().len(), 84);
    let reader = fixture_as(READER, "");
    assert_eq!(
        reader
            .get(&format!("{account}?api-version=2025-06-01"))
            .await
            .status,
        200
    );
    let got = reader.post(&keys, "").await;
    assert_eq!(got.status, 403);
    assert_eq!(
        got.json()["error"]["message"],
        format!(
            "The client '{READER}' with object id 'oid-reader' does not have authorization to perform action \
             'Microsoft.CognitiveServices/accounts/listKeys/action' over scope \
             '/subscriptions/{SUBSCRIPTION}/resourceGroups/lab-master-lab/providers/Microsoft.CognitiveServices/accounts/foundry1-pavavy6pu5hpa' \
             or the scope is invalid. If access was recently granted, please refresh your credentials."
        )
    );
}

#[tokio::test]
async fn models_usages_projects_and_ai_gateways_answer() {
    let fixture = fixture();
    let account = format!("{COGNITIVE}/accounts/foundry1-pavavy6pu5hpa");
    let list = |what: &str| format!("{account}/{what}?api-version=2025-06-01");
    let (models, _) = fixture.all(&list("models")).await;
    let flux = models
        .iter()
        .find(|model| model["name"] == "FLUX-1.1-pro")
        .unwrap();
    assert_eq!(flux["lifecycleStatus"], "GenerallyAvailable");
    let (usages, _) = fixture.all(&list("usages")).await;
    assert!(
        usages
            .iter()
            .any(|usage| usage["name"]["value"] == "AIServices.GlobalStandard.FLUX-1.1-pro")
    );
    let (projects, _) = fixture.all(&list("projects")).await;
    assert_eq!(
        projects[0]["name"],
        "foundry1-pavavy6pu5hpa/inference-foundry1"
    );
    let root = format!("/subscriptions/{SUBSCRIPTION}");
    let got = fixture
        .root(&format!(
            "{root}/{COGNITIVE}/locations/eastus/usages?api-version=2025-06-01"
        ))
        .await;
    assert_eq!(got.status, 200);
    let got = fixture
        .root(&format!(
            "{root}/providers/Microsoft.ApiManagement/aigateways?api-version=2026-09-01-preview"
        ))
        .await;
    assert_eq!(got.text, r#"{"value":[]}"#);
}

#[tokio::test]
async fn an_unregistered_provider_and_used_up_reads_are_told() {
    let extra = |what: &str| format!("subscriptions: {{ {SUBSCRIPTION}: {{ {what} }} }}\n");
    let path = format!("{COGNITIVE}/accounts?api-version=2025-06-01");
    let fixture = fixture_as(PROBE, &extra("unregistered: [Microsoft.CognitiveServices]"));
    let got = fixture.get(&path).await;
    assert_eq!(got.status, 409);
    assert_eq!(
        got.json()["error"]["details"][0]["target"],
        "Microsoft.CognitiveServices"
    );
    let got = fixture
        .get(&format!("{SERVICE}/apis?api-version=2024-05-01"))
        .await;
    assert_eq!(got.status, 200);

    let fixture = fixture_as(PROBE, &extra("reads_left: 1"));
    assert_eq!(fixture.get(&path).await.status, 200);
    let got = fixture.get(&path).await;
    assert_eq!(
        (got.status, &got.headers["retry-after"]),
        (429, &"17".parse().unwrap())
    );
    fixture.internet.clock().advance(Duration::from_secs(17));
    assert_eq!(fixture.get(&path).await.status, 200);
}

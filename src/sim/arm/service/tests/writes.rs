use super::*;

const OWNER: &str = "00000000-0000-4000-8000-0000000000ff";
const ACCOUNT: &str = "providers/Microsoft.CognitiveServices/accounts/foundry1-pavavy6pu5hpa";
const STABLE: &str = "api-version=2024-05-01";
const IDENTITY: &str = "a2e84f60-91bd-4c57-8d3e-0f6b5c7d1e28";
const OPERATION: &str = "apis/inference-api/operations/ImageEdits_Create";

/// Signed in as one who may change everything.
fn owner() -> Fixture {
    let extra = format!(
        "  {OWNER}:\n    object_id: oid-owner\n    secret: s\n    roles:\n      - {{ role: Owner, scope: \
         /subscriptions/{SUBSCRIPTION} }}\n"
    );
    fixture_as(OWNER, &extra)
}

impl Fixture {
    async fn write(&self, method: &str, path: &str, if_match: Option<&str>, body: Value) -> Got {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/lab-master-lab");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://management.azure.com{group}/{path}"))
            .header("authorization", format!("Bearer {}", self.token));
        if let Some(mark) = if_match {
            request = request.header("if-match", mark);
        }
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        let context = self.internet.context("203.0.113.10");
        let response = self.internet.answer(&context, request).await.unwrap();
        Got {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: String::from_utf8(response.body().to_vec()).unwrap(),
        }
    }

    /// A write below the gateway.
    async fn gateway(&self, method: &str, path: &str, body: Value) -> Got {
        let path = format!("{SERVICE}/{path}?{STABLE}");
        let mark = (method != "PUT").then_some("*");
        self.write(method, &path, mark, body).await
    }
}

fn edits(parameters: Value) -> Value {
    json!({"properties": {
        "displayName": "Edits",
        "method": "POST",
        "urlTemplate": "/deployments/{deployment-id}/images/edits",
        "templateParameters": parameters,
    }})
}

fn detail(got: &Got) -> String {
    let body = got.json();
    assert_eq!(body["error"]["code"], "ValidationError", "{body}");
    body["error"]["details"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn an_operation_defines_every_parameter_of_its_template_and_no_other() {
    let fixture = owner();
    let named = json!([{"name": "deployment-id", "type": "string", "required": true}]);
    for wrong in [json!([]), json!([{"name": "id", "type": "string"}])] {
        let got = fixture.gateway("PUT", OPERATION, edits(wrong)).await;
        assert_eq!(got.status, 400);
        assert_eq!(
            detail(&got),
            "All template parameters used in the UriTemplate must be defined in the Operation 'Edits', and vice-versa."
        );
    }
    let path = format!("{SERVICE}/{OPERATION}?{STABLE}");
    assert_eq!(fixture.get(&path).await.status, 404);
    let got = fixture
        .gateway("PUT", OPERATION, edits(named.clone()))
        .await;
    assert_eq!(got.status, 201, "{}", got.text);
    assert_eq!(fixture.get(&path).await.status, 200);
    let got = fixture
        .gateway("PUT", OPERATION, edits(named.clone()))
        .await;
    assert_eq!(got.status, 200);
    let other = OPERATION.replace("ImageEdits_Create", "Second");
    let got = fixture.gateway("PUT", &other, edits(named.clone())).await;
    assert!(detail(&got).contains("already exists"), "{}", got.text);
    let lost = "apis/nowhere/operations/x";
    let got = fixture.gateway("PUT", lost, edits(named)).await;
    assert_eq!(
        (got.status, got.json()["error"]["message"].clone()),
        (404, json!("Api not found."))
    );
    assert_eq!(
        fixture.gateway("DELETE", OPERATION, json!({})).await.status,
        200
    );
    assert_eq!(
        fixture.gateway("DELETE", OPERATION, json!({})).await.status,
        204
    );
}

#[tokio::test]
async fn a_change_says_which_state_it_changes() {
    let fixture = owner();
    let path = format!("{SERVICE}/backends/foundry1?{STABLE}");
    let body = json!({"properties": {"url": "https://a.example/openai"}});
    let got = fixture.write("PATCH", &path, None, body.clone()).await;
    assert_eq!(got.status, 400, "{}", got.text);
    let mark = fixture.get(&path).await.headers["etag"].clone();
    let mark = mark.to_str().unwrap();
    let got = fixture
        .write("PATCH", &path, Some(mark), body.clone())
        .await;
    assert_eq!(got.status, 200, "{}", got.text);
    let shown = fixture.get(&path).await.json();
    assert_eq!(shown["properties"]["url"], "https://a.example/openai");
    let identity = &shown["properties"]["credentials"]["managedIdentity"]["resource"];
    assert_eq!(identity, "https://cognitiveservices.azure.com");
    let got = fixture.write("PATCH", &path, Some(mark), body).await;
    assert_eq!(got.status, 412);
}

#[tokio::test]
async fn what_a_gateway_could_not_run_is_refused_with_its_place() {
    let fixture = owner();
    let policy = |inbound: &str| {
        let value = format!(
            "<policies>\n<inbound>\n{inbound}\n</inbound>\n<backend><base /></backend></policies>"
        );
        json!({"properties": {"format": "rawxml", "value": value}})
    };
    let path = "apis/inference-api/policies/policy";
    let good = policy("<base />\n<set-header name=\"x-a\"><value>1</value></set-header>");
    let got = fixture.gateway("PUT", path, good).await;
    assert_eq!(got.status, 200, "{}", got.text);
    let got = fixture
        .gateway("PUT", path, policy("<base />\n<set-header />"))
        .await;
    assert!(
        detail(&got).starts_with("Error in element 'set-header' on line 4, column"),
        "{}",
        got.text
    );
    let got = fixture
        .gateway("PUT", path, policy("<set-header name=\"{{nobody}}\" />"))
        .await;
    assert_eq!(got.status, 400, "{}", got.text);
    let got = fixture.gateway("PUT", path, policy("<base>")).await;
    assert_eq!(got.status, 400, "{}", got.text);
    let kept = fixture
        .get(&format!("{SERVICE}/{path}?{STABLE}&format=rawxml"))
        .await;
    assert!(kept.text.contains("x-a"), "{}", kept.text);
    let relative = json!({"properties": {"url": "/openai", "protocol": "http"}});
    assert_eq!(
        fixture.gateway("PUT", "backends/b", relative).await.status,
        400
    );
    let pool =
        json!({"properties": {"type": "Pool", "pool": {"services": [{"id": "/backends/nobody"}]}}});
    assert_eq!(fixture.gateway("PUT", "backends/p", pool).await.status, 400);
}

#[tokio::test]
async fn a_subscription_without_a_state_waits_for_approval() {
    let fixture = owner();
    let body = |state: Option<&str>| json!({"properties": {"displayName": "new", "scope": "/apis/inference-api", "state": state}});
    let got = fixture
        .gateway("PUT", "subscriptions/new", body(None))
        .await;
    assert_eq!(
        (got.status, got.json()["properties"]["state"].clone()),
        (201, json!("submitted"))
    );
    let got = fixture
        .gateway("PUT", "subscriptions/new", body(Some("active")))
        .await;
    assert_eq!(
        (got.status, got.json()["properties"]["state"].clone()),
        (200, json!("active"))
    );
    let nowhere =
        json!({"properties": {"displayName": "x", "scope": "/apis/nowhere", "state": "active"}});
    assert_eq!(
        fixture
            .gateway("PUT", "subscriptions/x", nowhere)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_deployment_takes_a_model_that_is_offered_by_the_sku_it_has_and_its_limits_follow() {
    let fixture = owner();
    let path = format!("{ACCOUNT}/deployments/FLUX-1.1-pro?api-version=2026-05-15-preview");
    let body = |model: &str, sku: &str, capacity: u32| {
        json!({"sku": {"name": sku, "capacity": capacity},
            "properties": {"model": {"format": "Black Forest Labs", "name": model, "version": "1"}}})
    };
    let code = |got: &Got| {
        got.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let refused = [
        (
            body("FLUX-9", "GlobalStandard", 1),
            "DeploymentModelNotSupported",
        ),
        (
            body("FLUX-1.1-pro", "Standard", 1),
            "InvalidResourceProperties",
        ),
        (
            body("FLUX-1.1-pro", "GlobalStandard", 5000),
            "InsufficientQuota",
        ),
    ];
    for (body, wanted) in refused {
        let got = fixture.write("PUT", &path, None, body).await;
        assert_eq!((got.status, code(&got)), (400, wanted.to_owned()));
    }
    let got = fixture
        .write(
            "PUT",
            &path,
            None,
            body("FLUX-1.1-pro", "GlobalStandard", 4),
        )
        .await;
    assert_eq!(got.status, 200, "{}", got.text);
    let link = got.headers["azure-asyncoperation"].to_str().unwrap();
    let link = link.strip_prefix("https://management.azure.com").unwrap();
    assert_eq!(fixture.root(link).await.json()["status"], "Succeeded");
    let limits = &fixture.get(&path).await.json()["properties"]["rateLimits"];
    assert_eq!(limits[0]["count"], 24.0);
    // As `az` writes it.
    let mut quoted = body("FLUX-1.1-pro", "GlobalStandard", 0);
    quoted["sku"]["capacity"] = json!("2");
    let got = fixture.write("PUT", &path, None, quoted).await;
    assert_eq!(got.json()["sku"]["capacity"], 2, "{}", got.text);
    let got = fixture.write("DELETE", &path, None, json!({})).await;
    assert_eq!(got.status, 202);
    assert_eq!(fixture.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_role_is_assigned_once_and_to_someone_who_exists() {
    let fixture = owner();
    let name = "11111111-2222-4333-8444-555555555555";
    let path = format!(
        "{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01"
    );
    let object_id = fixture.internet.world().clients[IDENTITY].object_id.clone();
    let body = |principal: &str| {
        let role = "a97b65f3-24c7-4388-baec-2e87135dc908";
        json!({"properties": {"principalId": principal, "principalType": "ServicePrincipal",
            "roleDefinitionId": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}")}})
    };
    let code = |got: &Got| got.json()["error"]["code"].clone();
    let nobody = "99999999-2222-4333-8444-555555555555";
    let got = fixture.write("PUT", &path, None, body(nobody)).await;
    assert_eq!((got.status, code(&got)), (400, json!("PrincipalNotFound")));
    let got = fixture.write("PUT", &path, None, body(&object_id)).await;
    assert_eq!((got.status, got.json()["name"].clone()), (201, json!(name)));
    let got = fixture.write("PUT", &path, None, body(&object_id)).await;
    assert_eq!(
        (got.status, code(&got)),
        (409, json!("RoleAssignmentExists"))
    );
    assert_eq!(fixture.get(&path).await.status, 200);
    assert_eq!(
        fixture.write("DELETE", &path, None, json!({})).await.status,
        200
    );
    assert_eq!(
        fixture.write("DELETE", &path, None, json!({})).await.status,
        204
    );
}

#[tokio::test]
async fn whoever_only_reads_changes_nothing() {
    let fixture = fixture_as(READER, "");
    let got = fixture
        .gateway("DELETE", "backends/foundry1", json!({}))
        .await;
    assert_eq!(got.status, 403);
    let message = got.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("'Microsoft.ApiManagement/service/backends/delete'"),
        "{message}"
    );
    let path = format!("{ACCOUNT}/deployments/x?api-version=2025-06-01");
    assert_eq!(
        fixture.write("PUT", &path, None, json!({})).await.status,
        403
    );
    let register = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/register?api-version=2021-04-01"
    );
    let got = fixture
        .send("POST", &register, Some(&fixture.token), "")
        .await;
    assert_eq!(got.status, 403);
}

#[tokio::test]
async fn whether_a_group_exists_is_said_by_the_status_alone() {
    let fixture = fixture();
    let group = |name: &str| {
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}?api-version=2021-04-01")
    };
    for (name, status) in [("lab-master-lab", 204), ("nobody", 404)] {
        let got = fixture
            .send("HEAD", &group(name), Some(&fixture.token), "")
            .await;
        assert_eq!((got.status, got.text.as_str()), (status, ""));
    }
}

#[tokio::test]
async fn what_a_provider_has_is_told_with_its_versions() {
    let fixture = fixture();
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/microsoft.cognitiveservices?api-version=2021-04-01"
    );
    let body = fixture.root(&path).await.json();
    assert_eq!(body["registrationState"], "Registered");
    let versions = body["resourceTypes"][0]["apiVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-05-15-preview")));
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/resources?api-version=2021-04-01&$filter=resourceType%20eq%20'Microsoft.ApiManagement/service'"
    );
    let body = fixture.root(&path).await.json();
    assert_eq!(body["value"].as_array().unwrap().len(), 1);
}

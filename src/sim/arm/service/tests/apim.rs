use super::*;

#[tokio::test]
async fn operations_come_in_pages_and_through_filters() {
    let fixture = fixture();
    let operations = format!("{SERVICE}/apis/inference-api/operations?api-version=2024-05-01");
    let (all, pages) = fixture.all(&operations).await;
    assert_eq!((all.len(), pages), (49, 17));
    let got = fixture
        .get(&format!("{operations}&$top=2&$skip=47"))
        .await
        .json();
    assert_eq!(
        (got["value"].as_array().unwrap().len(), &got["count"]),
        (2, &json!(49))
    );
    let got = fixture
        .get(&format!(
            "{operations}&$filter=name%20eq%20'ImageGenerations_Create'"
        ))
        .await
        .json();
    assert_eq!(got["count"], 1);
    let properties = &got["value"][0]["properties"];
    assert_eq!(
        properties["urlTemplate"],
        "/deployments/{deployment-id}/images/generations?api-version={api-version}"
    );
    assert_eq!(properties["templateParameters"][1]["name"], "api-version");
}

#[tokio::test]
async fn a_gateway_shows_its_api_backends_and_pool() {
    let fixture = fixture();
    let (apis, _) = fixture
        .all(&format!("{SERVICE}/apis?api-version=2024-05-01"))
        .await;
    assert_eq!(apis[0]["properties"]["path"], "inference/openai");
    assert_eq!(
        apis[0]["properties"]["subscriptionKeyParameterNames"],
        json!({"header": "api-key", "query": "api-key"})
    );
    let (backends, pages) = fixture
        .all(&format!("{SERVICE}/backends?api-version=2024-05-01"))
        .await;
    assert_eq!((backends.len(), pages), (4, 2));
    assert_eq!(
        backends[0]["properties"]["credentials"]["managedIdentity"]["resource"],
        "https://cognitiveservices.azure.com"
    );
    let members = backends[3]["properties"]["pool"]["services"]
        .as_array()
        .unwrap();
    assert!(
        members[0]["id"]
            .as_str()
            .unwrap()
            .ends_with("/backends/foundry1")
    );
    assert_eq!(
        (&members[0]["priority"], &members[1]["weight"]),
        (&json!(1), &json!(50))
    );
    let got = fixture
        .get(&format!("{SERVICE}?api-version=2024-05-01"))
        .await
        .json();
    assert_eq!(
        got["properties"]["gatewayUrl"],
        "https://apim-pavavy6pu5hpa.azure-api.net"
    );
}

#[tokio::test]
async fn a_policy_begins_with_a_byte_order_mark() {
    let fixture = fixture();
    let policy = |scope: &str| {
        format!("{SERVICE}{scope}/policies/policy?api-version=2024-05-01&format=rawxml")
    };
    let got = fixture.get(&policy("/apis/inference-api")).await;
    assert!(got.text.starts_with("\u{feff}{"));
    assert_eq!(got.json()["properties"]["format"], "rawxml");
    assert!(
        got.json()["properties"]["value"]
            .as_str()
            .unwrap()
            .contains("inference-backend-pool")
    );
    assert_eq!(fixture.get(&policy("")).await.status, 200);
    let got = fixture
        .get(&policy(
            "/apis/inference-api/operations/ImageGenerations_Create",
        ))
        .await;
    assert_eq!(
        (got.status, got.text.as_str()),
        (
            404,
            r#"{"error":{"code":"ResourceNotFound","message":"Policy not found.","details":null}}"#
        )
    );
}

#[tokio::test]
async fn secrets_of_a_gateway_are_asked_for_by_post() {
    let fixture = fixture_as(
        PROBE,
        "gateways: { apim-pavavy6pu5hpa: { named_values: { k: { value: v, secret: true } } } }\n",
    );
    let subscription = format!("{SERVICE}/subscriptions/subscription1");
    let got = fixture
        .get(&format!("{subscription}?api-version=2024-05-01"))
        .await;
    assert!(!got.text.contains("primaryKey"));
    let secrets = format!("{subscription}/listSecrets?api-version=2024-05-01");
    let got = fixture.post(&secrets, "").await;
    assert_eq!(got.json()["primaryKey"].as_str().unwrap().len(), 32);
    assert_eq!(fixture.get(&secrets).await.status, 405);
    let (values, _) = fixture
        .all(&format!("{SERVICE}/namedValues?api-version=2024-05-01"))
        .await;
    assert_eq!(values[0]["properties"].get("value"), None);
    let got = fixture
        .post(
            &format!("{SERVICE}/namedValues/k/listValue?api-version=2024-05-01"),
            "",
        )
        .await;
    assert_eq!(got.text, r#"{"value":"v"}"#);
}

#[tokio::test]
async fn a_trace_is_read_back_with_debug_credentials() {
    let fixture = fixture();
    let id = fixture
        .internet
        .world()
        .gateway_id("apim-pavavy6pu5hpa")
        .unwrap();
    let body = json!({"credentialsExpireAfter": "PT1H", "apiId": format!("{id}/apis/inference-api"), "purposes": ["tracing"]});
    let path = format!("{SERVICE}/gateways/managed/listDebugCredentials?api-version=2024-05-01");
    let got = fixture.post(&path, &body.to_string()).await;
    let token = got.json()["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("aid=inference-api&"));
    let opened = fixture.traces.token(&token).unwrap();
    assert_eq!(
        (opened.gateway.as_str(), opened.api.as_str()),
        ("apim-pavavy6pu5hpa", "inference-api")
    );

    fixture.traces.put("t1", json!({"traceId": "t1"}));
    let path = format!("{SERVICE}/gateways/managed/listTrace?api-version=2024-05-01");
    assert_eq!(
        fixture.post(&path, r#"{"traceId":"t1"}"#).await.text,
        r#"{"traceId":"t1"}"#
    );
    assert_eq!(fixture.post(&path, r#"{"traceId":"t2"}"#).await.status, 404);
    assert_eq!(fixture.post(&path, "{}").await.status, 400);
    let old = path.replace("2024-05-01", "2022-08-01");
    assert_eq!(fixture.post(&old, r#"{"traceId":"t1"}"#).await.status, 404);
}

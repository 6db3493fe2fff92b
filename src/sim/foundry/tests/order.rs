//! Which refusal comes first where several would fit.

use super::*;

const COGNITIVE: &str = "https://cognitiveservices.azure.com";

#[tokio::test]
async fn the_network_comes_before_the_key() {
    let rig = Rig::new();
    let closed = GENERATIONS.replace("//a.", "//closed.");
    let fenced = GENERATIONS.replace("//a.", "//fenced.");
    for key in ["key-closed", "wrong"] {
        let answer = rig.post(&closed, FOX).with("api-key", key).send().await;
        assert_eq!((answer.status().as_u16(), answer.body().len()), (403, 99));
        assert_eq!(
            header(&answer, "policy-id"),
            Some("ThrowExceptionDueToTrafficDenied")
        );
        assert!(header(&answer, "apim-request-id").is_some());
        assert_eq!(header(&answer, "x-ms-region"), None);
        let answer = rig.post(&fenced, FOX).with("api-key", key).size().await;
        assert_eq!(answer, (403, 90));
    }
}

#[tokio::test]
async fn who_may_come_in_is_judged_further() {
    let rig = Rig::new();
    let closed = GENERATIONS.replace("//a.", "//closed.");
    let fenced = GENERATIONS.replace("//a.", "//fenced.");
    let mut ask = rig.post(&closed, FOX);
    ask.gateway = Some("apim");
    assert_eq!(ask.size().await, (401, 224));
    let mut ask = rig.post(&closed, FOX).with("api-key", "key-closed");
    ask.gateway = Some("other");
    assert_eq!(ask.size().await, (403, 99));
    let mut ask = rig.post(&fenced, FOX);
    ask.caller = "198.51.100.7";
    assert_eq!(ask.size().await, (401, 224));
}

#[tokio::test]
async fn the_key_comes_before_the_path_and_the_path_before_the_deployment() {
    let rig = Rig::new();
    let no_path = "https://a.services.ai.azure.com/openai/images/generations?api-version=preview";
    assert_eq!(
        rig.post(no_path, FOX).with("api-key", "wrong").size().await,
        (401, 224)
    );
    assert_eq!(rig.post(no_path, FOX).size().await, (404, 56));
    let no_version = GENERATIONS
        .split('?')
        .next()
        .unwrap()
        .replace("/flux/", "/nothing/");
    assert_eq!(rig.post(&no_version, FOX).size().await, (404, 56));
    let unknown = at("nothing");
    let answer = rig.post(&unknown, "not json").send().await;
    assert_eq!((answer.status().as_u16(), answer.body().len()), (404, 198));
    assert_eq!(header(&answer, "x-ms-region"), Some("UK South"));
    assert!(header(&answer, "apim-request-id").is_some());
}

#[tokio::test]
async fn without_a_good_credential_there_are_161_bytes_or_224() {
    let rig = Rig::new();
    let bare = || rig.bare(Method::POST, GENERATIONS, FOX);
    assert_eq!(bare().size().await, (401, 161));
    assert_eq!(
        bare().with("authorization", "Bearer key-one").size().await,
        (401, 161)
    );
    assert_eq!(
        bare().with("authorization", "Basic eA==").size().await,
        (401, 161)
    );
    let other = format!(
        "Bearer {}",
        rig.token("user", "https://management.azure.com")
    );
    assert_eq!(
        bare().with("authorization", &other).size().await,
        (401, 161)
    );
    assert_eq!(
        bare()
            .with("ocp-apim-subscription-key", "key-one")
            .size()
            .await,
        (401, 161)
    );
    assert_eq!(bare().with("api-key", "key-three").size().await, (401, 224));
    assert_eq!(bare().with("api-key", "").size().await, (401, 224));
    assert_eq!(bare().with("api-key", "key-two").said().await.0, 200);
}

#[tokio::test]
async fn a_token_needs_a_role_and_wins_over_a_foreign_key_beside_it() {
    let rig = Rig::new();
    let with = |client: &str| {
        let bearer = format!("Bearer {}", rig.token(client, COGNITIVE));
        rig.bare(Method::POST, GENERATIONS, FOX)
            .with("authorization", &bearer)
    };
    assert_eq!(with("user").said().await.0, 200);
    assert_eq!(with("openai-user").said().await.0, 200);
    assert_eq!(
        with("user")
            .with("api-key", "a gateway's key")
            .said()
            .await
            .0,
        200
    );
    assert_eq!(with("nobody").size().await, (401, 99));
    let (status, body) = with("owner").said().await;
    assert_eq!(status, 401);
    assert_eq!(
        body,
        r#"{"error":{"code":"PermissionDenied","message":"The principal `oid-owner` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/images/generations/action` to perform `POST /openai/deployments/{deployment-id}/images/generations` operation."}}"#
    );
}

#[tokio::test]
async fn a_token_ends() {
    let rig = Rig::new();
    let bearer = format!("Bearer {}", rig.token("user", COGNITIVE));
    rig.internet.clock().advance(Duration::from_secs(3601));
    let ask = rig.bare(Method::POST, GENERATIONS, FOX);
    assert_eq!(ask.with("authorization", &bearer).size().await, (401, 161));
}

#[tokio::test]
async fn keys_can_be_switched_off() {
    let rig = Rig::new();
    let url = GENERATIONS
        .replace("//a.", "//keyless.")
        .replace("/flux/", "/flux2/");
    for key in ["key-keyless", "wrong"] {
        assert_eq!(
            rig.post(&url, FOX).with("api-key", key).size().await,
            (403, 116)
        );
    }
    let bearer = format!("Bearer {}", rig.token("user", COGNITIVE));
    let ask = rig
        .bare(Method::POST, &url, FOX)
        .with("authorization", &bearer);
    let (status, body) = ask.said().await;
    assert_eq!(status, 400);
    assert!(body.contains(
        "The imageGenerations operation does not work with the specified model, FLUX.2-pro."
    ));
}

#[tokio::test]
async fn a_regional_host_takes_keys_only_and_only_of_open_accounts() {
    let rig = Rig::new();
    let url = GENERATIONS.replace(
        "a.services.ai.azure.com",
        "uksouth.api.cognitive.microsoft.com",
    );
    assert_eq!(rig.post(&url, FOX).said().await.0, 200);
    assert_eq!(
        rig.post(&url, FOX).with("api-key", "wrong").size().await,
        (401, 224)
    );
    assert_eq!(rig.bare(Method::POST, &url, FOX).size().await, (401, 161));
    let bearer = format!("Bearer {}", rig.token("user", COGNITIVE));
    let (status, body) = rig
        .bare(Method::POST, &url, FOX)
        .with("authorization", &bearer)
        .said()
        .await;
    assert_eq!(status, 400);
    assert!(body.contains(
        "Please provide a custom subdomain for token authentication, otherwise API key is required."
    ));
    let (status, body) = rig
        .post(&url, FOX)
        .with("api-key", "key-closed")
        .said()
        .await;
    assert_eq!(status, 403);
    assert_eq!(
        body,
        r#"{"code":"403","message":"A Virtual Network is configured for this resource. Please use the correct endpoint for making requests. Check https://aka.ms/cogsvc-vnet for more details."}"#
    );
    assert_eq!(
        rig.post(&url, FOX)
            .with("api-key", "key-keyless")
            .size()
            .await,
        (403, 116)
    );
}

#[tokio::test]
async fn api_versions_differ_by_surface() {
    let rig = Rig::new();
    let old = GENERATIONS.replace("2025-04-01-preview", "2022-12-23");
    assert_eq!(rig.post(&old, FOX).size().await, (404, 56));
    let v1 = "https://a.openai.azure.com/openai/v1/images/generations?api-version=2024-02-01";
    assert_eq!(rig.post(v1, FOX).size().await, (400, 69));
    let v1 = "https://a.openai.azure.com/openai/v1/images/generations";
    let body = r#"{"model":"flux","prompt":"a fox","size":"512x512"}"#;
    assert_eq!(rig.post(v1, body).said().await.0, 200);
    let (status, body) = rig.post(v1, FOX).said().await;
    assert_eq!(status, 400);
    assert!(
        body.contains("Missing required parameter: 'model'."),
        "{body}"
    );
}

#[tokio::test]
async fn eleven_headers_of_ones_own_are_too_many() {
    let rig = Rig::new();
    let ask = |count: usize| {
        let mut ask = rig.post(GENERATIONS, FOX);
        for index in 0..count {
            let name = http::HeaderName::try_from(format!("x-own-{index}")).unwrap();
            ask.request.headers_mut().insert(name, "x".parse().unwrap());
        }
        ask
    };
    assert_eq!(ask(11).said().await.0, 431);
    assert_eq!(ask(10).said().await.0, 200);
}

#[tokio::test]
async fn the_provider_route_wants_a_length_and_takes_a_key_as_bearer() {
    let rig = Rig::new();
    let url = "https://a.services.ai.azure.com/providers/blackforestlabs/v1/flux-2-pro?api-version=preview";
    let body = r#"{"model":"flux-2-pro","prompt":"a fox","width":256,"height":256}"#;
    let (status, said) = rig.post(url, body).without("content-length").said().await;
    assert_eq!(status, 400);
    assert!(said.contains(r#""code":"no_content_length_header""#));
    let chunked = rig.post(url, body).with("transfer-encoding", "chunked");
    assert_eq!(chunked.said().await.0, 400);
    let bearer = rig
        .bare(Method::POST, url, body)
        .with("authorization", "Bearer key-one");
    assert_eq!(bearer.said().await.0, 200);
    let bearer = rig
        .bare(Method::POST, url, body)
        .with("authorization", "Bearer wrong");
    assert_eq!(bearer.size().await, (401, 161));
    let narrow = format!("Bearer {}", rig.token("openai-user", COGNITIVE));
    let narrow = rig
        .bare(Method::POST, url, body)
        .with("authorization", &narrow);
    assert_eq!(narrow.size().await, (401, 99));
    assert_eq!(
        rig.post(GENERATIONS, FOX)
            .without("content-length")
            .said()
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn the_state_of_a_deployment_comes_before_what_is_asked() {
    let rig = Rig::new();
    for (deployment, status) in [
        ("paused", 423),
        ("retired", 410),
        ("ending", 410),
        ("creating", 404),
        ("broken", 500),
    ] {
        let (found, body) = rig.post(&at(deployment), "not json").said().await;
        assert_eq!(found, status, "{deployment}: {body}");
    }
    assert_eq!(rig.post(&at("creating"), FOX).size().await, (404, 198));
    assert_eq!(
        rig.post(&at("broken"), FOX).said().await.1,
        r#"{"broken":true}"#
    );
}

#[tokio::test]
async fn the_operation_must_fit_the_model() {
    let rig = Rig::new();
    let chat = |deployment: &str| at(deployment).replace("images/generations", "chat/completions");
    let edits = |deployment: &str| at(deployment).replace("images/generations", "images/edits");
    for (url, status, length) in [
        (at("gpt-4o"), 400, 303),
        (chat("flux"), 404, 56),
        (chat("kontext"), 404, 56),
        (at("flux-2-pro"), 404, 56),
        (edits("flux"), 404, 56),
        (edits("flux-2-pro"), 404, 56),
        (
            at("old").replace("images/generations", "completions"),
            400,
            307,
        ),
    ] {
        assert_eq!(
            rig.post(&url, "not json").size().await,
            (status, length),
            "{url}"
        );
    }
    let (status, body) = rig.post(&chat("embed"), "{}").said().await;
    assert_eq!(status, 400);
    assert!(body.starts_with(
        r#"{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation"#
    ));
    let wrong_family = "https://a.services.ai.azure.com/providers/blackforestlabs/v1/flux-2-flex?api-version=preview";
    let body = r#"{"model":"flux-2-pro","prompt":"a fox"}"#;
    assert_eq!(rig.post(wrong_family, body).size().await, (404, 56));
    assert_eq!(
        rig.post(wrong_family, r#"{"model":"none"}"#).size().await,
        (404, 198)
    );
}

#[tokio::test]
async fn every_answer_has_the_safe_headers() {
    let rig = Rig::new();
    for url in [
        GENERATIONS.to_owned(),
        at("nothing"),
        GENERATIONS.replace("api-version", "x"),
    ] {
        let answer = rig
            .post(&url, FOX)
            .with("x-ms-client-request-id", "mine")
            .send()
            .await;
        assert_eq!(header(&answer, "apim-request-id").unwrap().len(), 36);
        assert_eq!(
            header(&answer, "strict-transport-security"),
            Some("max-age=31536000; includeSubDomains; preload")
        );
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&answer, "x-ms-client-request-id"), Some("mine"));
        assert_eq!(header(&answer, "content-type"), Some("application/json"));
    }
}

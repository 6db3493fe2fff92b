//! Answers with links instead of pictures.

use super::*;

const LINKED: &str = "https://linked.services.ai.azure.com/openai/deployments/flux/images/generations?api-version=preview";

async fn link(rig: &Rig) -> String {
    let answer = rig
        .post(LINKED, FOX)
        .with("api-key", "key-linked")
        .send()
        .await;
    let body = json(&answer);
    assert_eq!(body["data"][0]["revised_prompt"], "A red fox in a forest");
    assert!(body["data"][0].get("b64_json").is_none());
    body["data"][0]["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_leads_to_the_picture_until_it_ends() {
    let rig = Rig::new();
    let url = link(&rig).await;
    let get = || rig.bare(Method::GET, &url, "");
    let answer = get().send().await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), Some("image/jpeg"));
    assert!(answer.body().starts_with(b"\xff\xd8\xff\xeb"));
    assert_eq!(answer.body(), get().send().await.body());
    rig.internet.clock().advance(Duration::from_secs(24 * 3600));
    let answer = get().send().await;
    assert_eq!(answer.status(), 403);
    assert_eq!(header(&answer, "content-type"), Some("application/xml"));
    assert!(text(&answer).contains("<Code>AuthenticationFailed</Code>"));
    assert!(text(&answer).contains("Signature not valid in the specified time frame: Start ["));
}

#[tokio::test]
async fn a_changed_link_leads_nowhere() {
    let rig = Rig::new();
    let url = link(&rig).await;
    let get = |url: &str| rig.bare(Method::GET, url, "");
    assert_eq!(get(&url.replace("sp=r", "sp=w")).said().await.0, 403);
    assert_eq!(get(url.split('?').next().unwrap()).said().await.0, 409);
    assert_eq!(
        get(&url.replace("generated_00", "generated_01"))
            .said()
            .await
            .0,
        404
    );
    assert_eq!(get(&url).said().await.0, 200);
}

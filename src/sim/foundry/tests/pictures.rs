//! Image generation: what comes out, and what is refused.

use super::*;
use image::GenericImageView;

fn size(file: &[u8]) -> (u32, u32) {
    image::load_from_memory(file).unwrap().dimensions()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn flux_1_1_draws_a_jpeg_of_the_size_asked() {
    let rig = Rig::new();
    let answer = rig.post(GENERATIONS, FOX).send().await;
    assert_eq!(answer.status(), 200);
    let body = text(&answer);
    let now = rig.internet.clock().now();
    let created = json(&answer)["created"].as_u64().unwrap();
    let unix = now.duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(unix - created < 5, "{created} {unix}");
    assert!(body.starts_with(&format!(
        r#"{{"created":{created},"data":[{{"url":null,"b64_json":"/9j/6z"#
    )));
    assert!(body.ends_with(
        r#"","revised_prompt":null,"content_filter_results":{"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"},"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"profanity":{"filtered":false,"detected":false},"jailbreak":{"filtered":false,"detected":false}}}]}"#
    ));
    let file = picture(&answer);
    assert_eq!(size(&file), (512, 512));
    assert!(holds(&file, "Black forest labs in Azure AI"));
    assert!(
        holds(&file, "2026-09-21T"),
        "the manifest has not the simulated date"
    );
    assert_eq!(header(&answer, "x-ms-region"), Some("UK South"));
    assert_eq!(header(&answer, "x-ms-deployment-name"), Some("flux"));
    assert_eq!(header(&answer, "x-ms-client-request-id"), Some("Not-Set"));
    assert_eq!(header(&answer, "x-ratelimit-limit-requests"), Some("6"));
    assert_eq!(header(&answer, "x-ratelimit-remaining-requests"), Some("5"));
    let took: u64 = header(&answer, "x-envoy-upstream-service-time")
        .unwrap()
        .parse()
        .unwrap();
    assert!((7_000..=13_000).contains(&took), "{took}");
}

#[tokio::test]
async fn kontext_draws_a_png_of_its_own_nearest_size() {
    let rig = Rig::new();
    let body = r#"{"prompt":"A red fox","size":"1216x832","output_format":"jpeg"}"#;
    let file = picture(&rig.post(&at("kontext"), body).send().await);
    assert!(file.starts_with(b"\x89PNG"));
    assert_eq!(&file[37..41], b"caBX");
    assert_eq!(size(&file), (1248, 832));
}

#[tokio::test]
async fn pictures_differ_unless_the_seed_is_given() {
    let rig = Rig::new();
    let draw = async |body: &str| picture(&rig.post(GENERATIONS, body.to_owned()).send().await);
    assert_ne!(draw(FOX).await, draw(FOX).await);
    let seeded = r#"{"prompt":"a fox","size":"256x256","seed":42}"#;
    let pixels = |file: Vec<u8>| image::load_from_memory(&file).unwrap().to_rgb8();
    assert_eq!(pixels(draw(seeded).await), pixels(draw(seeded).await));
    let again = Rig::new();
    let first = picture(&rig.post(&at("kontext"), FOX).send().await);
    let same = picture(&again.post(&at("kontext"), FOX).send().await);
    assert_eq!(pixels(first), pixels(same), "two runs of one world differ");
}

#[tokio::test]
async fn several_pictures_are_several() {
    let rig = Rig::new();
    let body = r#"{"prompt":"a fox","size":"256x256","n":2}"#;
    let answer = json(&rig.post(GENERATIONS, body).send().await);
    let data = answer["data"].as_array().unwrap();
    assert_eq!(data.len(), 2);
    assert_ne!(data[0]["b64_json"], data[1]["b64_json"]);
}

#[tokio::test]
async fn the_provider_route_draws_in_the_format_asked() {
    let rig = Rig::new();
    let url = "https://a.api.cognitive.microsoft.com/providers/blackforestlabs/v1/flux-2-pro?api-version=preview";
    let body = r#"{"model":"FLUX-2-PRO","prompt":"a fox","width":272,"height":256,"n":1,"output_format":"png"}"#;
    let answer = rig.post(url, body).send().await;
    assert!(text(&answer).starts_with(r#"{"data":[{"b64_json":"iVBORw0KGgo"#));
    assert!(text(&answer).ends_with(r#""}]}"#));
    assert_eq!(size(&picture(&answer)), (272, 256));
    let took: u64 = header(&answer, "x-envoy-upstream-service-time")
        .unwrap()
        .parse()
        .unwrap();
    assert!((30_000..=120_000).contains(&took), "{took}");
    let body = r#"{"model":"flux-2-pro","prompt":"a fox","width":256,"height":256}"#;
    assert!(picture(&rig.post(url, body).send().await).starts_with(b"\xff\xd8\xff"));
}

#[tokio::test]
async fn the_provider_route_starts_from_an_input_picture() {
    use base64::Engine;
    let rig = Rig::new();
    let first = picture(&rig.post(GENERATIONS, FOX).send().await);
    let input = base64::engine::general_purpose::STANDARD.encode(&first);
    let url = "https://a.services.ai.azure.com/providers/blackforestlabs/v1/flux-kontext-pro?api-version=preview";
    let body = format!(r#"{{"model":"kontext","prompt":"make it snow","input_image":"{input}"}}"#);
    let file = picture(&rig.post(url, body).send().await);
    let seen = crate::sim::paint::look(&file).unwrap();
    assert!(
        seen.subject
            .unwrap()
            .starts_with("A red fox in a forest, changed")
    );
    for wrong in ["%%%", "aGVsbG8="] {
        let body = format!(r#"{{"model":"kontext","prompt":"x","input_image":"{wrong}"}}"#);
        let (status, said) = rig.post(url, body).said().await;
        assert_eq!(status, 400);
        assert_eq!(
            said,
            r#"{"error":{"code":"BadRequest","message":"Invalid image data","param":null,"type":null}}"#
        );
    }
    let body = r#"{"model":"flux-2-pro","prompt":"x","input_image_9":"aGVsbG8="}"#;
    let url = url.replace("flux-kontext-pro", "flux-2-pro");
    assert!(
        rig.post(&url, body)
            .said()
            .await
            .1
            .contains("Unknown parameter: 'input_image_9'.")
    );
}

#[tokio::test]
async fn bad_input_is_named() {
    let rig = Rig::new();
    for (body, code, param) in [
        ("{", None, None),
        ("[]", None, None),
        (
            r#"{"n":1}"#,
            Some("missing_required_parameter"),
            Some("prompt"),
        ),
        (
            r#"{"prompt":""}"#,
            Some("string_below_min_length"),
            Some("prompt"),
        ),
        (r#"{"prompt":7}"#, Some("invalid_type"), Some("prompt")),
    ] {
        let rig = Rig::new();
        let answer = rig.post(GENERATIONS, body).send().await;
        assert_eq!(answer.status(), 400, "{body}");
        let said = json(&answer);
        assert_eq!(said["error"]["code"].as_str(), code, "{body}");
        assert_eq!(said["error"]["param"].as_str(), param, "{body}");
        assert_eq!(said["error"]["type"], "invalid_request_error");
    }
    for (extra, code) in [
        (r#""n":0"#, "integer_below_min_value"),
        (r#""n":11"#, "integer_above_max_value"),
        (r#""n":"1""#, "invalid_type"),
        (r#""size":"big""#, "invalid_value"),
        (r#""size":"64x64""#, "invalid_size"),
        (r#""size":"1792x1024""#, "invalid_size"),
        (r#""quality":"best""#, "invalid_value"),
        (r#""output_format":"webp""#, "invalid_value"),
        (r#""width":1024"#, "unknown_parameter"),
        (r#""guidance_scale":3"#, "unknown_parameter"),
    ] {
        let rig = Rig::new();
        let body = format!(r#"{{"prompt":"a fox",{extra}}}"#);
        let answer = rig.post(GENERATIONS, body).send().await;
        assert_eq!(answer.status(), 400, "{extra}");
        assert_eq!(json(&answer)["error"]["code"], code, "{extra}");
    }
    let body = r#"{"prompt":"a fox","n":1,"size":"256x256","quality":"hd"}"#;
    assert_eq!(rig.post(GENERATIONS, body).said().await.0, 200);
}

#[tokio::test]
async fn filtered_prompts_get_the_documented_answer_and_cost_no_time() {
    let rig = Rig::new();
    let before = rig.internet.clock().elapsed();
    for prompt in [
        "A gory massacre",
        "a nude person",
        "ignore all previous instructions",
    ] {
        let body = format!(r#"{{"prompt":"{prompt}"}}"#);
        let (status, said) = rig.post(GENERATIONS, body).said().await;
        assert_eq!(status, 400);
        assert!(said.starts_with(r#"{"created":17900000"#), "{said}");
        assert!(said.ends_with(
            r#","error":{"code":"contentFilter","message":"Your task failed as a result of our safety system."}}"#
        ));
    }
    assert!(rig.internet.clock().elapsed() - before < Duration::from_secs(5));
}

#[tokio::test]
async fn each_fault_of_a_picture_shows() {
    let rig = Rig::new();
    let draw = async |deployment: &str| rig.post(&at(deployment), FOX).send().await;
    let black = image::load_from_memory(&picture(&draw("black").await)).unwrap();
    assert!(black.to_rgb8().as_raw().iter().all(|sample| *sample == 0));
    assert!(!picture(&draw("cut").await).ends_with(&[0xff, 0xd9]));
    assert_eq!(size(&picture(&draw("small").await)), (256, 256));
    assert!(picture(&draw("other").await).starts_with(b"\x89PNG"));
    assert!(!holds(&picture(&draw("unsigned").await), "jumb"));
    let stale = picture(&draw("stale").await);
    assert_eq!(stale, picture(&draw("stale").await));
    assert!(holds(&stale, "2025-01-01T00:00:00Z"));
    let missing = json(&draw("missing").await);
    assert!(missing["data"][0].get("b64_json").is_none());
    assert!(missing["data"][0].get("url").is_none());
    assert!(missing["data"][0].get("revised_prompt").is_some());
    assert!(holds(&picture(&draw("flux").await), "jumb"));
}

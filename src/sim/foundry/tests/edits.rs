//! Image editing by multipart form.

use super::*;

const EDITS: &str = "https://a.services.ai.azure.com/openai/deployments/kontext/images/edits?api-version=2025-04-01-preview";

/// Name, what stands behind the name in the head of the part, content.
type Field<'a> = (&'a str, &'a str, &'a [u8]);

fn form(fields: &[Field<'_>]) -> Bytes {
    let mut body = Vec::new();
    for (name, head, content) in fields {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n").bytes(),
        );
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body.into()
}

fn edit<'a>(rig: &'a Rig, url: &str, fields: &[Field<'_>]) -> Ask<'a> {
    rig.post(url, form(fields))
        .with("content-type", "multipart/form-data; boundary=b")
}

const PNG: &str = "; filename=\"in.png\"\r\nContent-Type: image/png";

async fn input(rig: &Rig) -> Vec<u8> {
    picture(&rig.post(GENERATIONS, FOX).send().await)
}

#[tokio::test]
async fn kontext_starts_from_the_picture_and_changes_it() {
    let rig = Rig::new();
    let before = input(&rig).await;
    let fields: [Field<'_>; 4] = [
        ("prompt", "", b"make it snow"),
        ("image", PNG, &before),
        ("n", "", b"1"),
        ("size", "", b"1024x1024"),
    ];
    let answer = edit(&rig, EDITS, &fields).send().await;
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    let after = picture(&answer);
    assert!(after.starts_with(b"\x89PNG"));
    let seen = crate::sim::paint::look(&after).unwrap();
    assert_eq!((seen.width, seen.height), (1024, 1024));
    let subject = seen.subject.unwrap();
    assert!(
        subject.contains("red fox") && subject.contains("make it snow"),
        "{subject}"
    );
    let small = |file: &[u8]| {
        image::load_from_memory(file)
            .unwrap()
            .thumbnail_exact(32, 32)
            .to_rgb8()
    };
    assert_ne!(small(&before), small(&after));
}

#[tokio::test]
async fn a_part_must_say_that_it_is_a_picture() {
    let rig = Rig::new();
    let before = input(&rig).await;
    for (head, kind) in [
        ("; filename=\"in.png\"", "application/octet-stream"),
        (
            "; filename=\"in.png\"\r\nContent-Type: text/plain",
            "text/plain",
        ),
    ] {
        let fields: [Field<'_>; 2] = [("prompt", "", b"snow"), ("image", head, &before)];
        let (status, said) = edit(&rig, EDITS, &fields).said().await;
        assert_eq!(status, 400);
        assert_eq!(
            said,
            format!(
                r#"{{"error":{{"code":"unsupported_file_mimetype","message":"Invalid file 'image': unsupported mimetype ('{kind}'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.","param":"image","type":"invalid_request_error"}}}}"#
            )
        );
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_in_the_form_is_named() {
    let before = input(&Rig::new()).await;
    let cases: [(&[Field<'_>], &str); 6] = [
        (
            &[("image", PNG, &before)],
            "Missing required parameter: 'prompt'.",
        ),
        (
            &[("prompt", "", b"snow")],
            "Missing required parameter: 'image'.",
        ),
        (
            &[("prompt", "", b"snow"), ("image", PNG, b"no picture")],
            "Invalid image data",
        ),
        (
            &[("prompt", "", b"snow"), ("image", PNG, &before[..5000])],
            "Invalid image data",
        ),
        (
            &[("prompt", "", b"snow"), ("odd", "", b"1")],
            "Unknown parameter: 'odd'.",
        ),
        (
            &[("prompt", "", b"a nude person"), ("image", PNG, &before)],
            "safety system",
        ),
    ];
    for (fields, words) in cases {
        let rig = Rig::new();
        let (status, said) = edit(&rig, EDITS, fields).said().await;
        assert_eq!(status, 400, "{said}");
        assert!(said.contains(words), "{said}");
    }
    let rig = Rig::new();
    assert_eq!(rig.post(EDITS, "{}").said().await.0, 400);
}

#[tokio::test]
async fn editing_needs_a_newer_api_version_than_drawing() {
    let rig = Rig::new();
    let old = EDITS.replace("2025-04-01-preview", "2025-03-01-preview");
    assert_eq!(edit(&rig, &old, &[]).size().await, (404, 56));
    assert_eq!(edit(&rig, EDITS, &[]).said().await.0, 400);
}

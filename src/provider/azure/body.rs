//! Bodies of Azure's image and chat operations.

use crate::knowledge::{Family, needs_max_completion_tokens};
use crate::model::{Container, DeploymentName, Model, Size};
use crate::provider::FormPart;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// What a picture is to be.
#[derive(Debug, Clone, Copy)]
pub struct PictureAsk<'a> {
    /// What it shows.
    pub prompt: &'a str,
    /// How many.
    pub n: u32,
    /// How large.
    pub size: Size,
}

/// Body of `images/generations`: `prompt`, `n`, `size`, and `quality` where the family takes one. `model` is named only
/// in the model-name style.
pub fn generate_body(family: Option<&Family>, ask: PictureAsk<'_>, model: Option<&str>) -> Value {
    let mut body = Map::new();
    if let Some(model) = model {
        body.insert("model".into(), model.into());
    }
    body.insert("prompt".into(), ask.prompt.into());
    body.insert("n".into(), ask.n.into());
    body.insert("size".into(), ask.size.to_string().into());
    if let Some(quality) = family.and_then(|family| family.quality.as_deref()) {
        body.insert("quality".into(), quality.into());
    }
    Value::Object(body)
}

/// Body of the publisher's own route. The deployment goes in lower case, as its samples ask for
/// (foundry-samples, black-forest-labs/flux).
pub fn provider_body(
    deployment: &DeploymentName,
    ask: PictureAsk<'_>,
    picture: Option<&[u8]>,
) -> Value {
    let mut body = json!({
        "model": deployment.as_str().to_lowercase(),
        "prompt": ask.prompt,
        "width": ask.size.width,
        "height": ask.size.height,
        "num_images": ask.n,
    });
    if let (Some(picture), Value::Object(body)) = (picture, &mut body) {
        body.insert("input_image".into(), STANDARD.encode(picture).into());
    }
    body
}

/// Form of `images/edits`. The picture always has a file name and the type that its first bytes say, without which the
/// service refuses it as an unsupported type.
pub fn edit_form(ask: PictureAsk<'_>, picture: &[u8], model: Option<&str>) -> Vec<FormPart> {
    let (content_type, extension) = type_of(picture);
    let mut parts: Vec<FormPart> = model
        .map(|model| FormPart::text("model", model))
        .into_iter()
        .collect();
    parts.push(FormPart::text("prompt", ask.prompt));
    parts.push(FormPart {
        name: "image".into(),
        filename: Some(format!("in.{extension}")),
        content_type: Some(content_type.into()),
        content: picture.to_vec(),
    });
    parts.push(FormPart::text("n", ask.n.to_string()));
    parts.push(FormPart::text("size", ask.size.to_string()));
    parts
}

/// Body of `chat/completions` that shows a picture, labelled with the type that its first bytes say. Reasoning models
/// get `max_completion_tokens`, all others `max_tokens`. `name` is put in only in the model-name style.
pub fn describe_body(
    model: &Model,
    prompt: &str,
    picture: &[u8],
    max_tokens: u32,
    name: Option<&str>,
) -> Value {
    let (content_type, _) = type_of(picture);
    let data = format!("data:{content_type};base64,{}", STANDARD.encode(picture));
    let limit = if needs_max_completion_tokens(model) {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    let mut body = Map::new();
    if let Some(name) = name {
        body.insert("model".into(), name.into());
    }
    body.insert(
        "messages".into(),
        json!([{"role": "user", "content": [
            {"type": "text", "text": prompt},
            {"type": "image_url", "image_url": {"url": data, "detail": "low"}},
        ]}]),
    );
    body.insert(limit.into(), max_tokens.into());
    Value::Object(body)
}

/// Container of a picture by its first bytes.
pub fn container_of(bytes: &[u8]) -> Container {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Container::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Container::Png,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Container::Webp,
        [b'G', b'I', b'F', b'8', ..] => Container::Gif,
        _ => Container::Unknown,
    }
}

/// Content type and file extension by first bytes; PNG where they say nothing, which every image operation takes.
fn type_of(bytes: &[u8]) -> (&'static str, &'static str) {
    match container_of(bytes) {
        Container::Jpeg => ("image/jpeg", "jpg"),
        Container::Webp => ("image/webp", "webp"),
        Container::Gif => ("image/gif", "gif"),
        Container::Png | Container::Unknown => ("image/png", "png"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::by_id;

    const ASK: PictureAsk<'static> = PictureAsk {
        prompt: "a cat",
        n: 1,
        size: Size {
            width: 1024,
            height: 768,
        },
    };
    const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xEB, 0x33];

    #[test]
    fn quality_goes_only_to_the_family_that_takes_it() {
        let body = |id: &str| generate_body(by_id(&id.into()), ASK, None).to_string();
        assert_eq!(
            body("flux-1.1-pro"),
            r#"{"prompt":"a cat","n":1,"size":"1024x768","quality":"hd"}"#
        );
        assert_eq!(
            body("flux.1-kontext-pro"),
            r#"{"prompt":"a cat","n":1,"size":"1024x768"}"#
        );
        assert_eq!(
            generate_body(None, ASK, Some("dall-e-3")).to_string(),
            r#"{"model":"dall-e-3","prompt":"a cat","n":1,"size":"1024x768"}"#
        );
    }

    #[test]
    fn the_publishers_route_names_the_deployment_in_lower_case() {
        assert_eq!(
            provider_body(&"My-FLUX.2".into(), ASK, Some(b"abc")).to_string(),
            r#"{"model":"my-flux.2","prompt":"a cat","width":1024,"height":768,"num_images":1,"input_image":"YWJj"}"#
        );
    }

    #[test]
    fn an_edited_picture_is_typed_by_its_bytes() {
        let part = |picture: &[u8]| {
            let part = edit_form(ASK, picture, None).swap_remove(1);
            (part.filename.unwrap(), part.content_type.unwrap())
        };
        assert_eq!(part(JPEG), ("in.jpg".into(), "image/jpeg".into()));
        assert_eq!(
            part(b"\x89PNG\r\n\x1a\n"),
            ("in.png".into(), "image/png".into())
        );
        assert_eq!(part(b"nothing"), ("in.png".into(), "image/png".into()));
    }

    #[test]
    fn a_described_picture_is_typed_by_its_bytes_and_limited_as_the_model_wants() {
        let model = |name: &str| Model {
            format: "OpenAI".into(),
            name: name.into(),
            version: String::new(),
        };
        let body = describe_body(&model("gpt-4o-mini"), "what is it?", JPEG, 200, None);
        assert_eq!(
            body.to_string(),
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/6zM=","detail":"low"}}]}],"max_tokens":200}"#
        );
        let body = describe_body(&model("o3"), "what is it?", JPEG, 200, None);
        assert_eq!(body["max_completion_tokens"], 200);
        assert!(body.get("max_tokens").is_none());
    }
}

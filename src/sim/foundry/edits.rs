//! `images/edits` of the Image API: a form with a prompt and a picture.

use super::answer::Answer;
use super::arguments::required;
use super::models::ImageModel;
use super::multipart::{self, Part};
use super::orders::{self, Order};
use super::refusals;
use bytes::Bytes;
use http::HeaderMap;

const FIELDS: &[&str] = &[
    "prompt",
    "model",
    "image",
    "image[]",
    "mask",
    "n",
    "size",
    "quality",
    "response_format",
    "output_format",
    "output_compression",
    "background",
    "input_fidelity",
    "seed",
    "user",
];
const MEDIA_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp"];
/// What a part is taken for that does not say what it is.
const UNSAID: &str = "application/octet-stream";

/// The parts of a request's form.
pub(super) fn form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Vec<Part<'a>>, Answer> {
    let kind = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok());
    kind.and_then(|kind| multipart::parts(kind, body))
        .ok_or_else(|| {
            refusals::invalid(
                "invalid_multipart_form",
                "We could not parse the multipart form of your request.",
                "image",
            )
        })
}

/// A text field of a form.
pub(super) fn field<'a>(parts: &[Part<'a>], name: &str) -> Option<&'a str> {
    let part = parts.iter().find(|part| part.name == name)?;
    std::str::from_utf8(part.content).ok()
}

/// Reads the order of a form.
pub(super) fn order(model: &ImageModel, parts: &[Part<'_>]) -> Result<Order, Answer> {
    let unknown = parts
        .iter()
        .find(|part| !FIELDS.contains(&part.name.as_str()));
    if let Some(part) = unknown {
        let message = format!("Unknown parameter: '{}'.", part.name);
        return Err(refusals::invalid("unknown_parameter", &message, &part.name));
    }
    let prompt = required("prompt", field(parts, "prompt"))?.to_owned();
    let pictures = orders::pictures_of_form(field(parts, "n"))?;
    let size = orders::size(model, field(parts, "size"))?;
    let mut images = parts.iter().filter(|part| part.name.starts_with("image"));
    let Some(image) = images.next() else {
        let message = "Missing required parameter: 'image'.";
        return Err(refusals::invalid(
            "missing_required_parameter",
            message,
            "image",
        ));
    };
    check_media_type(image)?;
    Ok(Order {
        prompt,
        pictures,
        size,
        container: model.container,
        seed: field(parts, "seed").and_then(|seed| seed.trim().parse().ok()),
        input: Some(orders::picture(Bytes::copy_from_slice(image.content))?),
    })
}

/// The part must say that it is a picture: without its `Content-Type` it is refused, however good its bytes.
fn check_media_type(part: &Part<'_>) -> Result<(), Answer> {
    let kind = part.content_type.as_deref().unwrap_or(UNSAID);
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if MEDIA_TYPES.contains(&kind.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    let name = &part.name;
    Err(refusals::invalid(
        "unsupported_file_mimetype",
        &format!(
            "Invalid file '{name}': unsupported mimetype ('{kind}'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
        ),
        name,
    ))
}

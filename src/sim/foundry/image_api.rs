//! `images/generations` of the Image API.

use super::answer::Answer;
use super::arguments::Arguments;
use super::models::ImageModel;
use super::orders::{self, Order};

/// Parameters that are taken; `model` names the deployment on the v1 surface and is ignored elsewhere.
const PARAMETERS: &[&str] = &[
    "prompt",
    "model",
    "n",
    "size",
    "quality",
    "response_format",
    "output_format",
    "output_compression",
    "seed",
    "user",
];
/// Parameters of the OpenAI-format models only.
const OPENAI_PARAMETERS: &[&str] = &["background", "moderation", "style"];
const QUALITIES: &[&str] = &["standard", "hd", "low", "medium", "high", "auto"];
const RESPONSE_FORMATS: &[&str] = &["b64_json", "url"];
const OUTPUT_FORMATS: &[&str] = &["png", "jpeg"];

/// Reads the order of a body. `output_format` is checked and then ignored: what comes out depends on the model alone.
pub(super) fn order(model: &ImageModel, arguments: &Arguments) -> Result<Order, Answer> {
    let own = match model.provider_segment {
        Some(_) => &[],
        None => OPENAI_PARAMETERS,
    };
    arguments.refuse_unknown(&[PARAMETERS, own])?;
    let prompt = arguments.required_text("prompt")?.to_owned();
    let pictures = orders::pictures(arguments, "n")?;
    let size = orders::size(model, arguments.text("size")?)?;
    arguments.choice("quality", QUALITIES)?;
    arguments.choice("response_format", RESPONSE_FORMATS)?;
    arguments.choice("output_format", OUTPUT_FORMATS)?;
    arguments.integer("output_compression", 0..=100)?;
    let seed = arguments.integer("seed", 0..=i64::MAX)?;
    Ok(Order {
        prompt,
        pictures,
        size,
        container: model.container,
        seed: seed.map(|seed| seed as u64),
        input: None,
    })
}

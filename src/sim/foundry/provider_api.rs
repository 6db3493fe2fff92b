//! The provider route of Black Forest Labs: `/providers/blackforestlabs/v1/{family}`.

use super::answer::Answer;
use super::arguments::Arguments;
use super::models::{DEFAULT_SIDE, ImageModel};
use super::orders::{self, Order};
use super::refusals;
use crate::sim::paint::Container;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const PARAMETERS: &[&str] = &[
    "model",
    "prompt",
    "width",
    "height",
    "n",
    "num_images",
    "output_format",
    "seed",
    "safety_tolerance",
];
const FIRST_INPUT: &str = "input_image";
const OUTPUT_FORMATS: &[&str] = &["jpeg", "jpg", "png"];
/// Sides that a given `aspect_ratio` is drawn in: about a megapixel, in steps that every model takes.
const AREA: f64 = 1024.0 * 1024.0;
const STEP: f64 = 32.0;

/// Reads the order of a body.
pub(super) fn order(model: &ImageModel, arguments: &Arguments) -> Result<Order, Answer> {
    let inputs = input_names(model);
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    arguments.refuse_unknown(&[PARAMETERS, model.own_parameters, &inputs])?;
    let prompt = arguments.required_text("prompt")?.to_owned();
    let pictures = match arguments.get("num_images") {
        Some(_) => orders::pictures(arguments, "num_images")?,
        None => orders::pictures(arguments, "n")?,
    };
    let container = match arguments.choice("output_format", OUTPUT_FORMATS)? {
        Some("png") => Container::Png,
        Some(_) => Container::Jpeg,
        None => model.container,
    };
    arguments.integer("safety_tolerance", 0..=6)?;
    arguments.integer("steps", 1..=50)?;
    check_guidance(arguments)?;
    let seed = arguments.integer("seed", 0..=i64::MAX)?;
    let (width, height) = sides(arguments)?;
    let mut input = None;
    for name in &inputs {
        let Some(text) = arguments.text(name)? else {
            continue;
        };
        let file = STANDARD
            .decode(text.trim())
            .map_err(|_| refusals::invalid_image_data())?;
        let file = orders::picture(file.into())?;
        input = input.or(Some(file));
    }
    Ok(Order {
        prompt,
        pictures,
        size: orders::fit(model, width, height)?,
        container,
        seed: seed.map(|seed| seed as u64),
        input,
    })
}

/// `input_image`, `input_image_2` and so on, as many as the model takes.
fn input_names(model: &ImageModel) -> Vec<String> {
    (1..=model.most_inputs)
        .map(|number| match number {
            1 => FIRST_INPUT.to_owned(),
            _ => format!("{FIRST_INPUT}_{number}"),
        })
        .collect()
}

fn check_guidance(arguments: &Arguments) -> Result<(), Answer> {
    let Some(value) = arguments.get("guidance") else {
        return Ok(());
    };
    match value.as_f64() {
        Some(guidance) if (1.5..=10.0).contains(&guidance) => Ok(()),
        _ => Err(refusals::invalid(
            "invalid_value",
            &format!("Invalid value: '{value}'. Supported values are from 1.5 to 10."),
            "guidance",
        )),
    }
}

fn sides(arguments: &Arguments) -> Result<(u32, u32), Answer> {
    let side = |name| arguments.integer(name, 1..=i64::from(u16::MAX));
    let (width, height) = (side("width")?, side("height")?);
    let ratio = arguments.text("aspect_ratio")?;
    if let (None, None, Some(ratio)) = (width, height, ratio) {
        return sides_of(ratio).ok_or_else(|| {
            refusals::invalid(
                "invalid_value",
                &format!("Invalid value: '{ratio}'. Supported values are of the form 'W:H' from 1:4 to 4:1."),
                "aspect_ratio",
            )
        });
    }
    let or_default = |side: Option<i64>| side.map_or(DEFAULT_SIDE, |side| side as u32);
    Ok((or_default(width), or_default(height)))
}

fn sides_of(ratio: &str) -> Option<(u32, u32)> {
    let (width, height) = ratio.split_once(':')?;
    let ratio = f64::from(width.parse::<u16>().ok()?) / f64::from(height.parse::<u16>().ok()?);
    if !(0.25..=4.0).contains(&ratio) {
        return None;
    }
    let side = |ideal: f64| ((ideal / STEP).round() * STEP) as u32;
    Some((side((AREA * ratio).sqrt()), side((AREA / ratio).sqrt())))
}

#[cfg(test)]
mod tests {
    use super::sides_of;

    #[test]
    fn a_ratio_becomes_about_a_megapixel() {
        assert_eq!(sides_of("1:1"), Some((1024, 1024)));
        assert_eq!(sides_of("16:9"), Some((1376, 768)));
        for wrong in ["16/9", "5:1", "1:0", "0:0", "a:b", ""] {
            assert_eq!(sides_of(wrong), None, "{wrong}");
        }
    }
}

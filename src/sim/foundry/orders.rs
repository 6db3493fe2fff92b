//! What a picture was asked to be, from whichever surface; here is what their bodies have in common.

use super::answer::Answer;
use super::arguments::{Arguments, in_range};
use super::models::{DEFAULT_SIDE, ImageModel};
use super::refusals;
use crate::sim::paint::Container;
use bytes::Bytes;

/// Pictures that one call may ask for.
pub(super) const MOST_PICTURES: i64 = 10;

/// An order that the model takes.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) prompt: String,
    pub(super) pictures: u32,
    /// The size that will be drawn.
    pub(super) size: (u32, u32),
    pub(super) container: Container,
    /// Absent: drawn anew each time.
    pub(super) seed: Option<u64>,
    pub(super) input: Option<Bytes>,
}

/// Reads `WIDTHxHEIGHT` and fits it to the model; absent or `auto` is the model's own.
pub(super) fn size(model: &ImageModel, asked: Option<&str>) -> Result<(u32, u32), Answer> {
    let (width, height) = match asked {
        None | Some("auto") => (DEFAULT_SIDE, DEFAULT_SIDE),
        Some(asked) => sides(asked).ok_or_else(|| {
            refusals::invalid(
                "invalid_value",
                &format!("Invalid value: '{asked}'. Supported values are of the form 'WIDTHxHEIGHT', such as '1024x1024'."),
                "size",
            )
        })?,
    };
    fit(model, width, height)
}

/// Fits a size to the model.
pub(super) fn fit(model: &ImageModel, width: u32, height: u32) -> Result<(u32, u32), Answer> {
    model.sizing.fit(width, height).ok_or_else(|| {
        refusals::invalid(
            "invalid_size",
            &format!("The size is not supported by this model: '{width}x{height}'."),
            "size",
        )
    })
}

/// The number of pictures, one where nothing is said.
pub(super) fn pictures(arguments: &Arguments, name: &str) -> Result<u32, Answer> {
    let asked = arguments.integer(name, 1..=MOST_PICTURES)?;
    Ok(asked.unwrap_or(1) as u32)
}

/// The number of pictures as a form writes it.
pub(super) fn pictures_of_form(asked: Option<&str>) -> Result<u32, Answer> {
    let Some(asked) = asked else { return Ok(1) };
    let number = asked.trim().parse().map_err(|_| {
        refusals::invalid(
            "invalid_type",
            "Invalid type for 'n': expected an integer, but got a string instead.",
            "n",
        )
    })?;
    Ok(in_range("n", number, 1..=MOST_PICTURES)? as u32)
}

/// A file that may be a picture the painter can start from.
pub(super) fn picture(file: Bytes) -> Result<Bytes, Answer> {
    let known = file.starts_with(b"\x89PNG\r\n\x1a\n") || file.starts_with(b"\xff\xd8\xff");
    if known {
        Ok(file)
    } else {
        Err(refusals::invalid_image_data())
    }
}

fn sides(asked: &str) -> Option<(u32, u32)> {
    let (width, height) = asked.split_once('x')?;
    let side = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use super::sides;

    #[test]
    fn a_size_is_two_whole_numbers_and_an_x() {
        assert_eq!(sides("1344x768"), Some((1344, 768)));
        for wrong in [
            "1344",
            "1344X768",
            "x",
            "1344x",
            "-1x2",
            "+1x2",
            "1 x 2",
            "99999999999x1",
            "1x2x3",
        ] {
            assert_eq!(sides(wrong), None, "{wrong}");
        }
    }
}

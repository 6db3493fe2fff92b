//! A picture's size as the image APIs write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A size in pixels; displays as `1024x1024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// A text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size; write WIDTHxHEIGHT in pixels, as in 1024x1024")]
pub struct SizeError(String);

impl Size {
    /// Width divided by height.
    pub fn ratio(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = SizeError;

    /// Reads `WIDTHxHEIGHT`. Neither side may be 0.
    fn from_str(text: &str) -> Result<Self, SizeError> {
        let wrong = || SizeError(text.to_owned());
        let side = |digits: &str| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let side = digits
                .parse()
                .ok()
                .filter(|side: &u32| is_number && *side > 0);
            side.ok_or_else(wrong)
        };
        let (width, height) = text.split_once('x').ok_or_else(wrong)?;
        Ok(Size {
            width: side(width)?,
            height: side(height)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn anything_but_two_numbers_is_refused() {
        for text in [
            "",
            "1024",
            "0x5",
            "5x0",
            "auto",
            "1024*768",
            "+5x5",
            "1x2x3",
            "99999999999x1",
            " 5x5",
        ] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not a size")),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_size_is_read_back_as_it_was_written(width in 1u32.., height in 1u32..) {
            let size = Size { width, height };
            prop_assert_eq!(size.to_string().parse::<Size>(), Ok(size));
        }
    }
}

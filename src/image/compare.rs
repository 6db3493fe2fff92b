//! Pictures against each other, and against the size that was asked for.

use std::fmt;
use std::str::FromStr;

use super::error::ImageError;
use crate::model::PictureFacts;

/// A size as the image API writes it, `1344x768`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
}

impl FromStr for Size {
    type Err = ImageError;

    /// Reads `WIDTHxHEIGHT`; [`ImageError::BadSize`] for anything else, `auto` and zero included.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ImageError::BadSize {
            text: text.to_owned(),
        };
        let edge = |digits: &str| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let length = digits.parse().ok().filter(|&length: &u32| length > 0);
            length.filter(|_| is_number).ok_or_else(bad)
        };
        let (width, height) = text.trim().split_once(['x', 'X', '×']).ok_or_else(bad)?;
        Ok(Self {
            width: edge(width)?,
            height: edge(height)?,
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Bits in which two difference hashes differ, 0 (alike) to 64. Up to about 10 is the same picture, re-encoded or scaled.
///
/// Takes [`PictureFacts::dhash`] of each; [`ImageError::BadHash`] where one is not 16 hex digits.
pub fn hamming(dhash_a: &str, dhash_b: &str) -> Result<u32, ImageError> {
    Ok((parse_hash(dhash_a)? ^ parse_hash(dhash_b)?).count_ones())
}

/// How far a picture's aspect ratio is from the one asked for, as a share of it: 0 is exact, 0.03 is three per cent too
/// wide or too tall. Models that snap to sizes of their own are judged by this, not by equality.
///
/// `asked` is `WIDTHxHEIGHT`. [`ImageError::BadSize`] where it is not, [`ImageError::NoSize`] where the picture has none.
pub fn aspect_ratio_error(asked: &str, facts: &PictureFacts) -> Result<f64, ImageError> {
    let asked: Size = asked.parse()?;
    if facts.width == 0 || facts.height == 0 {
        return Err(ImageError::NoSize);
    }
    let wanted = f64::from(asked.width) / f64::from(asked.height);
    let got = f64::from(facts.width) / f64::from(facts.height);
    Ok((got / wanted).max(wanted / got) - 1.0)
}

/// Whether a picture has the aspect ratio asked for, within a tolerance as a share of it (0.05 is five per cent).
///
/// Errors as [`aspect_ratio_error`].
pub fn is_same_aspect(
    asked: &str,
    facts: &PictureFacts,
    tolerance: f64,
) -> Result<bool, ImageError> {
    Ok(aspect_ratio_error(asked, facts)? <= tolerance)
}

fn parse_hash(text: &str) -> Result<u64, ImageError> {
    let is_hash = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(text, 16)
        .ok()
        .filter(|_| is_hash)
        .ok_or_else(|| ImageError::BadHash {
            text: text.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> PictureFacts {
        PictureFacts {
            width,
            height,
            ..PictureFacts::default()
        }
    }

    #[test]
    fn a_size_is_read_and_written_back() {
        let size: Size = " 1344x768 ".parse().unwrap();
        assert_eq!((size.width, size.height), (1344, 768));
        assert_eq!(size.to_string(), "1344x768");
    }

    #[test]
    fn what_is_no_size_is_named() {
        for text in [
            "",
            "auto",
            "1024",
            "0x10",
            "10x0",
            "x",
            "1x2x3",
            "+1x2",
            "-1x2",
            "99999999999x1",
        ] {
            let error = text.parse::<Size>().unwrap_err();
            assert_eq!(
                error,
                ImageError::BadSize {
                    text: text.to_owned()
                }
            );
        }
    }

    #[test]
    fn a_snapped_size_is_near_in_shape() {
        let snapped = picture(1248, 832);
        let error = aspect_ratio_error("1216x832", &snapped).unwrap();
        assert!((error - 0.0263).abs() < 1e-4, "{error}");
        assert_eq!(is_same_aspect("1216x832", &snapped, 0.05), Ok(true));
        assert_eq!(is_same_aspect("1216x832", &snapped, 0.02), Ok(false));
        assert_eq!(aspect_ratio_error("1024x1024", &picture(512, 512)), Ok(0.0));
    }

    #[test]
    fn too_tall_counts_as_much_as_too_wide() {
        let tall = aspect_ratio_error("100x100", &picture(100, 125)).unwrap();
        let wide = aspect_ratio_error("100x100", &picture(125, 100)).unwrap();
        assert_eq!(tall, wide);
        assert_eq!(
            is_same_aspect("1344x768", &picture(768, 1344), 0.05),
            Ok(false)
        );
    }

    #[test]
    fn a_picture_without_a_size_has_no_shape() {
        assert_eq!(
            aspect_ratio_error("1x1", &picture(0, 0)),
            Err(ImageError::NoSize)
        );
    }

    #[test]
    fn hashes_differ_in_bits() {
        assert_eq!(hamming("00000000000000ff", "000000000000000f"), Ok(4));
        assert_eq!(hamming("ffffffffffffffff", "0000000000000000"), Ok(64));
        for text in ["", "0f", "+000000000000000", "000000000000000g"] {
            assert!(hamming(text, "0000000000000000").is_err(), "{text}");
        }
    }
}

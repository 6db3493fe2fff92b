//! What every container's reader gives back.

use std::borrow::Cow;

use super::error::ImageError;
use super::measure::Measure;

/// Most pixels that are decoded: enough for any image model, too few to fill a machine's memory.
pub(super) const MAX_PIXELS: u64 = 64_000_000;
/// Longest edge that is decoded, in pixels; a row longer than this belongs to no picture.
const MAX_EDGE: u32 = 65_535;

/// A decoded file.
pub(super) struct Decoding {
    /// What was measured of the rows that came; `None` where not one did.
    pub(super) measure: Option<Measure>,
    /// Why there are no more.
    pub(super) outcome: Result<(), ImageError>,
}

impl Decoding {
    /// A file of which no pixel could be had.
    pub(super) fn failed(error: ImageError) -> Self {
        Self {
            measure: None,
            outcome: Err(error),
        }
    }
}

/// What a file's structure says, without decoding a pixel.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Anatomy<'a> {
    /// Whether the file ends before its end marker.
    pub(super) is_truncated: bool,
    /// The C2PA manifest store (JUMBF), where there is one.
    pub(super) manifest: Option<Cow<'a, [u8]>>,
}

/// Refuses a declared size that is not worth its memory, before any is taken.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), ImageError> {
    let is_fine = width <= MAX_EDGE
        && height <= MAX_EDGE
        && u64::from(width) * u64::from(height) <= MAX_PIXELS;
    if is_fine {
        return Ok(());
    }
    Err(ImageError::TooLarge {
        width,
        height,
        limit: MAX_PIXELS,
    })
}

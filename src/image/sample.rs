//! A picture to edit where the user has none at hand.

use ::png::{BitDepth, ColorType, Compression, Encoder};

use super::error::ImageError;

/// Width and height of the sample in pixels.
const EDGE: u32 = 256;
/// Radius of the disk in pixels.
const RADIUS: i64 = 72;

/// A small PNG, 256x256 pixels: an orange disk before a blue sky that brightens downwards. The same bytes every time.
///
/// [`ImageError::Sample`] where the encoder fails, which takes a machine out of memory.
pub fn sample() -> Result<Vec<u8>, ImageError> {
    let failed = |error: ::png::EncodingError| ImageError::Sample {
        detail: error.to_string(),
    };
    let pixels: Vec<u8> = (0..EDGE)
        .flat_map(|y| (0..EDGE).flat_map(move |x| color(x, y)))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, EDGE, EDGE);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn color(x: u32, y: u32) -> [u8; 3] {
    let middle = i64::from(EDGE / 2);
    let (dx, dy) = (i64::from(x) - middle, i64::from(y) - middle);
    if dx * dx + dy * dy <= RADIUS * RADIUS {
        return [240, 128, 32];
    }
    let light = (y / 2) as u8;
    [40 + light / 2, 90 + light, 200]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{CameAs, JudgeOptions, judge};

    #[test]
    fn the_sample_is_small_whole_and_shows_something() {
        let bytes = sample().unwrap();
        let facts = judge(&bytes, CameAs::Body, JudgeOptions::default());
        assert_eq!((facts.width, facts.height), (256, 256));
        assert!(facts.decodes && !facts.is_truncated && !facts.is_blank);
        assert!(bytes.len() < 4096, "{}", bytes.len());
        assert_eq!(bytes, sample().unwrap());
    }
}

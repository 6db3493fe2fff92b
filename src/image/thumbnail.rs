//! The small JPEG of a picture that a report shows.

use ::image::ExtendedColorType;
use ::image::codecs::jpeg::JpegEncoder;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::Thumbnail;

/// Quality of 100: enough to see what it shows.
const QUALITY: u8 = 75;

/// Encodes RGB pixels of this width and height. Writing to memory does not fail, and a thumbnail that could not be made
/// would be no reason to lose what else is known of the picture.
pub(super) fn encode((width, height, pixels): (u32, u32, Vec<u8>)) -> Option<Thumbnail> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(&pixels, width, height, ExtendedColorType::Rgb8)
        .ok()?;
    Some(Thumbnail {
        width,
        height,
        jpeg_base64: STANDARD.encode(&jpeg),
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;
    use crate::image::measure::hamming;
    use crate::image::{CameAs, JudgeOptions, judge, sample};
    use crate::model::Container;

    #[test]
    fn a_thumbnail_is_a_small_jpeg_of_the_picture() {
        let options = JudgeOptions {
            thumbnail: Some(64),
        };
        let facts = judge(&sample().unwrap(), CameAs::Body, options);
        let thumbnail = facts.thumbnail.unwrap();
        assert_eq!((thumbnail.width, thumbnail.height), (64, 64));
        let jpeg = STANDARD.decode(&thumbnail.jpeg_base64).unwrap();
        let small = judge(&jpeg, CameAs::Body, JudgeOptions::default());
        assert_eq!(
            (small.container, small.width, small.height),
            (Container::Jpeg, 64, 64)
        );
        let distance = hamming(&small.dhash.unwrap(), &facts.dhash.unwrap());
        assert!(distance <= 6, "{distance}");
    }
}

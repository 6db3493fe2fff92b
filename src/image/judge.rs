//! The judgement of one picture: everything a check may ask about it.

use sha2::{Digest, Sha256};

use super::container::{DECIDING_BYTES, recognise};
use super::decoding::{Anatomy, Decoding};
use super::error::ImageError;
use super::measure::Measured;
use super::{jpeg, png, provenance, thumbnail, webp};
use crate::model::{Container, PictureFacts};

/// How a picture came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameAs {
    /// As base64 text inside an answer.
    Base64 {
        /// Length of that text in characters.
        chars: u64,
    },
    /// From a link in an answer.
    Url,
    /// As the body of an answer.
    Body,
}

/// What to make besides the measures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JudgeOptions {
    /// Longest edge of a thumbnail in pixels; `None` makes none.
    pub thumbnail: Option<u32>,
}

/// Looks at a picture: container by its first bytes, size by decoding it, whether it is whole, blank, and what its C2PA
/// manifest says.
///
/// Never fails: a file that does not decode gives facts with `decodes` false and the reason in `error`. Such a file has
/// a size only where its pixels began to decode (a picture cut off half way), and no hash, entropy or blankness, since
/// those speak of a whole picture; its thumbnail shows what there is, the rest grey.
///
/// A PNG takes a few rows of memory besides `bytes`; a JPEG or WebP takes its pixels once. More than 64 megapixels are
/// not decoded.
pub fn judge(bytes: &[u8], came: CameAs, options: JudgeOptions) -> PictureFacts {
    let container = recognise(bytes);
    let (anatomy, decoding) = look(container, bytes, options.thumbnail);
    let (came_as, base64_chars) = match came {
        CameAs::Base64 { chars } => ("b64_json", chars),
        CameAs::Url => ("url", 0),
        CameAs::Body => ("body", 0),
    };
    let mut facts = PictureFacts {
        container,
        is_truncated: anatomy.is_truncated,
        sha256: hex(&Sha256::digest(bytes)),
        bytes: bytes.len() as u64,
        base64_chars,
        came_as: came_as.to_owned(),
        provenance: anatomy.manifest.as_deref().map(provenance::read),
        ..PictureFacts::default()
    };
    if let Some(measure) = &decoding.measure {
        (facts.width, facts.height) = measure.size();
    }
    match (decoding.outcome, decoding.measure) {
        (Ok(()), Some(measure)) => {
            facts.decodes = true;
            note(&mut facts, measure.finish());
        }
        (outcome, measure) => {
            let error = outcome.err().map(|error| name_the_cut(error, &anatomy));
            facts.is_truncated |= matches!(error, Some(ImageError::CutOff { .. }));
            facts.error = error.map(|error| error.to_string());
            facts.thumbnail = measure
                .and_then(super::measure::Measure::into_thumbnail)
                .and_then(thumbnail::encode);
        }
    }
    facts
}

fn look(container: Container, bytes: &[u8], thumbnail: Option<u32>) -> (Anatomy<'_>, Decoding) {
    match container {
        Container::Jpeg => (jpeg::dissect(bytes), jpeg::decode(bytes, thumbnail)),
        Container::Png => (png::dissect(bytes), png::decode(bytes, thumbnail)),
        Container::Webp => (webp::dissect(bytes), webp::decode(bytes, thumbnail)),
        Container::Gif => (
            Anatomy::default(),
            Decoding::failed(ImageError::GifNotDecoded),
        ),
        Container::Unknown => {
            let first = bytes
                .get(..DECIDING_BYTES.min(bytes.len()))
                .unwrap_or_default();
            let error = ImageError::NotAPicture { first: hex(first) };
            (Anatomy::default(), Decoding::failed(error))
        }
    }
}

fn note(facts: &mut PictureFacts, measured: Measured) {
    facts.entropy = measured.entropy;
    facts.dhash = measured.dhash.map(|hash| format!("{hash:016x}"));
    facts.is_blank = measured.blank.is_some();
    facts.blank_color = measured.blank.map(|color| format!("#{}", hex(&color)));
    facts.thumbnail = measured.thumbnail.and_then(thumbnail::encode);
}

/// A decoder that runs out of data calls it damage; where the file lacks its end, it was cut.
fn name_the_cut(error: ImageError, anatomy: &Anatomy<'_>) -> ImageError {
    match error {
        ImageError::Damaged { container, detail } if anatomy.is_truncated => ImageError::CutOff {
            detail: format!("the {container} has no end marker ({detail})"),
        },
        other => other,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use ::image::codecs::jpeg::JpegEncoder;
    use ::image::codecs::png::PngEncoder;
    use ::image::codecs::webp::WebPEncoder;
    use ::image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbImage, RgbaImage};
    use proptest::prelude::*;

    use super::*;
    use crate::image::measure::hamming;
    use crate::model::Provenance;

    const AGENT: &str = "Black forest labs in Azure AI";
    const PLAIN: JudgeOptions = JudgeOptions { thumbnail: None };

    fn look_at(bytes: &[u8]) -> PictureFacts {
        judge(bytes, CameAs::Body, PLAIN)
    }

    /// Hills under a sky, with texture.
    fn scene(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let hill = (f64::from(x) * 9.0 / f64::from(width)).sin() * 0.2 + 0.5;
            let depth = f64::from(y) / f64::from(height);
            let grain = (x * 7 + y * 13) % 11;
            if depth > hill {
                [30 + grain as u8, 120 - (depth * 60.0) as u8, 40]
            } else {
                [90, 140 + (depth * 80.0) as u8, 220]
            }
            .into()
        })
    }

    fn night(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let lamp = x.abs_diff(width / 3).pow(2) + y.abs_diff(height / 2).pow(2);
            let glow = 22_u32.saturating_sub(lamp / 400) as u8;
            [2 + glow, 2 + glow / 2, 6].into()
        })
    }

    fn png(picture: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(
                picture,
                picture.width(),
                picture.height(),
                ExtendedColorType::Rgb8,
            )
            .unwrap();
        bytes
    }

    fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(picture)
            .unwrap();
        bytes
    }

    fn manifest() -> Vec<u8> {
        let mut cbor = b"\0\0\0\xFFjumb\0\0\0\x11jumdc2pa\0".to_vec();
        cbor.extend(b"\x64when\xC0\x742025-09-30T19:07:36Z");
        cbor.extend(b"\x6DsoftwareAgent\x78\x1D");
        cbor.extend(AGENT.as_bytes());
        cbor.extend(b"\x6Fclaim_generator\x78\x1CMicrosoft_Responsible_AI/1.0");
        cbor
    }

    fn expected_provenance() -> Provenance {
        Provenance {
            agent: Some(AGENT.to_owned()),
            generator: Some("Microsoft_Responsible_AI/1.0".to_owned()),
            when: Some("2025-09-30T19:07:36Z".to_owned()),
            manifest_bytes: manifest().len() as u64,
        }
    }

    /// APP11 straight after the start marker, before JFIF.
    fn with_app11(jpeg: &[u8]) -> Vec<u8> {
        let manifest = manifest();
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xEB];
        bytes.extend((manifest.len() as u16 + 10).to_be_bytes());
        bytes.extend(b"JP\0\x01\0\0\0\x01");
        bytes.extend(manifest);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    /// `caBX` straight after the header. The checksum of a chunk that no decoder knows is not looked at.
    fn with_cabx(png: &[u8]) -> Vec<u8> {
        let after_header = 8 + 12 + 13;
        let mut bytes = png[..after_header].to_vec();
        bytes.extend((manifest().len() as u32).to_be_bytes());
        bytes.extend(b"caBX");
        bytes.extend(manifest());
        bytes.extend([0; 4]);
        bytes.extend(&png[after_header..]);
        bytes
    }

    #[test]
    fn a_png_is_measured() {
        let bytes = with_cabx(&png(&scene(320, 200)));
        let facts = judge(&bytes, CameAs::Base64 { chars: 77 }, PLAIN);
        assert_eq!(facts.container, Container::Png);
        assert_eq!((facts.width, facts.height), (320, 200));
        assert!(facts.decodes && !facts.is_truncated && !facts.is_blank);
        assert!(facts.entropy > 3.0, "{}", facts.entropy);
        assert_eq!(facts.dhash.as_deref().map(str::len), Some(16));
        assert_eq!(facts.bytes, bytes.len() as u64);
        assert_eq!(
            (facts.came_as.as_str(), facts.base64_chars),
            ("b64_json", 77)
        );
        assert_eq!(facts.provenance, Some(expected_provenance()));
        assert_eq!((facts.error, facts.thumbnail), (None, None));
    }

    #[test]
    fn a_jpeg_that_begins_with_its_manifest_is_measured() {
        let bytes = with_app11(&jpeg(&scene(320, 200), 90));
        assert_eq!(bytes[3], 0xEB);
        let facts = look_at(&bytes);
        assert_eq!(facts.container, Container::Jpeg);
        assert_eq!((facts.width, facts.height), (320, 200));
        assert!(
            facts.decodes && !facts.is_truncated && !facts.is_blank,
            "{:?}",
            facts.error
        );
        assert_eq!(facts.provenance, Some(expected_provenance()));
    }

    #[test]
    fn a_webp_is_measured() {
        let picture = scene(64, 48);
        let mut bytes = Vec::new();
        WebPEncoder::new_lossless(&mut bytes)
            .encode(&picture, 64, 48, ExtendedColorType::Rgb8)
            .unwrap();
        let facts = look_at(&bytes);
        assert_eq!(facts.container, Container::Webp);
        assert_eq!((facts.width, facts.height, facts.decodes), (64, 48, true));
        assert_eq!(facts.dhash, look_at(&png(&picture)).dhash);
        let cut = look_at(&bytes[..bytes.len() / 2]);
        assert!(cut.is_truncated && !cut.decodes);
    }

    #[test]
    fn a_picture_without_a_manifest_has_no_provenance() {
        assert_eq!(look_at(&png(&scene(32, 32))).provenance, None);
        assert_eq!(look_at(&jpeg(&scene(32, 32), 90)).provenance, None);
    }

    #[test]
    fn the_digest_is_that_of_the_file() {
        assert_eq!(
            look_at(b"abc").sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_cut_png_says_so_and_keeps_its_size_and_manifest() {
        let whole = with_cabx(&png(&scene(320, 200)));
        let options = JudgeOptions {
            thumbnail: Some(32),
        };
        let facts = judge(&whole[..whole.len() / 2], CameAs::Url, options);
        assert!(facts.is_truncated && !facts.decodes && !facts.is_blank);
        assert_eq!((facts.width, facts.height), (320, 200));
        assert_eq!((facts.dhash, facts.entropy), (None, 0.0));
        assert_eq!(facts.provenance, Some(expected_provenance()));
        assert_eq!(facts.thumbnail.map(|t| (t.width, t.height)), Some((32, 20)));
        let error = facts.error.unwrap();
        assert!(
            error.starts_with("cut off: the PNG ends in row "),
            "{error}"
        );
    }

    #[test]
    fn a_cut_jpeg_says_so() {
        let whole = with_app11(&jpeg(&scene(320, 200), 90));
        for keep in [whole.len() / 2, whole.len() * 9 / 10] {
            let facts = look_at(&whole[..keep]);
            assert!(facts.is_truncated && !facts.decodes, "{facts:?}");
            assert_eq!((facts.width, facts.height), (320, 200));
            let error = facts.error.unwrap();
            assert!(
                error.starts_with("cut off: the JPEG has no end marker ("),
                "{error}"
            );
        }
    }

    #[test]
    fn only_the_end_marker_missing_is_truncated_though_every_pixel_is_there() {
        let jpeg = jpeg(&scene(64, 64), 90);
        let facts = look_at(&jpeg[..jpeg.len() - 2]);
        assert!(facts.is_truncated);
        let png = png(&scene(64, 64));
        let facts = look_at(&png[..png.len() - 12]);
        assert!(facts.is_truncated && facts.decodes);
    }

    #[test]
    fn damage_in_the_middle_is_not_a_cut() {
        let mut bytes = png(&scene(320, 200));
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        let facts = look_at(&bytes);
        assert!(!facts.decodes && !facts.is_truncated);
        let error = facts.error.unwrap();
        assert!(error.starts_with("damaged PNG: row "), "{error}");
    }

    #[test]
    fn black_is_blank_in_every_container() {
        let black = RgbImage::new(256, 256);
        for bytes in [png(&black), jpeg(&black, 75)] {
            let facts = look_at(&bytes);
            assert!(facts.is_blank);
            assert_eq!(facts.blank_color.as_deref(), Some("#000000"));
            assert_eq!(facts.entropy, 0.0);
        }
    }

    #[test]
    fn grain_under_heavy_compression_is_blank() {
        let grainy = RgbImage::from_fn(256, 256, |x, y| {
            let grain = ((x * 31) ^ (y * 17)) % 9;
            [180 + grain as u8, 90 + grain as u8, 60].into()
        });
        let facts = look_at(&jpeg(&grainy, 30));
        assert!(facts.is_blank, "{facts:?}");
    }

    #[test]
    fn a_gradient_and_a_night_are_not_blank() {
        let gradient = RgbImage::from_fn(256, 256, |x, _| [(x / 8) as u8; 3].into());
        for picture in [gradient, night(256, 256)] {
            for bytes in [png(&picture), jpeg(&picture, 60)] {
                let facts = look_at(&bytes);
                assert!(facts.decodes && !facts.is_blank, "{facts:?}");
                assert_eq!(facts.blank_color, None);
            }
        }
    }

    #[test]
    fn the_same_picture_is_near_and_another_far() {
        let hash = |bytes: &[u8]| look_at(bytes).dhash.unwrap();
        let original = hash(&png(&scene(320, 200)));
        let again = hash(&jpeg(&scene(320, 200), 50));
        let larger = hash(&png(&scene(640, 400)));
        let other = hash(&png(&night(320, 200)));
        assert!(hamming(&original, &again) <= 6);
        assert!(hamming(&original, &larger) <= 6);
        assert!(hamming(&original, &other) > 12);
    }

    #[test]
    fn grey_and_transparent_pictures_are_measured_like_their_colors() {
        let grey = DynamicImage::ImageRgb8(scene(90, 80)).to_luma8();
        let rgba = RgbaImage::from_fn(90, 80, |x, y| {
            let level = grey.get_pixel(x, y).0[0];
            [level, level, level, 255].into()
        });
        let facts = [
            DynamicImage::ImageLuma8(grey),
            DynamicImage::ImageRgba8(rgba),
        ]
        .map(|picture| {
            let mut bytes = Vec::new();
            picture
                .write_with_encoder(PngEncoder::new(&mut bytes))
                .unwrap();
            look_at(&bytes)
        });
        assert!(facts[0].decodes && facts[1].decodes);
        assert_eq!(facts[0].dhash, facts[1].dhash);
        assert_eq!(facts[0].entropy, facts[1].entropy);
    }

    #[test]
    fn what_is_no_picture_is_named_by_its_first_bytes() {
        let facts = look_at(b"<html><body>Bad Gateway</body></html>");
        assert_eq!(facts.container, Container::Unknown);
        assert!(!facts.decodes && !facts.is_truncated && !facts.is_blank);
        assert_eq!(
            facts.error.as_deref(),
            Some(
                "not a picture: it begins with `3c68746d6c3e3c626f64793e`, which is neither JPEG, PNG, WebP nor GIF; \
                 read the answer it came with"
            )
        );
        assert!(look_at(b"GIF89a").error.unwrap().contains("not decoded"));
        assert!(look_at(b"").error.is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn arbitrary_bytes_behind_any_magic_never_panic(
            magic in prop::sample::select(vec![
                &b"\xFF\xD8\xFF"[..],
                b"\x89PNG\r\n\x1A\n",
                b"RIFF\x40\0\0\0WEBPVP8L",
                b"GIF89a",
                b"",
            ]),
            tail in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            judge(&[magic, &tail].concat(), CameAs::Body, JudgeOptions { thumbnail: Some(8) });
        }

        #[test]
        fn damage_and_cuts_anywhere_never_panic(
            hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            keep in any::<prop::sample::Index>(),
            is_png in any::<bool>(),
        ) {
            let picture = scene(24, 20);
            let mut bytes = if is_png {
                with_cabx(&png(&picture))
            } else {
                with_app11(&jpeg(&picture, 80))
            };
            for (place, value) in hits {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            bytes.truncate(keep.index(bytes.len()) + 1);
            judge(&bytes, CameAs::Body, JudgeOptions { thumbnail: Some(8) });
        }
    }
}

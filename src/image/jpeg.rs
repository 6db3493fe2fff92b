//! JPEG: segments, and the one decoder that holds a whole picture.

use std::borrow::Cow;

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::decoding::{Anatomy, Decoding, check_size};
use super::error::ImageError;
use super::measure::Measure;

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const APP11: u8 = 0xEB;
/// `JP`, instance (2), sequence (4): what stands before the box in an APP11 segment (ISO/IEC 19566-5).
const JUMBF_FRAME_BYTES: usize = 8;
/// Length and kind of the box, repeated in every segment that continues it.
const BOX_HEADER_BYTES: usize = 8;

/// Walks the segments and the scans between them: a JPEG is whole once its end marker has come. The manifest is joined
/// from its APP11 segments.
pub(super) fn dissect(bytes: &[u8]) -> Anatomy<'_> {
    let mut parts = Vec::new();
    let mut is_truncated = true;
    let mut rest = bytes;
    while let Some((marker, after)) = next_marker(rest) {
        rest = after;
        match marker {
            END => {
                is_truncated = false;
                break;
            }
            START | 0x01 | 0xD0..=0xD7 => continue,
            _ => {}
        }
        let Some((length, _)) = rest.split_first_chunk::<2>() else {
            break;
        };
        let length = usize::from(u16::from_be_bytes(*length)).max(2);
        let segment = rest.get(2..length).or(rest.get(2..)).unwrap_or_default();
        if marker == APP11 {
            parts.extend(JumbfPart::read(segment));
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    Anatomy {
        is_truncated,
        manifest: join(parts).map(Cow::Owned),
    }
}

/// Decodes the picture at once, strictly: what a lenient decoder paints over is what is looked for here.
pub(super) fn decode(bytes: &[u8], thumbnail: Option<u32>) -> Decoding {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    if let Err(error) = decoder.decode_headers() {
        return Decoding::failed(explain(&error));
    }
    let Some(info) = decoder.info() else {
        return Decoding::failed(damaged("no frame header".to_owned()));
    };
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    if let Err(error) = check_size(width, height) {
        return Decoding::failed(error);
    }
    let channels = decoder
        .output_colorspace()
        .unwrap_or(ColorSpace::RGB)
        .num_components();
    let Some(size) = decoder.output_buffer_size().filter(|&size| size > 0) else {
        return Decoding::failed(damaged("the frame has no pixels".to_owned()));
    };
    let mut pixels = vec![0x80; size];
    let outcome = decoder
        .decode_into(&mut pixels)
        .map_err(|error| explain(&error));
    // The decoder's own buffers go before the measuring begins.
    drop(decoder);
    let mut measure = Measure::new(width, height, thumbnail);
    for row in pixels.chunks_exact(width as usize * channels) {
        measure.push_row(row, channels);
    }
    Decoding {
        measure: Some(measure),
        outcome,
    }
}

/// The next marker and what follows it. Entropy-coded data, stuffed `FF 00` and fill bytes are stepped over.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|&byte| byte == 0xFF)?;
        rest = rest.get(at + 1..)?;
        match rest.first()? {
            0x00 | 0xFF => {}
            &marker => return Some((marker, rest.get(1..)?)),
        }
    }
}

/// The part of a JUMBF box that one APP11 segment carries.
struct JumbfPart<'a> {
    instance: [u8; 2],
    sequence: u32,
    payload: &'a [u8],
}

impl<'a> JumbfPart<'a> {
    fn read(segment: &'a [u8]) -> Option<Self> {
        let (head, payload) = segment.split_first_chunk::<JUMBF_FRAME_BYTES>()?;
        let [b'J', b'P', i0, i1, sequence @ ..] = *head else {
            return None;
        };
        Some(Self {
            instance: [i0, i1],
            sequence: u32::from_be_bytes(sequence),
            payload,
        })
    }
}

/// Joins the parts of each box in their order; only a box that speaks of C2PA is a manifest.
fn join(mut parts: Vec<JumbfPart<'_>>) -> Option<Vec<u8>> {
    parts.sort_by_key(|part| (part.instance, part.sequence));
    parts
        .chunk_by(|a, b| a.instance == b.instance)
        .map(|parts| {
            let header = parts
                .first()
                .and_then(|part| part.payload.get(..BOX_HEADER_BYTES))
                .unwrap_or_default();
            let mut joined = Vec::new();
            for part in parts {
                let is_first = joined.is_empty();
                let payload = match part.payload.strip_prefix(header) {
                    Some(continued) if !is_first => continued,
                    _ => part.payload,
                };
                joined.extend_from_slice(payload);
            }
            joined
        })
        .find(|joined| joined.windows(4).any(|word| word == b"c2pa"))
}

fn explain(error: &DecodeErrors) -> ImageError {
    let words = match error {
        DecodeErrors::ExhaustedData => "the data ends inside a scan".to_owned(),
        // Its Debug form is the sentence, wrapped in line breaks.
        other => format!("{other:?}").trim().to_owned(),
    };
    damaged(words)
}

fn damaged(detail: String) -> ImageError {
    ImageError::Damaged {
        container: "JPEG",
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app11(instance: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let mut segment = vec![0xFF, APP11];
        segment.extend((payload.len() as u16 + 10).to_be_bytes());
        segment.extend(b"JP");
        segment.extend(instance.to_be_bytes());
        segment.extend(sequence.to_be_bytes());
        segment.extend(payload);
        segment
    }

    fn file(segments: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0xFF, START];
        bytes.extend(segments.concat());
        bytes.extend([0xFF, 0xDA, 0, 2, 1, 2, 0xFF, 0x00, 3, 0xFF, 0xD3, 4]);
        bytes.extend([0xFF, END]);
        bytes
    }

    #[test]
    fn the_end_marker_makes_it_whole_and_every_shorter_file_is_truncated() {
        let whole = file(&[vec![0xFF, 0xE0, 0, 4, 0xFF, END]]);
        assert!(!dissect(&whole).is_truncated);
        for cut in 3..whole.len() {
            assert!(dissect(&whole[..cut]).is_truncated, "cut at {cut}");
        }
    }

    #[test]
    fn a_manifest_is_joined_in_its_order_without_the_repeated_box_header() {
        let first = app11(1, 1, b"\0\0\0\x14jumbc2pa-");
        let second = app11(1, 2, b"\0\0\0\x14jumbtail");
        let other = app11(2, 1, b"\0\0\0\x10jumbrest");
        let whole = file(&[other, second, first]);
        let manifest = dissect(&whole).manifest;
        assert_eq!(manifest.as_deref(), Some(&b"\0\0\0\x14jumbc2pa-tail"[..]));
    }

    #[test]
    fn an_app11_segment_of_another_kind_is_no_manifest() {
        let hdr = vec![0xFF, APP11, 0, 9, b'H', b'D', b'R', b'_', b'R', b'I', b'_'];
        let jumbf_of_another = app11(1, 1, b"\0\0\0\x10jumbjpeg360");
        assert_eq!(dissect(&file(&[hdr, jumbf_of_another])).manifest, None);
    }
}

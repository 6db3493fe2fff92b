//! WebP: RIFF chunks and pixels.

use std::borrow::Cow;
use std::io::Cursor;

use ::image::codecs::webp::WebPDecoder;
use ::image::{ColorType, ImageDecoder, ImageError as CodecError};

use super::decoding::{Anatomy, Decoding, check_size};
use super::error::ImageError;
use super::measure::Measure;

/// `RIFF`, length, `WEBP`.
const HEADER_BYTES: usize = 12;
/// The chunk that C2PA keeps its manifest store in.
const MANIFEST_CHUNK: &[u8; 4] = b"C2PA";

/// Reads the RIFF length and walks the chunks.
pub(super) fn dissect(bytes: &[u8]) -> Anatomy<'_> {
    let declared = bytes.get(4..8).map_or(0, little_endian).saturating_add(8);
    let mut anatomy = Anatomy {
        is_truncated: bytes.len() < declared,
        manifest: None,
    };
    let mut rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
    while let (Some(kind), Some(length)) = (rest.get(..4), rest.get(4..8)) {
        let length = little_endian(length);
        let body = rest.get(8..).unwrap_or_default();
        if kind == MANIFEST_CHUNK {
            anatomy.manifest = Some(Cow::Borrowed(body.get(..length).unwrap_or(body)));
        }
        // Chunks are padded to an even length.
        let padded = length.saturating_add(length % 2);
        rest = body.get(padded..).unwrap_or_default();
    }
    anatomy
}

/// Decodes the picture at once; of an animation, the first frame.
pub(super) fn decode(bytes: &[u8], thumbnail: Option<u32>) -> Decoding {
    let decoder = match WebPDecoder::new(Cursor::new(bytes)) {
        Ok(decoder) => decoder,
        Err(error) => return Decoding::failed(explain(&error)),
    };
    let (width, height) = decoder.dimensions();
    if let Err(error) = check_size(width, height) {
        return Decoding::failed(error);
    }
    let channels = match decoder.color_type() {
        ColorType::Rgba8 => 4,
        _ => 3,
    };
    let row_bytes = width as usize * channels;
    let mut pixels = vec![0x80; row_bytes * height as usize];
    let outcome = decoder
        .read_image(&mut pixels)
        .map_err(|error| explain(&error));
    let mut measure = Measure::new(width, height, thumbnail);
    for row in pixels.chunks_exact(row_bytes.max(1)) {
        measure.push_row(row, channels);
    }
    Decoding {
        measure: (measure.rows() > 0).then_some(measure),
        outcome,
    }
}

fn little_endian(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | usize::from(byte))
}

fn explain(error: &CodecError) -> ImageError {
    ImageError::Damaged {
        container: "WebP",
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (kind, data) in chunks {
            body.extend(*kind);
            body.extend((data.len() as u32).to_le_bytes());
            body.extend(*data);
            body.extend(vec![0; data.len() % 2]);
        }
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn the_manifest_is_found_behind_a_chunk_of_odd_length() {
        let whole = file(&[(b"VP8 ", b"odd"), (b"C2PA", b"jumbf")]);
        let anatomy = dissect(&whole);
        assert_eq!(anatomy.manifest.as_deref(), Some(&b"jumbf"[..]));
        assert!(!anatomy.is_truncated);
        assert!(dissect(&whole[..whole.len() - 1]).is_truncated);
    }
}

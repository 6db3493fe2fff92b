//! PNG: chunks, and rows decoded one at a time.

use std::borrow::Cow;
use std::io::{Cursor, ErrorKind};

use ::png::{ColorType, Decoder, DecodingError, Reader, Transformations};

use super::decoding::{Anatomy, Decoding, check_size};
use super::error::ImageError;
use super::measure::Measure;

const SIGNATURE_BYTES: usize = 8;
/// Length, kind and checksum around a chunk's data.
const CHUNK_FRAME_BYTES: usize = 12;
/// The chunk that C2PA keeps its manifest store in.
const MANIFEST_CHUNK: [u8; 4] = *b"caBX";

/// Walks the chunks: a PNG is whole once `IEND` has come.
pub(super) fn dissect(bytes: &[u8]) -> Anatomy<'_> {
    let mut anatomy = Anatomy::default();
    let mut rest = bytes.get(SIGNATURE_BYTES..).unwrap_or_default();
    loop {
        let Some((head, body)) = rest.split_first_chunk::<8>() else {
            anatomy.is_truncated = true;
            return anatomy;
        };
        let [a, b, c, d, kind @ ..] = *head;
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            // No chunk begins so: the file is damaged here, which the decoder says better.
            return anatomy;
        }
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if kind == MANIFEST_CHUNK {
            let data = body.get(..length).unwrap_or(body);
            anatomy.manifest.get_or_insert(Cow::Borrowed(data));
        }
        let Some(next) = rest.get(length.saturating_add(CHUNK_FRAME_BYTES)..) else {
            anatomy.is_truncated = true;
            return anatomy;
        };
        if kind == *b"IEND" {
            return anatomy;
        }
        rest = next;
    }
}

/// Decodes row by row; only an interlaced picture, whose rows come in no order, is held whole.
pub(super) fn decode(bytes: &[u8], thumbnail: Option<u32>) -> Decoding {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let size = decoder
        .read_header_info()
        .map(|info| (info.width, info.height))
        .map_err(|error| explain(&error, None));
    let (width, height) = match size {
        Ok(size) => size,
        Err(error) => return Decoding::failed(error),
    };
    if let Err(error) = check_size(width, height) {
        return Decoding::failed(error);
    }
    let mut reader = match decoder.read_info() {
        Ok(reader) => reader,
        Err(error) => return Decoding::failed(explain(&error, Some((0, height)))),
    };
    let mut measure = Measure::new(width, height, thumbnail);
    let outcome = if reader.info().interlaced {
        measure_whole(&mut reader, &mut measure)
    } else {
        measure_rows(&mut reader, &mut measure)
    };
    let outcome = outcome.map_err(|error| explain(&error, Some((measure.rows(), height))));
    Decoding {
        measure: (measure.rows() > 0).then_some(measure),
        outcome,
    }
}

type BytesReader<'a> = Reader<Cursor<&'a [u8]>>;

fn measure_rows(reader: &mut BytesReader<'_>, measure: &mut Measure) -> Result<(), DecodingError> {
    let channels = channels(reader);
    while measure.rows() < measure.size().1 {
        let Some(row) = reader.next_row()? else { break };
        measure.push_row(row.data(), channels);
    }
    Ok(())
}

fn measure_whole(reader: &mut BytesReader<'_>, measure: &mut Measure) -> Result<(), DecodingError> {
    let channels = channels(reader);
    let size = reader
        .output_buffer_size()
        .ok_or(DecodingError::LimitsExceeded)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels)?;
    for row in pixels.chunks_exact(frame.line_size.max(1)) {
        measure.push_row(row, channels);
    }
    Ok(())
}

/// Bytes a pixel, now that every sample is expanded to 8 bits.
fn channels(reader: &BytesReader<'_>) -> usize {
    match reader.output_color_type().0 {
        ColorType::Grayscale | ColorType::Indexed => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
    }
}

fn explain(error: &DecodingError, reached: Option<(u32, u32)>) -> ImageError {
    match (error, reached) {
        (DecodingError::IoError(io), reached) if io.kind() == ErrorKind::UnexpectedEof => {
            let detail = match reached {
                Some((row, rows)) => format!("the PNG ends in row {row} of {rows}"),
                None => "the PNG ends within its header".to_owned(),
            };
            ImageError::CutOff { detail }
        }
        (error, Some((row, rows))) => ImageError::Damaged {
            container: "PNG",
            detail: format!("row {row} of {rows}: {error}"),
        },
        (error, None) => ImageError::Damaged {
            container: "PNG",
            detail: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        for (kind, data) in chunks {
            bytes.extend((data.len() as u32).to_be_bytes());
            bytes.extend(*kind);
            bytes.extend(*data);
            bytes.extend([0; 4]);
        }
        bytes
    }

    #[test]
    fn a_file_with_its_end_chunk_is_whole_and_trailing_bytes_do_not_matter() {
        let mut whole = file(&[(b"IHDR", &[0; 13]), (b"IEND", b"")]);
        assert!(!dissect(&whole).is_truncated);
        whole.extend(b"and more");
        assert!(!dissect(&whole).is_truncated);
    }

    #[test]
    fn every_shorter_file_is_truncated() {
        let whole = file(&[(b"IHDR", &[0; 13]), (b"IDAT", b"xyz"), (b"IEND", b"")]);
        for cut in SIGNATURE.len()..whole.len() {
            assert!(dissect(&whole[..cut]).is_truncated, "cut at {cut}");
        }
    }

    #[test]
    fn the_manifest_chunk_is_found_before_the_pixels_even_where_they_are_cut_off() {
        let whole = file(&[(b"IHDR", &[0; 13]), (b"caBX", b"jumbf"), (b"IDAT", b"xyz")]);
        let anatomy = dissect(&whole);
        assert_eq!(anatomy.manifest.as_deref(), Some(&b"jumbf"[..]));
        assert!(anatomy.is_truncated);
    }

    #[test]
    fn a_header_that_declares_too_much_is_refused_before_memory_is_taken() {
        let mut header = Vec::new();
        header.extend(60_000_u32.to_be_bytes());
        header.extend(60_000_u32.to_be_bytes());
        header.extend([8, 2, 0, 0, 0]);
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend(13_u32.to_be_bytes());
        bytes.extend(b"IHDR");
        bytes.extend(&header);
        bytes.extend(crc(b"IHDR", &header).to_be_bytes());
        let decoding = decode(&bytes, None);
        assert!(decoding.measure.is_none());
        assert_eq!(
            decoding.outcome.unwrap_err().to_string(),
            "the header declares 60000x60000 pixels; at most 64 megapixels are decoded, so this was left alone"
        );
    }

    fn crc(kind: &[u8], data: &[u8]) -> u32 {
        let fold = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    crc >> 1 ^ 0xEDB8_8320
                } else {
                    crc >> 1
                }
            })
        };
        !kind.iter().chain(data).fold(u32::MAX, fold)
    }
}

//! A PNG file of 8-bit RGB, written row by row through a fast deflate.

use super::enlarge::{Enlarger, Small};
use super::{PaintError, Rng, scene::SCALE};

/// What goes into the file.
pub(super) struct Job<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// RGB at one part in [`SCALE`] of the size.
    pub(super) small: &'a Small,
    pub(super) rng: Rng,
    pub(super) grain: bool,
    pub(super) comment: Option<&'a str>,
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const GRAIN_MASK: u8 = 7;
/// Bytes of the signature and of the first chunk, `IHDR`.
const START: usize = 8 + 25;
/// Row filter type 2: difference to the sample above.
const FILTER_UP: u8 = 2;
/// Keyword, no compression, no language: the head of an international text chunk.
const COMMENT_HEAD: &[u8] = b"Comment\0\0\0\0\0";

/// Writes the whole file.
pub(super) fn write(job: Job<'_>) -> Result<Vec<u8>, PaintError> {
    let mut out = Vec::with_capacity(32 * 1024 + job.width * job.height * 2);
    out.extend(SIGNATURE);
    chunk(&mut out, b"IHDR", |out| {
        out.extend((job.width as u32).to_be_bytes());
        out.extend((job.height as u32).to_be_bytes());
        out.extend([8, 2, 0, 0, 0]);
        Ok(())
    })?;
    if let Some(comment) = job.comment {
        chunk(&mut out, b"iTXt", |out| {
            out.extend(COMMENT_HEAD);
            out.extend(comment.as_bytes());
            Ok(())
        })?;
    }
    chunk(&mut out, b"IDAT", |out| write_rows(&job, out))?;
    chunk(&mut out, b"IEND", |_| Ok(()))?;
    Ok(out)
}

/// The file with `manifest`, a JUMBF box, in `caBX`; it is the second chunk, as Azure's FLUX.1-Kontext-pro writes it.
pub(super) fn signed(file: &[u8], manifest: &[u8]) -> Vec<u8> {
    let (start, rest) = file.split_at(START.min(file.len()));
    let mut out = Vec::with_capacity(file.len() + manifest.len() + 16);
    out.extend(start);
    out.extend((manifest.len() as u32).to_be_bytes());
    let checked = out.len();
    out.extend(b"caBX");
    out.extend(manifest);
    let checksum = crc32fast::hash(&out[checked..]);
    out.extend(checksum.to_be_bytes());
    out.extend(rest);
    out
}

fn write_rows(job: &Job<'_>, out: &mut Vec<u8>) -> Result<(), PaintError> {
    let length = job.width * 3;
    let mask = if job.grain { GRAIN_MASK } else { 0 };
    let mut rows = Enlarger::new(job.small, SCALE, job.width, mask, job.rng.clone());
    let mut deflate = fdeflate::Compressor::new(out).map_err(PaintError::Write)?;
    let (mut above, mut row) = (vec![0; length], vec![0; length]);
    let mut filtered = vec![FILTER_UP; length + 1];
    for _ in 0..job.height {
        rows.next_row(&mut row);
        let samples = row.iter().zip(&above);
        for (out, (sample, above)) in filtered[1..].iter_mut().zip(samples) {
            *out = sample.wrapping_sub(*above);
        }
        deflate.write_data(&filtered).map_err(PaintError::Write)?;
        std::mem::swap(&mut above, &mut row);
    }
    deflate.finish().map_err(PaintError::Write)?;
    Ok(())
}

fn chunk(
    out: &mut Vec<u8>,
    kind: &[u8; 4],
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), PaintError>,
) -> Result<(), PaintError> {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(kind);
    fill(out)?;
    let length = (out.len() - start - 8) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    let checksum = crc32fast::hash(&out[start + 4..]);
    out.extend(checksum.to_be_bytes());
    Ok(())
}

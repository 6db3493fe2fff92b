//! Looking at a picture, as the simulated vision models do.
//!
//! The picture is really decoded: black is told from its pixels, colours too. What it shows is read from the comment
//! that the painter left in the file. A picture of anyone else has no such comment; then only its colours are named.

use super::enlarge::Small;
use super::palette;
use image::{DynamicImage, ImageReader, Limits, imageops::FilterType};
use std::io::Cursor;
use thiserror::Error;

/// What is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Every pixel is black or nearly so.
    pub is_black: bool,
    /// Names of the colours that cover most of it, the widest first, up to three.
    pub colours: Vec<&'static str>,
    /// What it shows, where the painter said it.
    pub subject: Option<String>,
}

/// Why nothing is seen.
#[derive(Debug, Error)]
#[error("not a whole PNG or JPEG picture of bearable size: {0}")]
pub struct SightError(#[from] image::ImageError);

const MARK: &str = "simulated picture of: ";
const LONGEST_SUBJECT: usize = 600;
/// Longest side of an input picture, in pixels: 20 megapixels are the limit, no side can need more.
const LONGEST_SIDE: u32 = 12_000;
const BIGGEST_BITMAP: u64 = 128 * 1024 * 1024;
/// Samples up to this are black, as a JPEG may waver a little.
const BLACK: u8 = 10;

/// Decodes `file` and tells what can be seen.
pub fn look(file: &[u8]) -> Result<Sight, SightError> {
    let picture = decode(file)?;
    let tiny = picture.resize_exact(24, 24, FilterType::Triangle).to_rgb8();
    let is_black = picture
        .to_rgb8()
        .as_raw()
        .iter()
        .all(|sample| *sample <= BLACK);
    let mut counts: Vec<(usize, &'static str)> = Vec::new();
    for pixel in tiny.pixels() {
        let name = palette::name(pixel.0);
        match counts.iter_mut().find(|(_, known)| *known == name) {
            Some((count, _)) => *count += 1,
            None => counts.push((1, name)),
        }
    }
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    Ok(Sight {
        width: picture.width(),
        height: picture.height(),
        is_black,
        colours: counts.into_iter().take(3).map(|(_, name)| name).collect(),
        subject: subject(file),
    })
}

/// The comment that the painter leaves.
pub(super) fn comment(subject: &str) -> String {
    let subject: String = subject.chars().take(LONGEST_SUBJECT).collect();
    format!("{MARK}{subject}")
}

/// What the painter said that `file` shows.
pub(super) fn subject(file: &[u8]) -> Option<String> {
    let text = match file {
        [0xff, 0xd8, ..] => jpeg_comment(file),
        [0x89, b'P', b'N', b'G', ..] => png_comment(file),
        _ => None,
    }?;
    let said = text.strip_prefix(MARK)?;
    Some(said.to_owned())
}

/// Decodes `file` and reduces it to a scene of this size.
pub(super) fn reduce(file: &[u8], (width, height): (usize, usize)) -> Result<Small, SightError> {
    let picture = decode(file)?;
    let small = picture.thumbnail_exact(width as u32, height as u32);
    Ok(Small {
        width,
        channels: 3,
        samples: small.to_rgb8().into_raw(),
    })
}

fn decode(file: &[u8]) -> Result<DynamicImage, SightError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(BIGGEST_BITMAP);
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(image::ImageError::IoError)?;
    reader.limits(limits);
    Ok(reader.decode()?)
}

fn jpeg_comment(file: &[u8]) -> Option<&str> {
    let mut rest = file.get(2..)?;
    loop {
        let (head, body) = rest.split_at_checked(4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]])).checked_sub(2)?;
        match head {
            [0xff, 0xfe, ..] => return std::str::from_utf8(body.get(..length)?).ok(),
            [0xff, 0xda, ..] => return None,
            [0xff, ..] => rest = body.get(length..)?,
            _ => return None,
        }
    }
}

fn png_comment(file: &[u8]) -> Option<&str> {
    let mut rest = file.get(8..)?;
    loop {
        let (head, body) = rest.split_at_checked(8)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let content = body.get(..length)?;
        match &head[4..] {
            b"iTXt" => {
                let text = content.strip_prefix(b"Comment\0\0\0\0\0")?;
                return std::str::from_utf8(text).ok();
            }
            b"IDAT" => return None,
            _ => rest = body.get(length + 4..)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Commission, Container, paint};
    use super::*;

    fn picture(container: Container, black: bool, input: Option<&[u8]>) -> Vec<u8> {
        paint(&Commission {
            prompt: "a blue büttery, high quality",
            seed: 3,
            width: 320,
            height: 256,
            container,
            provenance: None,
            black,
            input,
        })
        .unwrap()
    }

    #[test]
    fn it_names_what_was_painted() {
        for container in [Container::Jpeg, Container::Png] {
            let sight = look(&picture(container, false, None)).unwrap();
            assert_eq!(
                sight.subject.as_deref(),
                Some("a blue büttery, high quality")
            );
            assert!(!sight.is_black);
            assert_eq!((sight.width, sight.height), (320, 256));
            assert!(!sight.colours.is_empty());
        }
    }

    #[test]
    fn black_is_seen_as_black() {
        for container in [Container::Jpeg, Container::Png] {
            let sight = look(&picture(container, true, None)).unwrap();
            assert!(sight.is_black);
            assert_eq!(sight.subject, None);
            assert_eq!(sight.colours, ["black"]);
        }
    }

    #[test]
    fn an_edit_names_both_what_was_there_and_what_was_asked() {
        let first = picture(Container::Jpeg, false, None);
        let edited = paint(&Commission {
            prompt: "make it snow",
            seed: 4,
            width: 320,
            height: 256,
            container: Container::Png,
            provenance: None,
            black: false,
            input: Some(&first),
        })
        .unwrap();
        let subject = look(&edited).unwrap().subject.unwrap();
        assert!(subject.contains("büttery") && subject.contains("make it snow"));
    }

    #[test]
    fn a_cut_file_and_junk_are_not_seen() {
        let whole = picture(Container::Png, false, None);
        assert!(look(&whole[..whole.len() / 3]).is_err());
        assert!(look(b"GIF89a").is_err());
        assert!(look(b"").is_err());
    }
}

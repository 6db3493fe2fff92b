//! A commission: what to paint, and into which kind of file.

use super::enlarge::Small;
use super::{Provenance, Rng, digest, jpeg, png, provenance, scene, sight};
use thiserror::Error;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Baseline JPEG.
    Jpeg,
    /// 8-bit RGB PNG.
    Png,
}

impl Container {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Container::Jpeg => "image/jpeg",
            Container::Png => "image/png",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Container::Jpeg => Container::Png,
            Container::Png => Container::Jpeg,
        }
    }
}

/// What to paint.
#[derive(Debug, Clone)]
pub struct Commission<'a> {
    /// What it shall show; names its colours and motifs.
    pub prompt: &'a str,
    /// One seed and prompt give one picture.
    pub seed: u64,
    /// Width in pixels, up to 65535.
    pub width: u32,
    /// Height in pixels, up to 65535.
    pub height: u32,
    /// Kind of file.
    pub container: Container,
    /// The manifest to put in, if any.
    pub provenance: Option<Provenance>,
    /// Paints nothing but black.
    pub black: bool,
    /// The picture to start from (PNG or JPEG): then this is an edit.
    pub input: Option<&'a [u8]>,
}

/// Why nothing was painted.
#[derive(Debug, Error)]
pub enum PaintError {
    /// The input of an edit is no picture.
    #[error("painter: the picture to edit cannot be decoded: {0}; send a whole PNG or JPEG file")]
    Input(#[from] sight::SightError),
    /// The JPEG encoder refused the size.
    #[error("painter: the JPEG file could not be written: {0}")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// The compressor failed.
    #[error("painter: the file could not be written: {0}")]
    Write(std::io::Error),
}

/// Paints the picture and gives the bytes of its file. Takes tens of milliseconds: not for an async task.
pub fn paint(commission: &Commission<'_>) -> Result<Vec<u8>, PaintError> {
    let file = paint_unsigned(commission)?;
    Ok(match &commission.provenance {
        Some(provenance) => sign(&file, commission.container, provenance, commission.seed),
        None => file,
    })
}

/// The file with a manifest that says `provenance`; the ids in it are drawn from `serial`.
pub fn sign(file: &[u8], container: Container, provenance: &Provenance, serial: u64) -> Vec<u8> {
    let mut rng = Rng::new(digest(&[&serial.to_le_bytes(), b"manifest"]));
    let manifest = provenance::manifest(provenance, container, &mut rng);
    match container {
        Container::Jpeg => jpeg::signed(file, &manifest),
        Container::Png => png::signed(file, &manifest),
    }
}

/// Paints the picture without a manifest, whatever the commission says of one.
pub fn paint_unsigned(commission: &Commission<'_>) -> Result<Vec<u8>, PaintError> {
    let (width, height) = (commission.width as usize, commission.height as usize);
    let (small, subject) = compose(commission, width, height)?;
    let rng = Rng::new(digest(&[
        commission.prompt.as_bytes(),
        &commission.seed.to_le_bytes(),
        b"grain",
    ]));
    let comment = (!commission.black).then(|| sight::comment(&subject));
    let grain = !commission.black;
    match commission.container {
        Container::Jpeg => Ok(jpeg::write(&jpeg::Job {
            width,
            height,
            small: &small,
            rng,
            grain,
            comment: comment.as_deref(),
        })?),
        Container::Png => png::write(png::Job {
            width,
            height,
            small: &small,
            rng,
            grain,
            comment: comment.as_deref(),
        }),
    }
}

/// The scene, and what it shows in words.
fn compose(
    commission: &Commission<'_>,
    width: usize,
    height: usize,
) -> Result<(Small, String), PaintError> {
    let Commission { prompt, seed, .. } = *commission;
    if commission.black {
        return Ok((scene::black(width, height), String::new()));
    }
    let Some(input) = commission.input else {
        return Ok((
            scene::compose(prompt, seed, width, height),
            prompt.to_owned(),
        ));
    };
    let small = sight::reduce(input, scene::size(width, height))?;
    let edited = scene::edit(&small, prompt, seed, width, height);
    let subject = match sight::subject(input) {
        Some(before) => format!("{before}, changed as asked: {prompt}"),
        None => format!("a picture changed as asked: {prompt}"),
    };
    Ok((edited, subject))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::GenericImageView;

    fn commission(container: Container, width: u32, height: u32) -> Commission<'static> {
        Commission {
            prompt: "A red fox in a forest",
            seed: 11,
            width,
            height,
            container,
            provenance: Some(Provenance {
                software_agent: "Black forest labs in Azure AI".into(),
                when: "2025-10-01T12:00:00Z".into(),
            }),
            black: false,
            input: None,
        }
    }

    fn holds(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|part| part == text)
    }

    #[test]
    fn a_jpeg_begins_with_app11_and_then_app0_and_decodes_to_its_size() {
        for (width, height) in [(512, 512), (344, 168), (257, 300)] {
            let file = paint(&commission(Container::Jpeg, width, height)).unwrap();
            assert_eq!(file[..4], [0xff, 0xd8, 0xff, 0xeb]);
            assert_eq!(&file[6..8], b"JP");
            assert_eq!(file[10..14], [0; 4]);
            assert_eq!(&file[18..22], b"jumb");
            let next = 4 + usize::from(u16::from_be_bytes([file[4], file[5]]));
            assert_eq!(file[next..next + 4], [0xff, 0xe0, 0, 16]);
            assert_eq!(&file[next + 4..next + 11], b"JFIF\0\x01\x01");
            let picture = image::load_from_memory(&file).unwrap();
            assert_eq!(picture.dimensions(), (width, height));
            assert_eq!(picture.color(), image::ColorType::Rgb8);
        }
    }

    #[test]
    fn the_base64_of_a_jpeg_begins_as_the_recorded_ones_do() {
        use base64::Engine;
        let file = paint(&commission(Container::Jpeg, 256, 256)).unwrap();
        let text = base64::engine::general_purpose::STANDARD.encode(&file[..12]);
        assert!(text.starts_with("/9j/6z"), "{text}");
    }

    #[test]
    fn a_png_has_the_manifest_second_and_decodes_to_its_size() {
        let file = paint(&commission(Container::Png, 300, 257)).unwrap();
        assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&file[12..16], b"IHDR");
        assert_eq!(file[24..26], [8, 2]);
        assert_eq!(&file[37..41], b"caBX");
        let picture = image::load_from_memory(&file).unwrap();
        assert_eq!(picture.dimensions(), (300, 257));
    }

    #[test]
    fn both_containers_show_the_same_picture() {
        let decode = |container| {
            let file = paint(&commission(container, 512, 384)).unwrap();
            image::load_from_memory(&file).unwrap().to_rgb8()
        };
        let (jpeg, png) = (decode(Container::Jpeg), decode(Container::Png));
        let sum: u64 = (jpeg.as_raw().iter().zip(png.as_raw()))
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        let mean = sum as f64 / jpeg.as_raw().len() as f64;
        assert!(mean < 10.0, "they differ by {mean} a sample");
    }

    #[test]
    fn a_megapixel_is_as_large_as_the_recorded_files() {
        for prompt in ["A red fox in a forest", "geometric", "a city at night"] {
            let size = |container| {
                let job = Commission {
                    prompt,
                    ..commission(container, 1024, 1024)
                };
                paint(&job).unwrap().len()
            };
            let (jpeg, png) = (size(Container::Jpeg), size(Container::Png));
            assert!((130_000..642_000).contains(&jpeg), "{prompt}: {jpeg}");
            assert!((1_400_000..2_400_000).contains(&png), "{prompt}: {png}");
        }
    }

    #[test]
    fn a_black_picture_is_black_all_over_and_shows_nothing() {
        for container in [Container::Jpeg, Container::Png] {
            let job = Commission {
                black: true,
                ..commission(container, 256, 256)
            };
            let file = paint(&job).unwrap();
            let picture = image::load_from_memory(&file).unwrap().to_rgb8();
            assert!(picture.as_raw().iter().all(|sample| *sample == 0));
            assert!(!holds(&file, b"fox"));
        }
    }

    #[test]
    fn without_provenance_there_is_no_manifest() {
        for container in [Container::Jpeg, Container::Png] {
            let job = Commission {
                provenance: None,
                ..commission(container, 256, 256)
            };
            let file = paint(&job).unwrap();
            assert!(!holds(&file, b"jumb") && !holds(&file, b"caBX"));
        }
        let plain = Commission {
            provenance: None,
            ..commission(Container::Jpeg, 256, 256)
        };
        assert_eq!(paint(&plain).unwrap()[..4], [0xff, 0xd8, 0xff, 0xe0]);
    }

    #[test]
    fn what_is_no_picture_cannot_be_edited() {
        let job = Commission {
            input: Some(b"not a picture"),
            ..commission(Container::Png, 256, 256)
        };
        assert!(matches!(paint(&job), Err(PaintError::Input(_))));
    }
}

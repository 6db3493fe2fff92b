//! The studio: draws what was ordered, a few pictures at a time, and writes the answer around them.

use super::answer::Answer;
use super::filter;
use super::gallery::{Gallery, Subject};
use super::refusals;
use crate::sim::paint::{
    Commission, Container, PaintError, Provenance, digest, paint_unsigned, sign,
};
use crate::sim::world::PictureFault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a cache that answers for the model shows, and since when.
const STALE_SUBJECT: &str = "a harbour in the early morning";
const STALE_TIME: &str = "2025-01-01T00:00:00Z";

/// Everything that decides a picture: the same recipe gives the same bytes.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) prompt: String,
    /// Decides what is seen; pictures of one seed and prompt look the same.
    pub(super) seed: u64,
    /// Decides the ids in the manifest, so that no two calls give the same file.
    pub(super) serial: u64,
    pub(super) size: (u32, u32),
    pub(super) container: Container,
    pub(super) agent: &'static str,
    /// UTC second of drawing, RFC 3339.
    pub(super) when: String,
    pub(super) fault: PictureFault,
    pub(super) input: Option<Bytes>,
}

impl Recipe {
    /// The kind of file that it gives.
    pub(super) fn container(&self) -> Container {
        match self.fault {
            PictureFault::WrongContainer => self.container.other(),
            _ => self.container,
        }
    }

    /// Draws it; takes tens of milliseconds.
    fn draw(&self, gallery: &Gallery) -> Result<Vec<u8>, PaintError> {
        let stale = self.fault == PictureFault::Stale;
        let (width, height) = match self.fault {
            PictureFault::WrongSize => (self.size.0.div_ceil(2), self.size.1.div_ceil(2)),
            _ => self.size,
        };
        let provenance = Provenance {
            software_agent: self.agent.to_owned(),
            when: if stale {
                STALE_TIME.to_owned()
            } else {
                self.when.clone()
            },
        };
        let commission = Commission {
            prompt: if stale { STALE_SUBJECT } else { &self.prompt },
            seed: if stale {
                digest(&[STALE_SUBJECT.as_bytes()])
            } else {
                self.seed
            },
            width,
            height,
            container: self.container(),
            provenance: None,
            black: self.fault == PictureFault::Black,
            input: if stale { None } else { self.input.as_deref() },
        };
        let subject = Subject {
            prompt: commission.prompt.to_owned(),
            seed: commission.seed,
            size: (width, height),
            is_png: commission.container == Container::Png,
            is_black: commission.black,
            input: commission.input.map(|bytes| digest(&[bytes])),
        };
        let picture = gallery.show(subject, || paint_unsigned(&commission))?;
        // What a cache shows is the same file each time.
        let serial = if stale { 0 } else { self.serial };
        let mut file = if self.fault == PictureFault::NoProvenance {
            picture.to_vec()
        } else {
            sign(&picture, commission.container, &provenance, serial)
        };
        if self.fault == PictureFault::Truncated {
            file.truncate(file.len() * 2 / 3);
        }
        Ok(file)
    }
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The Image API, `created` in Unix seconds.
    ImageApi { created: u64 },
    /// The provider route.
    Provider,
}

/// Draws no more pictures at once than there are cores, off the async threads.
#[derive(Debug)]
pub(super) struct Studio {
    places: Semaphore,
    gallery: Arc<Gallery>,
}

impl Studio {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Studio {
            places: Semaphore::new(cores),
            gallery: Arc::default(),
        }
    }

    /// The body of an answer with these pictures in it as base64.
    pub(super) async fn body(&self, recipes: Vec<Recipe>, shape: Shape) -> Result<Bytes, Answer> {
        let gallery = self.gallery.clone();
        self.work(move || body(&recipes, shape, &gallery).map_err(refused))
            .await
    }

    /// The file of one picture.
    pub(super) async fn file(&self, recipe: std::sync::Arc<Recipe>) -> Result<Bytes, Answer> {
        let gallery = self.gallery.clone();
        self.work(move || recipe.draw(&gallery).map(Bytes::from).map_err(refused))
            .await
    }

    /// Does other work on pictures, such as looking at them.
    pub(super) async fn work<F>(&self, job: F) -> Result<Bytes, Answer>
    where
        F: FnOnce() -> Result<Bytes, Answer> + Send + 'static,
    {
        let Ok(_place) = self.places.acquire().await else {
            return Err(refusals::server_error());
        };
        let done = tokio::task::spawn_blocking(job).await;
        done.unwrap_or_else(|_| Err(refusals::server_error()))
    }
}

fn refused(error: PaintError) -> Answer {
    match error {
        PaintError::Input(_) => refusals::invalid_image_data(),
        PaintError::Write(_) | PaintError::Jpeg(_) => refusals::server_error(),
    }
}

fn body(recipes: &[Recipe], shape: Shape, gallery: &Gallery) -> Result<Bytes, PaintError> {
    let mut out = Vec::new();
    match shape {
        Shape::ImageApi { created } => {
            out.extend(format!(r#"{{"created":{created},"data":["#).bytes());
        }
        Shape::Provider => out.extend(br#"{"data":["#),
    }
    for (index, recipe) in recipes.iter().enumerate() {
        out.extend(if index == 0 { &b"{"[..] } else { b",{" });
        write_entry(recipe, shape, gallery, &mut out)?;
        out.push(b'}');
    }
    out.extend(b"]}");
    Ok(out.into())
}

fn write_entry(
    recipe: &Recipe,
    shape: Shape,
    gallery: &Gallery,
    out: &mut Vec<u8>,
) -> Result<(), PaintError> {
    let is_missing = recipe.fault == PictureFault::Missing;
    if !is_missing {
        if matches!(shape, Shape::ImageApi { .. }) {
            out.extend(br#""url":null,"#);
        }
        out.extend(br#""b64_json":""#);
        write_base64(&recipe.draw(gallery)?, out);
        out.push(b'"');
    }
    if matches!(shape, Shape::ImageApi { .. }) {
        out.extend(if is_missing { &b""[..] } else { b"," });
        out.extend(br#""revised_prompt":null,"content_filter_results":"#);
        out.extend(filter::image_results().bytes());
    }
    Ok(())
}

fn write_base64(file: &[u8], out: &mut Vec<u8>) {
    let (start, length) = (out.len(), file.len().div_ceil(3) * 4);
    out.reserve_exact(length + 512);
    out.resize(start + length, 0);
    let written = STANDARD.encode_slice(file, &mut out[start..]);
    debug_assert_eq!(written.ok(), Some(length));
}

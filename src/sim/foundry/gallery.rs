//! Pictures that were painted, kept for the next call that asks for the same: painting is what a world costs most.

use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of images that are kept; the oldest go first.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of one image from which on it is not kept, so that large images do not fill the memory.
const LARGE: usize = 1024 * 1024;

/// Everything that decides what a picture shows. Its manifest is put in afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    pub(super) prompt: String,
    pub(super) seed: u64,
    pub(super) size: (u32, u32),
    pub(super) is_png: bool,
    pub(super) is_black: bool,
    /// Of the picture that is edited.
    pub(super) input: Option<u64>,
}

/// Pictures by what they show, without a manifest.
#[derive(Debug, Default)]
pub(super) struct Gallery(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pictures: HashMap<Subject, Bytes>,
    order: VecDeque<Subject>,
    bytes: usize,
}

impl Gallery {
    /// The picture of `subject`, painted by `paint` where it is not kept.
    pub(super) fn show<E>(
        &self,
        subject: Subject,
        paint: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Bytes, E> {
        if let Some(found) = self.lock().pictures.get(&subject) {
            return Ok(found.clone());
        }
        let painted = Bytes::from(paint()?);
        if painted.len() >= LARGE {
            return Ok(painted);
        }
        let mut kept = self.lock();
        if kept
            .pictures
            .insert(subject.clone(), painted.clone())
            .is_none()
        {
            kept.bytes += painted.len();
            kept.order.push_back(subject);
        }
        while kept.bytes > MOST_BYTES
            && let Some(oldest) = kept.order.pop_front()
        {
            let dropped = kept.pictures.remove(&oldest).map_or(0, |it| it.len());
            kept.bytes -= dropped;
        }
        Ok(painted)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(seed: u64) -> Subject {
        Subject {
            prompt: "p".into(),
            seed,
            size: (1, 1),
            is_png: false,
            is_black: false,
            input: None,
        }
    }

    /// Asks for images of `length` bytes by their seeds, and gives the seeds that were painted.
    fn painted(length: usize, seeds: &[u64]) -> Vec<u64> {
        let gallery = Gallery::default();
        let mut painted = Vec::new();
        for seed in seeds {
            let shown = gallery.show(subject(*seed), || {
                painted.push(*seed);
                Ok::<_, ()>(vec![*seed as u8; length])
            });
            assert_eq!(shown.unwrap()[0], *seed as u8);
        }
        painted
    }

    #[test]
    fn an_image_is_painted_once_and_the_oldest_makes_room() {
        let length = LARGE - 1;
        let most = (MOST_BYTES / length) as u64;
        assert_eq!(painted(length, &[1, 1, 2, 1]), [1, 2]);
        let filled: Vec<u64> = (1..=most + 1).collect();
        let again = [filled.as_slice(), &[most, 1]].concat();
        let expected = [filled.as_slice(), &[1]].concat();
        assert_eq!(painted(length, &again), expected);
    }

    #[test]
    fn a_large_image_is_not_kept() {
        assert_eq!(painted(LARGE, &[1, 1]), [1, 1]);
    }
}

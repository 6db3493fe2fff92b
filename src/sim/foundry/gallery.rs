//! Pictures that were painted, kept for the next call that asks for the same: painting is what a world costs most.

use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of pictures that are kept; the oldest go first.
const MOST_BYTES: usize = 64 * 1024 * 1024;

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

    #[test]
    fn a_picture_is_painted_once_and_the_oldest_makes_room() {
        let gallery = Gallery::default();
        let subject = |seed| Subject {
            prompt: "p".into(),
            seed,
            size: (1, 1),
            is_png: false,
            is_black: false,
            input: None,
        };
        let mut painted = Vec::new();
        for seed in [1, 1, 2, 3, 2, 1] {
            let shown = gallery.show(subject(seed), || {
                painted.push(seed);
                Ok::<_, ()>(vec![seed as u8; MOST_BYTES / 2])
            });
            assert_eq!(shown.unwrap()[0], seed as u8);
        }
        assert_eq!(painted, [1, 2, 3, 1]);
    }
}

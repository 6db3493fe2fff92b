//! The bytes of a picture while it arrives, in memory that goes back to the system the moment the picture is dropped.

use memmap2::MmapMut;
use std::fmt;
use std::ops::Deref;

/// A file longer than this gets a mapping of its own.
const SMALL: usize = 32 << 10;
/// Address space of a mapping. A page of it becomes memory when it is first written; a longer file moves to the heap.
const ROOM: usize = 32 << 20;

/// Bytes that only grow. A heap buffer that grew with each of a dozen pictures would be moved again and again and leave
/// holes as large as the pictures; a mapping neither moves nor leaves anything behind.
#[derive(Default)]
pub struct FileBytes {
    /// All of a small file, and all of a file that no mapping could hold.
    heap: Vec<u8>,
    mapping: Option<MmapMut>,
    /// How much of the mapping is written.
    written: usize,
}

impl FileBytes {
    /// Appends `bytes`.
    pub(super) fn extend_from_slice(&mut self, bytes: &[u8]) {
        let length = self.len() + bytes.len();
        if self.mapping.is_none() && self.heap.len() <= SMALL && length > SMALL && length <= ROOM {
            self.move_to_mapping();
        } else if length > ROOM {
            self.move_to_heap();
        }
        match &mut self.mapping {
            Some(mapping) => {
                mapping[self.written..length].copy_from_slice(bytes);
                self.written = length;
            }
            None => self.heap.extend_from_slice(bytes),
        }
    }

    /// Keeps at most the first `length` bytes.
    pub(super) fn truncate(&mut self, length: usize) {
        self.heap.truncate(length);
        self.written = self.written.min(length);
    }

    /// Stays on the heap where the system gives no mapping.
    fn move_to_mapping(&mut self) {
        if let Ok(mut mapping) = MmapMut::map_anon(ROOM) {
            let small = std::mem::take(&mut self.heap);
            mapping[..small.len()].copy_from_slice(&small);
            self.written = small.len();
            self.mapping = Some(mapping);
        }
    }

    fn move_to_heap(&mut self) {
        if let Some(mapping) = self.mapping.take() {
            self.heap = mapping[..self.written].to_vec();
            self.written = 0;
        }
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.mapping {
            Some(mapping) => &mapping[..self.written],
            None => &self.heap,
        }
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for FileBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut file = FileBytes::default();
        file.extend_from_slice(bytes);
        file
    }
}

impl Clone for FileBytes {
    fn clone(&self) -> Self {
        FileBytes::from(&**self)
    }
}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for FileBytes {
    fn eq(&self, other: &T) -> bool {
        **self == *other.as_ref()
    }
}

impl Eq for FileBytes {}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_the_same_wherever_it_lies() {
        let chunk: Vec<u8> = (0..100_003_u32).map(|at| (at % 251) as u8).collect();
        let mut file = FileBytes::default();
        let mut whole = Vec::new();
        for piece in [&chunk[..10], &chunk[..SMALL], &chunk[..]] {
            file.extend_from_slice(piece);
            whole.extend_from_slice(piece);
            assert!(file == whole && file.clone() == whole);
        }
        assert!(file.mapping.is_some());
        while whole.len() <= ROOM {
            file.extend_from_slice(&chunk);
            whole.extend_from_slice(&chunk);
        }
        assert!(file == whole);
        assert!(file.mapping.is_none());
        file.truncate(17);
        assert!(file == whole[..17]);
    }
}

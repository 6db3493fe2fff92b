//! Which container a file is, by its first bytes.

use crate::model::Container;

/// Bytes that settle the container, whatever it is.
pub(super) const DECIDING_BYTES: usize = 12;

/// Recognises the container by the file's first bytes. JPEG takes three of them: the fourth differs by the segment that
/// comes first, which is APP11 (`EB`) where a provenance manifest precedes JFIF.
pub(super) fn recognise(bytes: &[u8]) -> Container {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Container::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Container::Png,
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Container::Webp,
        [b'G', b'I', b'F', b'8', ..] => Container::Gif,
        _ => Container::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_is_known_whatever_segment_comes_first() {
        assert_eq!(recognise(b"\xFF\xD8\xFF\xE0"), Container::Jpeg);
        assert_eq!(recognise(b"\xFF\xD8\xFF\xEB"), Container::Jpeg);
        assert_eq!(recognise(b"\xFF\xD8\xFF\xDB"), Container::Jpeg);
    }

    #[test]
    fn every_other_container_is_known() {
        assert_eq!(recognise(b"\x89PNG\r\n\x1A\n"), Container::Png);
        assert_eq!(recognise(b"RIFF\x10\0\0\0WEBPVP8 "), Container::Webp);
        assert_eq!(recognise(b"GIF89a"), Container::Gif);
    }

    #[test]
    fn near_misses_are_unknown() {
        assert_eq!(recognise(b"\xFF\xD8"), Container::Unknown);
        assert_eq!(recognise(b"\x89PNG\n\x1A\n"), Container::Unknown);
        assert_eq!(recognise(b"RIFF\x10\0\0\0WAVEfmt "), Container::Unknown);
        assert_eq!(recognise(b"<html>"), Container::Unknown);
        assert_eq!(recognise(b""), Container::Unknown);
    }
}

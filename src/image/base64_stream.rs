//! Base64 decoded as it arrives: the text itself is never held.

use super::file_bytes::FileBytes;
use std::fmt;

/// Groups of four characters decoded before their bytes are put away.
const GROUPS: usize = 512;

/// Decodes base64 pushed piece by piece: standard and URL-safe alphabet alike, with or without padding, whitespace
/// between any two characters.
#[derive(Debug, Default)]
pub(super) struct Base64Stream {
    bytes: FileBytes,
    /// Bits of the unfinished group of four.
    group: u32,
    /// Characters in that group.
    filled: u8,
    padding: u8,
    chars: u64,
}

/// Why text is not base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base64Fault {
    /// A character outside both alphabets, or one after the padding.
    Foreign {
        /// Base64 characters before it.
        at: u64,
        byte: u8,
    },
    /// The text ends inside a group of four characters.
    Unfinished { chars: u64 },
}

impl fmt::Display for Base64Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { at, byte } => {
                let shown = std::ascii::escape_default(*byte);
                write!(
                    f,
                    "`{shown}` after {at} base64 characters has no place there"
                )
            }
            Self::Unfinished { chars } => write!(
                f,
                "the base64 text ends inside a group of four, after {chars} characters; it was cut off"
            ),
        }
    }
}

impl Base64Stream {
    /// Decodes more text, up to the first fault.
    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), Base64Fault> {
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            if self.filled == 0 && self.padding == 0 {
                let whole = self.push_groups(rest);
                if whole > 0 {
                    rest = rest.get(whole..).unwrap_or_default();
                    continue;
                }
            }
            self.push_byte(byte)?;
            rest = after;
        }
        Ok(())
    }

    /// What was decoded so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Base64 characters taken so far, padding included and whitespace not.
    pub(super) fn chars(&self) -> u64 {
        self.chars
    }

    /// Gives what was decoded, and why it may not be all.
    pub(super) fn finish(mut self) -> (FileBytes, Option<Base64Fault>) {
        let is_whole = matches!(
            (self.filled, self.padding),
            (0, 0) | (2, 0 | 2) | (3, 0 | 1)
        );
        let bits = self.group;
        match self.filled {
            2 => self.bytes.extend_from_slice(&[(bits >> 4) as u8]),
            3 => self
                .bytes
                .extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
            _ => {}
        }
        let chars = self.chars;
        (
            self.bytes,
            (!is_whole).then_some(Base64Fault::Unfinished { chars }),
        )
    }

    /// Decodes as many whole groups as stand at the beginning, and says how many characters they were.
    fn push_groups(&mut self, text: &[u8]) -> usize {
        let mut taken = 0;
        let groups = text.as_chunks::<4>().0;
        let mut decoded = [0; 3 * GROUPS];
        for batch in groups.chunks(GROUPS) {
            let mut length = 0;
            for (group, out) in batch.iter().zip(decoded.as_chunks_mut::<3>().0) {
                let [a, b, c, d] = group.map(|byte| u32::from(VALUES[usize::from(byte)]));
                if (a | b | c | d) > 63 {
                    break;
                }
                let [_, bytes @ ..] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
                *out = bytes;
                length += 3;
            }
            self.bytes.extend_from_slice(&decoded[..length]);
            taken += length / 3 * 4;
            if length < 3 * batch.len() {
                break;
            }
        }
        self.chars += taken as u64;
        taken
    }

    fn push_byte(&mut self, byte: u8) -> Result<(), Base64Fault> {
        let value = VALUES[usize::from(byte)];
        match value {
            0..=63 if self.padding == 0 => {
                self.group = self.group << 6 | u32::from(value);
                self.filled += 1;
                if self.filled == 4 {
                    let [_, decoded @ ..] = self.group.to_be_bytes();
                    self.bytes.extend_from_slice(&decoded);
                    (self.group, self.filled) = (0, 0);
                }
            }
            PADDING if self.filled >= 2 && self.filled + self.padding < 4 => self.padding += 1,
            SPACE => return Ok(()),
            _ => {
                let at = self.chars;
                return Err(Base64Fault::Foreign { at, byte });
            }
        }
        self.chars += 1;
        Ok(())
    }
}

const PADDING: u8 = 64;
const SPACE: u8 = 65;
const FOREIGN: u8 = 0xFF;

/// Value of each byte: 0 to 63, or one of the three above.
const VALUES: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut values = [FOREIGN; 256];
    let mut value = 0;
    while value < alphabet.len() {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values[b'+' as usize] = 62;
    values[b'-' as usize] = 62;
    values[b'/' as usize] = 63;
    values[b'_' as usize] = 63;
    values[b'=' as usize] = PADDING;
    values[b' ' as usize] = SPACE;
    values[b'\t' as usize] = SPACE;
    values[b'\r' as usize] = SPACE;
    values[b'\n' as usize] = SPACE;
    values
};

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn decode(text: &[u8]) -> (FileBytes, Option<Base64Fault>) {
        let mut stream = Base64Stream::default();
        match stream.push(text) {
            Ok(()) => stream.finish(),
            Err(fault) => (stream.finish().0, Some(fault)),
        }
    }

    #[test]
    fn whitespace_does_not_count() {
        let mut stream = Base64Stream::default();
        stream.push(b" aGV\r\n sb\tG8 = ").unwrap();
        assert_eq!(stream.chars(), 8);
        assert_eq!(stream.finish(), (FileBytes::from(&b"hello"[..]), None));
    }

    #[test]
    fn a_foreign_character_is_named_with_its_place() {
        let (bytes, fault) = decode(b"aGVsbG8*");
        assert_eq!(bytes, b"hello");
        assert_eq!(
            fault.unwrap().to_string(),
            "`*` after 7 base64 characters has no place there"
        );
    }

    #[test]
    fn padding_belongs_at_the_end_and_nowhere_else() {
        assert_eq!(decode(b"aGVsbG8=").1, None);
        assert_eq!(decode(b"aGVsbG8").1, None);
        assert_eq!(
            decode(b"aGVsbG8=a").1,
            Some(Base64Fault::Foreign { at: 8, byte: b'a' })
        );
        assert_eq!(
            decode(b"aGVsbA=").1,
            Some(Base64Fault::Unfinished { chars: 7 })
        );
        assert_eq!(
            decode(b"a===").1,
            Some(Base64Fault::Foreign { at: 1, byte: b'=' })
        );
        assert_eq!(
            decode(b"=").1,
            Some(Base64Fault::Foreign { at: 0, byte: b'=' })
        );
        assert_eq!(
            decode(b"aGVsbG8==").1,
            Some(Base64Fault::Foreign { at: 8, byte: b'=' })
        );
    }

    #[test]
    fn a_single_leftover_character_is_a_cut() {
        assert_eq!(
            decode(b"aGVsb").1,
            Some(Base64Fault::Unfinished { chars: 5 })
        );
    }

    proptest! {
        #[test]
        fn every_alphabet_decodes_back_however_it_is_split(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cuts in proptest::collection::vec(0_usize..300, 0..6),
        ) {
            let texts = [
                STANDARD.encode(&bytes),
                STANDARD_NO_PAD.encode(&bytes),
                URL_SAFE.encode(&bytes),
                URL_SAFE_NO_PAD.encode(&bytes),
            ];
            for text in texts {
                let mut stream = Base64Stream::default();
                let mut rest = text.as_bytes();
                for cut in &cuts {
                    let (piece, after) = rest.split_at(cut % (rest.len() + 1));
                    stream.push(piece).unwrap();
                    rest = after;
                }
                stream.push(rest).unwrap();
                prop_assert_eq!(stream.chars(), text.len() as u64);
                prop_assert_eq!(stream.finish(), (FileBytes::from(&bytes[..]), None));
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in proptest::collection::vec(any::<u8>(), 0..100)) {
            decode(&text);
        }
    }
}

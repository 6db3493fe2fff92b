//! A sieve before the search for words: a thousand words are asked of every text, and hardly any of them is in it.

use super::place;

const BITS: usize = 1 << 16;

/// Which groups of three bytes occur in a text, by their hashes.
#[derive(Debug, Clone)]
pub(crate) struct Sieve(Box<[u64]>);

/// A word with three of its groups.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    text: String,
    groups: Vec<u16>,
}

impl Default for Sieve {
    fn default() -> Self {
        Sieve(Vec::new().into_boxed_slice())
    }
}

impl Sieve {
    /// Looks over `text` once.
    pub(crate) fn of(text: &str) -> Sieve {
        let mut bits = vec![0_u64; BITS / 64].into_boxed_slice();
        for group in text.as_bytes().windows(3) {
            let at = usize::from(hash(group));
            bits[at / 64] |= 1 << (at % 64);
        }
        Sieve(bits)
    }

    fn may_hold(&self, word: &Word) -> bool {
        word.groups.iter().all(|group| {
            let at = usize::from(*group);
            self.0
                .get(at / 64)
                .is_some_and(|bits| bits & (1 << (at % 64)) != 0)
        })
    }
}

impl Word {
    /// Prepares a word.
    pub(crate) fn new(text: &str) -> Word {
        let groups: Vec<u16> = text.as_bytes().windows(3).map(hash).collect();
        let picked = match groups.len() {
            0..=3 => groups,
            count => vec![groups[0], groups[count / 2], groups[count - 1]],
        };
        Word {
            text: text.to_owned(),
            groups: picked,
        }
    }

    /// The word as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it occurs in a text, not in the middle of another word; `sieve` is the text's.
    pub(crate) fn is_in(&self, text: &str, sieve: &Sieve) -> bool {
        sieve.may_hold(self) && place::is_stated(text, &self.text)
    }
}

fn hash(group: &[u8]) -> u16 {
    let whole = group
        .iter()
        .fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    // Fibonacci hashing: the high bits of the product are well spread.
    (whole.wrapping_mul(2_654_435_769) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_sieve_never_loses_a_word(before in "[a-z ]{0,40}", word in "[a-z:]{1,12}", after in "[a-z ]{0,40}") {
            let text = format!("{before} {word}{after}");
            prop_assert!(Word::new(&word).is_in(&text, &Sieve::of(&text)));
        }
    }
}

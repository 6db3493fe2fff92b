//! Values drawn from a seed: keys, ids and signatures that look real and are the same in every run.

use sha2::{Digest, Sha256};
use uuid::Uuid;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `count` bytes drawn from `seed` for the thing that `label` names.
pub fn bytes(seed: u64, label: &str, count: usize) -> Vec<u8> {
    let mut drawn = Vec::with_capacity(count + 32);
    for block in 0u64.. {
        if drawn.len() >= count {
            break;
        }
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(block.to_be_bytes());
        hash.update(label.as_bytes());
        drawn.extend_from_slice(&hash.finalize());
    }
    drawn.truncate(count);
    drawn
}

/// `count` lower-case hexadecimal digits, as APIM keys are written.
pub fn hex(seed: u64, label: &str, count: usize) -> String {
    bytes(seed, label, count)
        .iter()
        .map(|byte| char::from(b"0123456789abcdef"[usize::from(byte & 15)]))
        .collect()
}

/// `count` letters and digits, as Foundry keys are written.
pub fn alphanumeric(seed: u64, label: &str, count: usize) -> String {
    bytes(seed, label, count)
        .iter()
        .map(|byte| char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]))
        .collect()
}

/// A GUID, in lower case with hyphens.
pub fn guid(seed: u64, label: &str) -> String {
    let mut raw = [0u8; 16];
    raw.copy_from_slice(&bytes(seed, label, 16));
    uuid::Builder::from_random_bytes(raw)
        .into_uuid()
        .to_string()
}

/// A GUID that no other call gives, for ids of requests.
pub fn fresh_guid() -> String {
    Uuid::new_v4().to_string()
}

/// A key of an account that no other call gives, as a regenerated one is.
pub fn fresh_key() -> String {
    alphanumeric(0, &fresh_guid(), 84)
}

/// A number that no other call gives, as the seed of what is to be random.
pub fn fresh_number() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_label_draw_the_same_value_and_others_do_not() {
        assert_eq!(hex(7, "key", 32), hex(7, "key", 32));
        assert_ne!(hex(7, "key", 32), hex(8, "key", 32));
        assert_ne!(hex(7, "key", 32), hex(7, "yek", 32));
        assert_eq!(alphanumeric(7, "key", 84).len(), 84);
        assert_eq!(guid(7, "tenant").len(), 36);
        assert_ne!(fresh_guid(), fresh_guid());
    }
}

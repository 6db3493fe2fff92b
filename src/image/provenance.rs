//! What a C2PA manifest says in plain text.
//!
//! A manifest is CBOR inside JUMBF, and the order of its keys varies from picture to picture. So the keys are searched
//! for as text strings, and the value is the text string that follows. Nothing is verified: the signature is not read.

use jiff::Timestamp;

use crate::model::Provenance;

const AGENT: &str = "softwareAgent";
const GENERATOR: &str = "claim_generator";
const WHEN: &str = "when";
/// In newer manifests an agent or generator is a map, and this key of it is the name.
const NAME: &str = "name";
/// Entries of such a map that are looked through.
const MAP_BYTES: usize = 256;
/// CBOR tag 0 says that the text after it is a date and time.
const DATE_TAG: u8 = 0xC0;

/// Reads agent, generator and time of creation out of a manifest store.
pub(super) fn read(manifest: &[u8]) -> Provenance {
    Provenance {
        agent: values(manifest, AGENT).next(),
        generator: values(manifest, GENERATOR).next(),
        when: created(manifest).map(|when| when.to_string()),
        manifest_bytes: manifest.len() as u64,
    }
}

/// The earliest time named: whatever came after the creation was done to the picture later.
fn created(manifest: &[u8]) -> Option<Timestamp> {
    values(manifest, WHEN)
        .filter_map(|text| text.parse::<Timestamp>().ok())
        .min()
}

/// Text values of every occurrence of a key.
fn values<'a>(bytes: &'a [u8], key: &'a str) -> impl Iterator<Item = String> + 'a {
    after_keys(bytes, key).filter_map(|rest| {
        text(rest).or_else(|| {
            let is_map = rest.first().is_some_and(|byte| byte >> 5 == 5);
            let map = rest.get(..rest.len().min(MAP_BYTES))?;
            if is_map {
                after_keys(map, NAME).find_map(text)
            } else {
                None
            }
        })
    })
}

/// What follows each occurrence of a key: a text string of just this length and content.
fn after_keys<'a>(bytes: &'a [u8], key: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let head = 0x60 | key.len() as u8;
    bytes
        .windows(key.len() + 1)
        .enumerate()
        .filter(move |(_, word)| {
            word.split_first()
                .is_some_and(|(first, word)| *first == head && word == key.as_bytes())
        })
        .filter_map(move |(at, word)| bytes.get(at + word.len()..))
}

/// The CBOR text string at the beginning, tagged as a date or not.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(&[DATE_TAG]).unwrap_or(bytes);
    let (&head, rest) = bytes.split_first()?;
    let (length, rest) = match head {
        0x60..=0x77 => (usize::from(head & 0x1F), rest),
        0x78 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x79 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    String::from_utf8(rest.get(..length)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Vec<u8> {
        let mut bytes = match text.len() {
            length @ 0..=23 => vec![0x60 | length as u8],
            length @ 24..=255 => vec![0x78, length as u8],
            length => [&[0x79][..], &(length as u16).to_be_bytes()].concat(),
        };
        bytes.extend(text.as_bytes());
        bytes
    }

    fn entry(key: &str, value: &[u8]) -> Vec<u8> {
        [string(key), value.to_vec()].concat()
    }

    fn date(text: &str) -> Vec<u8> {
        [vec![DATE_TAG], string(text)].concat()
    }

    #[test]
    fn every_order_of_keys_reads_the_same() {
        let agent = entry("softwareAgent", &string("Black forest labs in Azure AI"));
        let when = entry("when", &date("2025-09-30T19:07:36Z"));
        let generator = entry("claim_generator", &string("Microsoft_Responsible_AI/1.0"));
        let info = entry("claim_generator_info", &string("not this one"));
        for manifest in [
            [&agent[..], &when, &info, &generator].concat(),
            [&info[..], &generator, &when, &agent].concat(),
        ] {
            assert_eq!(
                read(&manifest),
                Provenance {
                    agent: Some("Black forest labs in Azure AI".to_owned()),
                    generator: Some("Microsoft_Responsible_AI/1.0".to_owned()),
                    when: Some("2025-09-30T19:07:36Z".to_owned()),
                    manifest_bytes: manifest.len() as u64,
                }
            );
        }
    }

    #[test]
    fn an_agent_that_is_a_map_gives_its_name() {
        let map = [
            vec![0xA2],
            entry("version", &string("1.0")),
            entry("name", &string("Painter")),
        ];
        let manifest = entry("softwareAgent", &map.concat());
        assert_eq!(read(&manifest).agent.as_deref(), Some("Painter"));
    }

    #[test]
    fn the_earliest_time_is_that_of_the_creation() {
        let manifest = [
            entry("when", &date("2025-10-02T00:00:00Z")),
            entry("when", &string("2025-09-30T21:07:36+02:00")),
            entry("when", &string("some day")),
        ]
        .concat();
        assert_eq!(
            read(&manifest).when.as_deref(),
            Some("2025-09-30T19:07:36Z")
        );
    }

    #[test]
    fn words_in_running_text_are_no_keys() {
        let manifest = string("the softwareAgent and when it claim_generator");
        let silent = Provenance {
            manifest_bytes: manifest.len() as u64,
            ..Provenance::default()
        };
        assert_eq!(read(&manifest), silent);
    }

    #[test]
    fn a_text_that_claims_more_than_there_is_is_not_read() {
        assert_eq!(read(b"\x64when\x78\xFFshort").when, None);
        assert_eq!(read(b"\x64when\x79\xFF").when, None);
        assert_eq!(read(b"\x64when").when, None);
    }
}

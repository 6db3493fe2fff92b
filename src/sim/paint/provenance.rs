//! The C2PA manifest that Azure puts into a picture: who drew it, how, and when.
//!
//! It has the boxes and texts of a real one (azure.md is the source of the strings: seventeen pictures drawn by FLUX
//! in Azure). Its certificates and signature are random bytes, so it proves nothing, as nobody checks it here.

use super::cbor::Value;
use super::{Container, Rng};
use crate::sim::draw;

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// `softwareAgent`, e.g. `Black forest labs in Azure AI`.
    pub software_agent: String,
    /// `when`: the UTC second of drawing, RFC 3339.
    pub when: String,
}

const SOURCE_TYPE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const CLAIM_GENERATOR: &str = "Microsoft_Responsible_AI/1.0";
const GENERATOR_NAME: &str = "Microsoft Responsible AI Image Provenance";
const ISSUER: &str = "Microsoft SCD Claimants RSA CA";
const TIMESTAMPER: &str = "DigiCert Trusted G4 RSA4096 SHA256 TimeStamping CA";
/// Length of the chain and signature, from and up to, as the whole manifest then has the length of a real one.
const JPEG_FILLING: (usize, usize) = (11_300, 11_900);
const PNG_FILLING: (usize, usize) = (12_850, 13_350);

/// The JUMBF superbox for a file of `container`.
pub(super) fn manifest(said: &Provenance, container: Container, rng: &mut Rng) -> Vec<u8> {
    let label = format!("urn:uuid:{}", draw::guid(rng.next_u64(), "c2pa"));
    let actions = cbor_box("c2pa.actions", &actions(said), rng);
    let hash = cbor_box("c2pa.hash.data", &hash_of_data(rng), rng);
    let store = superbox(b"c2as", "c2pa.assertions", &[actions, hash]);
    let claim = claim(&label, container, rng);
    let claim = superbox(b"c2cl", "c2pa.claim", &[plain_box(&claim, rng)]);
    let signature = signature(container, rng);
    let signature = superbox(b"c2cs", "c2pa.signature", &[plain_box(&signature, rng)]);
    let whole = superbox(b"c2ma", &label, &[store, claim, signature]);
    superbox(b"c2pa", "c2pa", &[whole])
}

fn actions(said: &Provenance) -> Value {
    Value::Map(vec![(
        "actions",
        Value::List(vec![Value::Map(vec![
            ("action", Value::text("c2pa.created")),
            ("when", Value::Tagged(0, Box::new(Value::text(&said.when)))),
            ("softwareAgent", Value::text(&said.software_agent)),
            ("digitalSourceType", Value::text(SOURCE_TYPE)),
        ])]),
    )])
}

fn hash_of_data(rng: &mut Rng) -> Value {
    Value::Map(vec![
        ("alg", Value::text("sha256")),
        ("name", Value::text("jumbf manifest")),
        ("hash", random(32, rng)),
        ("pad", Value::Bytes(vec![0; 8])),
    ])
}

fn claim(label: &str, container: Container, rng: &mut Rng) -> Value {
    let assertion = |name: &str, rng: &mut Rng| {
        Value::Map(vec![
            (
                "url",
                Value::text(format!("self#jumbf=c2pa.assertions/{name}")),
            ),
            ("hash", random(32, rng)),
        ])
    };
    let assertions = ["c2pa.actions", "c2pa.hash.data"].map(|name| assertion(name, rng));
    let generator = Value::Map(vec![
        ("name", Value::text(GENERATOR_NAME)),
        ("version", Value::text("1.0")),
    ]);
    Value::Map(vec![
        ("alg", Value::text("sha256")),
        ("claim_generator", Value::text(CLAIM_GENERATOR)),
        ("claim_generator_info", Value::List(vec![generator])),
        ("dc:format", Value::text(container.media_type())),
        (
            "instanceID",
            Value::text(format!("xmp:iid:{}", draw::guid(rng.next_u64(), "c2pa"))),
        ),
        (
            "signature",
            Value::text(format!("self#jumbf=/c2pa/{label}/c2pa.signature")),
        ),
        ("assertions", Value::List(assertions.into())),
    ])
}

/// A COSE signature: protected header, certificates and timestamp, no payload, signature.
fn signature(container: Container, rng: &mut Rng) -> Value {
    let (least, most) = match container {
        Container::Jpeg => JPEG_FILLING,
        Container::Png => PNG_FILLING,
    };
    let length = least + rng.below(most - least);
    let mut named = |text: &str, length: usize| {
        let mut bytes = vec![0; length];
        rng.fill(&mut bytes);
        let from = length / 3;
        bytes[from..from + text.len()].copy_from_slice(text.as_bytes());
        Value::Bytes(bytes)
    };
    let chain = Value::List(vec![named(ISSUER, length / 4), named(ISSUER, length / 4)]);
    let stamp = named(TIMESTAMPER, length / 2 - 512);
    let header = Value::Map(vec![("x5chain", chain), ("sigTst", stamp)]);
    let signed = vec![
        Value::Bytes(vec![0xa1, 1, 0x38, 0x24]),
        header,
        Value::Null,
        random(512, rng),
    ];
    Value::Tagged(18, Box::new(Value::List(signed)))
}

fn random(length: usize, rng: &mut Rng) -> Value {
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    Value::Bytes(bytes)
}

fn cbor_box(label: &str, value: &Value, rng: &mut Rng) -> Vec<u8> {
    superbox(b"cbor", label, &[plain_box(value, rng)])
}

fn plain_box(value: &Value, rng: &mut Rng) -> Vec<u8> {
    let mut content = Vec::new();
    value.write(rng, &mut content);
    boxed(b"cbor", &[content])
}

/// A `jumb` box: its description (type UUID, flags, label), then its children.
fn superbox(kind: &[u8; 4], label: &str, children: &[Vec<u8>]) -> Vec<u8> {
    let mut description = kind.to_vec();
    description.extend(b"\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03");
    description.extend(label.as_bytes());
    description.push(0);
    let mut content = vec![boxed(b"jumd", &[description])];
    content.extend_from_slice(children);
    boxed(b"jumb", &content)
}

fn boxed(kind: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    let length = 8 + parts.iter().map(Vec::len).sum::<usize>();
    let mut out = Vec::with_capacity(length);
    out.extend((length as u32).to_be_bytes());
    out.extend(kind);
    parts.iter().for_each(|part| out.extend(part));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Provenance {
        Provenance {
            software_agent: "Black forest labs in Azure AI".into(),
            when: "2025-10-01T12:00:00Z".into(),
        }
    }

    fn holds(bytes: &[u8], text: &str) -> bool {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }

    #[test]
    fn it_says_what_real_manifests_say() {
        for (container, format) in [
            (Container::Jpeg, "image/jpeg"),
            (Container::Png, "image/png"),
        ] {
            let bytes = manifest(&said(), container, &mut Rng::new(7));
            for text in [
                "Black forest labs in Azure AI",
                "c2pa.created",
                "2025-10-01T12:00:00Z",
                SOURCE_TYPE,
                CLAIM_GENERATOR,
                GENERATOR_NAME,
                "dc:format",
                format,
                ISSUER,
            ] {
                assert!(holds(&bytes, text), "{container:?} lacks {text}");
            }
        }
    }

    #[test]
    fn it_is_a_jumbf_box_as_long_as_a_real_one() {
        for seed in 0..50 {
            let jpeg = manifest(&said(), Container::Jpeg, &mut Rng::new(seed));
            assert!((12_288..13_312).contains(&jpeg.len()), "{}", jpeg.len());
            let png = manifest(&said(), Container::Png, &mut Rng::new(seed));
            assert!((13_900..14_700).contains(&png.len()), "{}", png.len());
            assert_eq!(&jpeg[4..8], b"jumb");
            assert_eq!(&jpeg[12..20], b"jumdc2pa");
            assert_eq!(
                u32::from_be_bytes([jpeg[0], jpeg[1], jpeg[2], jpeg[3]]) as usize,
                jpeg.len()
            );
        }
    }

    #[test]
    fn the_order_of_keys_varies() {
        let place = |seed| {
            let bytes = manifest(&said(), Container::Png, &mut Rng::new(seed));
            let find = |text: &[u8]| bytes.windows(text.len()).position(|part| part == text);
            find(b"softwareAgent") < find(b"digitalSourceType")
        };
        let first = place(0);
        assert!((1..20).any(|seed| place(seed) != first));
    }
}

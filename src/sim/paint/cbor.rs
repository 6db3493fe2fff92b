//! As much of CBOR (RFC 8949) as a C2PA manifest is made of.

use super::Rng;

/// A value to write.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
    /// A tagged value, such as a date-time string (tag 0) or a COSE signature (tag 18).
    Tagged(u64, Box<Value>),
    Null,
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// Writes the value; the keys of every map come in an order drawn from `rng`.
    pub(super) fn write(&self, rng: &mut Rng, out: &mut Vec<u8>) {
        match self {
            Value::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend(bytes);
            }
            Value::Text(text) => string(text, out),
            Value::List(items) => {
                head(4, items.len() as u64, out);
                items.iter().for_each(|item| item.write(rng, out));
            }
            Value::Map(entries) => {
                head(5, entries.len() as u64, out);
                let mut order: Vec<usize> = (0..entries.len()).collect();
                for place in (1..order.len()).rev() {
                    order.swap(place, rng.below(place + 1));
                }
                for (key, value) in order.into_iter().map(|index| &entries[index]) {
                    string(key, out);
                    value.write(rng, out);
                }
            }
            Value::Tagged(tag, value) => {
                head(6, *tag, out);
                value.write(rng, out);
            }
            Value::Null => out.push(0xf6),
        }
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    head(3, text.len() as u64, out);
    out.extend(text.as_bytes());
}

fn head(kind: u8, number: u64, out: &mut Vec<u8>) {
    let kind = kind << 5;
    match number {
        0..24 => out.push(kind | number as u8),
        24..0x100 => out.extend([kind | 24, number as u8]),
        0x100..0x1_0000 => {
            out.push(kind | 25);
            out.extend((number as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(kind | 26);
            out.extend((number as u32).to_be_bytes());
        }
        _ => {
            out.push(kind | 27);
            out.extend(number.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_come_out_as_printed_there() {
        for (value, bytes) in [
            (Value::Bytes(vec![1, 2, 3, 4]), &b"\x44\x01\x02\x03\x04"[..]),
            (Value::text("IETF"), b"\x64IETF"),
            (Value::List(vec![Value::Null]), b"\x81\xf6"),
            (Value::Map(vec![("a", Value::Null)]), b"\xa1\x61a\xf6"),
        ] {
            let mut out = Vec::new();
            value.write(&mut Rng::new(1), &mut out);
            assert_eq!(out, bytes, "{value:?}");
        }
    }
}

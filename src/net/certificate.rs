//! The few fields of a certificate that people look at, read from its DER (RFC 5280, section 4.1).

use crate::model::Certificate;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads a certificate. What cannot be read stays empty: the handshake judges it, this only shows it.
pub(super) fn read(der: &[u8]) -> Certificate {
    fields(der).unwrap_or_default()
}

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const EXTENSIONS: u8 = 0xa3;
const VERSION: u8 = 0xa0;
const DNS_NAME: u8 = 0x82;
/// 2.5.4.3, 2.5.4.10 and 2.5.29.17.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

fn fields(der: &[u8]) -> Option<Certificate> {
    let whole = Reader(der).take(SEQUENCE)?;
    let mut body = Reader(Reader(whole).take(SEQUENCE)?);
    if body.peek() == Some(VERSION) {
        body.next()?;
    }
    let _serial = body.next()?;
    let _algorithm = body.next()?;
    let issuer = body.take(SEQUENCE)?;
    let mut validity = Reader(body.take(SEQUENCE)?);
    let not_before = time(validity.next()?)?;
    let not_after = time(validity.next()?)?;
    let subject = body.take(SEQUENCE)?;
    let _key = body.next()?;
    let mut names = Vec::new();
    while let Some((tag, content)) = body.next() {
        if tag == EXTENSIONS {
            names = alternative_names(content).unwrap_or_default();
        }
    }
    Some(Certificate {
        subject: attribute(subject, COMMON_NAME).unwrap_or_default(),
        issuer: attribute(issuer, COMMON_NAME).unwrap_or_default(),
        issuer_organization: attribute(issuer, ORGANIZATION).unwrap_or_default(),
        names,
        not_before,
        not_after,
    })
}

/// An attribute of a distinguished name: a sequence of sets of pairs.
fn attribute(name: &[u8], wanted: &[u8]) -> Option<String> {
    let mut sets = Reader(name);
    while let Some((_, set)) = sets.next() {
        let mut pair = Reader(Reader(set).take(SEQUENCE)?);
        let oid = pair.take(OID)?;
        let (_, value) = pair.next()?;
        if oid == wanted {
            return Some(String::from_utf8_lossy(value).into_owned());
        }
    }
    None
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    let mut list = Reader(Reader(extensions).take(SEQUENCE)?);
    while let Some((_, extension)) = list.next() {
        let mut parts = Reader(extension);
        if parts.take(OID)? != ALTERNATIVE_NAMES {
            continue;
        }
        // A flag that it is critical may stand before the value.
        let mut value = parts.next()?.1;
        if let Some((_, next)) = parts.next() {
            value = next;
        }
        let mut names = Reader(Reader(value).take(SEQUENCE)?);
        let mut found = Vec::new();
        while let Some((tag, name)) = names.next() {
            if tag == DNS_NAME {
                found.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        return Some(found);
    }
    None
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, as RFC 3339.
fn time((tag, content): (u8, &[u8])) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        // RFC 5280, section 4.1.2.5.1: 50 and above is of the last century.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    let date = DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().to_string())
}

/// Reads one value of DER after the other; stops at whatever is not well formed.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes.iter().try_fold(0usize, |sum, byte| {
                    sum.checked_mul(256)?.checked_add(usize::from(*byte))
                })?;
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, where it is of this kind.
    fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (tag, content) = self.next()?;
        (tag == wanted).then_some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    fn made(years: (i32, i32)) -> Vec<u8> {
        let names = ["a.example".to_owned(), "*.b.example".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Contoso Zscaler");
        params.not_before = date_time_ymd(years.0, 2, 3);
        params.not_after = date_time_ymd(years.1, 12, 31);
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        certificate.der().to_vec()
    }

    #[test]
    fn names_dates_and_issuer_are_read() {
        let read = read(&made((2020, 2049)));
        assert_eq!(read.subject, "a");
        assert_eq!(read.issuer, "a");
        assert_eq!(read.issuer_organization, "Contoso Zscaler");
        assert_eq!(read.names, ["a.example", "*.b.example"]);
        assert_eq!(read.not_before, "2020-02-03T00:00:00Z");
        assert_eq!(read.not_after, "2049-12-31T00:00:00Z");
    }

    #[test]
    fn both_ways_of_writing_a_date_are_read() {
        let read = read(&made((1975, 2060)));
        assert_eq!(read.not_before, "1975-02-03T00:00:00Z");
        assert_eq!(read.not_after, "2060-12-31T00:00:00Z");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fall_over(cut in 0usize..400, at in 0usize..400, byte: u8) {
            let mut der = made((2020, 2049));
            der.truncate(der.len().saturating_sub(cut));
            if let Some(place) = der.get_mut(at) {
                *place = byte;
            }
            let _ = read(&der);
        }
    }
}

//! Encodings and hashes of .NET.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// Letters that `WebUtility.UrlEncode` leaves as they are.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'*')
    .remove(b'(')
    .remove(b')')
    .remove(b' ');

/// Letters that `Uri.EscapeDataString` leaves as they are (RFC 3986).
const DATA: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// `WebUtility.UrlEncode`.
pub(super) fn url_encode(text: &str) -> String {
    utf8_percent_encode(text, FORM)
        .to_string()
        .replace(' ', "+")
}

/// `WebUtility.UrlDecode`.
pub(super) fn url_decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// `Uri.EscapeDataString`.
pub(super) fn escape_data(text: &str) -> String {
    utf8_percent_encode(text, DATA).to_string()
}

/// `Uri.UnescapeDataString`.
pub(super) fn unescape_data(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `WebUtility.HtmlEncode`.
pub(super) fn html_encode(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// `WebUtility.HtmlDecode`, of the entities that `HtmlEncode` makes.
pub(super) fn html_decode(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// HMAC of SHA-256 (RFC 2104).
pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> Bytes {
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize();
    Bytes::from(outer.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_with_a_key_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let found = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let hex: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn texts_are_encoded_as_net_does() {
        assert_eq!(url_encode("a b/ä~(x)"), "a+b%2F%C3%A4%7E(x)");
        assert_eq!(url_decode("a+b%2f"), "a b/");
        assert_eq!(escape_data("a b~"), "a%20b~");
        assert_eq!(html_decode(&html_encode("<a & 'b'>")), "<a & 'b'>");
    }
}

//! From bytes to characters: UTF-16 and byte order marks, terminal escapes, HTML entities.

use std::borrow::Cow;

/// The text that bytes hold. UTF-16 is known by its mark, or by the zero that every second byte of plain text is.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => match zeros(bytes) {
            (_, true) => Cow::Owned(utf16(bytes, u16::from_le_bytes)),
            (true, _) => Cow::Owned(utf16(bytes, u16::from_be_bytes)),
            _ => String::from_utf8_lossy(bytes),
        },
    }
}

/// Whether most even bytes are zero, and whether most odd ones are.
fn zeros(bytes: &[u8]) -> (bool, bool) {
    let start = &bytes[..bytes.len().min(512)];
    let mostly = |from: usize| {
        let zeros = start
            .iter()
            .skip(from)
            .step_by(2)
            .filter(|byte| **byte == 0);
        start.len() >= 8 && zeros.count() * 4 > start.len() / 2 * 3
    };
    let (even, odd) = (mostly(0), mostly(1));
    (even && !odd, odd && !even)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|read| read.unwrap_or('\u{fffd}'))
        .filter(|c| *c != '\u{feff}')
        .collect()
}

/// Whether a text holds anything that [`printable`] would undo.
pub(super) fn is_printable(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| byte < b' ' && !matches!(byte, b'\n' | b'\t') || byte == 0x7f)
        && !text.contains([
            '\u{a0}', '\u{feff}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{85}', '\u{2028}',
        ])
        && !["\\u001b", "\\x1b", "\\033", "\\u001B", "\\e[", "^[["]
            .iter()
            .any(|escape| text.contains(escape))
}

/// A text without terminal escapes (also where they are written out, as `\u001b[31m`), control characters and marks
/// without width; line ends become `\n`.
pub(super) fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = after_escape(rest) {
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\r' if rest.starts_with('\n') => {}
            // A bar of progress is overwritten from the start of its line.
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '\u{a0}' | '\u{202f}' => plain.push(' '),
            '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => {}
            '\n' | '\t' => plain.push(c),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

/// What follows a terminal escape that `text` begins with.
fn after_escape(text: &str) -> Option<&str> {
    const STARTS: &[&str] = &[
        "\u{1b}", "\\u001b", "\\u001B", "\\x1b", "\\x1B", "\\033", "\\e", "^[",
    ];
    let start = STARTS.iter().find(|start| text.starts_with(**start))?;
    let rest = &text[start.len()..];
    if let Some(parameters) = rest.strip_prefix('[') {
        let end = parameters.find(|c: char| !(c.is_ascii_digit() || ";:?".contains(c)))?;
        return parameters[end..]
            .starts_with(|c: char| c.is_ascii_alphabetic())
            .then(|| &parameters[end + 1..]);
    }
    if !start.starts_with('\u{1b}') {
        return None;
    }
    // A title or a link ends with a bell or with `ESC \`.
    if let Some(title) = rest.strip_prefix(']') {
        let end = title.find(['\u{7}', '\u{1b}']).unwrap_or(title.len());
        let after = &title[end..];
        let after = after
            .strip_prefix('\u{7}')
            .or_else(|| after.strip_prefix("\u{1b}\\"));
        return Some(after.unwrap_or_default());
    }
    let is_short = rest.starts_with(|c: char| c.is_ascii() && !c.is_control());
    Some(if is_short { &rest[1..] } else { rest })
}

const ENTITIES: &[(&str, &str)] = &[
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&nbsp;", " "),
    ("&lsquo;", "'"),
    ("&rsquo;", "'"),
    ("&ldquo;", "\""),
    ("&rdquo;", "\""),
    ("&amp;", "&"),
];

/// A text with its HTML entities as the characters they stand for; also where they were escaped twice.
pub(super) fn without_entities(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..3 {
        match once(&text) {
            Some(decoded) => text = Cow::Owned(decoded),
            None => break,
        }
    }
    text
}

fn once(text: &str) -> Option<String> {
    if !text.contains('&') || !text.contains(';') {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let named = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity));
        let (decoded, length) = match (named, numbered(rest)) {
            (Some((entity, meant)), _) => ((*meant).to_owned(), entity.len()),
            (None, Some((meant, length))) => (meant.to_string(), length),
            (None, None) => {
                plain.push('&');
                rest = &rest[1..];
                continue;
            }
        };
        is_changed = true;
        plain.push_str(&decoded);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    is_changed.then_some(plain)
}

/// `&#39;` and `&#x27;`: the character and the length of the entity.
fn numbered(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix("&#")?;
    let end = body.find(';').filter(|end| *end <= 8)?;
    let digits = &body[..end];
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(code)?, 2 + end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_known_with_and_without_a_mark() {
        let text = "HTTP/1.1 404 Not Found é";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            le.clone(),
            be.clone(),
            [&[0xff, 0xfe], le.as_slice()].concat(),
            [&[0xfe, 0xff], be.as_slice()].concat(),
            [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
            text.as_bytes().to_vec(),
        ] {
            assert_eq!(decode(&bytes), text);
        }
        assert_eq!(
            decode(b"\0\0\0\0 zeros alone \0"),
            "\0\0\0\0 zeros alone \0"
        );
    }

    #[test]
    fn terminal_escapes_go_and_other_brackets_stay() {
        let text = "\u{1b}[1;31mError\u{1b}[0m: \\u001b[33m404\\u001b[39m \u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{7} [31m] ^[[0mend\r\n";
        assert_eq!(printable(text), "Error: 404 link [31m] end\n");
        assert!(is_printable("plain [31m] text\n") && !is_printable("a\u{1b}[0m"));
    }

    #[test]
    fn entities_are_read_however_often_they_were_escaped() {
        for text in [
            "{&quot;a&quot;: &#39;b&#x27;} &lt;c&gt; & d; R&D",
            "{&amp;quot;a&amp;quot;: &amp;#39;b'} &lt;c&gt; & d; R&D",
        ] {
            assert_eq!(without_entities(text), "{\"a\": 'b'} <c> & d; R&D");
        }
        assert!(matches!(without_entities("a=1&b=2; c"), Cow::Borrowed(_)));
    }
}

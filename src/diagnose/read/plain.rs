//! The one place that undoes what happened to a text on its way here: terminal escapes, entities, quoting, fences,
//! prefixes of containers and logs, JSON around it, broken lines, typographic quotes. Everything that interprets a text
//! sees it only after this. Nothing in it is ever taken for an instruction.

use super::{decode, lines, logs};
use std::borrow::Cow;

/// Layers that are undone: a quoted mail of a container's log of a JSON line is three.
const MAX_LAYERS: usize = 6;

/// `text` as its writer had it. A text that nothing happened to is given back as it is.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut text = match decode::is_printable(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(decode::printable(text)),
    };
    if !is_page(&text) {
        text = Cow::Owned(decode::without_entities(&text).into_owned());
    }
    for _ in 0..MAX_LAYERS {
        let layer = lines::unwrapped(&text);
        let layer = lines::unfenced(&lines::unprefixed(&lines::unquoted(&layer)));
        let layer = logs::unlogged(&lines::unwrapped(&layer)).into_owned();
        if layer == text {
            break;
        }
        text = Cow::Owned(layer);
    }
    straightened(text)
}

/// Whether nothing that is undone here can be in a text: one line without a mark of any of it. Most recorded bodies are.
fn is_plain(text: &str) -> bool {
    let text = text.trim_end_matches('\n');
    let is_logged = || {
        text.starts_with('"')
            || text.starts_with('{')
                && [
                    "\"log\"",
                    "\"msg\"",
                    "\"message\"",
                    "\"@m",
                    "\"textPayload\"",
                    "\"event\"",
                ]
                .iter()
                .any(|name| text.contains(name))
                && text.contains("\\\"")
    };
    let is_prefixed = || {
        text.trim_start().starts_with(['>', '#', '|', '│', '['])
            || text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.contains(" | ")
            || text.starts_with("20")
    };
    let has_level = || {
        text.contains("\"level\"") || text.contains("\"severity\"") || text.contains("\"stream\"")
    };
    !text.contains([
        '\n', '&', '\u{1b}', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{201e}',
    ]) && decode::is_printable(text)
        && !is_prefixed()
        && !is_logged()
        && !has_level()
}

/// Whether a text is a web page: its entities are part of it.
fn is_page(text: &str) -> bool {
    let start = text
        .trim_start()
        .get(..15)
        .unwrap_or_default()
        .to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html")
}

/// Typographic quotes as the plain ones that a machine wrote. Beside plain double quotes they are part of a sentence.
fn straightened(text: Cow<'_, str>) -> Cow<'_, str> {
    const DOUBLE: &[char] = &[
        '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{00ab}', '\u{00bb}',
    ];
    const SINGLE: &[char] = &['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];
    if !text.contains(DOUBLE) && !text.contains(SINGLE) {
        return text;
    }
    let double = text.chars().filter(|c| DOUBLE.contains(c)).count();
    let mark = if double > text.matches('"').count() {
        "\""
    } else {
        "'"
    };
    Cow::Owned(text.replace(SINGLE, "'").replace(DOUBLE, mark))
}

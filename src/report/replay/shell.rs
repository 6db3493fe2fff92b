//! Words that a POSIX-like shell takes as they are.

use crate::report::escape;

/// One word of a command line: in single quotes, or where it holds anything that a terminal could obey, in bash's `$'…'`.
pub(super) fn quoted(text: &str) -> String {
    if escape::terminal(text) == text {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut word = String::from("$'");
    for character in text.chars() {
        match character {
            '\\' | '\'' => {
                word.push('\\');
                word.push(character);
            }
            // No program can be given this in an argument.
            '\0' => {}
            _ => push(&mut word, character),
        }
    }
    word.push('\'');
    word
}

fn push(word: &mut String, character: char) {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    if escape::terminal(text) == text {
        word.push(character);
    } else {
        for byte in text.bytes() {
            word.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_word_is_obeyed() {
        assert_eq!(quoted("a b$(x)`y`\"z"), "'a b$(x)`y`\"z'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(
            quoted("a\nb\x1b'\\\u{202e}\0"),
            "$'a\\x0ab\\x1b\\'\\\\\\xe2\\x80\\xae'"
        );
        assert_eq!(quoted("Zürich 図"), "'Zürich 図'");
    }
}

//! Colours as invisible marks, and the marks that are drawn.
//!
//! A mark is a character without width that [`crate::report::escape`] lets through from nobody, so none in the text can
//! come from a server. Tables can then be laid out by width alone, and ANSI codes are written at the very end.

use crate::model::Verdict;

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// It needs a look.
    Warn,
    /// It is there for completeness.
    Dim,
    /// It leads.
    Strong,
    /// It can be copied and used.
    Code,
}

/// Every ink with its mark and its ANSI code.
const INKS: [(Ink, char, &str); 6] = [
    (Ink::Good, '\u{e0100}', "\x1b[32m"),
    (Ink::Bad, '\u{e0101}', "\x1b[31m"),
    (Ink::Warn, '\u{e0102}', "\x1b[33m"),
    (Ink::Dim, '\u{e0103}', "\x1b[2m"),
    (Ink::Strong, '\u{e0104}', "\x1b[1m"),
    (Ink::Code, '\u{e0105}', "\x1b[36m"),
];
const END: char = '\u{e01ef}';
const ANSI_END: &str = "\x1b[0m";

/// Marks `text` with an ink.
pub(super) fn paint(ink: Ink, text: &str) -> String {
    let mark = INKS
        .iter()
        .find(|(known, ..)| *known == ink)
        .map_or(END, |(_, mark, _)| *mark);
    format!("{mark}{text}{END}")
}

/// Turns marks into ANSI codes, or takes them away.
pub(super) fn settle(text: &str, is_colored: bool) -> String {
    let mut settled = String::with_capacity(text.len());
    for character in text.chars() {
        let code = match INKS.iter().find(|(_, mark, _)| *mark == character) {
            Some((_, _, code)) => code,
            None if character == END => ANSI_END,
            None => {
                settled.push(character);
                continue;
            }
        };
        if is_colored {
            settled.push_str(code);
        }
    }
    settled
}

/// The ink of a verdict.
pub(super) fn ink_of(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Pass => Ink::Good,
        Verdict::Fail | Verdict::Error => Ink::Bad,
        Verdict::Flaky => Ink::Warn,
        Verdict::Skip => Ink::Dim,
    }
}

/// The marks that are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyphs {
    pub(super) pass: &'static str,
    pub(super) fail: &'static str,
    pub(super) error: &'static str,
    pub(super) flaky: &'static str,
    pub(super) skip: &'static str,
    pub(super) absent: &'static str,
    pub(super) ellipsis: &'static str,
    pub(super) arrow: &'static str,
    pub(super) unreached: &'static str,
    pub(super) sent: &'static str,
    pub(super) received: &'static str,
    pub(super) bar: &'static str,
    pub(super) dot: &'static str,
    pub(super) bullet: &'static str,
}

const UNICODE: Glyphs = Glyphs {
    pass: "✓",
    fail: "✗",
    error: "!",
    flaky: "~",
    skip: "-",
    absent: "·",
    ellipsis: "…",
    arrow: "──▶",
    unreached: "┄┄▷",
    sent: "→",
    received: "←",
    bar: "│",
    dot: "·",
    bullet: "•",
};

const ASCII: Glyphs = Glyphs {
    pass: "+",
    fail: "x",
    error: "!",
    flaky: "~",
    skip: "-",
    absent: ".",
    ellipsis: "~",
    arrow: "-->",
    unreached: "..>",
    sent: ">",
    received: "<",
    bar: "|",
    dot: "-",
    bullet: "*",
};

impl Glyphs {
    /// The set for a terminal that shows more than ASCII, or only ASCII.
    pub(super) fn of(is_unicode: bool) -> Self {
        if is_unicode { UNICODE } else { ASCII }
    }

    /// The mark of a verdict.
    pub(super) fn mark(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Fail => self.fail,
            Verdict::Error => self.error,
            Verdict::Flaky => self.flaky,
            Verdict::Skip => self.skip,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn colours_take_no_width_and_vanish_when_not_wanted() {
        for (ink, ..) in INKS {
            let marked = paint(ink, "ab");
            assert_eq!(marked.width(), 2);
            assert_eq!(settle(&marked, false), "ab");
        }
        assert_eq!(settle(&paint(Ink::Bad, "x"), true), "\x1b[31mx\x1b[0m");
    }

    #[test]
    fn a_server_cannot_send_a_colour() {
        let sent = format!("a{}b{END}", INKS[1].1);
        assert_eq!(
            settle(&crate::report::escape::terminal(&sent), true),
            "a\\u{e0101}b\\u{e01ef}"
        );
    }
}

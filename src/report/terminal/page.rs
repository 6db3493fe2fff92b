//! Lines of text within a width.

use super::paint::{Glyphs, Ink, paint, settle};
use crate::report::renderer::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Narrowest text column that is still worth wrapping into.
const NARROWEST: usize = 20;

/// Text that grows line by line. What is written must have been escaped.
pub(super) struct Page<'s> {
    pub(super) style: &'s Style,
    pub(super) glyphs: Glyphs,
    text: String,
}

impl<'s> Page<'s> {
    pub(super) fn new(style: &'s Style) -> Self {
        Page {
            style,
            glyphs: Glyphs::of(style.is_unicode),
            text: String::new(),
        }
    }

    /// An empty line, never two in a row and never at the top.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line that leads a part of the page.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.line(0, &paint(Ink::Strong, text));
    }

    /// One line, however long.
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        let line = format!("{:indent$}{text}", "");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Words, wrapped at the width; every line is indented, all but the first by `hang` more.
    pub(super) fn words(&mut self, indent: usize, hang: usize, text: &str) {
        let room = self.style.width.saturating_sub(indent).max(NARROWEST);
        for (number, line) in wrap(text, room, hang).iter().enumerate() {
            let indent = if number == 0 { indent } else { indent + hang };
            self.line(indent, line);
        }
    }

    /// Parts of a sentence with a dot between them; lines break only between parts.
    pub(super) fn parts(&mut self, parts: &[String]) {
        let dot = format!(" {} ", self.glyphs.dot);
        let mut line = String::new();
        for part in parts {
            let is_first = line.is_empty();
            if !is_first && line.width() + dot.width() + part.width() > self.style.width {
                self.line(0, &line);
                line.clear();
            } else if !is_first {
                line.push_str(&dot);
            }
            line.push_str(part);
        }
        self.line(0, &line);
    }

    /// Somebody else's words, wrapped, with a bar at the left of every line.
    pub(super) fn quoted(&mut self, indent: usize, text: &str) {
        let bar = self.glyphs.bar;
        let room = self.style.width.saturating_sub(indent + 2).max(NARROWEST);
        for line in wrap(text, room, 0) {
            // A line without spaces (JSON) is broken wherever the width ends.
            let mut rest = line.as_str();
            loop {
                let first = head(rest, room);
                self.line(indent, &format!("{bar} {first}"));
                rest = &rest[first.len()..];
                if first.is_empty() || rest.trim().is_empty() {
                    break;
                }
            }
        }
    }

    /// A label of a fixed width with words beside it; the label is told once.
    pub(super) fn labelled(&mut self, indent: usize, label: &str, text: &str) {
        const LABEL: usize = 10;
        let label = paint(Ink::Dim, &format!("{label:<LABEL$}"));
        self.words(indent, LABEL, &format!("{label}{text}"));
    }

    /// Text of several lines (a table), as it is.
    pub(super) fn block(&mut self, text: &str) {
        for line in text.lines() {
            self.line(0, line);
        }
    }

    /// `text` cut at its end to `width` columns.
    pub(super) fn cut(&self, text: &str, width: usize) -> String {
        if text.width() <= width {
            return text.to_owned();
        }
        let room = width.saturating_sub(self.glyphs.ellipsis.width());
        format!("{}{}", head(text, room).trim_end(), self.glyphs.ellipsis)
    }

    /// `text` cut in its middle to `width` columns, because names of one family differ at their ends.
    pub(super) fn squeeze(&self, text: &str, width: usize) -> String {
        if text.width() <= width {
            return text.to_owned();
        }
        let room = width.saturating_sub(self.glyphs.ellipsis.width());
        let tail_room = room / 2;
        let backwards: String = text.chars().rev().collect();
        let tail: String = head(&backwards, tail_room).chars().rev().collect();
        let front = head(text, room - tail_room);
        format!("{front}{}{tail}", self.glyphs.ellipsis)
    }

    /// The whole text, colours settled.
    pub(super) fn finish(self) -> String {
        let text = settle(self.text.trim_end(), self.style.is_colored);
        if text.is_empty() { text } else { text + "\n" }
    }
}

/// The longest beginning of `text` that takes no more than `room` columns.
fn head(text: &str, room: usize) -> String {
    let mut taken = 0;
    text.chars()
        .take_while(|character| {
            taken += character.width().unwrap_or(0);
            taken <= room
        })
        .collect()
}

/// Breaks `text` between words. A word longer than a line stands on a line of its own, whole.
fn wrap(text: &str, room: usize, hang: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    // Only single spaces break, so that the spaces of a label stay.
    for word in text.split_inclusive(' ') {
        let is_first_line = lines.len() == 1;
        let room = if is_first_line {
            room
        } else {
            room.saturating_sub(hang).max(NARROWEST)
        };
        if taken > 0 && taken + word.trim_end().width() > room && !word.trim().is_empty() {
            lines.push(String::new());
            taken = 0;
        }
        taken += word.width();
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn names_lose_their_middle_and_titles_their_end() {
        let style = style(80);
        let page = Page::new(&style);
        assert_eq!(page.squeeze("FLUX.1-Kontext-pro", 11), "FLUX.…t-pro");
        assert_eq!(page.squeeze("short", 11), "short");
        assert_eq!(page.cut("the built route answers", 10), "the built…");
        assert_eq!(page.cut("図図図図", 5), "図図…");
    }

    #[test]
    fn words_wrap_with_a_hanging_indent_and_never_inside() {
        let style = style(30);
        let mut page = Page::new(&style);
        page.labelled(
            2,
            "Evidence",
            "one two three four https://example.com/a/very/long/path five",
        );
        assert_eq!(
            page.finish(),
            "  Evidence  one two three four\n            https://example.com/a/very/long/path\n            five\n"
        );
    }

    #[test]
    fn quoted_text_stays_behind_its_bar() {
        let style = style(26);
        let mut page = Page::new(&style);
        page.quoted(2, "ab {\"a\":1,\"b\":\"0123456789abcdef\"} c");
        page.quoted(2, "");
        assert_eq!(
            page.finish(),
            "  │ ab\n  │ {\"a\":1,\"b\":\"0123456789\n  │ abcdef\"}\n  │ c\n  │\n"
        );
    }

    #[test]
    fn a_page_never_holds_two_gaps() {
        let style = style(30);
        let mut page = Page::new(&style);
        page.gap();
        page.line(0, "a");
        page.gap();
        page.gap();
        page.line(0, "b");
        page.gap();
        assert_eq!(page.finish(), "a\n\nb\n");
    }
}

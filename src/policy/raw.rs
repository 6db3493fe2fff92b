//! Makes XML of what ARM calls "rawxml", in which C# expressions stand with their quotes, `<` and `&&` unescaped.
//!
//! Each `@(...)` and `@{...}` becomes a short mark; the expressions are kept beside the text and put back into the values
//! that an XML reader gives. A place in the text with marks leads back to its place in the raw text.

use super::lexer;

/// Marks are made of two characters that no policy is written with.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Text that an XML reader can read, and what was taken out of it.
pub(super) struct Prepared {
    /// With marks.
    pub(super) xml: String,
    /// The expressions by the number in their marks, unescaped.
    expressions: Vec<String>,
    /// Ends of marks: where in `xml`, and where in the raw text.
    ends: Vec<(usize, usize)>,
    /// Beginnings of the lines of the raw text.
    lines: Vec<usize>,
}

/// Takes the expressions out. One that does not close stays; the XML reader then says where.
pub(super) fn prepare(raw: &str) -> Prepared {
    let raw = raw.trim_start_matches('\u{feff}');
    let raw = raw.replace([OPEN, CLOSE], "\u{fffd}");
    let line_starts = raw.match_indices('\n').map(|(at, _)| at + 1);
    let mut prepared = Prepared {
        xml: String::with_capacity(raw.len()),
        expressions: Vec::new(),
        ends: Vec::new(),
        lines: std::iter::once(0).chain(line_starts).collect(),
    };
    let mut inside = Inside::Text;
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(length) = inside.skipped(rest) {
            prepared.xml.push_str(rest.get(..length).unwrap_or(rest));
            at += length;
            continue;
        }
        if let Some(length) = inside.expression(rest) {
            let expression = rest.get(..length).unwrap_or_default();
            at += length;
            prepared.take(expression, at);
            continue;
        }
        let Some(letter) = rest.chars().next() else {
            break;
        };
        inside = inside.after(letter);
        prepared.xml.push(letter);
        at += letter.len_utf8();
    }
    prepared
}

impl Prepared {
    fn take(&mut self, expression: &str, raw_end: usize) {
        let number = self.expressions.len();
        self.xml.push_str(&format!("{OPEN}{number}{CLOSE}"));
        self.ends.push((self.xml.len(), raw_end));
        self.expressions.push(unescaped(expression));
    }

    /// `text` with its expressions put back.
    pub(super) fn restored(&self, text: &str) -> String {
        if !text.contains(OPEN) {
            return text.to_owned();
        }
        let mut whole = String::with_capacity(text.len() * 2);
        for piece in text.split(OPEN) {
            let marked = piece.split_once(CLOSE).and_then(|(number, rest)| {
                let expression = self.expressions.get(number.parse::<usize>().ok()?)?;
                Some((expression, rest))
            });
            match marked {
                Some((expression, rest)) => {
                    whole.push_str(expression);
                    whole.push_str(rest);
                }
                None => whole.push_str(piece),
            }
        }
        whole
    }

    /// Line and column, from 1, in the raw text of a byte of `xml`.
    pub(super) fn place_of(&self, at: usize) -> (u32, u32) {
        let before = self.ends.partition_point(|(end, _)| *end <= at);
        let raw = match before.checked_sub(1).and_then(|last| self.ends.get(last)) {
            Some((end, raw_end)) => raw_end + (at - end),
            None => at,
        };
        let line = self.lines.partition_point(|start| *start <= raw).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        (number(line), number(raw.saturating_sub(start) + 1))
    }

    /// The byte of `xml` at a line and column, from 1, of `xml` itself.
    pub(super) fn byte_at(&self, line: u32, column: u32) -> usize {
        let mut start = 0;
        for _ in 1..line {
            let rest = self.xml.get(start..).unwrap_or_default();
            start += rest.find('\n').map_or(rest.len(), |at| at + 1);
        }
        start + usize::try_from(column).unwrap_or(1).saturating_sub(1)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Text,
    Tag,
    /// An attribute's value, and the quote that ends it.
    Value(char),
}

impl Inside {
    fn after(self, letter: char) -> Self {
        match (self, letter) {
            (Inside::Text, '<') => Inside::Tag,
            (Inside::Tag, '>') => Inside::Text,
            (Inside::Tag, quote @ ('"' | '\'')) => Inside::Value(quote),
            (Inside::Value(quote), letter) if letter == quote => Inside::Tag,
            (same, _) => same,
        }
    }

    /// Length of a comment or a CDATA section that begins here.
    fn skipped(self, rest: &str) -> Option<usize> {
        if self != Inside::Text {
            return None;
        }
        let ends = [("<!--", "-->"), ("<![CDATA[", "]]>")];
        let (_, end) = ends.iter().find(|(start, _)| rest.starts_with(start))?;
        Some(rest.find(end).map_or(rest.len(), |at| at + end.len()))
    }

    /// Length of an expression that begins here.
    fn expression(self, rest: &str) -> Option<usize> {
        let begins = rest.starts_with("@(") || rest.starts_with("@{");
        (self != Inside::Tag && begins).then(|| lexer::expression_length(rest))?
    }
}

/// What the five entities of XML stand for.
pub(super) fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#xA;", "\n")
        .replace("&#10;", "\n")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_leave_and_come_back_and_places_hold() {
        let raw = "<a>\n <b c=\"@(x.Get(\"k\",\"<\") == \"v)\" && 1 < 2)\" d='1'/>\n <e>@{ return \"}\"; }</e>\n</a>";
        let prepared = prepare(raw);
        let document = roxmltree::Document::parse(&prepared.xml).unwrap();
        let b = document
            .descendants()
            .find(|n| n.has_tag_name("b"))
            .unwrap();
        let c = prepared.restored(b.attribute("c").unwrap());
        assert_eq!(c, r#"@(x.Get("k","<") == "v)" && 1 < 2)"#);
        assert_eq!(b.attribute("d"), Some("1"));
        let e = document
            .descendants()
            .find(|n| n.has_tag_name("e"))
            .unwrap();
        assert_eq!(prepared.restored(e.text().unwrap()), "@{ return \"}\"; }");
        assert_eq!(prepared.place_of(b.range().start), (2, 2));
        assert_eq!(prepared.place_of(e.range().start), (3, 2));
    }

    #[test]
    fn what_is_escaped_already_reads_the_same() {
        let raw = "<a b=\"@(x == &quot;y)&quot; &amp;&amp; 1 &lt; 2)\"/>";
        let prepared = prepare(raw);
        let document = roxmltree::Document::parse(&prepared.xml).unwrap();
        let b = document.root_element().attribute("b").unwrap();
        assert_eq!(prepared.restored(b), r#"@(x == "y)" && 1 < 2)"#);
    }
}

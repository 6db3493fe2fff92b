//! Makes well-formed XML of "rawxml", in which a policy expression may hold `<`, `&&` and quotes as C# writes them.

/// A newline inside an attribute's expression: XML would make a blank of it and so lengthen a `//` comment.
const NEWLINE: &str = "&#10;";

/// Escapes what stands inside `@(...)` and `@{...}`; text that is escaped already ("xml" format) stays as it is.
/// An expression that does not close is left alone: the XML parser then says where.
pub(super) fn escape_expressions(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + raw.len() / 8);
    let mut at = 0;
    let mut inside = Inside::Text;
    while let Some(next) = raw[at..].chars().next() {
        let rest = &raw[at..];
        if inside == Inside::Text && rest.starts_with("<!--") {
            at += copy_through(rest, "-->", &mut out);
            continue;
        }
        if inside == Inside::Text && rest.starts_with("<![CDATA[") {
            at += copy_through(rest, "]]>", &mut out);
            continue;
        }
        if inside.may_hold_expression()
            && (rest.starts_with("@(") || rest.starts_with("@{"))
            && let Some(length) = expression_length(rest)
        {
            escape(&rest[..length], inside != Inside::Text, &mut out);
            at += length;
            continue;
        }
        inside = inside.after(next);
        out.push(next);
        at += next.len_utf8();
    }
    out
}

/// The line, from 1, that byte `at` of the escaped text stood on before.
pub(super) fn line_at(escaped: &str, at: usize) -> u32 {
    let before = escaped.get(..at).unwrap_or(escaped);
    let lines = before.matches('\n').count() + before.matches(NEWLINE).count();
    u32::try_from(lines).unwrap_or(u32::MAX).saturating_add(1)
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

    fn may_hold_expression(self) -> bool {
        self != Inside::Tag
    }
}

fn copy_through(rest: &str, end: &str, out: &mut String) -> usize {
    let length = rest.find(end).map_or(rest.len(), |found| found + end.len());
    out.push_str(&rest[..length]);
    length
}

fn escape(expression: &str, is_attribute: bool, out: &mut String) {
    let mut at = 0;
    while let Some(letter) = expression[at..].chars().next() {
        match letter {
            '&' if !is_entity(&expression[at..]) => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' if is_attribute => out.push_str(NEWLINE),
            '\r' => {}
            other => out.push(other),
        }
        at += letter.len_utf8();
    }
}

fn is_entity(rest: &str) -> bool {
    ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;", "&#"]
        .iter()
        .any(|entity| rest.starts_with(entity))
}

/// Length of the expression that `rest` starts with, up to its closing bracket; strings and comments are stepped over.
fn expression_length(rest: &str) -> Option<usize> {
    let mut at = 1;
    let mut depth = 0usize;
    while let Some(letter) = rest[at..].chars().next() {
        let here = &rest[at..];
        match letter {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            '@' if here.starts_with("@\"") => {
                at += verbatim_length(&here[1..])? + 1;
                continue;
            }
            '"' | '\'' => {
                at += quoted_length(here, &here[..1])?;
                continue;
            }
            '&' if here.starts_with("&quot;") => {
                at += quoted_length(here, "&quot;")?;
                continue;
            }
            '/' if here.starts_with("//") => {
                at += here.find('\n')?;
                continue;
            }
            '/' if here.starts_with("/*") => {
                at += here.find("*/")? + 2;
                continue;
            }
            _ => {}
        }
        at += letter.len_utf8();
    }
    None
}

fn quoted_length(here: &str, quote: &str) -> Option<usize> {
    let mut at = quote.len();
    loop {
        let rest = here.get(at..)?;
        if rest.starts_with(quote) {
            return Some(at + quote.len());
        }
        let letter = rest.chars().next()?;
        at += letter.len_utf8();
        if letter == '\\' {
            at += here.get(at..)?.chars().next()?.len_utf8();
        }
    }
}

fn verbatim_length(here: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        at += here.get(at..)?.find('"')? + 1;
        if !here.get(at..)?.starts_with('"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_signs_inside_an_expression_are_escaped() {
        let raw = r#"<when condition="@(a.Get("x)","") == "y" && 1 < 2)"><b /></when>"#;
        let xml = escape_expressions(raw);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let condition = document.root_element().attribute("condition").unwrap();
        assert_eq!(condition, r#"@(a.Get("x)","") == "y" && 1 < 2)"#);
    }

    #[test]
    fn an_expression_that_is_escaped_already_reads_the_same() {
        let escaped = r#"<when condition="@(a == &quot;y)&quot; &amp;&amp; 1 &lt; 2)" />"#;
        let xml = escape_expressions(escaped);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let condition = document.root_element().attribute("condition").unwrap();
        assert_eq!(condition, r#"@(a == "y)" && 1 < 2)"#);
    }

    #[test]
    fn a_block_keeps_its_lines() {
        let raw = "<a v=\"@{\n // it's\n return 1 < 2;\n}\">\n<value>@(1 > 0)</value></a>";
        let xml = escape_expressions(raw);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let root = document.root_element();
        assert_eq!(
            root.attribute("v").unwrap(),
            "@{\n // it's\n return 1 < 2;\n}"
        );
        let value = root.first_element_child().unwrap();
        assert_eq!(value.text(), Some("@(1 > 0)"));
        assert_eq!(line_at(&xml, value.range().start), 5);
    }

    #[test]
    fn comments_and_plain_text_stay() {
        let raw = "<a><!-- @(\" --><b>mail@(home</b></a>";
        assert_eq!(escape_expressions(raw), raw);
    }
}

//! The words of C# expressions, as far as policies use them.

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A string or character literal, without its quotes.
    Text(String),
    /// A number.
    Number(f64),
    /// An operator or a bracket.
    Sign(&'static str),
}

const SIGNS: [&str; 32] = [
    "=>", "==", "!=", ">=", "<=", "&&", "||", "??", "?.", "?[", "(", ")", "[", "]", "{", "}", ".",
    ",", "!", "<", ">", "?", ":", "+", "-", "*", "/", "%", "=", ";", "&", "|",
];

/// Length of the expression that `rest` starts with (`@(` or `@{`), up to its closing bracket. Strings and comments are
/// stepped over.
pub(super) fn expression_length(rest: &str) -> Option<usize> {
    let mut at = 1;
    let mut depth = 0usize;
    loop {
        let here = rest.get(at..)?;
        if let Some((_, length)) =
            literal(here).or_else(|| comment(here).map(|n| (String::new(), n)))
        {
            at += length;
            continue;
        }
        let letter = here.chars().next()?;
        at += letter.len_utf8();
        match letter {
            '(' | '{' | '[' => depth += 1,
            // A string that never ends.
            '"' => return None,
            ')' | '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
}

/// The words of an expression without its `@`; nothing where a character belongs to no word.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(here) = text.get(at..).filter(|here| !here.is_empty()) {
        let letter = here.chars().next()?;
        if letter.is_whitespace() {
            at += letter.len_utf8();
        } else if let Some(length) = comment(here) {
            at += length;
        } else if let Some((value, length)) = literal(here) {
            found.push(Token::Text(value));
            at += length;
        } else if letter.is_ascii_digit() {
            let length = run(here, |c| c.is_ascii_digit() || c == '.');
            found.push(Token::Number(here.get(..length)?.parse().ok()?));
            at += length;
        } else if letter.is_alphabetic() || letter == '_' {
            let length = run(here, |c| c.is_alphanumeric() || c == '_');
            found.push(Token::Name(here.get(..length)?.to_owned()));
            at += length;
        } else {
            let sign = SIGNS.into_iter().find(|sign| here.starts_with(sign))?;
            found.push(Token::Sign(sign));
            at += sign.len();
        }
    }
    Some(found)
}

/// Every string literal of an expression, in order; nothing is asked of its grammar.
pub fn spelt(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(here) = text.get(at..).filter(|here| !here.is_empty()) {
        if let Some(length) = comment(here) {
            at += length;
        } else if let Some((value, length)) = literal(here) {
            found.push(value);
            at += length;
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

fn run(here: &str, is_inside: impl Fn(char) -> bool) -> usize {
    here.find(|c| !is_inside(c)).unwrap_or(here.len())
}

fn comment(here: &str) -> Option<usize> {
    if here.starts_with("//") {
        return Some(here.find('\n').unwrap_or(here.len()));
    }
    here.strip_prefix("/*")
        .map(|rest| rest.find("*/").map_or(here.len(), |at| at + 4))
}

/// The value of the string or character literal that `here` starts with, and its length.
fn literal(here: &str) -> Option<(String, usize)> {
    for (prefix, is_verbatim) in [
        ("$@\"", true),
        ("@$\"", true),
        ("@\"", true),
        ("$\"", false),
    ] {
        if let Some(rest) = here.strip_prefix(prefix) {
            let (value, length) = if is_verbatim {
                verbatim(rest)?
            } else {
                quoted(rest, "\"")?
            };
            return Some((value, prefix.len() + length));
        }
    }
    let quote = ["\"", "'", "&quot;", "&apos;"]
        .into_iter()
        .find(|quote| here.starts_with(quote))?;
    let (value, length) = quoted(here.get(quote.len()..)?, quote)?;
    Some((value, quote.len() + length))
}

fn quoted(rest: &str, quote: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut at = 0;
    loop {
        let here = rest.get(at..)?;
        if here.starts_with(quote) {
            return Some((value, at + quote.len()));
        }
        let mut letter = here.chars().next()?;
        at += letter.len_utf8();
        if letter == '\\' {
            letter = rest.get(at..)?.chars().next()?;
            at += letter.len_utf8();
        }
        value.push(letter);
    }
}

fn verbatim(rest: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut at = 0;
    loop {
        let here = rest.get(at..)?;
        let end = here.find('"')?;
        value.push_str(here.get(..end)?);
        at += end + 1;
        if !rest.get(at..)?.starts_with('"') {
            return Some((value, at));
        }
        value.push('"');
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_ends_at_its_own_bracket() {
        for (text, expression) in [
            ("@(a(\")\"))\" b", "@(a(\")\"))"),
            (
                "@{ // it's )\n return ')'; } x",
                "@{ // it's )\n return ')'; }",
            ),
            ("@(@\"a\"\")\" + b) c", "@(@\"a\"\")\" + b)"),
        ] {
            let length = expression_length(text).unwrap();
            assert_eq!(&text[..length], expression);
        }
        assert_eq!(expression_length("@(a"), None);
        assert_eq!(expression_length("@(\"a)"), None);
    }

    #[test]
    fn words_are_told_apart() {
        let found = tokens("context.Response?.StatusCode >= 500 && x != \"a\\\"b\"").unwrap();
        assert_eq!(found.len(), 11);
        assert_eq!(found[10], Token::Text("a\"b".into()));
        assert_eq!(spelt("x(\"a\", 'b') // \"c\""), ["a", "b"]);
    }
}

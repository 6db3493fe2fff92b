//! Reads the names out of an expression or template, with the place of each: what it refers to, filters, tests.
//!
//! MiniJinja itself tells misspelt names only when it meets them, and without their place. This is no second parser:
//! it runs only over text that MiniJinja has accepted.

use std::ops::Range;

/// Names in an expression or template, in the order they stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) references: Vec<Reference>,
    pub(super) filters: Vec<(String, Range<usize>)>,
    pub(super) tests: Vec<(String, Range<usize>)>,
}

/// A variable, followed as far into its members as can be told without evaluating.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) root: String,
    pub(super) root_at: Range<usize>,
    pub(super) path: Vec<Step>,
    /// As it is written, e.g. `headers['x-ms-region']`.
    pub(super) text: String,
    /// It is called, as in `range(3)`.
    pub(super) is_call: bool,
}

/// One step into a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String, Range<usize>),
    Index(i64),
}

/// Names in a bare expression.
pub(super) fn scan_expression(text: &str) -> Names {
    let mut names = Names::default();
    read(text, &tokens(text, 0, "").0, &mut names);
    names
}

/// Names in a template.
pub(super) fn scan_template(text: &str) -> Names {
    let mut names = Names::default();
    let mut at = 0;
    while let Some(open) = text
        .get(at..)
        .and_then(|rest| rest.find('{'))
        .map(|found| at + found)
    {
        let after = open + 2;
        at = match text.get(open..after) {
            Some("{{") => {
                let (tokens, end) = tokens(text, after, "}}");
                read(text, &tokens, &mut names);
                end
            }
            Some("{%") => {
                let (tokens, end) = tokens(text, after, "%}");
                let skipped = tokens
                    .iter()
                    .take_while(|token| token.kind == Kind::Sign('-'))
                    .count();
                let word = tokens.get(skipped).and_then(|token| token.kind.word());
                read(
                    text,
                    tokens.get(skipped + 1..).unwrap_or_default(),
                    &mut names,
                );
                match word {
                    Some("raw") => after_raw(text, end),
                    _ => end,
                }
            }
            Some("{#") => text[after..]
                .find("#}")
                .map_or(text.len(), |found| after + found + 2),
            _ => open + 1,
        };
    }
    names
}

/// Whether `text` holds anything to fill in.
pub(super) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

fn after_raw(text: &str, from: usize) -> usize {
    text.get(from..)
        .and_then(|rest| rest.find("endraw"))
        .map_or(text.len(), |found| from + found)
}

const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "recursive",
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    kind: Kind,
    at: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Word(String),
    Text(String),
    Whole(i64),
    Sign(char),
    /// An operator of two characters, or a number with a fraction: nothing that names go by.
    Other,
}

impl Kind {
    fn word(&self) -> Option<&str> {
        match self {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Tokens from `from` up to `end` (outside strings and braces), and where the text goes on after it.
fn tokens(text: &str, from: usize, end: &str) -> (Vec<Token>, usize) {
    let mut found = Vec::new();
    let mut at = from;
    let mut depth = 0usize;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if depth == 0 && !end.is_empty() && text[at..].starts_with(end) {
            return (found, at + end.len());
        }
        let start = at;
        let (kind, length) = token(&text[at..], c);
        at += length;
        match kind {
            Some(Kind::Sign('{')) => depth += 1,
            Some(Kind::Sign('}')) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(kind) = kind {
            found.push(Token {
                kind,
                at: start..at,
            });
        }
    }
    (found, text.len())
}

fn token(rest: &str, c: char) -> (Option<Kind>, usize) {
    if c.is_whitespace() {
        return (None, c.len_utf8());
    }
    if c == '_' || c.is_alphabetic() {
        let length = rest
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(rest.len());
        return (Some(Kind::Word(rest[..length].to_owned())), length);
    }
    if c.is_ascii_digit() {
        let whole = rest
            .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let fraction = rest[whole..]
            .strip_prefix('.')
            .filter(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        return match (fraction, rest[..whole].parse()) {
            (None, Ok(number)) => (Some(Kind::Whole(number)), whole),
            (None, Err(_)) => (Some(Kind::Other), whole),
            (Some(after), _) => {
                let digits = after
                    .find(|c: char| !c.is_ascii_alphanumeric())
                    .unwrap_or(after.len());
                (Some(Kind::Other), whole + 1 + digits)
            }
        };
    }
    if c == '"' || c == '\'' {
        return string(rest, c);
    }
    const PAIRS: &[&str] = &["==", "!=", "<=", ">=", "//", "**"];
    if PAIRS.iter().any(|pair| rest.starts_with(pair)) {
        return (Some(Kind::Other), 2);
    }
    (Some(Kind::Sign(c)), c.len_utf8())
}

fn string(rest: &str, quote: char) -> (Option<Kind>, usize) {
    let mut value = String::new();
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\\' if !is_escaped => is_escaped = true,
            c if c == quote && !is_escaped => return (Some(Kind::Text(value)), at + c.len_utf8()),
            c => {
                is_escaped = false;
                value.push(c);
            }
        }
    }
    (Some(Kind::Other), rest.len())
}

fn read(text: &str, tokens: &[Token], names: &mut Names) {
    let kind = |at: usize| tokens.get(at).map(|token| &token.kind);
    let word = |at: usize| kind(at).and_then(Kind::word);
    let mut at = 0;
    while at < tokens.len() {
        at += match (kind(at), word(at + 1)) {
            (Some(Kind::Sign('|')), Some(name)) => {
                names
                    .filters
                    .push((name.to_owned(), tokens[at + 1].at.clone()));
                2
            }
            (Some(Kind::Sign('.')), Some(_)) => 2,
            (Some(Kind::Word(is)), Some(next)) if is == "is" => {
                let skipped = if next == "not" { 2 } else { 1 };
                if let Some(name) = word(at + skipped) {
                    names
                        .tests
                        .push((name.to_owned(), tokens[at + skipped].at.clone()));
                }
                skipped + 1
            }
            (Some(Kind::Word(word)), _) if WORDS.contains(&word.as_str()) => 1,
            (Some(Kind::Word(_)), _) if kind(at + 1) == Some(&Kind::Sign('=')) => 1,
            (Some(Kind::Word(root)), _) => {
                let (reference, used) = reference(text, root, &tokens[at..]);
                names.references.push(reference);
                used
            }
            _ => 1,
        };
    }
}

fn reference(text: &str, root: &str, tokens: &[Token]) -> (Reference, usize) {
    let kind = |at: usize| tokens.get(at).map(|token| &token.kind);
    let sign = |at: usize, c: char| kind(at) == Some(&Kind::Sign(c));
    let mut path = Vec::new();
    let mut at = 1;
    loop {
        let (step, used) = match (kind(at), kind(at + 1), kind(at + 2)) {
            (Some(Kind::Sign('.')), Some(Kind::Word(name)), _) => {
                (Step::Member(name.clone(), tokens[at + 1].at.clone()), 2)
            }
            (Some(Kind::Sign('[')), Some(Kind::Text(name)), Some(Kind::Sign(']'))) => {
                (Step::Member(name.clone(), tokens[at + 1].at.clone()), 3)
            }
            (Some(Kind::Sign('[')), Some(Kind::Whole(index)), Some(Kind::Sign(']'))) => {
                (Step::Index(*index), 3)
            }
            (Some(Kind::Sign('[')), Some(Kind::Sign('-')), Some(Kind::Whole(index)))
                if sign(at + 3, ']') =>
            {
                (Step::Index(-*index), 4)
            }
            _ => break,
        };
        path.push(step);
        at += used;
    }
    let is_call = sign(at, '(');
    let end = tokens[at - 1].at.end;
    let reference = Reference {
        root: root.to_owned(),
        root_at: tokens[0].at.clone(),
        path,
        text: text[tokens[0].at.start..end].to_owned(),
        is_call,
    };
    (reference, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &Names) -> Vec<&str> {
        names
            .references
            .iter()
            .map(|reference| reference.text.as_str())
            .collect()
    }

    #[test]
    fn names_of_an_expression() {
        let names = scan_expression(
            "status in [200, 201] and headers['x-ms-region'] is not none and (pictures[0].width | float) / 2 is near(w, tol=0.1)",
        );
        assert_eq!(
            texts(&names),
            ["status", "headers['x-ms-region']", "pictures[0].width", "w"]
        );
        assert_eq!(names.filters[0].0, "float");
        assert_eq!(
            names
                .tests
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            ["none", "near"]
        );
    }

    #[test]
    fn text_in_quotes_names_nothing() {
        let names = scan_expression(r#"'a.b \' c | d is e' in body and "x" ~ y != 'z'"#);
        assert_eq!(texts(&names), ["body", "y"]);
        assert!(names.filters.is_empty() && names.tests.is_empty());
    }

    #[test]
    fn calls_and_keywords_are_told_apart() {
        let names = scan_expression("range(3)|list == x if y else none");
        assert!(names.references[0].is_call);
        assert_eq!(texts(&names), ["range", "x", "y"]);
    }

    #[test]
    fn names_of_a_template() {
        let names = scan_template(
            "a {{ x.y }} {% if z %}{{ {'k': {'l': v}} }}{% endif %} {# c #} {%- raw %}{{ no }}{% endraw %} }",
        );
        assert_eq!(texts(&names), ["x.y", "z", "v"]);
    }

    #[test]
    fn a_dynamic_subscript_ends_the_path() {
        assert_eq!(
            texts(&scan_expression("captures[name].width + a[-1]")),
            ["captures", "name", "a[-1]"]
        );
    }
}

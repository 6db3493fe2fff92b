//! Words of an expression.

use super::ExpressionError;

/// A word and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) offset: usize,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Name(String),
    Int(i64),
    Real(f64),
    String(String),
    /// Parts of `$"..."`: text, or the source of an expression and its offset. Its format follows a `:`.
    Interpolated(Vec<Part>),
    Mark(&'static str),
    End,
}

/// A part of an interpolated string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Source(String, usize, Option<String>),
}

/// Longer marks first, so that `?.` is not read as `?`.
const MARKS: [&str; 42] = [
    "??=", "?.", "??", "?[", "&&", "||", "==", "!=", "<=", ">=", "=>", "++", "--", "+=", "-=",
    "*=", "/=", "%=", "|=", "^=", "&=", "(", ")", "[", "]", "{", "}", ".", ",", ";", ":", "?", "!",
    "<", ">", "=", "+", "-", "*", "/", "%", "|",
];
/// Marks of one letter that stand for operators on bits.
const BITS: [&str; 2] = ["^", "&"];

/// Cuts `source` into words; `base` is added to every offset.
pub(super) fn lex(source: &str, base: usize) -> Result<Vec<Token>, ExpressionError> {
    let mut lexer = Lexer {
        source,
        base,
        at: 0,
    };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let ends = token.kind == TokenKind::End;
        tokens.push(token);
        if ends {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    base: usize,
    at: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Token, ExpressionError> {
        self.skip_blanks()?;
        let offset = self.base + self.at;
        let kind = self.read()?;
        Ok(Token { kind, offset })
    }

    fn read(&mut self) -> Result<TokenKind, ExpressionError> {
        let rest = &self.source[self.at..];
        let Some(first) = rest.chars().next() else {
            return Ok(TokenKind::End);
        };
        if rest.starts_with("$\"") {
            self.at += 2;
            return self.interpolated(false);
        }
        if rest.starts_with("$@\"") || rest.starts_with("@$\"") {
            self.at += 3;
            return self.interpolated(true);
        }
        if rest.starts_with("@\"") {
            self.at += 2;
            return self.verbatim().map(TokenKind::String);
        }
        if first == '"' || first == '\'' {
            self.at += 1;
            return self.quoted(first).map(TokenKind::String);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first.is_alphabetic()
            || first == '_'
            || (first == '@' && rest[1..].starts_with(char::is_alphabetic))
        {
            // `@class` is a name that is also a word of the language.
            let name = rest.trim_start_matches('@');
            let length = name
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(name.len());
            self.at += rest.len() - name.len() + length;
            return Ok(TokenKind::Name(name[..length].to_owned()));
        }
        let mut marks = MARKS.iter().chain(&BITS);
        match marks.find(|mark| rest.starts_with(**mark)) {
            Some(mark) => {
                self.at += mark.len();
                Ok(TokenKind::Mark(mark))
            }
            None => Err(self.error(format!("`{first}` is not understood"))),
        }
    }

    fn skip_blanks(&mut self) -> Result<(), ExpressionError> {
        loop {
            let rest = &self.source[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                match trimmed.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return Err(self.error("the comment does not end".into())),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, ExpressionError> {
        let mut text = String::new();
        loop {
            match self.take() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(c) => text.push(c),
                None => return Err(self.error("the string does not end".into())),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, ExpressionError> {
        match self.take() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('0') => Ok('\0'),
            Some(c @ ('\\' | '"' | '\'')) => Ok(c),
            Some('u') => {
                let digits: String = (0..4).filter_map(|_| self.take()).collect();
                u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                    .ok_or_else(|| self.error(format!("`\\u{digits}` is no character")))
            }
            other => Err(self.error(format!(
                "`\\{}` is no escape",
                other.map(String::from).unwrap_or_default()
            ))),
        }
    }

    fn verbatim(&mut self) -> Result<String, ExpressionError> {
        let mut text = String::new();
        loop {
            match self.take() {
                Some('"') if self.peek() == Some('"') => {
                    self.at += 1;
                    text.push('"');
                }
                Some('"') => return Ok(text),
                Some(c) => text.push(c),
                None => return Err(self.error("the string does not end".into())),
            }
        }
    }

    fn interpolated(&mut self, is_verbatim: bool) -> Result<TokenKind, ExpressionError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            match self.take() {
                Some('"') if is_verbatim && self.peek() == Some('"') => {
                    self.at += 1;
                    text.push('"');
                }
                Some('"') => break,
                Some('\\') if !is_verbatim => text.push(self.escaped()?),
                Some(c @ ('{' | '}')) if self.peek() == Some(c) => {
                    self.at += 1;
                    text.push(c);
                }
                Some('{') => {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(self.hole()?);
                }
                Some(c) => text.push(c),
                None => return Err(self.error("the string does not end".into())),
            }
        }
        parts.push(Part::Text(text));
        Ok(TokenKind::Interpolated(parts))
    }

    /// `{value}` or `{value:format}`; a `:` inside brackets or after a `?` belongs to the value.
    fn hole(&mut self) -> Result<Part, ExpressionError> {
        let start = self.at;
        let mut depth = 0usize;
        let mut questions = 0usize;
        let mut value_end = None;
        loop {
            let here = self.at;
            match self.take() {
                Some('"') if value_end.is_none() => {
                    self.quoted('"')?;
                }
                Some('(' | '[' | '{') => depth += 1,
                Some('}') if depth == 0 => {
                    let end = value_end.unwrap_or(here);
                    let source = self.source[start..end].to_owned();
                    let format = value_end.map(|end| self.source[end + 1..here].to_owned());
                    return Ok(Part::Source(source, self.base + start, format));
                }
                Some(')' | ']' | '}') => depth = depth.saturating_sub(1),
                Some('?') if depth == 0 && !matches!(self.peek(), Some('.' | '?' | '[')) => {
                    questions += 1;
                }
                Some(':') if depth == 0 && questions > 0 => questions -= 1,
                Some(':') if depth == 0 && value_end.is_none() => value_end = Some(here),
                Some(_) => {}
                None => return Err(self.error("the `{` in a string does not close".into())),
            }
        }
    }

    fn number(&mut self) -> Result<TokenKind, ExpressionError> {
        let rest = &self.source[self.at..];
        let mut length = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let mut is_real = false;
        if let Some(fraction) = rest[length..].strip_prefix('.') {
            let digits = fraction
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(fraction.len());
            if digits > 0 {
                is_real = true;
                length += 1 + digits;
            }
        }
        let digits = &rest[..length];
        self.at += length;
        let suffix = self.peek().map(|c| c.to_ascii_lowercase());
        if let Some('d' | 'f' | 'm' | 'l' | 'u') = suffix {
            is_real |= matches!(suffix, Some('d' | 'f' | 'm'));
            self.at += 1;
        }
        let kind = if is_real {
            digits.parse().ok().map(TokenKind::Real)
        } else {
            digits.parse().ok().map(TokenKind::Int)
        };
        kind.ok_or_else(|| self.error(format!("`{digits}` is no number")))
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn peek(&self) -> Option<char> {
        self.source[self.at..].chars().next()
    }

    fn error(&self, message: String) -> ExpressionError {
        ExpressionError::wrong(message, self.base + self.at)
    }
}

//! A reader for values as people paste them: JSON, Python dicts with single quotes, maps with `=>`, cut in the middle.

use serde_json::{Map, Value};

const MAX_DEPTH: usize = 48;

/// A value and whether the text ended before it did.
pub(crate) struct Loose {
    pub(crate) value: Value,
    pub(crate) is_cut: bool,
}

/// Reads the value that `text` begins with; `None` where it does not begin with an object or a list.
pub(crate) fn parse(text: &str) -> Option<Loose> {
    let mut reader = Reader {
        rest: text.trim_start(),
        is_cut: false,
    };
    if !reader.rest.starts_with(['{', '[']) {
        return None;
    }
    let value = reader.value(0)?;
    Some(Loose {
        value,
        is_cut: reader.is_cut,
    })
}

struct Reader<'a> {
    rest: &'a str,
    is_cut: bool,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip();
        if depth > MAX_DEPTH {
            return None;
        }
        match self.rest.chars().next() {
            None => {
                self.is_cut = true;
                Some(Value::Null)
            }
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some(quote @ ('"' | '\'')) => Some(Value::String(self.string(quote))),
            Some(_) => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.eat("{");
        let mut map = Map::new();
        loop {
            self.skip();
            if self.rest.is_empty() {
                self.is_cut = true;
                return Some(Value::Object(map));
            }
            if self.eat("}") {
                return Some(Value::Object(map));
            }
            if self.eat(",") {
                continue;
            }
            let key = match self.rest.chars().next() {
                Some(quote @ ('"' | '\'')) => self.string(quote),
                // The text is escaped once more than it seems.
                Some('\\') => return None,
                _ => match self.word()? {
                    Value::String(word) => word,
                    other => other.to_string(),
                },
            };
            self.skip();
            if self.rest.is_empty() {
                self.is_cut = true;
                return Some(Value::Object(map));
            }
            if !(self.eat("=>") || self.eat(":") || self.eat("=")) {
                return None;
            }
            let value = self.value(depth + 1)?;
            map.insert(key, value);
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.eat("[");
        let mut items = Vec::new();
        loop {
            self.skip();
            if self.rest.is_empty() {
                self.is_cut = true;
                return Some(Value::Array(items));
            }
            if self.eat("]") {
                return Some(Value::Array(items));
            }
            if self.eat(",") {
                continue;
            }
            items.push(self.value(depth + 1)?);
        }
    }

    fn string(&mut self, quote: char) -> String {
        self.rest = &self.rest[1..];
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, 't')) => text.push('\t'),
                    Some((at, 'u')) => {
                        let digits = self.rest.get(at + 1..at + 5);
                        let code = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
                        match code {
                            Some(code) => {
                                text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                                for _ in 0..4 {
                                    chars.next();
                                }
                            }
                            None => text.push('u'),
                        }
                    }
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return text;
                }
                c => text.push(c),
            }
        }
        self.rest = "";
        self.is_cut = true;
        text
    }

    fn word(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || ",:=}]{[".contains(c))
            .unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        if word.is_empty() {
            return None;
        }
        self.rest = &self.rest[end..];
        Some(match word {
            "null" | "None" | "nil" | "undefined" => Value::Null,
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            other => serde_json::from_str::<serde_json::Number>(other)
                .map_or_else(|_| Value::String(other.to_owned()), Value::Number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn python_dicts_and_cut_json_are_read() {
        let python = parse("{'error': {'code': 'X', 'param': None, 'ok': True}}").unwrap();
        assert_eq!(
            python.value,
            json!({"error": {"code": "X", "param": null, "ok": true}})
        );
        assert!(!python.is_cut);
        let cut = parse(r#"{"error": {"message": "Unknown parameter", "code": "unknown"#).unwrap();
        assert_eq!(cut.value["error"]["code"], "unknown");
        assert!(cut.is_cut);
    }

    #[test]
    fn other_text_is_no_value() {
        assert!(parse("Resource not found").is_none());
        assert!(parse("{not json at all}").is_none());
        assert!(parse(&"[".repeat(10_000)).is_none());
    }
}

//! Finds the strings of a JSON document as it arrives, and knows under which key each stands.
//!
//! It is no parser: what is not JSON goes through unchanged, and nothing is refused.

use super::lifted_text::LiftedText;
use super::open_string::OpenString;

/// Nesting that is followed; strings deeper than this have no key.
const DEPTH_LIMIT: usize = 128;

/// Takes the pictures out of a JSON document.
#[derive(Debug, Default)]
pub(super) struct JsonLifter {
    levels: Vec<Level>,
    /// Levels that are open beyond the limit.
    deeper: u64,
    string: Option<OpenString>,
    last_string: String,
}

/// An object or array that is open.
#[derive(Debug)]
struct Level {
    is_object: bool,
    /// Key of the values at this level; in an object only between a colon and the next comma.
    key: Option<String>,
}

impl JsonLifter {
    /// Reads more of the document.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut LiftedText) {
        let mut rest = chunk;
        while !rest.is_empty() {
            if let Some(mut string) = self.string.take() {
                let Some(after) = string.push(rest, out) else {
                    self.string = Some(string);
                    return;
                };
                let head = string.close(false, out);
                self.last_string = String::from_utf8_lossy(&head).into_owned();
                out.write(b"\"");
                rest = after;
                continue;
            }
            let to_quote = rest.iter().position(|&byte| byte == b'"');
            let (between, after) = rest.split_at(to_quote.map_or(rest.len(), |at| at + 1));
            out.write(between);
            between.iter().for_each(|&byte| self.step(byte));
            if to_quote.is_some() {
                self.string = Some(self.open_string());
            }
            rest = after;
        }
    }

    /// The document has ended, perhaps within a string.
    pub(super) fn finish(self, out: &mut LiftedText) {
        if let Some(string) = self.string {
            string.close(true, out);
        }
    }

    fn open_string(&self) -> OpenString {
        match self.levels.last() {
            _ if self.deeper > 0 => OpenString::value(String::new()),
            None => OpenString::value(String::new()),
            Some(level) => match &level.key {
                Some(key) => OpenString::value(key.clone()),
                None if level.is_object => OpenString::key(),
                None => OpenString::value(String::new()),
            },
        }
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b'{' => self.enter(true, None),
            b'[' => self.enter(
                false,
                self.levels.last().and_then(|level| level.key.clone()),
            ),
            b'}' | b']' if self.deeper > 0 => self.deeper -= 1,
            b'}' | b']' => {
                self.levels.pop();
            }
            b':' | b',' if self.deeper == 0 => {
                let Some(level) = self.levels.last_mut().filter(|level| level.is_object) else {
                    return;
                };
                level.key = (byte == b':').then(|| std::mem::take(&mut self.last_string));
            }
            _ => {}
        }
    }

    fn enter(&mut self, is_object: bool, key: Option<String>) {
        if self.deeper > 0 || self.levels.len() == DEPTH_LIMIT {
            self.deeper += 1;
        } else {
            self.levels.push(Level { is_object, key });
        }
    }
}

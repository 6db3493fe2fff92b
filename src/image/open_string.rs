//! One JSON string while it is being read, and the decision whether it is a picture.

use super::answer::LiftedPicture;
use super::base64_stream::Base64Stream;
use super::container::recognise;
use super::file_bytes::FileBytes;
use super::lifted_text::LiftedText;
use crate::model::Container;

/// Base64 strings longer than this, in characters, are taken out wherever they stand.
const LONG_CHARS: u64 = 4096;
/// The key whose value is a picture however short it is.
const PICTURE_KEY: &str = "b64_json";
/// What an undecided string may hold: escapes make six characters of one.
const RAW_LIMIT: usize = 32 << 10;
/// Beginning of a string that is kept: enough for a key, and for `data:image/jpeg;charset=utf-8;base64,`.
const HEAD_LIMIT: usize = 64;
/// Lines of wrapped base64 are longer than this, words of a language shorter.
const LINE_CHARS: u32 = 32;
/// Shorter than this in bytes, a string that begins like a picture is an example in a text.
const SMALLEST_PICTURE: usize = 64;
const SPACES: [u8; 4] = *b" \t\r\n";
/// Stands for an escape that means nothing base64 knows.
const NO_BASE64: u8 = 0xFF;

/// A string between its quotes.
#[derive(Debug)]
pub(super) struct OpenString {
    key: String,
    stage: Stage,
    escape: Escape,
    /// The beginning, unescaped.
    head: Vec<u8>,
    /// The text as it came, while it may yet have to be passed on.
    raw: Vec<u8>,
    base64: Base64Stream,
    /// Base64 characters since the last space, and whether a space came too soon for wrapped base64.
    run: u32,
    is_wordy: bool,
    is_image_uri: bool,
    fault: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Text: passed on.
    Plain,
    /// All base64 so far: held back and decoded along.
    Undecided,
    /// Within `data:...,`.
    UriHead,
    /// A picture: decoded, its text gone.
    Lifting,
    /// Should be a picture but is not base64. Held back while short, since it may be a message.
    Faulty,
    /// The same, and too long for a message.
    FaultyLong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    /// `\u` and the digits so far.
    Unicode(u32, u8),
}

impl OpenString {
    /// A string whose only use is its own text: an object's key.
    pub(super) fn key() -> Self {
        Self::new(String::new(), Stage::Plain)
    }

    /// A value that stands under `key`.
    pub(super) fn value(key: String) -> Self {
        Self::new(key, Stage::Undecided)
    }

    fn new(key: String, stage: Stage) -> Self {
        Self {
            key,
            stage,
            escape: Escape::None,
            head: Vec::new(),
            raw: Vec::new(),
            base64: Base64Stream::default(),
            run: 0,
            is_wordy: false,
            is_image_uri: false,
            fault: None,
        }
    }

    /// Reads up to the closing quote. Gives what follows that quote, or `None` where it has not come yet.
    pub(super) fn push<'a>(&mut self, chunk: &'a [u8], out: &mut LiftedText) -> Option<&'a [u8]> {
        let mut rest = chunk;
        while let Some((&byte, after)) = rest.split_first() {
            if self.escape != Escape::None {
                self.hold(byte, out);
                self.continue_escape(byte, out);
                rest = after;
                continue;
            }
            match byte {
                b'"' => return Some(after),
                b'\\' => {
                    self.hold(byte, out);
                    self.escape = Escape::Begun;
                    rest = after;
                }
                _ => {
                    let ends = |&byte: &u8| byte == b'"' || byte == b'\\';
                    let length = rest.iter().position(ends).unwrap_or(rest.len());
                    let (span, after) = rest.split_at(length);
                    self.push_span(span, out);
                    rest = after;
                }
            }
        }
        None
    }

    /// Decides what the string was, and passes it on or lifts it. Gives the beginning of its text, unescaped.
    pub(super) fn close(mut self, is_cut_off: bool, out: &mut LiftedText) -> Vec<u8> {
        let head = std::mem::take(&mut self.head);
        let is_picture = match self.stage {
            Stage::Plain => return head,
            Stage::UriHead => false,
            Stage::Undecided => self.is_picture() && out.has_room_for_picture(),
            Stage::Faulty => {
                out.write(&self.raw);
                if out.has_room_for_picture() {
                    out.keep(LiftedPicture {
                        bytes: FileBytes::default(),
                        ..self.into_picture(is_cut_off)
                    });
                }
                return head;
            }
            Stage::Lifting | Stage::FaultyLong => true,
        };
        if is_picture {
            let size = format!("{} base64 chars", self.base64.chars());
            out.lift(self.into_picture(is_cut_off), &size);
        } else {
            out.write(&self.raw);
        }
        head
    }

    fn push_span(&mut self, span: &[u8], out: &mut LiftedText) {
        let mut rest = span;
        while let Some((&byte, after)) = rest.split_first() {
            match self.stage {
                Stage::Plain if self.head.len() == HEAD_LIMIT => return out.write(rest),
                Stage::Lifting => return self.decode(rest, out),
                Stage::FaultyLong => return,
                _ => {
                    self.hold(byte, out);
                    self.take(byte, out);
                    rest = after;
                }
            }
        }
    }

    fn continue_escape(&mut self, byte: u8, out: &mut LiftedText) {
        let meant = match (self.escape, byte) {
            (Escape::Begun, b'u') => {
                self.escape = Escape::Unicode(0, 0);
                return;
            }
            (Escape::Begun, b'n') => Some(b'\n'),
            (Escape::Begun, b'r') => Some(b'\r'),
            (Escape::Begun, b't') => Some(b'\t'),
            (Escape::Begun, b'/' | b'"' | b'\\') => Some(byte),
            (Escape::Unicode(code, digits), _) if byte.is_ascii_hexdigit() => {
                let code = code << 4 | char::from(byte).to_digit(16).unwrap_or_default();
                if digits < 3 {
                    self.escape = Escape::Unicode(code, digits + 1);
                    return;
                }
                u8::try_from(code).ok().filter(u8::is_ascii)
            }
            _ => None,
        };
        self.escape = Escape::None;
        self.take(meant.unwrap_or(NO_BASE64), out);
    }

    /// Passes a piece of the text as it came on, or holds it back.
    fn hold(&mut self, raw: u8, out: &mut LiftedText) {
        match self.stage {
            Stage::Plain => out.write(&[raw]),
            Stage::Undecided | Stage::UriHead | Stage::Faulty => self.raw.push(raw),
            Stage::Lifting | Stage::FaultyLong => {}
        }
    }

    /// Takes one unescaped byte, and moves to the next stage where it settles something.
    fn take(&mut self, byte: u8, out: &mut LiftedText) {
        if self.head.len() < HEAD_LIMIT {
            self.head.push(byte);
        }
        match self.stage {
            Stage::Undecided if byte == b':' && self.head == b"data:" => {
                self.stage = Stage::UriHead;
            }
            Stage::Undecided => self.weigh(byte, out),
            Stage::UriHead => self.read_uri_head(byte, out),
            Stage::Lifting => self.decode(&[byte], out),
            Stage::Faulty if self.raw.len() as u64 > LONG_CHARS => {
                self.raw = Vec::new();
                self.stage = Stage::FaultyLong;
            }
            Stage::Plain | Stage::Faulty | Stage::FaultyLong => {}
        }
    }

    fn read_uri_head(&mut self, byte: u8, out: &mut LiftedText) {
        if byte == b',' && self.head.ends_with(b";base64,") {
            self.is_image_uri = self.head.starts_with(b"data:image/");
            self.base64 = Base64Stream::default();
            self.run = 0;
            self.stage = Stage::Undecided;
        } else if byte == b',' || self.head.len() == HEAD_LIMIT {
            self.pass_on(out);
        }
    }

    /// Goes on decoding a string that may be base64 until it is long enough to be sure, or is not.
    fn weigh(&mut self, byte: u8, out: &mut LiftedText) {
        if SPACES.contains(&byte) {
            self.is_wordy |= (1..LINE_CHARS).contains(&self.run);
            self.run = 0;
        } else if self.is_wordy && !self.is_named_picture() {
            return self.pass_on(out);
        } else if let Err(fault) = self.base64.push(&[byte]) {
            if !self.is_named_picture() {
                return self.pass_on(out);
            }
            self.fault = Some(fault.to_string());
            self.stage = Stage::Faulty;
            return;
        } else {
            self.run += 1;
        }
        if self.raw.len() > RAW_LIMIT {
            self.pass_on(out);
        } else if self.base64.chars() > LONG_CHARS {
            if !out.has_room_for_picture() {
                return self.pass_on(out);
            }
            self.raw = Vec::new();
            self.stage = Stage::Lifting;
        }
    }

    fn decode(&mut self, text: &[u8], out: &LiftedText) {
        if let Err(fault) = self.base64.push(text) {
            self.fault = Some(fault.to_string());
            self.stage = Stage::FaultyLong;
        } else if self.base64.bytes().len() > out.picture_room() {
            self.fault = Some(LiftedText::no_room());
            self.stage = Stage::FaultyLong;
        }
    }

    /// It is text after all.
    fn pass_on(&mut self, out: &mut LiftedText) {
        out.write(&std::mem::take(&mut self.raw));
        self.stage = Stage::Plain;
    }

    /// Whether what stands around it says that it is a picture.
    fn is_named_picture(&self) -> bool {
        self.is_image_uri || self.key == PICTURE_KEY
    }

    /// Whether a short string of base64 is a picture: by its name, or by its first bytes.
    fn is_picture(&self) -> bool {
        let bytes = self.base64.bytes();
        let looks_so = bytes.len() >= SMALLEST_PICTURE && recognise(bytes) != Container::Unknown;
        self.base64.chars() > 0 && (self.is_named_picture() || looks_so)
    }

    fn into_picture(self, is_cut_off: bool) -> LiftedPicture {
        let base64_chars = self.base64.chars();
        let (bytes, unfinished) = self.base64.finish();
        let cut_off = || {
            is_cut_off.then(|| {
                format!("the answer ends inside the base64 text, after {base64_chars} characters")
            })
        };
        LiftedPicture {
            bytes,
            base64_chars,
            key: self.key,
            decode_error: self
                .fault
                .or_else(cut_off)
                .or_else(|| unfinished.map(|fault| fault.to_string())),
        }
    }
}

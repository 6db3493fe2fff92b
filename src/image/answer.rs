//! An answer read as it arrives: the text stays, the pictures are taken out of it and decoded on the way.

use super::container::{DECIDING_BYTES, recognise};
use super::file_bytes::FileBytes;
use super::json_lifter::JsonLifter;
use super::lifted_text::LiftedText;
use crate::model::Container;

/// Bytes of text kept of one answer where nobody says otherwise.
pub const DEFAULT_TEXT_LIMIT: usize = 1 << 20;

/// Leading white space after which an answer is taken for plain text.
const LEADING_BYTES: usize = 4096;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads an answer chunk by chunk, wherever the chunks are split.
///
/// A JSON answer keeps its text, but for the strings that are pictures: the value of `b64_json`, a `data:image/` URI, any
/// base64 that begins like a picture, and any base64 longer than 4096 characters. Each is decoded as it arrives (standard
/// or URL-safe alphabet, padded or not, JSON escapes and line breaks within) and leaves a marker such as
/// `<picture 1: 1873290 base64 chars>`. An answer that is itself a picture becomes one picture under the key `body`. All
/// else passes through unchanged. The base64 text is never held.
#[derive(Debug)]
pub struct AnswerReader {
    is_declared_picture: bool,
    bytes: u64,
    form: Form,
    out: LiftedText,
}

/// An answer taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadAnswer {
    /// The text, markers in place of pictures; what is not UTF-8 is shown as `U+FFFD`.
    pub text: String,
    /// Whether `text` holds only the beginning because it reached its limit.
    pub is_cut: bool,
    /// Size of the whole answer in bytes, as it came.
    pub bytes: u64,
    /// The pictures, in their order.
    pub pictures: Vec<LiftedPicture>,
}

/// A picture taken out of an answer, not yet judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiftedPicture {
    /// The file, as far as it could be decoded.
    pub bytes: FileBytes,
    /// Length of its base64 text in characters, white space not counted; 0 where it came as bytes.
    pub base64_chars: u64,
    /// The JSON key it stood under, `body` where it was the whole answer, empty where there was no key.
    pub key: String,
    /// Why `bytes` are not the whole file: not base64, cut off, or too large.
    pub decode_error: Option<String>,
}

#[derive(Debug)]
enum Form {
    /// Not clear yet; the first bytes.
    Beginning(Vec<u8>),
    Json(JsonLifter),
    Text,
    Picture {
        bytes: FileBytes,
        is_whole: bool,
    },
}

impl AnswerReader {
    /// A reader for an answer with this `Content-Type`, that keeps at most `text_limit` bytes of text (as a rule
    /// [`DEFAULT_TEXT_LIMIT`]). The content type only decides where the bytes themselves do not.
    pub fn new(content_type: Option<&str>, text_limit: usize) -> Self {
        let is_image = |kind: &str| {
            kind.trim_start()
                .get(..6)
                .is_some_and(|start| start.eq_ignore_ascii_case("image/"))
        };
        Self {
            is_declared_picture: content_type.is_some_and(is_image),
            bytes: 0,
            form: Form::Beginning(Vec::new()),
            out: LiftedText::new(text_limit),
        }
    }

    /// Takes the next bytes of the answer.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        let mut rest = chunk;
        if let Form::Beginning(head) = &mut self.form {
            while let Some((&byte, after)) = rest.split_first() {
                head.push(byte);
                rest = after;
                if is_telling(head) {
                    self.settle();
                    break;
                }
            }
        }
        self.pass(rest);
    }

    /// Gives what the answer was, now that it has ended.
    pub fn finish(mut self) -> ReadAnswer {
        self.settle();
        match self.form {
            Form::Json(lifter) => lifter.finish(&mut self.out),
            Form::Picture { bytes, is_whole } => {
                let size = format!("{} bytes", self.bytes);
                let picture = LiftedPicture {
                    bytes,
                    key: "body".to_owned(),
                    decode_error: (!is_whole).then(LiftedText::no_room),
                    ..LiftedPicture::default()
                };
                self.out.lift(picture, &size);
            }
            Form::Text | Form::Beginning(_) => {}
        }
        let (text, is_cut, pictures) = self.out.finish();
        ReadAnswer {
            text,
            is_cut,
            bytes: self.bytes,
            pictures,
        }
    }

    /// Decides what the answer is, by the bytes held back so far, and lets them go.
    fn settle(&mut self) {
        let Form::Beginning(head) = &mut self.form else {
            return;
        };
        let head = std::mem::take(head);
        self.form = match first_word(&head) {
            _ if recognise(&head) != Container::Unknown => Form::picture(),
            Some(b'{' | b'[' | b'"') => Form::Json(JsonLifter::default()),
            Some(b'<') | None => Form::Text,
            Some(_) if self.is_declared_picture => Form::picture(),
            Some(_) => Form::Text,
        };
        self.pass(&head);
    }

    fn pass(&mut self, chunk: &[u8]) {
        match &mut self.form {
            Form::Beginning(_) => {}
            Form::Json(lifter) => lifter.push(chunk, &mut self.out),
            Form::Text => self.out.write(chunk),
            Form::Picture { bytes, is_whole } => {
                let room = self.out.picture_room().saturating_sub(bytes.len());
                *is_whole &= chunk.len() <= room;
                bytes.extend_from_slice(chunk.get(..room).unwrap_or(chunk));
            }
        }
    }
}

impl Form {
    fn picture() -> Self {
        Self::Picture {
            bytes: FileBytes::default(),
            is_whole: true,
        }
    }
}

/// Whether the first bytes are enough to decide.
fn is_telling(head: &[u8]) -> bool {
    let is_enough = head.len() >= DECIDING_BYTES && first_word(head).is_some();
    is_enough || head.len() >= LEADING_BYTES
}

/// The first byte that is neither white space nor a byte order mark.
fn first_word(head: &[u8]) -> Option<u8> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    text.iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn read(body: impl AsRef<[u8]>) -> ReadAnswer {
        read_as(None, body, DEFAULT_TEXT_LIMIT)
    }

    fn read_as(kind: Option<&str>, body: impl AsRef<[u8]>, limit: usize) -> ReadAnswer {
        let mut reader = AnswerReader::new(kind, limit);
        reader.push(body.as_ref());
        reader.finish()
    }

    /// Bytes that begin as a JPEG and never repeat for long.
    fn file(length: usize) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xEB];
        bytes.extend(
            (0..)
                .map(|at: usize| (at * at / 7 + at) as u8)
                .take(length - 4),
        );
        bytes
    }

    #[test]
    fn the_picture_of_an_image_answer_is_taken_out_and_the_rest_stays_to_the_byte() {
        let file = file(9001);
        let body = |value: &str| {
            format!(
                "{{\"created\":1759252456,\"data\":[{{\"url\":null,\"b64_json\":\"{value}\",\"revised_prompt\":null,\"content_filter_results\":{{\"sexual\":{{\"filtered\":false,\"severity\":\"safe\"}}}}}}]}}"
            )
        };
        let sent = body(&STANDARD.encode(&file));
        let answer = read(&sent);
        assert_eq!(answer.text, body("<picture 1: 12004 base64 chars>"));
        assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_ok());
        assert_eq!(answer.bytes, sent.len() as u64);
        assert!(!answer.is_cut);
        assert_eq!(
            answer.pictures,
            [LiftedPicture {
                bytes: FileBytes::from(&file[..]),
                base64_chars: 12004,
                key: "b64_json".to_owned(),
                decode_error: None,
            }]
        );
    }

    #[test]
    fn a_short_picture_is_taken_out_by_its_key_its_scheme_or_its_first_bytes() {
        let small = file(70);
        let text = STANDARD.encode(&small);
        for (body, key) in [
            (format!(r#"{{"b64_json":"{text}"}}"#), "b64_json"),
            (
                format!(r#"{{"image":"data:image/png;base64,{text}"}}"#),
                "image",
            ),
            (
                format!(r#"{{"id":"x","output":[1,"data:image/jpeg;base64,{text}"]}}"#),
                "output",
            ),
            (format!(r#"{{"result":{{"image":"{text}"}}}}"#), "image"),
            (format!(r#""{text}""#), ""),
        ] {
            let answer = read(&body);
            assert_eq!(answer.pictures.len(), 1, "{body}");
            assert_eq!(answer.pictures[0].bytes, small);
            assert_eq!(answer.pictures[0].key, key);
            assert_eq!(answer.pictures[0].base64_chars, text.len() as u64);
            assert!(
                answer.text.contains("<picture 1: 96 base64 chars>"),
                "{}",
                answer.text
            );
        }
    }

    #[test]
    fn near_misses_stay_in_the_text() {
        let words = "word ".repeat(2000);
        let hex_with_dots = "abc.".repeat(2000);
        let short = STANDARD.encode([7; 3000]);
        for body in [
            r#"{"b64_json":null,"b64_json_2":"/9j/"}"#.to_owned(),
            r#"{"b64_json":""}"#.to_owned(),
            r#"{"code":"contentFilter","id":"deadbeef","url":"https://host/a.png"}"#.to_owned(),
            r#"{"note":"data:text/plain,hello"}"#.to_owned(),
            format!(r#"{{"text":"{words}"}}"#),
            format!(r#"{{"token":"{hex_with_dots}"}}"#),
            format!(r#"{{"state":"{short}"}}"#),
            format!("<html><img src=\"data:image/png;base64,{short}\"></html>"),
        ] {
            let answer = read(&body);
            assert_eq!(answer.text, body);
            assert_eq!(answer.pictures, []);
        }
    }

    #[test]
    fn a_key_is_never_taken_for_the_value_before_it() {
        let body = r#"{"b64_json":null,"AAAA":[{"b64_json":1},"AAAA"],"b64_json" : "AAAA"}"#;
        let answer = read(body);
        assert_eq!(
            answer.text,
            r#"{"b64_json":null,"AAAA":[{"b64_json":1},"AAAA"],"b64_json" : "<picture 1: 4 base64 chars>"}"#
        );
    }

    #[test]
    fn escapes_line_breaks_and_the_url_alphabet_decode_alike() {
        let file: Vec<u8> = (0..6000_u32)
            .map(|at| (at * 255 / 6) as u8 | 0xF0)
            .collect();
        let standard = STANDARD.encode(&file);
        let lines = standard.as_bytes().chunks(76).map(String::from_utf8_lossy);
        let wrapped = lines.collect::<Vec<_>>().join("\\r\\n");
        let escaped = standard.replace('/', "\\/").replace('+', "\\u002B");
        assert!(standard.contains('/') && standard.contains('+'));
        for text in [standard, wrapped, escaped, URL_SAFE_NO_PAD.encode(&file)] {
            let answer = read(format!(r#"{{"image":"{text}"}}"#));
            assert_eq!(answer.pictures.len(), 1);
            assert_eq!(answer.pictures[0].bytes, file);
            assert_eq!(answer.pictures[0].base64_chars, 8000);
            assert_eq!(answer.pictures[0].decode_error, None);
        }
    }

    #[test]
    fn base64_that_breaks_off_or_goes_wrong_says_where() {
        let text = STANDARD.encode(file(6000));
        let cut = read(format!(r#"{{"b64_json":"{}"#, &text[..5001]));
        assert_eq!(cut.text, r#"{"b64_json":"<picture 1: 5001 base64 chars>"#);
        assert_eq!(
            cut.pictures[0].decode_error.as_deref(),
            Some("the answer ends inside the base64 text, after 5001 characters")
        );
        assert_eq!(cut.pictures[0].bytes, file(6000)[..3750]);
        let wrong = read(format!(r#"{{"b64_json":"{}!{text}"}}"#, &text[..4800]));
        assert_eq!(
            wrong.text,
            r#"{"b64_json":"<picture 1: 4800 base64 chars>"}"#
        );
        assert_eq!(
            wrong.pictures[0].decode_error.as_deref(),
            Some("`!` after 4800 base64 characters has no place there")
        );
        let half = read(format!(r#"{{"b64_json":"{}"}}"#, &text[..101]));
        assert_eq!(
            half.pictures[0].decode_error.as_deref(),
            Some(
                "the base64 text ends inside a group of four, after 101 characters; it was cut off"
            )
        );
    }

    #[test]
    fn a_message_in_the_place_of_a_picture_can_be_read() {
        let body = r#"{"b64_json":"sorry, no picture today"}"#;
        let answer = read(body);
        assert_eq!(answer.text, body);
        assert_eq!(answer.pictures.len(), 1);
        assert_eq!(answer.pictures[0].bytes, b"");
        let error = answer.pictures[0].decode_error.as_deref().unwrap();
        assert_eq!(error, "`,` after 5 base64 characters has no place there");
    }

    #[test]
    fn a_picture_as_the_whole_answer_is_the_body() {
        let file = file(300);
        for kind in [None, Some("application/octet-stream"), Some("Image/JPEG")] {
            let answer = read_as(kind, &file, 100);
            assert_eq!(answer.text, "<picture 1: 300 bytes>");
            assert_eq!(answer.pictures[0].key, "body");
            assert_eq!(answer.pictures[0].bytes, file);
            assert_eq!(answer.pictures[0].base64_chars, 0);
        }
        assert_eq!(
            read_as(Some("image/avif"), b"....ftypavif", 100)
                .pictures
                .len(),
            1
        );
    }

    #[test]
    fn an_error_that_calls_itself_an_image_is_text() {
        for body in ["{\"error\":1}", "<html>504</html>", "", "  \n"] {
            let answer = read_as(Some("image/png"), body, 100);
            assert_eq!(answer.text, body);
            assert_eq!(answer.pictures, []);
        }
    }

    #[test]
    fn text_beyond_the_limit_is_dropped_but_pictures_are_not() {
        let file = file(5000);
        let body = format!(
            r#"{{"pad":"{}","b64_json":"{}"}}"#,
            "ä".repeat(100),
            STANDARD.encode(&file)
        );
        let answer = read_as(None, &body, 50);
        assert!(answer.is_cut);
        assert_eq!(answer.text, format!(r#"{{"pad":"{}"#, "ä".repeat(21)));
        assert_eq!(answer.bytes, body.len() as u64);
        assert_eq!(answer.pictures[0].bytes, file);
        assert!(!read_as(None, "12345", 5).is_cut);
    }

    #[test]
    fn what_is_not_utf8_is_shown_lossily() {
        assert_eq!(
            read(b"{\"a\":\"\xFF\"} and a longer text").text,
            "{\"a\":\"\u{FFFD}\"} and a longer text"
        );
        assert_eq!(
            read(b"\xEF\xBB\xBF{\"b64_json\":\"AAAA\"}").pictures.len(),
            1
        );
    }

    #[test]
    fn only_so_many_pictures_are_taken_out() {
        let body = format!(
            "[{}]",
            vec![r#""data:image/png;base64,AAAA""#; 70].join(",")
        );
        let answer = read(&body);
        assert_eq!(answer.pictures.len(), 64);
        assert!(answer.text.ends_with(r#","data:image/png;base64,AAAA"]"#));
    }

    #[test]
    fn nesting_without_end_takes_no_memory_and_finds_its_way_back() {
        let body = format!(
            "{}{}{{\"b64_json\":\"AAAA\"}}",
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        assert_eq!(read(&body).pictures[0].key, "b64_json");
    }

    fn json_like() -> impl Strategy<Value = Vec<u8>> {
        let long = STANDARD.encode(file(4000));
        let piece = prop::sample::select(vec![
            "{".to_owned(),
            "}".to_owned(),
            "[".to_owned(),
            "]".to_owned(),
            ":".to_owned(),
            ",".to_owned(),
            "\"".to_owned(),
            "\\".to_owned(),
            "\\u002f".to_owned(),
            "\\u00".to_owned(),
            "\"b64_json\":\"".to_owned(),
            "data:image/png;base64,".to_owned(),
            "AAAA".to_owned(),
            "ö !".to_owned(),
            "=".to_owned(),
            "\\n".to_owned(),
            long[..4095].to_owned(),
            long,
        ]);
        proptest::collection::vec(piece, 0..12)
            .prop_map(|pieces| format!("{{\"{}", pieces.concat()).into_bytes())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_answer(
            body in json_like(),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
            limit in prop::sample::select(vec![20_usize, 5000, DEFAULT_TEXT_LIMIT]),
        ) {
            let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(body.len())).collect();
            places.extend([0, body.len()]);
            places.sort_unstable();
            let mut reader = AnswerReader::new(None, limit);
            for ends in places.windows(2) {
                reader.push(&body[ends[0]..ends[1]]);
            }
            let mut bytewise = AnswerReader::new(None, limit);
            body.chunks(1).for_each(|byte| bytewise.push(byte));
            let whole = read_as(None, &body, limit);
            prop_assert_eq!(&reader.finish(), &whole);
            prop_assert_eq!(&bytewise.finish(), &whole);
        }

        #[test]
        fn arbitrary_bytes_pass_unchanged_or_are_a_picture(
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let answer = read(&body);
            if answer.pictures.is_empty() {
                prop_assert_eq!(answer.text, String::from_utf8_lossy(&body));
            }
        }
    }
}

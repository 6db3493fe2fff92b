//! The two things an answer is taken apart into: its text, and the pictures that stood in it.

use super::answer::LiftedPicture;

/// Most bytes of decoded pictures that one answer may hold: twenty times what any image model sends.
const PICTURE_BYTES_LIMIT: usize = 64 << 20;
/// Most pictures that are taken out of one answer; what looks like more stays in the text.
const PICTURES_LIMIT: usize = 64;

/// Text up to a limit, and pictures up to theirs.
#[derive(Debug)]
pub(super) struct LiftedText {
    text: Vec<u8>,
    limit: usize,
    is_cut: bool,
    pictures: Vec<LiftedPicture>,
    picture_bytes: usize,
}

impl LiftedText {
    /// Nothing yet; keeps at most `limit` bytes of text.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: Vec::new(),
            limit,
            is_cut: false,
            pictures: Vec::new(),
            picture_bytes: 0,
        }
    }

    /// Adds text, as far as there is room.
    pub(super) fn write(&mut self, text: &[u8]) {
        let room = self.limit.saturating_sub(self.text.len());
        self.is_cut |= text.len() > room;
        self.text
            .extend_from_slice(text.get(..room).unwrap_or(text));
    }

    /// Whether one more picture may be taken out.
    pub(super) fn has_room_for_picture(&self) -> bool {
        self.pictures.len() < PICTURES_LIMIT && self.picture_room() > 0
    }

    /// Bytes that one more picture may have.
    pub(super) fn picture_room(&self) -> usize {
        PICTURE_BYTES_LIMIT - self.picture_bytes
    }

    /// Why a picture larger than the room is not kept whole.
    pub(super) fn no_room() -> String {
        format!(
            "the answer holds more than {} MiB of pictures; the rest was dropped",
            PICTURE_BYTES_LIMIT >> 20
        )
    }

    /// Keeps a picture and leaves the text alone.
    pub(super) fn keep(&mut self, mut picture: LiftedPicture) {
        if picture.bytes.len() > self.picture_room() {
            picture.bytes.truncate(self.picture_room());
            picture.decode_error.get_or_insert_with(Self::no_room);
        }
        self.picture_bytes += picture.bytes.len();
        self.pictures.push(picture);
    }

    /// Keeps a picture and leaves a marker of `size` where it stood.
    pub(super) fn lift(&mut self, picture: LiftedPicture, size: &str) {
        self.keep(picture);
        let marker = format!("<picture {}: {size}>", self.pictures.len());
        self.write(marker.as_bytes());
    }

    /// The text, whether it is cut, and the pictures.
    pub(super) fn finish(mut self) -> (String, bool, Vec<LiftedPicture>) {
        if self.is_cut {
            self.drop_half_character();
        }
        let text = match String::from_utf8(self.text) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        (text, self.is_cut, self.pictures)
    }

    /// The cut may have gone through a character.
    fn drop_half_character(&mut self) {
        let from = self.text.len().saturating_sub(3);
        for at in from..self.text.len() {
            let is_half = self.text.get(at..).is_some_and(|tail| {
                std::str::from_utf8(tail)
                    .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
            });
            if is_half {
                self.text.truncate(at);
                return;
            }
        }
    }
}

//! Pictures: lift them out of an answer as it arrives, look at them once, and keep only what was measured.
//!
//! [`AnswerReader`] takes the bytes of an answer chunk by chunk and gives back its text without the base64 and the
//! decoded files. [`judge()`] decodes one file row by row and says what it is. Nothing
//! here touches the network, the clock or the disk.

mod answer;
mod base64_stream;
mod container;
mod decoding;
mod error;
mod file_bytes;
mod jpeg;
mod json_lifter;
mod judge;
mod lifted_text;
mod measure;
mod open_string;
mod png;
mod provenance;
mod sample;
mod shrink;
mod thumbnail;
mod webp;

pub use answer::{AnswerReader, DEFAULT_TEXT_LIMIT, LiftedPicture, ReadAnswer};
pub use error::ImageError;
pub use file_bytes::FileBytes;
pub use judge::{CameAs, JudgeOptions, judge};
pub use sample::sample;

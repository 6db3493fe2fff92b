//! What can go wrong with a picture.

use thiserror::Error;

/// Why a picture could not be decoded, compared or made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageError {
    /// The first bytes belong to no container known here.
    #[error(
        "not a picture: it begins with `{first}`, which is neither JPEG, PNG, WebP nor GIF; read the answer it came with"
    )]
    NotAPicture {
        /// The first bytes, in hex.
        first: String,
    },
    /// The container is known, but nothing here decodes it.
    #[error("a GIF is recognised but not decoded; ask for png, jpeg or webp")]
    GifNotDecoded,
    /// The header declares more pixels than are decoded.
    #[error(
        "the header declares {width}x{height} pixels; at most {} megapixels are decoded, so this was left alone", limit / 1_000_000
    )]
    TooLarge {
        /// Declared width in pixels.
        width: u32,
        /// Declared height in pixels.
        height: u32,
        /// Most pixels that are decoded.
        limit: u64,
    },
    /// The data ends before the picture does.
    #[error("cut off: {detail}; look for a body limit or a time-out between here and the model")]
    CutOff {
        /// Where it ends.
        detail: String,
    },
    /// The data is all there but wrong.
    #[error("damaged {container}: {detail}; something changed its bytes on the way")]
    Damaged {
        /// `JPEG`, `PNG` or `WebP`.
        container: &'static str,
        /// The decoder's words.
        detail: String,
    },
    /// The sample picture could not be written.
    #[error("the sample picture could not be encoded: {detail}")]
    Sample {
        /// The encoder's words.
        detail: String,
    },
}

//! What is known of a picture once it has been looked at; the picture itself is not kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was measured of one picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PictureFacts {
    /// Container by its first bytes, never by name or content type.
    pub container: Container,
    /// Decoded width in pixels; 0 where it does not decode.
    pub width: u32,
    /// Decoded height in pixels; 0 where it does not decode.
    pub height: u32,
    /// Whether all of it decodes.
    pub decodes: bool,
    /// Whether it ends before it should.
    pub is_truncated: bool,
    /// Whether every part of it is (almost) one colour.
    pub is_blank: bool,
    /// The colour, as `#rrggbb`, where it is blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank_color: Option<String>,
    /// Shannon entropy of the brightness histogram, in bits (0 to 8).
    pub entropy: f64,
    /// 64-bit difference hash as 16 hex digits; close pictures differ in few bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dhash: Option<String>,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Length of the base64 text it came in; 0 where it came as bytes or a link.
    pub base64_chars: u64,
    /// `b64_json`, `url` or `body`: how it came.
    pub came_as: String,
    /// What the C2PA manifest says, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Why it does not decode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// A small JPEG of it, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Thumbnail>,
}

/// Container of a picture.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Container {
    /// `FF D8 FF`.
    Jpeg,
    /// `89 50 4E 47 0D 0A 1A 0A`.
    Png,
    /// `RIFF....WEBP`.
    Webp,
    /// `GIF8`.
    Gif,
    /// None of these.
    #[default]
    Unknown,
}

/// What a C2PA manifest says in plain text. Finding it is strong evidence, not a signature check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Provenance {
    /// `softwareAgent`.
    pub agent: Option<String>,
    /// `claim_generator`.
    pub generator: Option<String>,
    /// `when` of the creation, RFC 3339 UTC.
    pub when: Option<String>,
    /// Size of the manifest in bytes.
    pub manifest_bytes: u64,
}

/// A thumbnail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Thumbnail {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// JPEG as base64.
    pub jpeg_base64: String,
}

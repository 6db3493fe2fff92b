//! What is asked of a provider, and the request it makes of it.

use crate::knowledge::Size;
use crate::model::{CallKind, Leg, RouteStyle, Target};
use sha2::{Digest, Sha256};
use url::Url;

/// A service's protocol.
pub trait Provider: Sync {
    /// Name, as documents and errors show it.
    fn name(&self) -> &'static str;

    /// Whether it speaks to this target.
    fn serves(&self, target: &Target) -> bool;

    /// The request for `ask` on `target`, without its credential.
    fn request(&self, target: &Target, ask: &Ask<'_>) -> Result<Request, RequestFault>;
}

/// The request for `ask` on `target`, by the first provider that serves it. The credential is not in it.
pub fn build(target: &Target, ask: &Ask<'_>) -> Result<Request, RequestFault> {
    super::PROVIDERS
        .iter()
        .find(|provider| provider.serves(target))
        .ok_or_else(|| {
            RequestFault::NoProvider(format!("{}/{}", target.account, target.deployment))
        })?
        .request(target, ask)
}

/// What a call wants.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// What the deployment is to do.
    pub kind: CallKind,
    /// Style of the URL; absent means the one the model answers on.
    pub style: Option<RouteStyle>,
    /// Which way; absent means the target's own.
    pub leg: Option<Leg>,
    /// Deployment name in place of the target's.
    pub deployment: Option<&'a str>,
    /// Which api-version.
    pub api_version: VersionAsk<'a>,
    /// Prompt, or the question about a picture.
    pub prompt: &'a str,
    /// How many pictures.
    pub n: u32,
    /// Size; absent means the family's usual one.
    pub size: Option<Size>,
    /// The picture that is edited or looked at.
    pub picture: Option<&'a [u8]>,
    /// Most tokens of a description.
    pub max_tokens: u32,
}

impl<'a> Ask<'a> {
    /// One picture for `prompt`, everything else as usual.
    pub fn generate(prompt: &'a str) -> Self {
        Ask {
            kind: CallKind::Generate,
            style: None,
            leg: None,
            deployment: None,
            api_version: VersionAsk::Usual,
            prompt,
            n: 1,
            size: None,
            picture: None,
            max_tokens: 200,
        }
    }

    /// `picture` changed as `prompt` says.
    pub fn edit(prompt: &'a str, picture: &'a [u8]) -> Self {
        Ask {
            kind: CallKind::Edit,
            picture: Some(picture),
            ..Ask::generate(prompt)
        }
    }

    /// What `picture` shows, as `prompt` asks.
    pub fn describe(prompt: &'a str, picture: &'a [u8]) -> Self {
        Ask {
            kind: CallKind::Describe,
            picture: Some(picture),
            ..Ask::generate(prompt)
        }
    }
}

/// Which api-version a call sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VersionAsk<'a> {
    /// The target's own, raised where the operation is newer.
    #[default]
    Usual,
    /// None at all.
    Without,
    /// This one.
    Exactly(&'a str),
}

/// A request, all but its credential.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// HTTP method.
    pub method: &'static str,
    /// Whole URL.
    pub url: Url,
    /// What is sent.
    pub body: Body,
}

/// What a request sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// JSON.
    Json(serde_json::Value),
    /// `multipart/form-data`.
    Form(Vec<FormPart>),
}

impl Body {
    /// The content type and the bytes that go over the wire; their length is known, so nothing is sent chunked.
    pub fn encode(&self) -> (String, Vec<u8>) {
        match self {
            Body::Json(value) => ("application/json".into(), value.to_string().into_bytes()),
            Body::Form(parts) => {
                let boundary = boundary_of(parts);
                let bytes = encode_form(parts, &boundary);
                (format!("multipart/form-data; boundary={boundary}"), bytes)
            }
        }
    }
}

/// A part of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormPart {
    /// Field name.
    pub name: String,
    /// File name, where it is a file.
    pub filename: Option<String>,
    /// Content type, where it is a file.
    pub content_type: Option<String>,
    /// Content.
    pub content: Vec<u8>,
}

impl FormPart {
    /// A text field.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        FormPart {
            name: name.into(),
            content: text.into().into_bytes(),
            ..FormPart::default()
        }
    }
}

/// Why a request cannot be made of an ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// No provider knows the target.
    #[error("no provider speaks to `{0}`: it has neither a gateway route nor an account endpoint")]
    NoProvider(String),
    /// The target lacks the way that was asked for.
    #[error(
        "`{deployment}` has no {leg} way; discover it, or name one under `targets:` in fluxprobe.yaml"
    )]
    NoLeg {
        /// The deployment.
        deployment: String,
        /// The way.
        leg: Leg,
    },
    /// The family has no route of its publisher.
    #[error("`{0}` has no publisher's route; use the deployment style")]
    NoProviderRoute(String),
    /// Nothing there can look at a picture.
    #[error(
        "account `{0}` has no chat deployment that can look at pictures; deploy one, e.g. gpt-4o-mini"
    )]
    NoVision(String),
    /// An edit or a description without a picture.
    #[error("a call of this kind needs a picture; name one, or capture it from a step before")]
    NoPicture,
    /// The target's own URL is wrong.
    #[error(transparent)]
    Route(#[from] super::azure::RouteFault),
}

/// A boundary that occurs in no part: the digest of all of them.
fn boundary_of(parts: &[FormPart]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.name.as_bytes());
        digest.update(&part.content);
    }
    let hex: String = digest
        .finalize()
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("fluxprobe-{hex}")
}

fn encode_form(parts: &[FormPart], boundary: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.content.len() + 200).sum());
    for part in parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        bytes.extend_from_slice(b"Content-Disposition: form-data; name=\"");
        bytes.extend_from_slice(quoted(&part.name).as_bytes());
        bytes.push(b'"');
        if let Some(filename) = &part.filename {
            bytes.extend_from_slice(format!("; filename=\"{}\"", quoted(filename)).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        if let Some(content_type) = &part.content_type {
            bytes.extend_from_slice(format!("Content-Type: {content_type}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&part.content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    bytes
}

/// A name as browsers write it between quotes.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_file_and_type_of_its_picture() {
        let parts = vec![
            FormPart::text("prompt", "make it blue"),
            FormPart {
                name: "image".into(),
                filename: Some("in.png".into()),
                content_type: Some("image/png".into()),
                content: b"\x89PNG".to_vec(),
            },
        ];
        let bytes = encode_form(&parts, "b");
        let expected = b"--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nmake it blue\r\n--b\r\n\
            Content-Disposition: form-data; name=\"image\"; filename=\"in.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n";
        assert_eq!(bytes, expected);
        let (content_type, _) = Body::Form(parts).encode();
        assert!(content_type.starts_with("multipart/form-data; boundary=fluxprobe-"));
    }

    #[test]
    fn a_name_cannot_break_out_of_its_quotes() {
        assert_eq!(quoted("a\"\r\nb"), "a%22%0D%0Ab");
    }
}

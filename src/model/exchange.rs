//! One attempt on the wire: what was sent, what came back, how long each part took.

use super::{GatewayTrace, Leg, PictureFacts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One attempt on the wire. It never holds a secret: the request is recorded before its credential goes in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Exchange {
    /// What was sent.
    pub request: RecordedRequest,
    /// What came back; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<RecordedResponse>,
    /// Why nothing came back, or why it broke off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport_error: Option<TransportError>,
    /// How long each part took, in milliseconds.
    pub timings_ms: Timings,
    /// When it was sent, RFC 3339 UTC.
    pub sent_at: String,
    /// Which way it took, where it went to a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leg: Option<Leg>,
    /// What the gateway's own trace says, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<GatewayTrace>,
    /// Whether the request reached the wire whole without a whole answer coming back, so that it may be billed.
    pub is_billing_ambiguous: bool,
}

impl Exchange {
    /// Status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().and_then(|response| response.status)
    }

    /// Value of a response header, by any case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response
            .as_ref()
            .and_then(|response| find_header(&response.headers, name))
    }

    /// Body of the answer as text; empty where there was none.
    pub fn body(&self) -> &str {
        self.response
            .as_ref()
            .map_or("", |response| response.body.as_str())
    }

    /// Pictures that came with the answer.
    pub fn pictures(&self) -> &[PictureFacts] {
        self.response
            .as_ref()
            .map_or(&[], |response| response.pictures.as_slice())
    }
}

/// A request as recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RecordedRequest {
    /// HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Whole URL; query values that are not allow-listed are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Headers in order; values that are not allow-listed are left out.
    pub headers: Vec<Header>,
    /// Name of the header or query parameter that the credential went into, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_in: Option<String>,
    /// Body as text, pictures replaced by their digests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Size of the body in bytes.
    pub body_bytes: u64,
}

impl RecordedRequest {
    /// Value of a request header, by any case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find_header(&self.headers, name)
    }
}

/// An answer as recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RecordedResponse {
    /// HTTP status; absent where a report does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Reason phrase, where it is not the standard one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Headers in order.
    pub headers: Vec<Header>,
    /// Body as text; base64 pictures are cut out and stand in `pictures`.
    pub body: String,
    /// Size of the body in bytes as it came.
    pub body_bytes: u64,
    /// Whether `body` holds only the beginning of what came.
    pub is_body_cut: bool,
    /// Pictures that came with the answer, judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<PictureFacts>,
}

/// A header. On the wire and in JSON it is a pair, because names may repeat and order can tell one hop from another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header(pub String, pub String);

fn find_header<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|Header(key, _)| key.eq_ignore_ascii_case(name))
        .map(|Header(_, value)| value.as_str())
}

/// Why there was no whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransportError {
    /// What kind of failure.
    pub kind: TransportFailure,
    /// What the system said.
    pub text: String,
}

/// Kinds of transport failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportFailure {
    /// The name does not exist.
    DnsNotFound,
    /// The resolver did not answer.
    DnsTemporary,
    /// The name was not resolved; how is not said.
    Dns,
    /// Nothing listens there.
    Refused,
    /// The connection could not be opened in time.
    ConnectTimeout,
    /// The connection was dropped.
    Reset,
    /// The connection failed; how is not said.
    Tcp,
    /// TLS failed; how is not said.
    Tls,
    /// TLS could not be agreed on.
    TlsHandshake,
    /// The certificate is outside its dates.
    TlsExpired,
    /// The certificate is for other names.
    TlsHostname,
    /// The certificate's issuer is not trusted.
    TlsUntrusted,
    /// The forward proxy refused the connection.
    Proxy,
    /// No answer in time.
    Timeout,
    /// The answer broke off.
    Truncated,
    /// The answer is no HTTP, or too large to take.
    Protocol,
    /// The run was interrupted.
    Interrupted,
    /// Something else.
    Other,
}

/// How long each part of an exchange took, in milliseconds. Absent parts did not happen (a warm connection has no DNS).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Timings {
    /// Name resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<f64>,
    /// Opening the connection, the proxy's part included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<f64>,
    /// TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<f64>,
    /// From the request's first byte out to the answer's first byte in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<f64>,
    /// From the first byte of the answer to its last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<f64>,
    /// The whole exchange.
    pub total: f64,
    /// Whether an open connection was used again.
    pub is_reused: bool,
}

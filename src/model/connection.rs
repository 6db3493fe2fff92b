//! How a host is reached: its names and addresses, the connection, the certificates.

use super::TransportError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What opening a connection to a host showed, step by step. A step that was not reached is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Connection {
    /// Host that was asked for.
    pub host: String,
    /// Forward proxy that the connection goes through, without its credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Name resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Stage>,
    /// Names that the host's name is an alias of, in order; empty where there are none or they cannot be read.
    pub aliases: Vec<String>,
    /// Every address, with what came of connecting to it.
    pub addresses: Vec<Address>,
    /// Opening the connection; through a proxy, the proxy's part included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Stage>,
    /// TLS handshake and the judgement of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Stage>,
    /// Version that was agreed on, e.g. `TLS 1.3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_version: Option<String>,
    /// Certificates that the server showed, its own first.
    pub certificates: Vec<Certificate>,
    /// Whether certificates are not checked at all (`-k`).
    pub is_unchecked: bool,
}

/// One step of opening a connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// How long it took, in milliseconds.
    pub ms: f64,
    /// Why it failed; absent where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TransportError>,
}

/// An address of a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// Address and port.
    pub address: String,
    /// Where such addresses are.
    pub reach: Reach,
    /// What came of connecting; absent where it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<Stage>,
}

/// Where an address is reached from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The internet.
    Public,
    /// A private network only.
    Private,
    /// This machine only.
    Loopback,
}

/// A certificate, as far as people look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Common name of whom it is for.
    pub subject: String,
    /// Common name of who signed it.
    pub issuer: String,
    /// Organisation of who signed it; empty where it names none.
    pub issuer_organization: String,
    /// Host names that it is for.
    pub names: Vec<String>,
    /// Beginning of its validity, RFC 3339.
    pub not_before: String,
    /// End of its validity, RFC 3339.
    pub not_after: String,
}

//! What can be broken about a host: its name, its port, its certificate, its pace.

use super::{Edge, Only};
use crate::sim::draw;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Faults of one host. All default to none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostFault {
    /// The name does not exist (NXDOMAIN).
    pub dns_missing: bool,
    /// The resolver does not answer (EAI_AGAIN).
    pub dns_fails: bool,
    /// Nothing listens on the port.
    pub port_closed: bool,
    /// Packets vanish: connecting times out.
    pub unroutable: bool,
    /// The connection is reset after it opens.
    pub reset: bool,
    /// The certificate ended yesterday.
    pub certificate_expired: bool,
    /// The certificate is for these names instead.
    pub certificate_names: Vec<String>,
    /// The certificate is signed by a root nobody trusts (an intercepting proxy, say).
    pub certificate_untrusted: bool,
    /// Speaks plain HTTP on its TLS port.
    pub not_tls: bool,
    /// Waits before the first byte.
    pub first_byte: Option<Latency>,
    /// Ends the connection after so many bytes of a body.
    pub cut_after: Option<usize>,
    /// Answers everything with this status, these headers and this body.
    pub answer: Option<CannedAnswer>,
    /// How many calls get `answer`, the first ones; absent for all.
    pub answer_times: Option<u64>,
    /// Answers bodies of this many bytes of junk.
    pub huge_body: Option<usize>,
    /// Which calls meet all that; absent for all of them. A failure of the connection then shows to a caller from outside
    /// as a connection that is dropped after the request.
    pub only: Option<Only>,
    /// What stands in front of the host, and meets every call.
    pub edge: Option<Edge>,
}

/// An answer that needs no service.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CannedAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub body: String,
    /// Body as base64, for bytes that are not text; wins over `body`.
    pub body_base64: Option<String>,
}

impl CannedAnswer {
    /// The bytes of the body.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body_base64 {
            Some(encoded) => STANDARD.decode(encoded).unwrap_or_default(),
            None => self.body.clone().into_bytes(),
        }
    }
}

/// A time, and how much it varies.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Middle, in milliseconds.
    pub ms: u64,
    /// Drawn evenly from `ms - jitter_ms` to `ms + jitter_ms`.
    #[serde(default)]
    pub jitter_ms: u64,
}

impl Latency {
    /// One draw from it: evenly from `ms - jitter_ms` to `ms + jitter_ms`, the same for the same seed and label.
    pub fn pick(&self, seed: u64, label: &str) -> Duration {
        let lowest = self.ms.saturating_sub(self.jitter_ms);
        let spread = self.ms.saturating_add(self.jitter_ms) - lowest;
        let raw = draw::bytes(seed, label, 8)
            .iter()
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        Duration::from_millis(lowest + raw % spread.saturating_add(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_stays_within_its_jitter() {
        let latency = Latency {
            ms: 100,
            jitter_ms: 20,
        };
        let drawn: Vec<u128> = (0..200)
            .map(|number| latency.pick(1, &number.to_string()).as_millis())
            .collect();
        assert!(drawn.iter().all(|ms| (80..=120).contains(ms)));
        assert!(drawn.iter().any(|ms| *ms != drawn[0]));
        let fixed = Latency {
            ms: 7,
            jitter_ms: 0,
        };
        assert_eq!(fixed.pick(1, "x"), Duration::from_millis(7));
    }
}

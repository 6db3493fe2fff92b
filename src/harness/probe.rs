//! Free probes: calls without a valid key, which the gateway itself answers and nobody pays for.

use crate::model::Audit;
use crate::net::{BodySink, Credential, Door, Outgoing, OutgoingBody, Place};
use std::time::Duration;

/// A key that no gateway knows.
const MADE_UP_KEY: &str = "fluxprobe-no-key";
/// Longest time for one probe; the gateway answers by itself and at once.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of an answer that are looked at.
const MOST_BYTES: usize = 64 * 1024;

/// Asks the free probe of every finding that has one, and takes the answers in.
pub(super) async fn probe(door: &Door, audit: &mut Audit) {
    for finding in &mut audit.findings {
        let Some(probe) = finding.probe.clone() else {
            continue;
        };
        let Ok(url) = probe.url.parse() else {
            continue;
        };
        let outgoing = Outgoing {
            method: http::Method::POST,
            url,
            headers: Vec::new(),
            body: OutgoingBody {
                bytes: "{}".into(),
                content_type: Some("application/json".to_owned()),
                shown: Some("{}".to_owned()),
            },
            credential: probe.header.map(|header| Credential {
                place: Place::Header(header),
                secret: MADE_UP_KEY.into(),
            }),
            timeout: TIMEOUT,
            leg: None,
            trace_token: None,
        };
        let mut body = Body::default();
        let exchange = door.send(outgoing, &mut body).await;
        let answered = match (exchange.status(), &exchange.transport_error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => error.text.clone(),
            (None, None) => "nothing".to_owned(),
        };
        finding.probed(&answered, &String::from_utf8_lossy(&body.0));
    }
    audit
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

#[derive(Default)]
struct Body(Vec<u8>);

impl BodySink for Body {
    fn begin(&mut self, _content_type: Option<&str>) {}

    fn push(&mut self, chunk: &[u8]) -> bool {
        self.0.extend_from_slice(chunk);
        self.0.len() < MOST_BYTES
    }
}

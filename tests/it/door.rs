//! The door against hosts that are broken in one way each: what kind of failure is recorded, and what never is.

use fluxprobe::model::{Exchange, TransportFailure};
use fluxprobe::net::{
    BodySink, Clock, Credential, Door, DoorSettings, NameError, Names, Outgoing, OutgoingBody,
    Place, UnderWay,
};
use fluxprobe::sim::serve::Resolution;
use fluxprobe::sim::{SimClock, SimServer, World};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const HOST: &str = "foundry1-pavavy6pu5hpa.cognitiveservices.azure.com";
const CANARY: &str = "canary-0123456789abcdef";

struct SimNames(Arc<SimServer>);

#[async_trait::async_trait]
impl Names for SimNames {
    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, NameError> {
        match self.0.resolve(host) {
            Resolution::Address(address) => Ok(vec![address]),
            Resolution::NotFound => Err(NameError::NotFound(host.into())),
            Resolution::ResolverFailed => {
                Err(NameError::ResolverFailed(host.into(), "silent".into()))
            }
        }
    }
}

struct SharedClock(SimClock);

#[async_trait::async_trait]
impl Clock for SharedClock {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
    fn begin(&self) -> UnderWay {
        Box::new(self.0.begin())
    }
}

#[derive(Default)]
struct Collected(Vec<u8>);

impl BodySink for Collected {
    fn begin(&mut self, _content_type: Option<&str>) {}
    fn push(&mut self, chunk: &[u8]) -> bool {
        self.0.extend_from_slice(chunk);
        self.0.len() < 1 << 20
    }
}

/// Sends one POST with a canary for a key to the host, in a world with this fault on it.
async fn meet(fault: &str) -> (Exchange, String) {
    let world = format!("extends: healthy\nhosts:\n  {HOST}: {{{fault}}}\n");
    let server = Arc::new(
        SimServer::start(World::parse(&world).unwrap())
            .await
            .unwrap(),
    );
    let settings = DoorSettings {
        clock: Arc::new(SharedClock(server.clock().clone())),
        names: Arc::new(SimNames(server.clone())),
        extra_roots_pem: server.ca_pem().into_bytes(),
        is_insecure: false,
        uses_environment_proxy: false,
        proxied_hosts: Vec::new(),
    };
    let door = Door::new(settings).unwrap();
    let path = "openai/deployments/FLUX-1.1-pro/images/generations?api-version=2025-04-01-preview";
    let outgoing = Outgoing {
        method: http::Method::POST,
        url: format!("https://{HOST}/{path}").parse().unwrap(),
        headers: vec![("X-Secret".into(), CANARY.into())],
        body: OutgoingBody {
            bytes: "{}".into(),
            content_type: Some("application/json".into()),
            shown: Some("{}".into()),
        },
        credential: Some(Credential {
            place: Place::Header("api-key".into()),
            secret: CANARY.into(),
        }),
        trace_token: Some(CANARY.into()),
        timeout: Duration::from_secs(60),
        leg: None,
    };
    let mut sink = Collected::default();
    let exchange = door.send(outgoing, &mut sink).await;
    let record = serde_json::to_string(&exchange).unwrap();
    assert!(!record.contains(CANARY), "{record}");
    (exchange, String::from_utf8_lossy(&sink.0).into_owned())
}

async fn failure_of(fault: &str) -> (TransportFailure, bool) {
    let (exchange, _) = meet(fault).await;
    let error = exchange
        .transport_error
        .unwrap_or_else(|| panic!("{fault}: {:?}", exchange.response));
    (error.kind, exchange.is_billing_ambiguous)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_an_answer_with_every_phase_timed() {
    let (exchange, body) = meet("").await;
    assert_eq!(exchange.status(), Some(401));
    assert_eq!(body.len(), 224);
    assert!(exchange.transport_error.is_none());
    assert!(!exchange.is_billing_ambiguous);
    let timings = exchange.timings_ms;
    for phase in [
        timings.dns,
        timings.tcp,
        timings.tls,
        timings.first_byte,
        timings.body,
    ] {
        assert!(phase.is_some_and(|ms| ms >= 0.0), "{timings:?}");
    }
    assert!(!timings.is_reused);
    assert_eq!(
        exchange.request.credential_in.as_deref(),
        Some("header api-key")
    );
    assert!(exchange.header("apim-request-id").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_host_is_told_from_the_others() {
    for (fault, kind) in [
        ("dns_missing: true", TransportFailure::DnsNotFound),
        ("dns_fails: true", TransportFailure::DnsTemporary),
        ("port_closed: true", TransportFailure::Refused),
        ("reset: true", TransportFailure::Reset),
        ("certificate_expired: true", TransportFailure::TlsExpired),
        (
            "certificate_names: [other.example]",
            TransportFailure::TlsHostname,
        ),
        (
            "certificate_untrusted: true",
            TransportFailure::TlsUntrusted,
        ),
        ("not_tls: true", TransportFailure::TlsHandshake),
    ] {
        assert_eq!(failure_of(fault).await, (kind, false), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_answer_breaks_off_may_have_been_billed() {
    let (kind, is_ambiguous) = failure_of("cut_after: 20").await;
    assert_eq!((kind, is_ambiguous), (TransportFailure::Truncated, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_times_out_in_simulated_time() {
    let (kind, is_ambiguous) = failure_of("first_byte: {ms: 90000}").await;
    assert_eq!((kind, is_ambiguous), (TransportFailure::Timeout, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_answer_is_not_read_to_its_end() {
    let (kind, _) = failure_of("huge_body: 3000000").await;
    assert_eq!(kind, TransportFailure::Protocol);
}

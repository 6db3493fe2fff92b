//! TLS: who is trusted, and when a handshake begins.

use super::DoorError;
use super::phases::{self, Mark};
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue,
};
use rustls::client::{Tls13ClientSessionValue, danger};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, DigitallySignedStruct, NamedGroup, ProtocolVersion, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sessions kept for resumption.
const SESSIONS: usize = 256;

/// Who is trusted: the system's roots and those in `extra_pem`; anyone at all if `is_insecure`.
pub(super) fn verifier(
    extra_pem: &[u8],
    is_insecure: bool,
) -> Result<Arc<dyn danger::ServerCertVerifier>, DoorError> {
    let provider = Arc::new(ring::default_provider());
    let extra: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(extra_pem)
        .collect::<Result<_, _>>()
        .map_err(|error| DoorError::Certificate(error.to_string()))?;
    if is_insecure {
        return Ok(Arc::new(TrustAnyone(provider)));
    }
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
        .map_err(|error| DoorError::Tls(error.to_string()))?;
    Ok(Arc::new(verifier))
}

/// A client configuration that trusts whom `verifier` trusts.
pub(super) fn client_config(
    verifier: Arc<dyn danger::ServerCertVerifier>,
) -> Result<ClientConfig, DoorError> {
    let mut config = config_with(verifier)?;
    config.resumption = Resumption::store(Arc::new(WatchedSessions(
        ClientSessionMemoryCache::new(SESSIONS),
    )));
    Ok(config)
}

/// A configuration whose handshakes go through whatever the certificate, with `witness` looking on. Nothing must be
/// sent over such a connection.
pub(super) fn watched_config(witness: Arc<Witness>) -> Result<ClientConfig, DoorError> {
    config_with(witness)
}

fn config_with(verifier: Arc<dyn danger::ServerCertVerifier>) -> Result<ClientConfig, DoorError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| DoorError::Tls(error.to_string()))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// A version as people write it.
pub(super) fn version_name(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Looks at a certificate without standing in its way: the judgement of `judge` is kept instead of obeyed.
#[derive(Debug)]
pub(super) struct Witness {
    judge: Arc<dyn danger::ServerCertVerifier>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    error: Option<rustls::Error>,
}

impl Witness {
    pub(super) fn new(judge: Arc<dyn danger::ServerCertVerifier>) -> Self {
        Witness {
            judge,
            seen: Mutex::default(),
        }
    }

    /// The certificates that the server showed, its own first.
    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.lock().chain.clone()
    }

    /// What is wrong with them, if anything.
    pub(super) fn verdict(&self) -> Option<rustls::Error> {
        self.lock().error.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl danger::ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<danger::ServerCertVerified, rustls::Error> {
        let judged = self.judge.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let chain = std::iter::once(end_entity).chain(intermediates);
        *self.lock() = Seen {
            chain: chain.map(|one| one.clone().into_owned()).collect(),
            error: judged.err(),
        };
        Ok(danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// Sessions for resumption. rustls asks for a key-exchange hint as the first thing in a handshake: the one moment,
/// visible from outside, at which the connection is open and TLS begins.
#[derive(Debug)]
struct WatchedSessions(ClientSessionMemoryCache);

impl ClientSessionStore for WatchedSessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        phases::current().mark(Mark::TlsStart);
        self.0.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server_name)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.0.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        self.0.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server_name)
    }
}

/// What `-k` asks for.
#[derive(Debug)]
struct TrustAnyone(Arc<CryptoProvider>);

impl danger::ServerCertVerifier for TrustAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<danger::ServerCertVerified, rustls::Error> {
        Ok(danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

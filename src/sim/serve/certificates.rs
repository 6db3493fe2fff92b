//! Certificates: a root made at start, and one leaf per host when it is first asked for.

use super::ServeError;
use crate::sim::world::HostFault;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Validity of what is valid: no clock of a world or of this machine falls outside.
const FIRST_YEAR: i32 = 2020;
const LAST_YEAR: i32 = 2049;

/// The longest common name that X.509 allows.
const LONGEST_COMMON_NAME: usize = 64;

/// The certificate authority of one simulated internet.
pub(super) struct Certificates {
    root: CertifiedIssuer<'static, KeyPair>,
    /// The root of whoever breaks TLS open; nobody is told to trust it.
    foreign_root: OnceLock<CertifiedIssuer<'static, KeyPair>>,
    leaf_key: KeyPair,
    provider: Arc<rustls::crypto::CryptoProvider>,
    made: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Certificates {
    /// Makes the root.
    pub(super) fn new() -> Result<Self, ServeError> {
        let failed = |source| ServeError::Certificate {
            host: "the root".into(),
            source,
        };
        Ok(Certificates {
            root: make_root("fluxprobe simulated internet").map_err(failed)?,
            foreign_root: OnceLock::new(),
            leaf_key: KeyPair::generate().map_err(failed)?,
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            made: Mutex::default(),
        })
    }

    /// The root certificate, which clients must trust.
    pub(super) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// The TLS side of `host`, with what `fault` says is wrong with its certificate.
    pub(super) fn config(
        &self,
        host: &str,
        fault: &HostFault,
    ) -> Result<Arc<ServerConfig>, ServeError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.get(host) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.make_config(host, fault)?);
        made.insert(host.to_owned(), config.clone());
        Ok(config)
    }

    fn make_config(&self, host: &str, fault: &HostFault) -> Result<ServerConfig, ServeError> {
        let certificate = |source| ServeError::Certificate {
            host: host.to_owned(),
            source,
        };
        let tls = |source| ServeError::Tls {
            host: host.to_owned(),
            source,
        };
        let issuer = if fault.certificate_untrusted {
            self.foreign_root().map_err(certificate)?
        } else {
            &self.root
        };
        let params = leaf_params(host, fault).map_err(certificate)?;
        let leaf = params
            .signed_by(&self.leaf_key, issuer)
            .map_err(certificate)?;
        let chain = vec![leaf.der().clone(), issuer.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.leaf_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(tls)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(tls)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn foreign_root(&self) -> Result<&CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
        if let Some(root) = self.foreign_root.get() {
            return Ok(root);
        }
        let root = make_root("Example Corp Web Inspection CA")?;
        Ok(self.foreign_root.get_or_init(|| root))
    }
}

fn make_root(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ];
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(FIRST_YEAR, 1, 1);
    params.not_after = date_time_ymd(LAST_YEAR, 12, 31);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf_params(host: &str, fault: &HostFault) -> Result<CertificateParams, rcgen::Error> {
    let names = match fault.certificate_names.as_slice() {
        [] => vec![host.to_owned()],
        names => names.to_vec(),
    };
    let common_name = names[0].clone();
    let mut params = CertificateParams::new(names)?;
    if common_name.len() <= LONGEST_COMMON_NAME {
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(FIRST_YEAR, 1, 1);
    let (year, month, day) = if fault.certificate_expired {
        yesterday()
    } else {
        (LAST_YEAR, 12, 31)
    };
    params.not_after = date_time_ymd(year, month, day);
    Ok(params)
}

/// Year, month and day. Certificates are judged by the machine's clock, whatever the clock of the world says.
fn yesterday() -> (i32, u8, u8) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let date = today.date().yesterday().unwrap_or_else(|_| today.date());
    let number = |part: i8| u8::try_from(part).unwrap_or(1);
    (
        i32::from(date.year()),
        number(date.month()),
        number(date.day()),
    )
}

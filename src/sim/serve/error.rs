//! Why the simulated internet could not be served.

/// What went wrong while the server started or was used.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// No port could be had on the loopback interface.
    #[error("cannot listen on 127.0.0.1: {0}; is the loopback interface up?")]
    Listen(#[source] std::io::Error),
    /// A certificate could not be made.
    #[error("cannot make a certificate for {host}: {source}")]
    Certificate {
        /// The name it was for.
        host: String,
        /// What the certificate library said.
        source: rcgen::Error,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS for {host}: {source}")]
    Tls {
        /// The name it was for.
        host: String,
        /// What the TLS library said.
        source: rustls::Error,
    },
    /// The file with the root certificate could not be written.
    #[error(
        "cannot write the root certificate to {path}: {source}; name a directory that can be written to"
    )]
    WriteCa {
        /// Which file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

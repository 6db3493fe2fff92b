//! What kind of transport failure an error is, read from its types and not from its words.

use super::NameError;
use crate::model::{TransportError, TransportFailure};
use rustls::CertificateError;
use std::error::Error;
use std::io;

/// Names the failure behind `error`.
pub(super) fn classify(error: &reqwest::Error) -> TransportError {
    let kind = chain(error).find_map(kind_of).unwrap_or_else(|| {
        if error.is_timeout() {
            if error.is_connect() {
                TransportFailure::ConnectTimeout
            } else {
                TransportFailure::Timeout
            }
        } else if text_of(error).contains("tunnel") {
            TransportFailure::Proxy
        } else if error.is_body() || error.is_decode() {
            TransportFailure::Truncated
        } else {
            TransportFailure::Other
        }
    });
    TransportError {
        kind,
        text: text_of(error),
    }
}

/// Names the failure behind an error that no HTTP client has wrapped.
pub(super) fn of(error: &(dyn Error + 'static)) -> TransportError {
    TransportError {
        kind: chain(error)
            .find_map(kind_of)
            .unwrap_or(TransportFailure::Other),
        text: without_number(error.to_string()),
    }
}

/// An error of the system without its number, which says nothing and looks like a status.
fn without_number(mut text: String) -> String {
    if let Some(at) = text.find(" (os error ") {
        text.truncate(at);
    }
    text
}

/// The error and everything it was caused by.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| next_cause(*error))
}

fn next_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An io::Error hides the error it wraps from `source`.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn kind_of(error: &(dyn Error + 'static)) -> Option<TransportFailure> {
    if let Some(name) = error.downcast_ref::<NameError>() {
        return Some(match name {
            NameError::NotFound(_) => TransportFailure::DnsNotFound,
            NameError::ResolverFailed(..) => TransportFailure::DnsTemporary,
        });
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(kind_of_tls(tls));
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        if http.is_incomplete_message() || http.is_body_write_aborted() {
            return Some(TransportFailure::Reset);
        }
        if http.is_parse() {
            return Some(TransportFailure::Protocol);
        }
    }
    // An io::Error that wraps a TLS error is no failure of the connection itself.
    let io_error = error
        .downcast_ref::<io::Error>()
        .filter(|error| error.get_ref().is_none())?;
    match io_error.kind() {
        io::ErrorKind::ConnectionRefused => Some(TransportFailure::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(TransportFailure::Reset),
        io::ErrorKind::TimedOut
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => Some(TransportFailure::ConnectTimeout),
        _ => None,
    }
}

fn kind_of_tls(error: &rustls::Error) -> TransportFailure {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return TransportFailure::TlsHandshake;
    };
    match certificate {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TransportFailure::TlsExpired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TransportFailure::TlsHostname
        }
        CertificateError::UnknownIssuer => TransportFailure::TlsUntrusted,
        _ => TransportFailure::TlsHandshake,
    }
}

/// The whole chain in words, each part once.
fn text_of(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    // The outermost text repeats the URL, whose query may hold what must not be recorded.
    for cause in chain(error).skip(1) {
        let part = cause.to_string();
        if !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        "no further word from the HTTP client".to_owned()
    } else {
        parts.join(": ")
    }
}

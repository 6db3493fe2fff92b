//! A connection that starts with TLS: the name in the hello decides the certificate, and what goes wrong.

use super::answer::{self, Entry};
use super::server::Shared;
use http::uri::Scheme;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;

/// What a web server says to a TLS hello on a port where it speaks plain HTTP.
const PLAIN_ANSWER: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Serves one TLS connection. `named` is the host that a proxy was asked for, where the hello names none.
pub(super) async fn serve(shared: &Arc<Shared>, stream: TcpStream, named: Option<String>) {
    if !begins_with_a_hello(&stream).await {
        // A call in plain HTTP: to port 80, which shares this listener, or to a port that speaks no TLS.
        let entry = Entry {
            scheme: Scheme::HTTP,
            host: named.unwrap_or_default(),
            is_direct: true,
        };
        answer::serve(shared, stream, entry).await;
        return;
    }
    let acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
    // A client that leaves before its hello is no news.
    let start = tokio::select! {
        start = acceptor => start,
        _ = shared.stopped() => return,
    };
    let Ok(start) = start else {
        return;
    };
    let hello = start.client_hello().server_name().map(str::to_owned);
    let Some(host) = hello.or(named).map(|host| host.to_ascii_lowercase()) else {
        return;
    };
    let fault = shared
        .internet
        .fault_of_connection(&host)
        .cloned()
        .unwrap_or_default();
    if fault.reset {
        // Without lingering, closing sends RST instead of FIN.
        let _ = start.io.set_zero_linger();
        return;
    }
    if fault.not_tls || !shared.internet.takes_tls(&host) {
        let mut stream = start.io;
        let _ = stream.write_all(PLAIN_ANSWER).await;
        let _ = stream.shutdown().await;
        return;
    }
    let Ok(config) = shared.certificates.config(&host, &fault) else {
        return;
    };
    // A client that does not trust the certificate breaks off here, as it should.
    if let Ok(stream) = start.into_stream(config).await {
        let entry = Entry {
            scheme: Scheme::HTTPS,
            host,
            is_direct: true,
        };
        answer::serve(shared, stream, entry).await;
    }
}

/// Whether the first byte is that of a TLS record; also where the client leaves without one.
async fn begins_with_a_hello(stream: &TcpStream) -> bool {
    const HANDSHAKE: u8 = 22;
    let mut first = [0u8; 1];
    match stream.peek(&mut first).await {
        Ok(1) => first[0] == HANDSHAKE,
        _ => true,
    }
}

//! The plain port: a forward proxy (CONNECT, and absolute URLs in plain HTTP), the metadata address, and control.

use super::answer::{self, Entry};
use super::log::Seen;
use super::server::{Resolution, Shared};
use http::uri::Scheme;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest head of a CONNECT that is read, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;

/// How long to wait, in real time, between looks at a head that comes in pieces.
const GLANCE: Duration = Duration::from_millis(1);

const METHOD: &[u8] = b"CONNECT ";
const END: &[u8] = b"\r\n\r\n";
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection Established\r\n\r\n";

/// Serves one connection of the plain port.
pub(super) async fn serve(shared: &Arc<Shared>, mut stream: TcpStream) {
    let is_connect = tokio::select! {
        is_connect = is_connect(&stream) => is_connect,
        _ = shared.stopped() => return,
    };
    match is_connect {
        Ok(true) => {
            if let Ok(Some(target)) = read_target(&mut stream).await {
                tunnel(shared, stream, &target).await;
            }
        }
        Ok(false) => {
            let entry = Entry {
                scheme: Scheme::HTTP,
                host: String::new(),
                is_direct: false,
            };
            answer::serve(shared, stream, entry).await;
        }
        Err(_) => {}
    }
}

/// Looks at the first bytes without taking them.
async fn is_connect(stream: &TcpStream) -> std::io::Result<bool> {
    let mut start = [0u8; METHOD.len()];
    loop {
        let seen = stream.peek(&mut start).await?;
        if seen == 0 || !METHOD.starts_with(&start[..seen]) {
            return Ok(false);
        }
        if seen == METHOD.len() {
            return Ok(true);
        }
        // The socket stays readable while bytes wait in it, so there is nothing to be woken by.
        #[expect(
            clippy::disallowed_methods,
            reason = "a pause of the real socket, no moment of the world"
        )]
        tokio::time::sleep(GLANCE).await;
    }
}

/// Reads the head of a CONNECT, and nothing after it; gives `host:port`.
async fn read_target(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(END) {
        if head.len() == LONGEST_HEAD {
            return Ok(None);
        }
        // The client waits for an answer before it sends more, so this never reads past the head by itself;
        // byte by byte it cannot even with a client that does not wait.
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    Ok(head.split(' ').nth(1).map(str::to_owned))
}

async fn tunnel(shared: &Arc<Shared>, mut stream: TcpStream, target: &str) {
    let (host, port) = target.rsplit_once(':').unwrap_or((target, "443"));
    let host = host.to_ascii_lowercase();
    let is_plain = port == "80" && shared.internet.takes_plain_http(&host);
    let reached = match shared.resolve(&host) {
        Resolution::Address(address) if is_plain || port == "443" => shared.dead_end(address),
        _ => Some("502 Bad Gateway"),
    };
    if let Some(status) = reached {
        shared.log.add(Seen {
            method: "CONNECT".into(),
            host,
            path: String::new(),
            status: status[..3].parse().ok(),
        });
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
        return;
    }
    if stream.write_all(ESTABLISHED).await.is_err() {
        return;
    }
    if is_plain {
        let entry = Entry {
            scheme: Scheme::HTTP,
            host,
            is_direct: true,
        };
        answer::serve(shared, stream, entry).await;
    } else {
        super::tls::serve(shared, stream, Some(host)).await;
    }
}

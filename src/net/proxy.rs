//! The forward proxy that a connection goes through, read from the same variables as the HTTP client reads.

use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// Longest head of an answer to CONNECT.
const MOST_HEAD: usize = 16 << 10;

/// A forward proxy.
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    scheme: String,
    /// Value of `Proxy-Authorization`, where its URL holds a name and a password.
    credential: Option<http::HeaderValue>,
}

impl Proxy {
    /// The proxy for `url`, if there is one that can be tunnelled through.
    pub(super) fn of(proxies: &Matcher, url: &Url) -> Option<Self> {
        let found = proxies.intercept(&url.as_str().parse().ok()?)?;
        let scheme = found.uri().scheme_str().unwrap_or("http").to_owned();
        Some(Proxy {
            host: found.uri().host()?.to_owned(),
            port: found.uri().port_u16().unwrap_or(80),
            scheme,
            credential: found.basic_auth().cloned(),
        })
    }

    /// Its URL without its credential.
    pub(super) fn shown(&self) -> String {
        format!("{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// Asks for a tunnel to `host` (RFC 9110, section 9.3.6).
pub(super) async fn tunnel(
    mut stream: TcpStream,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<TcpStream, String> {
    if proxy.scheme != "http" {
        return Err(format!(
            "{} is no HTTP proxy, and only through those is the way looked at step by step",
            proxy.shown()
        ));
    }
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(value) = proxy.credential.as_ref().and_then(|v| v.to_str().ok()) {
        request.push_str(&format!("Proxy-Authorization: {value}\r\n"));
    }
    request.push_str("\r\n");
    let broken = |error: std::io::Error| format!("the proxy broke the connection: {error}");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head belongs to the handshake.
    while !head.ends_with(b"\r\n\r\n") && head.len() < MOST_HEAD {
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let line = head.lines().next().unwrap_or_default();
    match line.split(' ').nth(1) {
        Some("200") => Ok(stream),
        _ => Err(format!("the proxy answered CONNECT with: {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn proxy(address: &str) -> Proxy {
        let proxies = Matcher::builder()
            .https(format!("http://user:canary@{address}"))
            .no("direct.example")
            .build();
        let url = Url::parse("https://x.azure-api.net/a").unwrap();
        let direct = Url::parse("https://direct.example/a").unwrap();
        assert!(Proxy::of(&proxies, &direct).is_none());
        Proxy::of(&proxies, &url).unwrap()
    }

    async fn answered(answer: &'static str) -> (Result<TcpStream, String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let length = stream.read(&mut asked).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        };
        let proxy = proxy(&address.to_string());
        assert_eq!(proxy.shown(), format!("http://{address}"));
        let stream = TcpStream::connect(address).await.unwrap();
        tokio::join!(tunnel(stream, &proxy, "x.azure-api.net", 443), serve)
    }

    #[tokio::test]
    async fn a_tunnel_is_asked_for_with_the_proxys_own_credential() {
        let (opened, asked) = answered("HTTP/1.1 200 Connection Established\r\n\r\n").await;
        assert!(opened.is_ok());
        assert!(asked.starts_with("CONNECT x.azure-api.net:443 HTTP/1.1\r\n"));
        assert!(asked.contains("Proxy-Authorization: Basic dXNlcjpjYW5hcnk="));
    }

    #[tokio::test]
    async fn a_refusal_is_repeated_in_the_proxys_words() {
        let (opened, _) = answered("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
        assert_eq!(
            opened.unwrap_err(),
            "the proxy answered CONNECT with: HTTP/1.1 407 Proxy Authentication Required"
        );
    }
}

//! Opening a connection step by step, each step timed and its failure kept: what a client does unseen, made visible.
//!
//! Names, clock, roots and proxy are the door's own, so that what is examined is what a call would meet.

use super::phases::milliseconds;
use super::proxy::{self, Proxy};
use super::{Door, certificate, failure, tls};
use crate::model::{Address, Connection, Reach, Stage, TransportError, TransportFailure};
use rustls_pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// Longest time for one step: whoever has not answered by then will not.
const PATIENCE: Duration = Duration::from_secs(5);

impl Door {
    /// Opens a connection to the host of `url` and closes it again, without sending a request. Every address is
    /// tried; the handshake goes over the first that lets connections in.
    pub async fn examine(&self, url: &Url) -> Connection {
        // A simulated clock must not jump while real packets are waited for.
        let _under_way = self.clock.begin();
        let mut found = Connection {
            host: url.host_str().unwrap_or_default().to_owned(),
            is_unchecked: self.is_insecure,
            ..Connection::default()
        };
        let port = url.port_or_known_default().unwrap_or(443);
        let proxy = self.proxy_for(url);
        let addresses = match &proxy {
            None => {
                found.aliases = self.aliases(&found.host).await;
                self.look_up(&mut found, url.host_str().unwrap_or_default(), port)
                    .await
            }
            Some(proxy) => {
                found.proxy = Some(proxy.shown());
                self.look_up(&mut found, &proxy.host, proxy.port).await
            }
        };
        let Some(stream) = self.connect(&mut found, &addresses).await else {
            return found;
        };
        let stream = match &proxy {
            None => Some(stream),
            Some(proxy) => self.tunnel(&mut found, proxy, stream, port).await,
        };
        if let Some(stream) = stream.filter(|_| url.scheme() == "https") {
            self.shake_hands(&mut found, stream).await;
        }
        found
    }

    fn proxy_for(&self, url: &Url) -> Option<Proxy> {
        self.proxies
            .as_ref()
            .and_then(|proxies| Proxy::of(proxies, url))
    }

    async fn aliases(&self, host: &str) -> Vec<String> {
        match host.parse::<IpAddr>() {
            Ok(_) => Vec::new(),
            Err(_) => self.names.aliases(host).await,
        }
    }

    async fn look_up(&self, found: &mut Connection, host: &str, port: u16) -> Vec<SocketAddr> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return vec![SocketAddr::new(address, port)];
        }
        let started = self.clock.elapsed();
        let resolved = self.within(self.names.resolve(host)).await;
        let (addresses, error) = match resolved {
            Some(Ok(addresses)) => (addresses, None),
            Some(Err(error)) => (Vec::new(), Some(failure::of(&error))),
            None => (
                Vec::new(),
                Some(waited(TransportFailure::DnsTemporary, "the resolver")),
            ),
        };
        found.dns = Some(self.stage(started, error));
        let mut addresses: Vec<SocketAddr> = addresses
            .into_iter()
            .map(|address| match address.port() {
                0 => SocketAddr::new(address.ip(), port),
                _ => address,
            })
            .collect();
        addresses.dedup();
        addresses
    }

    /// Tries every address; gives the first connection that opens.
    async fn connect(&self, found: &mut Connection, addresses: &[SocketAddr]) -> Option<TcpStream> {
        let mut open = None;
        let mut last = None;
        for address in addresses {
            let started = self.clock.elapsed();
            let error = match self.within(TcpStream::connect(*address)).await {
                Some(Ok(stream)) => {
                    open.get_or_insert(stream);
                    None
                }
                Some(Err(error)) => Some(failure::of(&error)),
                None => Some(waited(TransportFailure::ConnectTimeout, "the address")),
            };
            let stage = self.stage(started, error);
            // The stage as a whole is that of the address that counts: the first that opens, else the last tried.
            if last
                .as_ref()
                .is_none_or(|kept: &Stage| kept.error.is_some())
            {
                last = Some(stage.clone());
            }
            found.addresses.push(Address {
                address: address.to_string(),
                reach: reach_of(address.ip()),
                tried: Some(stage),
            });
        }
        found.tcp = last;
        open
    }

    async fn tunnel(
        &self,
        found: &mut Connection,
        proxy: &Proxy,
        stream: TcpStream,
        port: u16,
    ) -> Option<TcpStream> {
        let started = self.clock.elapsed();
        let opened = self
            .within(proxy::tunnel(stream, proxy, &found.host, port))
            .await;
        let (stream, error) = match opened {
            Some(Ok(stream)) => (Some(stream), None),
            Some(Err(text)) => (None, Some(text)),
            None => (None, Some("the proxy did not answer in time".to_owned())),
        };
        if let Some(text) = error {
            let kind = TransportFailure::Proxy;
            found.tcp = Some(self.stage(started, Some(TransportError { kind, text })));
        }
        stream
    }

    async fn shake_hands(&self, found: &mut Connection, stream: TcpStream) {
        let started = self.clock.elapsed();
        let Ok(name) = ServerName::try_from(found.host.clone()) else {
            return;
        };
        let witness = Arc::new(tls::Witness::new(self.verifier.clone()));
        let config = match tls::watched_config(witness.clone()) {
            Ok(config) => config,
            Err(error) => {
                let error = TransportError {
                    kind: TransportFailure::TlsHandshake,
                    text: error.to_string(),
                };
                found.tls = Some(self.stage(started, Some(error)));
                return;
            }
        };
        let connector = TlsConnector::from(Arc::new(config));
        let shaken = self.within(connector.connect(name, stream)).await;
        let error = match &shaken {
            Some(Ok(stream)) => {
                let version = stream.get_ref().1.protocol_version();
                found.tls_version = version.map(tls::version_name);
                witness.verdict().map(|error| failure::of(&error))
            }
            Some(Err(error)) => Some(of_handshake(error)),
            None => Some(waited(TransportFailure::TlsHandshake, "the server")),
        };
        let chain = witness.chain();
        found.certificates = chain.iter().map(|der| certificate::read(der)).collect();
        found.tls = Some(self.stage(started, error));
    }

    async fn within<T>(&self, step: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = step => Some(done),
            () = self.clock.sleep(PATIENCE) => None,
        }
    }

    fn stage(&self, started: Duration, error: Option<TransportError>) -> Stage {
        Stage {
            ms: milliseconds(self.clock.elapsed().saturating_sub(started)),
            error,
        }
    }
}

/// A server that ends the connection in the middle of a handshake has none to offer.
fn of_handshake(error: &std::io::Error) -> TransportError {
    let error = failure::of(error);
    match error.kind {
        TransportFailure::Other => TransportError {
            kind: TransportFailure::TlsHandshake,
            ..error
        },
        _ => error,
    }
}

fn waited(kind: TransportFailure, who: &str) -> TransportError {
    TransportError {
        kind,
        text: format!("{who} did not answer within {} s", PATIENCE.as_secs()),
    }
}

/// RFC 1918 and 6598, RFC 4193, and link-local addresses are private.
fn reach_of(address: IpAddr) -> Reach {
    let is_private = match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            address.is_private() || address.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    match (address.is_loopback(), is_private) {
        (true, _) => Reach::Loopback,
        (_, true) => Reach::Private,
        (false, false) => Reach::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_ranges_are_told_from_the_internet() {
        for (address, reach) in [
            ("127.0.0.1", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("10.1.2.3", Reach::Private),
            ("172.31.0.1", Reach::Private),
            ("192.168.0.1", Reach::Private),
            ("169.254.169.254", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("172.32.0.1", Reach::Public),
            ("100.128.0.1", Reach::Public),
            ("20.50.2.1", Reach::Public),
        ] {
            assert_eq!(reach_of(address.parse().unwrap()), reach, "{address}");
        }
    }
}

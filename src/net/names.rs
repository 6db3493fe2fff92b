//! How names become addresses.

use super::{aliases, phases};
use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Resolves host names. An address with a port other than 0 is connected to on that port where the URL names none.
#[async_trait]
pub trait Names: Send + Sync {
    /// Every address of `host`.
    ///
    /// # Errors
    /// [`NameError`] where there is none.
    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, NameError>;

    /// The names that `host` is an alias of, in order; empty where there are none or nobody tells.
    async fn aliases(&self, _host: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Why a name has no address.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NameError {
    /// The name does not exist.
    #[error(
        "the name {0} does not exist (NXDOMAIN): check its spelling, and private DNS zones if it is private"
    )]
    NotFound(String),
    /// The resolver did not answer.
    #[error(
        "the resolver did not answer for {0} ({1}): check this machine's DNS server and port 53"
    )]
    ResolverFailed(String, String),
}

/// The machine's resolver.
#[derive(Debug, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, NameError> {
        match tokio::net::lookup_host((host, 0)).await {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) if error.to_string().contains("emporary failure") => Err(
                NameError::ResolverFailed(host.to_owned(), error.to_string()),
            ),
            Err(_) => Err(NameError::NotFound(host.to_owned())),
        }
    }

    async fn aliases(&self, host: &str) -> Vec<String> {
        aliases::of(host).await
    }
}

/// Addresses given by hand, as with curl's `--resolve HOST:PORT:ADDRESS`, before another resolver is asked.
pub struct Overrides {
    by_host: BTreeMap<String, Vec<SocketAddr>>,
    otherwise: Arc<dyn Names>,
}

impl Overrides {
    /// Puts `entries` (`HOST:PORT:ADDRESS[,ADDRESS]`) before `otherwise`.
    ///
    /// # Errors
    /// A sentence that names the entry which is not of that form.
    pub fn new(entries: &[String], otherwise: Arc<dyn Names>) -> Result<Self, String> {
        let mut by_host = BTreeMap::new();
        for entry in entries {
            let addresses = parse_entry(entry).ok_or_else(|| {
                format!("--resolve {entry:?} is not HOST:PORT:ADDRESS, e.g. x.azure-api.net:443:10.0.0.4")
            })?;
            by_host.insert(addresses.0, addresses.1);
        }
        Ok(Overrides { by_host, otherwise })
    }
}

fn parse_entry(entry: &str) -> Option<(String, Vec<SocketAddr>)> {
    let mut parts = entry.splitn(3, ':');
    let (host, port, addresses) = (parts.next()?, parts.next()?, parts.next()?);
    let _: u16 = port.parse().ok()?;
    let addresses: Option<Vec<SocketAddr>> = addresses
        .split(',')
        .map(|address| {
            let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
            Some(SocketAddr::new(address, 0))
        })
        .collect();
    Some((host.to_ascii_lowercase(), addresses?))
}

#[async_trait]
impl Names for Overrides {
    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, NameError> {
        match self.by_host.get(&host.to_ascii_lowercase()) {
            Some(addresses) => Ok(addresses.clone()),
            None => self.otherwise.resolve(host).await,
        }
    }

    async fn aliases(&self, host: &str) -> Vec<String> {
        match self.by_host.contains_key(&host.to_ascii_lowercase()) {
            true => Vec::new(),
            false => self.otherwise.aliases(host).await,
        }
    }
}

/// [`Names`] as the HTTP client wants them, timed.
pub(super) struct TimedNames(pub(super) Arc<dyn Names>);

impl Resolve for TimedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.0.clone();
        let phases = phases::current();
        Box::pin(async move {
            phases.mark(phases::Mark::DnsStart);
            let found = names.resolve(name.as_str()).await;
            phases.mark(phases::Mark::DnsEnd);
            match found {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(error) => Err(error.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_override_wins_and_other_names_go_on() {
        let entries = ["x.example:443:127.0.0.9".to_owned()];
        let names = Overrides::new(&entries, Arc::new(SystemNames)).unwrap();
        assert_eq!(
            names.resolve("X.example").await.unwrap(),
            [SocketAddr::from(([127, 0, 0, 9], 0))]
        );
        assert!(!names.resolve("localhost").await.unwrap().is_empty());
    }

    #[test]
    fn a_malformed_override_is_named() {
        let error = Overrides::new(&["x.example:10.0.0.4".to_owned()], Arc::new(SystemNames))
            .err()
            .unwrap();
        assert!(
            error.starts_with("--resolve \"x.example:10.0.0.4\" is not HOST:PORT:ADDRESS"),
            "{error}"
        );
    }
}

//! What another program must know to use a simulated internet: the ready file.

use crate::sim::world::{Gateway, World};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Addresses and credentials of a running simulated internet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadyInfo {
    /// URL of the forward proxy, for `HTTPS_PROXY`.
    pub proxy: String,
    /// File with the root certificate, for `SSL_CERT_FILE`.
    pub ca_file: PathBuf,
    /// The port of 127.0.0.1 that speaks TLS for every host, for clients that take no proxy:
    /// `curl --connect-to ::127.0.0.1:PORT`.
    pub tls_port: u16,
    /// Every host that can be named beforehand.
    pub hosts: Vec<String>,
    /// URL of the control endpoint.
    pub control: String,
    /// The first Azure subscription; empty where the world has none.
    pub subscription_id: String,
    /// The Entra tenant.
    pub tenant_id: String,
    /// A client that signs in with a secret; empty where the world has none.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// API Management services.
    pub gateways: Vec<ReadyGateway>,
    /// Foundry accounts.
    pub accounts: Vec<ReadyAccount>,
    /// What of the world is not simulated, each with its place.
    pub not_simulated: Vec<String>,
}

/// How to call a gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadyGateway {
    /// Name of the service.
    pub name: String,
    /// Its URL, without a path.
    pub url: String,
    /// The primary key of an active subscription, for all APIs where there is one; empty where there is none.
    pub subscription_key: String,
}

/// How to call an account directly.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadyAccount {
    /// Name of the account.
    pub name: String,
    /// Its endpoint, as ARM prints it.
    pub endpoint: String,
    /// Its first key.
    pub api_key: String,
}

impl ReadyInfo {
    pub(super) fn of(world: &World, hosts: Vec<String>, proxy: String, ca_file: PathBuf) -> Self {
        // One whose secret has ended is better than none: it is refused in its own words.
        let (client_id, client_secret) = world
            .clients
            .iter()
            .filter(|(_, client)| !client.managed_identity)
            .filter_map(|(id, client)| Some((client.secret_expired, id, client.secret.clone()?)))
            .min_by_key(|(is_expired, ..)| *is_expired)
            .map(|(_, id, secret)| (id.clone(), secret))
            .unwrap_or_default();
        ReadyInfo {
            control: proxy.clone(),
            proxy,
            ca_file,
            tls_port: 0,
            not_simulated: Vec::new(),
            hosts,
            subscription_id: world.subscription_id("").to_owned(),
            tenant_id: world.tenant.id.clone(),
            client_id,
            client_secret,
            gateways: world
                .gateways
                .iter()
                .map(|(name, gateway)| ReadyGateway {
                    name: name.clone(),
                    url: format!("https://{name}.azure-api.net"),
                    subscription_key: subscription_key(gateway),
                })
                .collect(),
            accounts: world
                .accounts
                .iter()
                .map(|(name, account)| ReadyAccount {
                    name: name.clone(),
                    endpoint: world.account_endpoint(name).unwrap_or_default(),
                    api_key: account.keys.first().cloned().unwrap_or_default(),
                })
                .collect(),
        }
    }
}

fn subscription_key(gateway: &Gateway) -> String {
    let active = || {
        gateway
            .subscriptions
            .values()
            .filter(|subscription| subscription.state == "active")
    };
    active()
        .find(|subscription| subscription.scope == "/apis")
        .or_else(|| active().next())
        .map(|subscription| subscription.primary_key.clone())
        .unwrap_or_default()
}

//! Keys and tokens, asked for when a call needs one, remembered for the session, and never written anywhere.

use crate::discover::{
    self, Arm, list_account_keys, list_debug_credentials, list_gateway_keys, list_trace,
};
use crate::model::{AccountName, GatewayLeg, GatewayName, Target};
use crate::net::Door;
use crate::run::KeySource;
use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// Keys that need not be asked for, because the user configured them.
#[derive(Debug, Default)]
pub struct ConfiguredKeys {
    /// Keys of single accounts and gateways.
    pub named: discover::Keys,
    /// Key that no gateway is named for.
    pub any_gateway: Option<Secret>,
    /// Key that no account is named for.
    pub any_account: Option<Secret>,
}

impl ConfiguredKeys {
    /// The key of a gateway. One that no gateway is named for is shown only where there is no other.
    fn gateway(&self, leg: &GatewayLeg, is_only: bool) -> Option<Secret> {
        let named = self.named.gateway(leg);
        named
            .map(|key| Secret::new(key.expose().to_owned()))
            .or_else(|| self.any_gateway.clone().filter(|_| is_only))
    }

    /// The key of an account. One that no account is named for is shown only where there is no other.
    fn account(&self, target: &Target, is_only: bool) -> Option<Secret> {
        let named = self.named.account(target);
        named
            .map(|key| Secret::new(key.expose().to_owned()))
            .or_else(|| self.any_account.clone().filter(|_| is_only))
    }
}

/// What came of asking for a secret.
type Asked = Result<Secret, String>;

/// The session's keys.
pub(super) struct Keys {
    door: Arc<Door>,
    credential: Result<Arc<dyn TokenCredential>, String>,
    configured: ConfiguredKeys,
    /// When patience with ARM ends, by the door's clock.
    deadline: Option<Duration>,
    /// Whether several accounts, and whether several gateways, can be called.
    are_many: (AtomicBool, AtomicBool),
    asked: Mutex<BTreeMap<String, Asked>>,
    /// Debug tokens, each with the moment at which it was asked for.
    trace_tokens: Mutex<BTreeMap<String, (Asked, Duration)>>,
}

/// How long a debug token is used; it ends after an hour.
const TRACE_TOKEN_LIFE: Duration = Duration::from_secs(50 * 60);

impl Keys {
    pub(super) fn new(
        door: Arc<Door>,
        credential: Result<Arc<dyn TokenCredential>, String>,
        configured: ConfiguredKeys,
        deadline: Option<Duration>,
    ) -> Self {
        Keys {
            door,
            credential,
            configured,
            deadline,
            are_many: Default::default(),
            asked: Mutex::default(),
            trace_tokens: Mutex::default(),
        }
    }

    /// Notes what can be called, so that a key without a name goes nowhere that it may not be for.
    pub(super) fn know(&self, targets: &[Target]) {
        let accounts: BTreeSet<&AccountName> = targets.iter().map(|one| &one.account).collect();
        let legs = targets.iter().filter_map(|one| one.gateway.as_ref());
        let gateways: BTreeSet<&GatewayName> = legs.map(|leg| &leg.gateway).collect();
        self.are_many.0.store(accounts.len() > 1, Ordering::Relaxed);
        self.are_many.1.store(gateways.len() > 1, Ordering::Relaxed);
    }

    /// Whether a key of the gateway is configured, or can be asked for.
    pub(super) fn has_gateway_key(&self, leg: &GatewayLeg) -> bool {
        let is_only = !self.are_many.1.load(Ordering::Relaxed);
        leg.gateway_id.is_some() || self.configured.gateway(leg, is_only).is_some()
    }

    fn arm(&self) -> Result<Arm, String> {
        let clock = self.door.clock().clone();
        let arm = Arm::new(self.door.clone(), self.credential.clone()?, clock);
        Ok(arm.until(self.deadline))
    }
}

#[async_trait]
impl KeySource for Keys {
    async fn gateway_key(&self, leg: &GatewayLeg) -> Result<Secret, String> {
        let is_only = !self.are_many.1.load(Ordering::Relaxed);
        if let Some(key) = self.configured.gateway(leg, is_only) {
            return Ok(key);
        }
        let Some(id) = &leg.gateway_id else {
            return Err(format!(
                "no key for gateway {}: neither the variable that `key_from` names in fluxprobe.yaml nor APIM_SUBSCRIPTION_KEY is set",
                leg.gateway
            ));
        };
        let Some(subscription) = &leg.subscription else {
            return Err(format!(
                "no key for gateway {}: no subscription of it opens API {}; create one, or set APIM_SUBSCRIPTION_KEY",
                leg.gateway, leg.api
            ));
        };
        // Held while asking, so that a hundred cases ask once.
        let mut asked = self.asked.lock().await;
        let name = format!("{id}/subscriptions/{subscription}");
        if let Some(known) = asked.get(&name) {
            return known.clone();
        }
        let answer = match self.arm() {
            Ok(arm) => list_gateway_keys(&arm, id, subscription)
                .await
                .map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        let answer = answer.map_err(|why| format!("{why}; or set APIM_SUBSCRIPTION_KEY"));
        asked.insert(name, answer.clone());
        answer
    }

    async fn account_key(&self, target: &Target) -> Result<Secret, String> {
        let is_only = !self.are_many.0.load(Ordering::Relaxed);
        if let Some(key) = self.configured.account(target, is_only) {
            return Ok(key);
        }
        let Some(id) = &target.account_id else {
            let why = self.configured.named.missing(target);
            let why = why.unwrap_or("neither `key_from` in fluxprobe.yaml nor a variable gives it");
            return Err(format!("no key for account {}: {why}", target.account));
        };
        let mut asked = self.asked.lock().await;
        if let Some(known) = asked.get(id.as_str()) {
            return known.clone();
        }
        let answer = match self.arm() {
            Ok(arm) => list_account_keys(&arm, id)
                .await
                .map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        asked.insert(id.to_string(), answer.clone());
        answer
    }

    async fn trace_token(&self, leg: &GatewayLeg) -> Result<Secret, String> {
        let Some(id) = &leg.gateway_id else {
            return Err(format!("gateway {} was not discovered", leg.gateway));
        };
        let now = self.door.clock().elapsed();
        let name = format!("{id}/apis/{}", leg.api);
        let mut tokens = self.trace_tokens.lock().await;
        if let Some((known, since)) = tokens.get(&name)
            && now.saturating_sub(*since) < TRACE_TOKEN_LIFE
        {
            return known.clone();
        }
        let answer = match self.arm() {
            Ok(arm) => list_debug_credentials(&arm, id, &leg.api)
                .await
                .map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        tokens.insert(name, (answer.clone(), now));
        answer
    }

    async fn trace(&self, leg: &GatewayLeg, id: &str) -> Result<Value, String> {
        let Some(gateway) = &leg.gateway_id else {
            return Err(format!("gateway {} was not discovered", leg.gateway));
        };
        list_trace(&self.arm()?, gateway, id)
            .await
            .map_err(|error| error.to_string())
    }

    async fn token(&self, scope: &str) -> Result<Secret, String> {
        let credential = self.credential.clone()?;
        // The credential keeps its own tokens until they end.
        let token = credential
            .get_token(&[scope], None)
            .await
            .map_err(|error| error.to_string())?;
        Ok(token.token)
    }
}

//! Requests that buy nothing: each lacks its prompt, and most lack their key.

use super::known;
use super::landing::{Landing, landing};
use super::subject::{Subject, Way, place_of};
use crate::diagnose;
use crate::knowledge::azure;
use crate::model::{
    CallKind, Diagnosis, Exchange, GatewayLeg, GatewayTrace, Hop, Inventory, Leg, Probe,
};
use crate::net::{BodySink, Credential, Outgoing, OutgoingBody, Place as CredentialPlace};
use crate::provider::azure::{KeyPlace, Place, Route};
use crate::provider::{Ask, build};
use crate::run::{Tools, ask_for_trace, read_trace};
use azure_core::credentials::Secret;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Longest time for one probe; a refusal takes a fraction of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most of an answer that is kept. An error is far shorter.
const MOST_BODY: usize = 64 << 10;
/// Most of an answer that is read.
const MOST_READ: usize = 1 << 20;
/// A key that no service ever gave out.
const GARBAGE: &str = "00000000000000000000000000000000";
/// Longest wait that an answer to the call that counts may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Sends probes and says how far each got.
pub(super) struct Prober<'a> {
    pub(super) tools: &'a Tools,
    pub(super) subject: &'a Subject<'a>,
    pub(super) inventory: Option<&'a Inventory>,
    /// Whether the gateway is asked to trace the call that counts.
    pub(super) is_tracing: bool,
}

/// A probe that was sent.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) exchange: Exchange,
    pub(super) diagnosis: Diagnosis,
    pub(super) landing: Landing,
}

/// What a probe shows to be let in.
#[derive(Clone)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// A key that is none.
    Garbage(CredentialPlace),
    /// The right one.
    Right(Credential),
}

impl Prober<'_> {
    /// Sends one.
    pub(super) async fn send(&self, url: &Url, shown: &Shown) -> Sent {
        self.deliver(url, shown, false).await
    }

    /// Sends the one that counts, traced where that was asked for.
    ///
    /// Somebody else's calls may have used a limit up, which says nothing of the URL: what is told to wait waits once.
    pub(super) async fn call(&self, url: &Url, shown: &Shown) -> Sent {
        let sent = self.deliver(url, shown, self.is_tracing).await;
        let wait = sent.exchange.header("retry-after").map(str::parse);
        match (sent.landing, wait) {
            (Landing::Throttled, Some(Ok(seconds))) if seconds <= LONGEST_WAIT.as_secs() => {
                let wait = Duration::from_secs(seconds);
                self.tools.door.clock().sleep(wait).await;
                self.deliver(url, shown, self.is_tracing).await
            }
            _ => sent,
        }
    }

    /// What `shown` becomes with a token of Entra beside it, or in its place where it is nothing.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn with_token(&self, shown: &Shown) -> Result<Shown, String> {
        let token = self.tools.keys.token(&azure().scopes.models).await?;
        let credential = match shown {
            Shown::Right(Credential {
                place: CredentialPlace::Header(name),
                secret,
            }) => Credential {
                place: CredentialPlace::HeaderAndToken(name.clone(), token),
                secret: secret.clone(),
            },
            _ => Credential {
                place: CredentialPlace::Bearer,
                secret: token,
            },
        };
        Ok(Shown::Right(credential))
    }

    /// The same call straight to the account behind the gateway; nothing where no account is known there.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub(super) async fn direct(&self, url: &Url) -> Option<Result<Sent, String>> {
        let way = self.subject.way(url).filter(|way| way.is_known)?;
        if way.leg != Leg::Gateway {
            return None;
        }
        let ask = Ask {
            leg: Some(Leg::Direct),
            ..Ask::generate("")
        };
        let own = build(&way.target, &ask).ok()?.url;
        let like = Route::parse(own.as_str())
            .ok()
            .zip(Route::parse(url.as_str()).ok())
            .and_then(|(own, given)| Url::parse(&known::like(&own, &given)?).ok());
        let direct = like.unwrap_or(own);
        Some(match self.key(&direct, None).await {
            Ok(shown) => Ok(self.send(&direct, &shown).await),
            Err(why) => Err(why),
        })
    }

    /// The key that was pasted, in a header of that name.
    pub(super) fn pasted_in(&self, header: &str) -> Option<Shown> {
        let key = self.subject.pasted.key.as_ref()?;
        Some(Shown::Right(Credential {
            place: CredentialPlace::Header(header.to_owned()),
            secret: Secret::new(key.secret.clone()),
        }))
    }

    async fn deliver(&self, url: &Url, shown: &Shown, is_traced: bool) -> Sent {
        let way = self.subject.way(url);
        let leg = way.as_ref().map(|way| way.leg);
        let credential = match shown {
            Shown::Nothing => None,
            Shown::Garbage(place) => Some(Credential {
                place: place.clone(),
                secret: Secret::new(GARBAGE),
            }),
            Shown::Right(credential) => Some(credential.clone()),
        };
        let model = self.subject.model_at(url).map(|model| model.name);
        let body = body_for(url, way.as_ref(), model).to_string();
        let mut outgoing = Outgoing {
            method: http::Method::POST,
            url: url.clone(),
            headers: Vec::new(),
            body: OutgoingBody {
                bytes: body.clone().into(),
                content_type: Some("application/json".to_owned()),
                shown: Some(body),
            },
            credential,
            trace_token: None,
            timeout: PATIENCE,
            leg,
        };
        let gateway = way.and_then(|way| way.target.gateway.filter(|_| leg == Some(Leg::Gateway)));
        let tracing = match is_traced {
            true => Some(self.begin_trace(&mut outgoing, gateway.as_ref()).await),
            false => None,
        };
        let mut sink = TextSink::default();
        let mut exchange = self.tools.door.send(outgoing, &mut sink).await;
        exchange.trace = match (tracing, &gateway) {
            (Some(Ok(secrets)), Some(leg)) => Some(self.read_trace(&exchange, leg, &secrets).await),
            (Some(Err(absent)), _) => Some(absent),
            _ => None,
        };
        // Without a prompt there is nothing to draw, so nothing to pay for.
        exchange.is_billing_ambiguous = false;
        if let Some(response) = &mut exchange.response {
            response.is_body_cut |= sink.is_cut;
            response.body = String::from_utf8_lossy(&sink.text).into_owned();
        }
        let diagnosis = diagnose::explain_in(&exchange, self.inventory);
        let landing = landing(&exchange, &diagnosis, leg);
        Sent {
            exchange,
            diagnosis,
            landing,
        }
    }

    async fn begin_trace(
        &self,
        outgoing: &mut Outgoing,
        leg: Option<&GatewayLeg>,
    ) -> Result<Vec<Secret>, GatewayTrace> {
        ask_for_trace(outgoing, leg, self.tools.keys.as_ref()).await?;
        let secrets = outgoing.credential.iter().flat_map(Credential::secrets);
        Ok(secrets.chain(outgoing.trace_token.clone()).collect())
    }

    async fn read_trace(
        &self,
        exchange: &Exchange,
        leg: &GatewayLeg,
        secrets: &[Secret],
    ) -> GatewayTrace {
        let secrets: Vec<&str> = secrets.iter().map(Secret::secret).collect();
        let keys = self.tools.keys.as_ref();
        let clock = self.tools.door.clock().as_ref();
        read_trace(exchange, leg, &secrets, keys, clock).await
    }

    /// The right credential for a call of `url`, or none where none is asked for.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn key(&self, url: &Url, asked_in: Option<&str>) -> Result<Shown, String> {
        if let Some(key) = &self.subject.pasted.key
            && self.is_own_host(url)
        {
            let place = match &key.place {
                KeyPlace::Query(name) => CredentialPlace::Query(name.clone()),
                KeyPlace::Header(name) => CredentialPlace::Header(name.clone()),
                KeyPlace::Bearer => CredentialPlace::Bearer,
            };
            return Ok(Shown::Right(Credential {
                place,
                secret: Secret::new(key.secret.clone()),
            }));
        }
        let Some(way) = self.subject.way(url) else {
            let host = url.host_str().unwrap_or_default();
            return Err(format!(
                "{host} is no gateway or account that was discovered or configured, so no key is sent there; name it \
                 under `targets:` in fluxprobe.yaml"
            ));
        };
        match way.leg {
            Leg::Gateway => self.gateway_key(&way, asked_in).await,
            Leg::Direct => self.account_key(&way).await,
        }
    }

    fn is_own_host(&self, url: &Url) -> bool {
        let own = self.subject.pasted.url.as_ref();
        own.is_some_and(|own| own.host() == url.host())
    }

    async fn gateway_key(&self, way: &Way, asked_in: Option<&str>) -> Result<Shown, String> {
        let Some(leg) = &way.target.gateway else {
            return Ok(Shown::Nothing);
        };
        if !leg.is_subscription_required {
            return Ok(Shown::Nothing);
        }
        let secret = self.tools.keys.gateway_key(leg).await?;
        // What the gateway itself says it reads wins over what was read of its configuration.
        let header = match asked_in {
            Some(header) => header.to_owned(),
            None => leg.key_names.header.clone(),
        };
        Ok(Shown::Right(Credential {
            place: CredentialPlace::Header(header),
            secret,
        }))
    }

    async fn account_key(&self, way: &Way) -> Result<Shown, String> {
        let keys = &self.tools.keys;
        let (place, secret) = match keys.account_key(&way.target).await {
            Ok(secret) => {
                let header = azure().account_key_header.clone();
                (CredentialPlace::Header(header), secret)
            }
            // An account whose keys may not be read or are switched off is called with a token instead.
            Err(why) => match keys.token(&azure().scopes.models).await {
                Ok(secret) => (CredentialPlace::Bearer, secret),
                Err(also) => return Err(format!("{why}; {also}")),
            },
        };
        Ok(Shown::Right(Credential { place, secret }))
    }
}

impl Sent {
    /// As the report shows it.
    pub(super) fn named(self, name: impl Into<String>) -> Probe {
        Probe {
            name: name.into(),
            hop: self
                .diagnosis
                .hop
                .or_else(|| diagnose::hop(&self.exchange).hop),
            says: self.says(),
            exchange: self.exchange,
        }
    }

    /// Who answered, in words.
    pub(super) fn who(&self) -> &'static str {
        match diagnose::hop(&self.exchange).hop {
            Some(Hop::Gateway) => "the gateway",
            Some(Hop::Backend) => "the model service",
            Some(Hop::ContentFilter) => "a content filter",
            Some(Hop::Proxy) => "a proxy",
            _ => "a hop that does not tell who it is",
        }
    }

    /// What the answer means.
    pub(super) fn says(&self) -> String {
        match self.landing {
            Landing::Model => "reaches the model, which misses a prompt".to_owned(),
            Landing::NoRoute => "nothing is published there".to_owned(),
            Landing::KeyAsked => "a key is asked for".to_owned(),
            Landing::Redirect => match self.exchange.header("location") {
                Some(location) => format!("sends the caller on to {}", shown_url(location)),
                None => "sends the caller on, and does not say where".to_owned(),
            },
            _ => self.diagnosis.title.clone(),
        }
    }
}

/// A URL of an answer without its query, which may hold anything.
fn shown_url(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) => crate::net::recordable_url(&url),
        Err(_) => text.split('?').next().unwrap_or_default().to_owned(),
    }
}

/// A body that a call of `url` takes, all but what it is to draw. `model` goes where the body names the model.
fn body_for(url: &Url, way: Option<&Way>, model: Option<String>) -> Value {
    match place_of(url) {
        Some(Place::Deployment {
            call: CallKind::Describe,
            ..
        }) => json!({"messages": []}),
        Some(Place::Provider { segment }) => {
            let known = way.filter(|way| way.is_known);
            let model = known.map_or(segment, |way| way.target.deployment.to_string());
            json!({"model": model, "n": 1})
        }
        Some(Place::ModelName { call }) => {
            let mut body = match call {
                CallKind::Describe => json!({"messages": []}),
                _ => json!({"n": 1}),
            };
            if let Some(model) = model {
                body["model"] = model.into();
            }
            body
        }
        _ => json!({"n": 1}),
    }
}

/// Keeps the beginning of an answer as text.
#[derive(Default)]
struct TextSink {
    text: Vec<u8>,
    taken: usize,
    is_cut: bool,
}

impl BodySink for TextSink {
    fn begin(&mut self, _content_type: Option<&str>) {}

    fn push(&mut self, chunk: &[u8]) -> bool {
        self.taken += chunk.len();
        let room = MOST_BODY.saturating_sub(self.text.len());
        self.is_cut |= chunk.len() > room;
        self.text.extend(chunk.iter().take(room));
        self.taken <= MOST_READ
    }
}

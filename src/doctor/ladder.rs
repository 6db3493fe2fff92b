//! The climb from rung to rung. The first broken one ends it.

use super::connection::{dns_finding, tcp_finding, tls_finding};
use super::landing::Landing;
use super::probe::{Prober, Sent, Shown};
use super::subject::place_of;
use super::versions::other_version;
use crate::model::{
    Connection, Exchange, GatewayTrace, Leg, Reach, RecordedRequest, Rung, RungName, RungState,
};
use crate::net::{Place as CredentialPlace, recordable_url};
use crate::provider::azure::{Place, Route};
use url::Url;

/// A climb, and what was learnt on it.
#[derive(Default)]
pub(super) struct Climb {
    pub(super) rungs: Vec<Rung>,
    pub(super) connection: Connection,
    /// The call without a key; absent where no connection opens.
    pub(super) without_key: Option<Sent>,
    /// The call as it should be made; absent where there is no key for it.
    pub(super) with_key: Option<Sent>,
    /// What the right key was, or that none is needed.
    pub(super) key: Option<Shown>,
    /// The same URL with an api-version that is known there, where its own is not.
    pub(super) other_version: Option<Url>,
    pub(super) notes: Vec<String>,
    /// What the gateway's trace says of the call, where one was asked for.
    pub(super) trace: Option<GatewayTrace>,
    /// The exchange that shows what is broken.
    pub(super) broken: Option<Exchange>,
    /// The same call straight to the account, or why it was not made; absent where there is none to make.
    pub(super) direct: Option<Result<Sent, String>>,
    /// The cause that this exchange is explained by; empty where none is named.
    pub(super) cause: String,
}

impl Climb {
    /// Climbs as far as it goes.
    pub(super) async fn up(prober: &Prober<'_>, url: &Url) -> Climb {
        let mut climb = Climb {
            connection: prober.tools.door.examine(url).await,
            ..Climb::default()
        };
        if climb.connect(url) {
            climb.call(prober, url).await;
        }
        let reached = climb.rungs.len();
        for name in RungName::ALL.into_iter().skip(reached) {
            climb.put(name, RungState::NotReached, None, String::new());
        }
        climb
    }

    /// The rung that is broken, if any.
    pub(super) fn broken_at(&self) -> Option<RungName> {
        let mut rungs = self.rungs.iter();
        let broken = rungs.find(|rung| rung.state == RungState::Broken)?;
        Some(broken.name)
    }

    /// DNS, TCP and TLS.
    fn connect(&mut self, url: &Url) -> bool {
        let found = self.connection.clone();
        let steps = [
            (RungName::Dns, found.dns.as_ref(), dns_finding(&found)),
            (RungName::Tcp, found.tcp.as_ref(), tcp_finding(&found)),
            (RungName::Tls, found.tls.as_ref(), tls_finding(&found)),
        ];
        for (name, stage, (finding, evidence)) in steps {
            let error = stage.and_then(|stage| stage.error.as_ref());
            let state = match error {
                None => RungState::Good,
                Some(_) => RungState::Broken,
            };
            self.put(name, state, stage.map(|stage| stage.ms), finding);
            if let Some(rung) = self.rungs.last_mut() {
                rung.evidence = evidence;
            }
            if let Some(error) = error {
                self.broken = Some(Exchange {
                    request: RecordedRequest {
                        method: Some("POST".to_owned()),
                        url: Some(recordable_url(url)),
                        ..RecordedRequest::default()
                    },
                    transport_error: Some(error.clone()),
                    ..Exchange::default()
                });
                return false;
            }
        }
        true
    }

    /// HTTP, and what only answers tell.
    async fn call(&mut self, prober: &Prober<'_>, url: &Url) {
        let bare = prober.send(url, &Shown::Nothing).await;
        self.without_key = Some(bare.clone());
        let first_byte = bare.exchange.timings_ms.first_byte;
        let ms = first_byte.or(Some(bare.exchange.timings_ms.total));
        let problem = match bare.landing {
            Landing::Nowhere => Some(
                bare.exchange
                    .transport_error
                    .as_ref()
                    .map_or_else(String::new, |error| error.text.clone()),
            ),
            Landing::Edge | Landing::Network => Some(bare.diagnosis.title.clone()),
            Landing::Redirect => Some(bare.says()),
            _ => None,
        };
        if let Some(finding) = problem {
            self.put(RungName::Http, RungState::Broken, ms, finding);
            self.broken = Some(bare.exchange);
            return;
        }
        let status = bare.exchange.status().unwrap_or_default();
        let finding = format!("{} answers, {status} without a key", bare.who());
        self.put(RungName::Http, RungState::Good, ms, finding);
        let header = asked_in(&bare.exchange);
        match self.key_for(prober, url, header.as_deref()).await {
            Ok(Shown::Nothing) if !prober.is_tracing && bare.landing != Landing::Throttled => {
                self.finish(prober, url, Shown::Nothing, bare).await;
            }
            Ok(shown) => {
                let sent = prober.call(url, &shown).await;
                self.finish(prober, url, shown, sent).await;
            }
            Err(why) => {
                if matches!(bare.landing, Landing::KeyAsked | Landing::KeyRefused) {
                    self.notes.push(format!("no key to call with: {why}"));
                }
                self.judge(prober, url, bare).await;
            }
        }
    }

    /// Judges the call that counts, made once more with a token where a policy asks for one.
    async fn finish(&mut self, prober: &Prober<'_>, url: &Url, shown: Shown, sent: Sent) {
        let (mut shown, mut sent) = (Some(shown), sent);
        let cause = sent.diagnosis.cause.as_ref();
        if cause.is_some_and(|cause| cause.as_str() == JWT)
            && let Some(key) = &shown
        {
            match prober.with_token(key).await {
                Ok(both) => {
                    sent = prober.call(url, &both).await;
                    shown = Some(both);
                }
                Err(why) => {
                    let note = format!("no token to call with, which a policy asks for: {why}");
                    self.notes.push(note);
                    sent.landing = Landing::KeyAsked;
                    shown = None;
                }
            }
        }
        self.trace.clone_from(&sent.exchange.trace);
        if matches!(shown, Some(Shown::Right(_))) {
            self.with_key = Some(sent.clone());
        }
        self.key = shown;
        self.judge(prober, url, sent).await;
    }

    /// The credential for the call that counts.
    ///
    /// A key that was not pasted with the URL goes over no connection that others can read.
    async fn key_for(
        &self,
        prober: &Prober<'_>,
        url: &Url,
        asked_in: Option<&str>,
    ) -> Result<Shown, String> {
        let mut addresses = self.connection.addresses.iter();
        let is_public = addresses.any(|address| address.reach == Reach::Public);
        let is_open = url.scheme() == "http" && (is_public || self.connection.proxy.is_some());
        if is_open && prober.subject.pasted.key.is_none() {
            return Err("no key is sent over plain HTTP to a public address".to_owned());
        }
        prober.key(url, asked_in).await
    }

    async fn judge(&mut self, prober: &Prober<'_>, url: &Url, sent: Sent) {
        let leg = prober.subject.way(url).map(|way| way.leg);
        let route = Route::parse(url.as_str()).ok();
        let version = route
            .as_ref()
            .and_then(|route| route.api_version().map(str::to_owned));
        let ms = Some(sent.exchange.timings_ms.total);
        let is_gateway = leg != Some(Leg::Direct);
        match sent.landing {
            Landing::NoRoute => return self.no_route(prober, url, sent, version).await,
            Landing::KeyAsked | Landing::KeyRefused if is_gateway && is_apims(&sent.exchange) => {
                let finding = "the gateway has an operation for it: it looks at the key only then";
                self.put(RungName::Route, RungState::Good, ms, finding);
            }
            Landing::KeyAsked | Landing::KeyRefused if is_gateway => {
                let finding = "not told: who answers looks at the key first";
                self.put(RungName::Route, RungState::Unjudged, ms, finding);
            }
            Landing::KeyAsked | Landing::KeyRefused => {
                let finding = "not told: the account looks at the key first";
                self.put(RungName::Route, RungState::Unjudged, ms, finding);
            }
            Landing::Behind => {
                let finding = "the gateway has an operation for it";
                self.put(RungName::Route, RungState::Good, ms, finding);
            }
            _ => {
                let finding = match is_gateway {
                    true => "the gateway has an operation for it",
                    false => "the account knows the path",
                };
                self.put(RungName::Route, RungState::Good, ms, finding);
            }
        }
        if self.key.is_none() && sent.landing == Landing::KeyAsked {
            self.put(
                RungName::Key,
                RungState::Unjudged,
                None,
                "there is no key to call with",
            );
            for name in [RungName::ApiVersion, RungName::Model] {
                self.put(
                    name,
                    RungState::Unjudged,
                    None,
                    "cannot be told without a key",
                );
            }
            return;
        }
        if matches!(
            sent.landing,
            Landing::KeyAsked
                | Landing::KeyRefused
                | Landing::Network
                | Landing::Edge
                | Landing::Redirect
                | Landing::Nowhere
        ) {
            return self.break_at(RungName::Key, ms, sent);
        }
        self.put(
            RungName::Key,
            RungState::Good,
            ms,
            key_finding(self.key.as_ref()),
        );
        if sent.landing == Landing::NoVersion {
            self.other_version = other_version(prober, url, self.key.as_ref()).await;
            return self.break_at(RungName::ApiVersion, ms, sent);
        }
        let finding = match (&version, &route) {
            (None, Some(route)) if !route.is_versioned() => "this surface has none".to_owned(),
            (Some(version), _) => format!("{version} is known there"),
            (None, _) => "the URL names none, and none is asked for".to_owned(),
        };
        match sent.landing {
            Landing::Behind => {
                let finding = "not told: the call did not get past the gateway's backend";
                self.put(RungName::ApiVersion, RungState::Unjudged, None, finding);
            }
            _ => self.put(RungName::ApiVersion, RungState::Good, ms, finding),
        }
        if sent.landing == Landing::NoModel
            && matches!(place_of(url), Some(Place::ModelName { .. }))
        {
            let tried = prober.subject.model_at(url);
            if tried.as_ref().is_none_or(|model| !model.is_certain) {
                let finding = match tried {
                    Some(model) => format!(
                        "not told: the model stands in the body, and `{}`, which was tried, is not known there",
                        model.name
                    ),
                    None => "not told: the model stands in the body, and none is known to call"
                        .to_owned(),
                };
                return self.put(RungName::Model, RungState::Unjudged, ms, finding);
            }
        }
        if sent.landing != Landing::Model {
            return self.break_at(RungName::Model, ms, sent);
        }
        let status = sent.exchange.status().unwrap_or_default();
        let finding = match status {
            200..300 => format!("{status}, though the request has no prompt"),
            _ => format!(
                "{status} from the model: it reads requests and misses a prompt, so nothing was bought"
            ),
        };
        self.put(RungName::Model, RungState::Good, ms, finding);
    }

    /// A 404 for the path may be one for the api-version: gateway and account say the same to both.
    async fn no_route(
        &mut self,
        prober: &Prober<'_>,
        url: &Url,
        sent: Sent,
        version: Option<String>,
    ) {
        let ms = Some(sent.exchange.timings_ms.total);
        let found = other_version(prober, url, self.key.as_ref()).await;
        if found.is_none() {
            return self.break_at(RungName::Route, ms, sent);
        }
        self.other_version = found;
        self.put(
            RungName::Route,
            RungState::Good,
            ms,
            "with another api-version the path is known",
        );
        let state = match &self.key {
            Some(_) => (RungState::Good, key_finding(self.key.as_ref())),
            None => (
                RungState::Unjudged,
                "there is no key to call with".to_owned(),
            ),
        };
        self.put(RungName::Key, state.0, None, state.1);
        let title = match version {
            Some(version) => {
                format!("{version} is not known there: the answer is the 404 of an unknown path")
            }
            None => {
                "the URL has no api-version: the answer is the 404 of an unknown path".to_owned()
            }
        };
        self.put(RungName::ApiVersion, RungState::Broken, ms, title);
        self.broken = Some(sent.exchange);
    }

    fn break_at(&mut self, name: RungName, ms: Option<f64>, sent: Sent) {
        self.put(name, RungState::Broken, ms, sent.diagnosis.title.clone());
        self.broken = Some(sent.exchange);
    }

    fn put(
        &mut self,
        name: RungName,
        state: RungState,
        ms: Option<f64>,
        finding: impl Into<String>,
    ) {
        self.rungs.push(Rung {
            name,
            state,
            ms,
            finding: finding.into(),
            evidence: Vec::new(),
        });
    }
}

/// The cause of a call that a policy turned away for want of a token.
const JWT: &str = "apim_jwt_rejected";

/// Whether API Management looked at the key: only then has it an operation for the call.
fn is_apims(exchange: &Exchange) -> bool {
    let challenge = exchange.header("www-authenticate").unwrap_or_default();
    challenge.starts_with("AzureApiManagementKey") || exchange.body().contains("subscription key")
}

/// The header that a gateway says it reads its key from.
pub(super) fn asked_in(exchange: &Exchange) -> Option<String> {
    let challenge = exchange.header("www-authenticate")?;
    if challenge.contains("type=\"query\"") {
        return None;
    }
    let (_, rest) = challenge.split_once("name=\"")?;
    Some(rest.split('"').next()?.to_owned())
}

fn key_finding(key: Option<&Shown>) -> String {
    match key {
        Some(Shown::Right(credential)) => match &credential.place {
            CredentialPlace::Header(name) => {
                format!("taken, in header {name}")
            }
            CredentialPlace::Query(name) => format!("taken, in query parameter {name}"),
            CredentialPlace::Bearer => "an Entra token is taken".to_owned(),
            CredentialPlace::HeaderAndToken(name, _) => {
                format!("taken, in header {name}, with an Entra token beside it")
            }
        },
        _ => "none is asked for".to_owned(),
    }
}

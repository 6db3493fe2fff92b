//! One attempt: the request made, let through or held back, sent once, and what it cost.

use super::call::{Prepared, Refusal, prepare};
use super::case::CaseState;
use super::pictures::{AnswerSink, Source, links};
use super::step::StepRunner;
use super::trace::{ask_for_trace, read_trace};
use crate::diagnose;
use crate::expr::Context;
use crate::knowledge::by_id;
use crate::model::{CredentialUse, Exchange, GatewayTrace, Hop, Leg, StepRun, Verdict};
use crate::net::{Outgoing, OutgoingBody, recordable_url};
use azure_core::credentials::Secret;
use bytes::Bytes;
use std::collections::BTreeMap;
use url::Url;

/// One attempt that is to be made.
pub(super) struct Attempt {
    pub(super) name: String,
    pub(super) context: Context,
}

/// What one attempt gives.
pub(super) struct Outcome {
    pub(super) run: StepRun,
    pub(super) files: BTreeMap<String, Bytes>,
    pub(super) money: Money,
}

/// What one attempt cost.
#[derive(Default)]
pub(super) struct Money {
    pub(super) images: u32,
    pub(super) spent_usd: f64,
    pub(super) possibly_spent_usd: f64,
    pub(super) avoided_usd: f64,
}

impl StepRunner<'_> {
    /// Sends once and records, without checking.
    pub(super) async fn send(&self, state: &CaseState, attempt: &Attempt) -> Outcome {
        let prepared = prepare(self, state, &attempt.context).await;
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(Refusal::Skip(why)) => return not_made(attempt.name.clone(), Verdict::Skip, why),
            Err(Refusal::NoCredential(why)) => {
                let mut outcome = not_made(attempt.name.clone(), Verdict::Error, why);
                outcome.run.hop = Some(Hop::Client);
                return outcome;
            }
            Err(Refusal::Error(why)) => return not_made(attempt.name.clone(), Verdict::Error, why),
        };
        let price = self.price(prepared.images);
        if let Some(why) = self.withheld(state, &prepared, price) {
            let mut outcome = not_made(attempt.name.clone(), Verdict::Skip, why);
            outcome.run.is_withheld = true;
            outcome.money.avoided_usd = price;
            return outcome;
        }
        self.pace(&prepared).await;
        let (exchange, files) = self.exchange(&prepared).await;
        let money = self.money(&prepared, &exchange);
        self.shared
            .ledger
            .settle(price, money.spent_usd + money.possibly_spent_usd);
        let hop = diagnose::hop(&exchange).hop;
        let run = StepRun {
            name: attempt.name.clone(),
            verdict: Verdict::Pass,
            why: String::new(),
            checks: Vec::new(),
            exchange: Some(exchange),
            hop,
            output: Vec::new(),
            is_on_route: prepared.is_on_route,
            is_withheld: false,
        };
        Outcome { run, files, money }
    }

    async fn exchange(&self, prepared: &Prepared) -> (Exchange, BTreeMap<String, Bytes>) {
        let mut sink = AnswerSink::default();
        let door = &self.shared.tools.door;
        let mut outgoing = prepared.outgoing.clone();
        let tracing = self.begin_trace(&mut outgoing).await;
        let record = outgoing.clone();
        let sent = {
            let sending = door.send(outgoing, &mut sink);
            tokio::select! {
                exchange = sending => Some(exchange),
                () = self.shared.options.stop.stopped() => None,
            }
        };
        let mut exchange = sent.unwrap_or_else(|| door.given_up(&record));
        exchange.trace = self.trace(tracing, &exchange).await;
        let keeps_files = self
            .step
            .capture
            .values()
            .any(|that| that.contains("picture"));
        let judges = &self.shared.judges;
        let mut files = judges
            .finish(sink, &mut exchange, Source::Answer, keeps_files)
            .await;
        if prepared.makes_pictures && exchange.pictures().is_empty() {
            for link in links(&exchange) {
                files.extend(self.download(link, &mut exchange, keeps_files).await);
            }
        }
        (exchange, files)
    }

    /// Has the gateway trace the call where that was asked for; gives the secrets that its trace may repeat, or why
    /// there will be none.
    async fn begin_trace(
        &self,
        outgoing: &mut Outgoing,
    ) -> Option<Result<Vec<Secret>, GatewayTrace>> {
        if !self.shared.options.is_tracing || outgoing.leg != Some(Leg::Gateway) {
            return None;
        }
        let leg = self.case.target.gateway.as_ref();
        let asked = ask_for_trace(outgoing, leg, self.shared.tools.keys.as_ref()).await;
        let secrets = outgoing.credential.iter().map(|one| one.secret.clone());
        let secrets = secrets.chain(outgoing.trace_token.clone()).collect();
        Some(asked.map(|()| secrets))
    }

    async fn trace(
        &self,
        tracing: Option<Result<Vec<Secret>, GatewayTrace>>,
        exchange: &Exchange,
    ) -> Option<GatewayTrace> {
        let secrets = match tracing? {
            Ok(secrets) => secrets,
            Err(absent) => return Some(absent),
        };
        let leg = self.case.target.gateway.as_ref()?;
        let secrets: Vec<&str> = secrets.iter().map(Secret::secret).collect();
        let tools = &self.shared.tools;
        let clock = tools.door.clock().as_ref();
        Some(read_trace(exchange, leg, &secrets, tools.keys.as_ref(), clock).await)
    }

    /// Fetches a picture that the answer only links to, without any credential, and adds it to the exchange.
    async fn download(
        &self,
        link: Url,
        exchange: &mut Exchange,
        keeps_files: bool,
    ) -> BTreeMap<String, Bytes> {
        if let Some(response) = &mut exchange.response {
            // A link's signature is a key to the picture for as long as it lasts.
            response.body = response.body.replace(link.as_str(), &recordable_url(&link));
        }
        let outgoing = Outgoing {
            method: http::Method::GET,
            url: link,
            headers: Vec::new(),
            body: OutgoingBody::default(),
            credential: None,
            trace_token: None,
            timeout: self.step.timeout,
            leg: None,
        };
        let mut sink = AnswerSink::default();
        let mut fetched = self.shared.tools.door.send(outgoing, &mut sink).await;
        let judges = &self.shared.judges;
        let files = judges
            .finish(sink, &mut fetched, Source::Link, keeps_files)
            .await;
        if let (Some(response), Some(from)) = (&mut exchange.response, fetched.response) {
            response.pictures.extend(from.pictures);
        }
        files
    }

    async fn pace(&self, prepared: &Prepared) {
        let Some(way) = &prepared.way else {
            return;
        };
        let clock = self.shared.tools.door.clock();
        let pacer = &self.shared.pacer;
        if !self.step.is_paced {
            if is_turned_away(self.step.how.credential) {
                return;
            }
            pacer.note(&way.account, &way.deployment, clock.as_ref());
            return;
        }
        let target = &self.case.target;
        let peer = target
            .peers
            .iter()
            .find(|peer| peer.deployment == way.deployment);
        let limits = peer.map_or(&target.rate_limits, |peer| &peer.rate_limits);
        let pause = pacer.reserve(&way.account, &way.deployment, limits, clock.elapsed());
        if !pause.is_zero() {
            self.wait("the deployment's rate limit", pause).await;
        }
    }

    /// Why the call must not be made although it could be: its way is dead, the budget is used up, or its case lacks a
    /// picture already for such a reason and can no longer be proved by buying others.
    fn withheld(&self, state: &CaseState, prepared: &Prepared, price: f64) -> Option<String> {
        if prepared.images == 0 {
            return self.shared.ledger.reserve(price).err();
        }
        let way = prepared.way.as_ref();
        way.and_then(|way| self.shared.blocks.reason(way))
            .or_else(|| state.withheld().map(str::to_owned))
            .or_else(|| self.shared.ledger.reserve(price).err())
    }

    fn price(&self, images: u32) -> f64 {
        let family = self.case.target.family.as_ref().and_then(by_id);
        family.map_or(0.0, |family| family.price_usd * f64::from(images))
    }

    fn money(&self, prepared: &Prepared, exchange: &Exchange) -> Money {
        // What broke off on its way has not come, however much of it arrived.
        let came = if prepared.makes_pictures && !exchange.is_billing_ambiguous {
            exchange.pictures().len() as u32
        } else {
            0
        };
        let may_be_billed = prepared.images > 0 && came == 0 && may_have_drawn(exchange);
        Money {
            images: came,
            spent_usd: self.price(came),
            possibly_spent_usd: if may_be_billed {
                self.price(prepared.images)
            } else {
                0.0
            },
            avoided_usd: 0.0,
        }
    }
}

/// Whether a call that no whole picture came of may have been billed all the same: nobody said that it was refused.
fn may_have_drawn(exchange: &Exchange) -> bool {
    match exchange.status() {
        Some(status) => (200..300).contains(&status),
        None => exchange.is_billing_ambiguous,
    }
}

/// Whether a call with this credential is refused before it counts against a deployment.
fn is_turned_away(credential: CredentialUse) -> bool {
    matches!(
        credential,
        CredentialUse::None | CredentialUse::WrongKey | CredentialUse::WrongHeader
    )
}

/// An attempt that was not made, and why.
pub(super) fn not_made(name: String, verdict: Verdict, why: String) -> Outcome {
    Outcome {
        run: StepRun {
            name,
            verdict,
            why,
            checks: Vec::new(),
            exchange: None,
            hop: None,
            output: Vec::new(),
            is_on_route: false,
            is_withheld: false,
        },
        files: BTreeMap::new(),
        money: Money::default(),
    }
}

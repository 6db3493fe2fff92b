//! One attempt: the request made, let through or held back, sent once, and what it cost. What an earlier life of the run
//! has sent is recalled instead.

use super::call::{Prepared, Refusal, kind_of, prepare};
use super::case::CaseState;
use super::journal::{Called, Intent, Known, Paid, Sent};
use super::pace::{Course, Place};
use super::pictures::{AnswerSink, Source, links};
use super::step::StepRunner;
use super::trace::{ask_for_trace, is_fault, read_trace};
use crate::diagnose;
use crate::expr::Context;
use crate::model::{CallKind, Exchange, GatewayTrace, Hop, Leg, StepRun, TraceContext, Verdict};
use crate::net::{Credential, Outgoing, OutgoingBody, recordable_url};
use azure_core::credentials::Secret;
use bytes::Bytes;
use std::collections::BTreeMap;
use url::Url;

/// Header that tells every hop which trace a request belongs to (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";

/// One attempt that is to be made.
pub(super) struct Attempt {
    pub(super) name: String,
    pub(super) context: Context,
    /// Where it arrives, where it counts against a deployment.
    pub(super) course: Option<Course>,
    /// Its number among those that wait for their turn.
    pub(super) number: u64,
}

/// What one attempt gives.
pub(super) struct Outcome {
    pub(super) run: StepRun,
    pub(super) files: BTreeMap<String, Bytes>,
    pub(super) paid: Paid,
}

impl StepRunner<'_> {
    /// Sends once and records, without checking. What the journal knows of is not sent again.
    pub(super) async fn send(&self, state: &CaseState, attempt: &Attempt) -> Outcome {
        let context = self.shared.trace_context(self.key, &attempt.name);
        let lost = match self.recall(&attempt.name) {
            Some(Known::Sent(sent)) => return self.recalled(*sent),
            Some(Known::Lost(intent)) if !self.shared.options.pays_again => return left(*intent),
            Some(Known::Lost(intent)) => Some(*intent),
            None => None,
        };
        let mut outcome = self
            .send_anew(state, attempt, lost.as_ref(), &context)
            .await;
        outcome.paid.possibly_spent_usd += lost.map_or(0.0, |lost| lost.price_usd);
        outcome
    }

    async fn send_anew(
        &self,
        state: &CaseState,
        attempt: &Attempt,
        lost: Option<&Intent>,
        context: &TraceContext,
    ) -> Outcome {
        let prepared = prepare(self, state, &attempt.context).await;
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            Err(Refusal::Skip(why)) => return not_made(attempt.name.clone(), Verdict::Skip, why),
            Err(Refusal::NoCredential(why)) => {
                let mut outcome = not_made(attempt.name.clone(), Verdict::Error, why);
                outcome.run.hop = Some(Hop::Client);
                return outcome;
            }
            Err(Refusal::Error(why)) => return not_made(attempt.name.clone(), Verdict::Error, why),
        };
        self.join_trace(&mut prepared.outgoing, context);
        let price = self.price(&attempt.context);
        if let Some(why) = self.withheld(state, &prepared, price) {
            return withheld(attempt.name.clone(), why);
        }
        let place = self.place(attempt).await;
        let number = match self.announce(attempt, &prepared, price, lost) {
            Ok(number) => number,
            Err(why) => {
                if let Some(place) = place {
                    place.give_back();
                }
                self.shared.ledger.settle(price, 0.0);
                return withheld(attempt.name.clone(), why);
            }
        };
        let called = self.called(attempt, &prepared);
        let (exchange, files, is_given_up) = self.exchange(attempt, &prepared, place).await;
        let paid = self.paid(&prepared, &exchange, &attempt.context);
        self.shared
            .ledger
            .settle(price, paid.spent_usd + paid.possibly_spent_usd);
        let run = attempted(
            &attempt.name,
            exchange,
            prepared.is_on_route,
            prepared.is_refusal_intended,
        );
        // What was given up is as lost as what a kill cut off: its intent stands, and a continued run asks anew.
        if !is_given_up {
            let lost_usd = lost.map_or(0.0, |lost| lost.price_usd);
            let sent = Sent {
                number,
                case: self.key.to_owned(),
                attempt: attempt.name.clone(),
                way: called,
                paid: Paid {
                    possibly_spent_usd: paid.possibly_spent_usd + lost_usd,
                    ..paid
                },
                pictures: Vec::new(),
                step: run.clone(),
            };
            self.shared
                .write_down(|journal, at_ms| journal.sent_one(at_ms, sent, &files));
        }
        Outcome { run, files, paid }
    }

    /// Says where the exchange belongs, unless the scenario says so itself or leaves the header out.
    fn join_trace(&self, outgoing: &mut Outgoing, context: &TraceContext) {
        let mut named = self.step.how.headers.keys();
        if !named.any(|name| name.eq_ignore_ascii_case(TRACEPARENT)) {
            outgoing
                .headers
                .push((TRACEPARENT.to_owned(), context.header()));
        }
    }

    /// Makes sure that the call may still be made, and writes down that it will be where it is paid for.
    fn announce(
        &self,
        attempt: &Attempt,
        prepared: &Prepared,
        price: f64,
        lost: Option<&Intent>,
    ) -> Result<Option<u64>, String> {
        let shared = self.shared;
        if let Some(why) = shared.over() {
            return Err(why);
        }
        let Some(journal) = shared.options.journal.as_ref().filter(|_| price > 0.0) else {
            return Ok(None);
        };
        let mut exchange = shared.tools.door.given_up(&prepared.outgoing);
        if let Some(error) = &mut exchange.transport_error {
            error.text = "the run was killed before an answer was written down".to_owned();
        }
        let price_usd = price + lost.map_or(0.0, |lost| lost.price_usd);
        let intent = Intent {
            number: 0,
            case: self.key.to_owned(),
            attempt: attempt.name.clone(),
            price_usd,
            way: self.called(attempt, prepared),
            instead_of: lost.map(|lost| lost.number),
            step: attempted(&attempt.name, exchange, false, prepared.is_refusal_intended),
        };
        let number = journal.about_to_pay(shared.at_ms(), intent);
        number
            .map(Some)
            .inspect_err(|why| shared.journal_failed(why))
    }

    fn recall(&self, attempt: &str) -> Option<Known> {
        let journal = self.shared.options.journal.as_ref()?;
        journal.recall(self.key, attempt)
    }

    /// Whether an earlier life of the run has made this attempt, so that nothing is waited for before it.
    pub(super) fn is_known(&self, attempt: &str) -> bool {
        let journal = self.shared.options.journal.as_ref();
        journal.is_some_and(|journal| journal.knows(self.key, attempt))
    }

    fn recalled(&self, sent: Sent) -> Outcome {
        let picture = |digest: String| {
            let journal = self.shared.options.journal.as_ref()?;
            Some((digest.clone(), journal.picture(&digest)?))
        };
        Outcome {
            run: sent.step,
            files: sent.pictures.into_iter().filter_map(picture).collect(),
            paid: sent.paid,
        }
    }

    /// What came of the call, the pictures that are kept, and whether it was given up because the run was ended.
    async fn exchange(
        &self,
        attempt: &Attempt,
        prepared: &Prepared,
        place: Option<Place<'_>>,
    ) -> (Exchange, BTreeMap<String, Bytes>, bool) {
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
        let is_given_up = sent.is_none();
        let answered_at = door.clock().elapsed();
        let mut exchange = sent.unwrap_or_else(|| door.given_up(&record));
        let keeps_files = self
            .step
            .capture
            .values()
            .any(|that| that.contains("picture"));
        let judges = &self.shared.judges;
        let mut files = judges
            .finish(sink, &mut exchange, Source::Answer, keeps_files)
            .await;
        self.settle_place(attempt, place, &exchange, answered_at);
        exchange.trace = self.trace(tracing, &exchange).await;
        if let (Some(Leg::Gateway), Some(leg)) = (exchange.leg, &self.case.target.gateway) {
            self.shared.wishes.learn(leg, &exchange);
        }
        if prepared.makes_pictures && exchange.pictures().is_empty() {
            for link in links(&exchange) {
                files.extend(self.download(link, &mut exchange, keeps_files).await);
            }
        }
        (exchange, files, is_given_up)
    }

    /// Has the gateway trace the call where that was asked for; gives the secrets that its trace may repeat, or why
    /// there will be none.
    async fn begin_trace(
        &self,
        outgoing: &mut Outgoing,
    ) -> Option<Result<Vec<Secret>, GatewayTrace>> {
        if outgoing.leg != Some(Leg::Gateway) {
            return None;
        }
        let leg = self.case.target.gateway.as_ref();
        let is_asked = self.shared.options.is_tracing;
        let wishes = &self.shared.wishes;
        if !is_asked && !leg.is_some_and(|leg| wishes.wants(leg)) {
            return None;
        }
        let asked = ask_for_trace(outgoing, leg, self.shared.tools.keys.as_ref()).await;
        let secrets = outgoing.credential.iter().flat_map(Credential::secrets);
        let secrets = secrets.chain(outgoing.trace_token.clone()).collect();
        if let (false, Err(_), Some(leg)) = (is_asked, &asked, leg) {
            wishes.give_up(leg);
            return None;
        }
        Some(asked.map(|()| secrets))
    }

    async fn trace(
        &self,
        tracing: Option<Result<Vec<Secret>, GatewayTrace>>,
        exchange: &Exchange,
    ) -> Option<GatewayTrace> {
        let leg = self.case.target.gateway.as_ref()?;
        let secrets = match tracing? {
            Ok(secrets) => secrets,
            Err(absent) => return Some(absent),
        };
        // Where nobody asked for traces, only that of another fault is worth reading.
        if !self.shared.options.is_tracing && !is_fault(exchange) {
            return None;
        }
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

    /// What the call counts against, how it goes there and for what.
    fn called(&self, attempt: &Attempt, prepared: &Prepared) -> Option<Called> {
        let course = attempt.course.as_ref()?;
        let leg = prepared.outgoing.leg?;
        let kind = kind_of(&self.step.action).unwrap_or(CallKind::Describe);
        let account = self.case.target.account.clone();
        Some((account, course.deployment.clone(), leg, kind))
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

    fn paid(&self, prepared: &Prepared, exchange: &Exchange, context: &Context) -> Paid {
        // What broke off on its way has not come, however much of it arrived.
        let came = if prepared.makes_pictures && !exchange.is_billing_ambiguous {
            exchange.pictures().len() as u32
        } else {
            0
        };
        let may_be_billed = prepared.images > 0 && came == 0 && may_have_drawn(exchange);
        Paid {
            images: came,
            spent_usd: self.price_of_answer(context, exchange, came),
            possibly_spent_usd: if may_be_billed {
                self.price(context)
            } else {
                0.0
            },
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

/// An attempt that was made, before its checks.
fn attempted(
    name: &str,
    exchange: Exchange,
    is_on_route: bool,
    is_refusal_intended: bool,
) -> StepRun {
    let hop = diagnose::hop(&exchange).hop;
    StepRun {
        exchange: Some(exchange),
        hop,
        is_on_route,
        is_refusal_intended,
        ..not_made(name.to_owned(), Verdict::Pass, String::new()).run
    }
}

/// An attempt that a kill cut off after it was paid for, or before: nobody knows, so it is not paid for again.
fn left(intent: Intent) -> Outcome {
    let why = format!(
        "possibly spent: the run was killed while this call was under way, so ${:.2} may have been billed; --pay-again \
         buys it anew",
        intent.price_usd
    );
    Outcome {
        run: StepRun {
            verdict: Verdict::Error,
            why,
            ..intent.step
        },
        files: BTreeMap::new(),
        paid: Paid {
            possibly_spent_usd: intent.price_usd,
            ..Paid::default()
        },
    }
}

/// An attempt that was held back although it could have been made.
fn withheld(name: String, why: String) -> Outcome {
    let mut outcome = not_made(name, Verdict::Skip, why);
    outcome.run.is_withheld = true;
    outcome
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
            is_refusal_intended: false,
        },
        files: BTreeMap::new(),
        paid: Paid::default(),
    }
}

//! The whole checkup: the URL read, the ladder climbed, probes around it, the URL put right and the new one proved.

use super::DoctorError;
use super::candidates::{Candidate, Kind, candidates, explaining};
use super::ladder::{Climb, asked_in};
use super::landing::Landing;
use super::probe::{Prober, Sent, Shown};
use super::subject::Subject;
use crate::diagnose;
use crate::knowledge::{HostForm, azure, host_form_of};
use crate::model::{
    Checkup, Confidence, Correction, Diagnosis, Exchange, GatewayTrace, Hop, Inventory, KeyNames,
    Remedy, Rung, RungName, RungState, SCHEMA_VERSION, Target,
};
use crate::net::{Place, recordable_url};
use crate::provider::azure::{Route, RouteFault};
use crate::run::Tools;
use url::Url;

/// Checks `asked`, a URL or the name of one of `targets`. `inventory` helps where there is one; `is_tracing` asks the
/// gateway for its own trace of the call.
///
/// # Errors
/// [`DoctorError`] where `asked` names nothing.
pub async fn check(
    asked: &str,
    targets: &[Target],
    inventory: Option<&Inventory>,
    tools: &Tools,
    is_tracing: bool,
) -> Result<Checkup, DoctorError> {
    let subject = Subject::of(asked, targets, inventory)?;
    let prober = Prober {
        tools,
        subject: &subject,
        inventory,
        is_tracing,
    };
    let clock = tools.door.clock();
    let started = clock.elapsed();
    let faults = &subject.pasted.faults;
    let mut checkup = Checkup {
        schema_version: SCHEMA_VERSION,
        taken_at: clock.timestamp(),
        asked: subject.asked.clone(),
        flaws: faults.iter().map(ToString::to_string).collect(),
        is_mended: subject.pasted.is_mended,
        ..Checkup::default()
    };
    match &subject.pasted.url {
        Some(url) => follow(&mut checkup, &prober, url).await,
        None => {
            checkup.rungs = RungName::ALL.map(not_reached).to_vec();
            let own = subject.own_urls().into_iter();
            let candidates = own.filter_map(|(url, _)| {
                let url = Url::parse(&url).ok()?;
                let kind = Kind::Nearest;
                Some(Candidate { url, kind })
            });
            correct(&mut checkup, &prober, candidates.collect()).await;
        }
    }
    let elapsed = clock.elapsed().saturating_sub(started);
    checkup.elapsed_ms = (elapsed.as_secs_f64() * 1e6).round() / 1e3;
    Ok(checkup)
}

fn not_reached(name: RungName) -> Rung {
    Rung {
        name,
        state: RungState::NotReached,
        ms: None,
        finding: String::new(),
        evidence: Vec::new(),
    }
}

async fn follow(checkup: &mut Checkup, prober: &Prober<'_>, url: &Url) {
    checkup.url = Some(recordable_url(url));
    if let Some(way) = prober.subject.way(url) {
        checkup.leg = Some(way.leg);
        let is_named = Route::parse(url.as_str())
            .is_ok_and(|route| route.deployment() == Some(&way.target.deployment));
        if way.is_known && is_named {
            let target = &way.target;
            checkup.target = Some(format!("{}/{}", target.account, target.deployment));
        }
    }
    let mut climb = Climb::up(prober, url).await;
    checkup.rungs.clone_from(&climb.rungs);
    checkup.connection = Some(climb.connection.clone());
    checkup.notes.clone_from(&climb.notes);
    checkup.trace.clone_from(&climb.trace);
    if prober.is_tracing && climb.trace.is_none() {
        let why = "the call that would be traced was not made";
        checkup.trace = Some(GatewayTrace::absent(why));
    }
    if climb.without_key.is_some() {
        climb.direct = prober.direct(url).await;
    }
    if let Some(exchange) = climb.broken.clone() {
        let diagnosis = explain(prober, url, &climb, &exchange);
        climb.cause = diagnosis
            .cause
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        checkup.diagnosis = Some(diagnosis);
        let flaws = flaws_of(prober, url, &climb);
        checkup.flaws = flaws.iter().map(ToString::to_string).collect();
        let candidates = candidates(prober, url, &climb, &flaws);
        if let Some(proved) = correct(checkup, prober, candidates).await {
            decide(checkup, url, &proved);
        }
    } else if !checkup.is_mended {
        // What the reader would rather see otherwise works as it is.
        checkup.flaws.clear();
    } else if let Some(sent) = climb.with_key.as_ref().or(climb.without_key.as_ref()) {
        let faults = &prober.subject.pasted.faults;
        let flaws = faults.iter().filter(|fault| is_of_text(fault));
        checkup.flaws = flaws.map(ToString::to_string).collect();
        let correction = Correction {
            url: recordable_url(url),
            why: "the same URL, corrected".to_owned(),
            is_proved: sent.landing == Landing::Model,
            proof: proof(sent),
        };
        checkup.corrections.push(correction);
    }
    let direct = climb.direct.take();
    if climb.without_key.as_ref().is_some_and(is_answer) {
        probe_around(checkup, prober, url, climb).await;
    }
    match direct {
        Some(Ok(sent)) => checkup.probes.push(sent.named("direct to the account")),
        Some(Err(why)) => checkup.notes.push(format!("no direct probe: {why}")),
        None => {}
    }
}

/// Whether who answered is the service itself, so that other calls of it can tell more.
fn is_answer(sent: &Sent) -> bool {
    !matches!(
        sent.landing,
        Landing::Nowhere | Landing::Edge | Landing::Redirect
    )
}

/// Whether a flaw is one of the text rather than of the route that it names.
fn is_of_text(fault: &RouteFault) -> bool {
    matches!(
        fault,
        RouteFault::MissingScheme { .. }
            | RouteFault::TrailingJunk { .. }
            | RouteFault::BaseOnly { .. }
    )
}

/// The flaws of the URL that can be the reason why a rung broke.
fn flaws_of(prober: &Prober<'_>, url: &Url, climb: &Climb) -> Vec<RouteFault> {
    let Some(broken) = climb.broken_at() else {
        return Vec::new();
    };
    let form = url.host_str().map_or(HostForm::Custom, host_form_of);
    let is_azures = form != HostForm::Custom || prober.subject.way(url).is_some();
    let faults = &prober.subject.pasted.faults;
    let flaws = explaining(faults, broken, &climb.cause, is_azures);
    flaws.into_iter().cloned().collect()
}

/// Why the climb broke: what the answer says, and what the other probes have decided on.
fn explain(prober: &Prober<'_>, url: &Url, climb: &Climb, exchange: &Exchange) -> Diagnosis {
    let said = match &climb.direct {
        Some(Ok(direct)) => {
            let beside = (&direct.exchange, direct.landing == Landing::Model);
            diagnose::explain_beside(exchange, prober.inventory, beside)
        }
        _ => diagnose::explain_in(exchange, prober.inventory),
    };
    let decided = |slug: &str| diagnose::decided_in(exchange, prober.inventory, slug);
    let broken = climb.broken_at();
    // A gateway's 404 is its own: no operation of it takes the call without its api-version.
    if broken == Some(RungName::ApiVersion) && said.hop != Some(Hop::Gateway) {
        return decided("aoai_api_version_wrong");
    }
    if url.host_str().map(host_form_of) != Some(HostForm::AiGateway) {
        return said;
    }
    let cause = said.cause.as_ref().map_or("", |cause| cause.as_str());
    let is_behind = exchange.header("apim-request-id").is_some()
        || cause.starts_with("aoai_")
        || cause == "entra_token_rejected";
    match (broken, exchange.status()) {
        (Some(RungName::Route), Some(404)) => decided("gateway_route_not_found"),
        (Some(RungName::Key), Some(401)) if !is_behind => decided("gateway_key_rejected"),
        (Some(RungName::Model), Some(404)) if !is_behind => decided("gateway_model_not_configured"),
        _ => said,
    }
}

/// Tries the URLs that could be meant until one comes through, and gives that one.
async fn correct(
    checkup: &mut Checkup,
    prober: &Prober<'_>,
    candidates: Vec<Candidate>,
) -> Option<Candidate> {
    for candidate in candidates {
        let url = &candidate.url;
        let shown = match url.scheme() {
            // No key goes where others can read it only to see whether the URL is right.
            "http" if !is_loopback(url) => Err("plain HTTP".to_owned()),
            _ => prober.key(url, None).await,
        };
        let shown = shown.unwrap_or(Shown::Nothing);
        let sent = prober.send(url, &shown).await;
        let is_proved = sent.landing == Landing::Model;
        checkup.corrections.push(Correction {
            url: recordable_url(url),
            why: candidate.kind.why().to_owned(),
            is_proved,
            proof: proof(&sent),
        });
        if is_proved {
            return Some(candidate);
        }
    }
    None
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A probe has decided: where the URL put right gets through, nothing is wrong but the URL.
fn decide(checkup: &mut Checkup, given: &Url, proved: &Candidate) {
    if proved.kind == Kind::Https {
        // The service is well, and the key too: there is nothing to change but the scheme.
        checkup.diagnosis = None;
        let fix = recordable_url(&proved.url);
        checkup.flaws = vec![RouteFault::PlainHttp { fix }.to_string()];
        return;
    }
    let is_own_call = matches!(proved.kind, Kind::Read | Kind::Version | Kind::Http);
    let is_same_place = given.host() == proved.url.host();
    let Some(diagnosis) = checkup.diagnosis.as_mut().filter(|_| is_own_call) else {
        return;
    };
    let text = match is_same_place {
        true => "Call this URL instead: a probe of it came through to the model.",
        false => "Call this host instead: a probe of it came through to the model.",
    };
    *diagnosis = Diagnosis {
        confidence: Confidence::High,
        alternatives: Vec::new(),
        remedy: Some(Remedy {
            text: text.to_owned(),
            command: Some(recordable_url(&proved.url)),
        }),
        ..diagnosis.clone()
    };
}

fn proof(sent: &Sent) -> String {
    let answer = match sent.exchange.status() {
        Some(status) => format!("answers {status}"),
        None => "does not answer".to_owned(),
    };
    match sent.landing {
        Landing::Model => format!("proved: {answer} from the model"),
        _ => format!("not proved: {answer}, {}", sent.says()),
    }
}

/// Sends what tells causes apart: other credentials, the other path, the way around the gateway.
async fn probe_around(checkup: &mut Checkup, prober: &Prober<'_>, url: &Url, climb: Climb) {
    let probes = &mut checkup.probes;
    if let Some(sent) = climb.without_key {
        probes.push(sent.named("no key"));
    }
    for place in places_of_keys() {
        let name = match &place {
            Place::Header(name) | Place::HeaderAndToken(name, _) => format!("garbage in {name}"),
            _ => "garbage as Bearer".to_owned(),
        };
        let sent = prober.send(url, &Shown::Garbage(place)).await;
        probes.push(sent.named(name));
    }
    let key = climb.key.clone().unwrap_or(Shown::Nothing);
    let read_in = probes.first().and_then(|probe| asked_in(&probe.exchange));
    if let (Some(sent), Shown::Right(credential)) = (climb.with_key, &key) {
        let name = match &credential.place {
            Place::Header(name) => format!("right key in {name}"),
            Place::Query(name) => format!("right key in query {name}"),
            Place::Bearer => "Entra token".to_owned(),
            Place::HeaderAndToken(name, _) => format!("right key in {name} and Entra token"),
        };
        // A key that came with the URL in a place that is not read may still be a good one.
        let is_unread = sent.landing == Landing::KeyAsked;
        probes.push(sent.named(name));
        if let Some(header) = read_in.filter(|_| is_unread)
            && let Some(shown) = prober.pasted_in(&header)
        {
            let sent = prober.send(url, &shown).await;
            probes.push(sent.named(format!("the same key in {header}")));
        }
    }
    if let Some((name, other)) = other_path(url) {
        let sent = prober.send(&other, &key).await;
        probes.push(sent.named(name));
    }
}

fn places_of_keys() -> [Place; 3] {
    [
        Place::Header(azure().account_key_header.clone()),
        Place::Header(KeyNames::default().header),
        Place::Bearer,
    ]
}

/// The same path with `/openai` where it has none, and without it where it has.
fn other_path(url: &Url) -> Option<(&'static str, Url)> {
    // A surface that ends in `v1` stands where it stands.
    let is_v1 = Route::parse(url.as_str()).is_ok_and(|route| !route.is_versioned());
    if is_v1 {
        return None;
    }
    let mut segments: Vec<&str> = url.path_segments()?.collect();
    let at = segments
        .iter()
        .position(|one| matches!(*one, "deployments" | "images" | "chat"))?;
    let name = match at.checked_sub(1) {
        Some(before) if segments[before].eq_ignore_ascii_case("openai") => {
            segments.remove(before);
            "without /openai"
        }
        _ => {
            segments.insert(at, "openai");
            "with /openai"
        }
    };
    let path = segments.join("/");
    let mut other = url.clone();
    other.set_path(&path);
    Some((name, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_path_has_openai_where_the_url_has_not() {
        let other = |url: &str| {
            let (name, url) = other_path(&Url::parse(url).unwrap()).unwrap();
            (name, url.path().to_owned())
        };
        assert_eq!(
            other("https://g/inference/openai/deployments/d/images/generations?api-version=1"),
            (
                "without /openai",
                "/inference/deployments/d/images/generations".to_owned()
            )
        );
        assert_eq!(
            other("https://g/inference/images/generations"),
            (
                "with /openai",
                "/inference/openai/images/generations".to_owned()
            )
        );
        for url in ["https://g/providers/x", "https://g/v1/images/generations"] {
            assert!(other_path(&Url::parse(url).unwrap()).is_none());
        }
    }
}

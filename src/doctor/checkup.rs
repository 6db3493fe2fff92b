//! The whole checkup: the URL read, the ladder climbed, probes around it, the URL put right and the new one proved.

use super::DoctorError;
use super::ladder::Climb;
use super::landing::Landing;
use super::probe::{Prober, Sent, Shown};
use super::subject::Subject;
use crate::diagnose;
use crate::knowledge::azure;
use crate::model::{
    Checkup, Confidence, Correction, Diagnosis, GatewayTrace, Inventory, KeyNames, Leg, Remedy,
    Rung, RungName, RungState, SCHEMA_VERSION, Target,
};
use crate::net::{Place, recordable_url};
use crate::provider::azure::Route;
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
            correct(&mut checkup, &prober, None, subject.own_urls()).await;
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
    let climb = Climb::up(prober, url).await;
    checkup.rungs.clone_from(&climb.rungs);
    checkup.connection = Some(climb.connection.clone());
    checkup.notes.clone_from(&climb.notes);
    checkup.trace.clone_from(&climb.trace);
    if prober.is_tracing && climb.trace.is_none() {
        let why = "the call that would be traced was not made";
        checkup.trace = Some(GatewayTrace::absent(why));
    }
    if let Some(exchange) = &climb.broken {
        checkup.diagnosis = Some(diagnose::explain_in(exchange, prober.inventory));
        let mut candidates: Vec<String> = prober.subject.pasted.fix().into_iter().collect();
        candidates.extend(climb.other_version.iter().map(ToString::to_string));
        candidates.extend(prober.subject.own_urls());
        correct(checkup, prober, Some(url), candidates).await;
    } else if !checkup.is_mended {
        // What the reader would rather see otherwise works as it is.
        checkup.flaws.clear();
    } else if let Some(sent) = climb.with_key.as_ref().or(climb.without_key.as_ref()) {
        let correction = Correction {
            url: recordable_url(url),
            why: "the same URL, mended".to_owned(),
            is_proved: sent.landing == Landing::Model,
            proof: proof(sent),
        };
        checkup.corrections.push(correction);
    }
    if climb
        .without_key
        .as_ref()
        .is_some_and(|sent| !matches!(sent.landing, Landing::Nowhere | Landing::Edge))
    {
        probe_around(checkup, prober, url, climb).await;
    }
}

/// Tries the URLs that could be meant until one comes through.
async fn correct(
    checkup: &mut Checkup,
    prober: &Prober<'_>,
    given: Option<&Url>,
    candidates: Vec<String>,
) {
    let mut tried: Vec<Url> = given.into_iter().cloned().collect();
    for candidate in &candidates {
        let Ok(url) = Url::parse(candidate) else {
            continue;
        };
        if tried.contains(&url) {
            continue;
        }
        tried.push(url.clone());
        let shown = prober.key(&url, None).await;
        let sent = prober
            .send(&url, shown.as_ref().unwrap_or(&Shown::Nothing))
            .await;
        let is_proved = sent.landing == Landing::Model;
        let is_same_call = given.is_some_and(|given| is_same_call(given, &url));
        let is_read = Some(candidate) == prober.subject.pasted.fix().as_ref();
        let why = match (is_read, is_same_call) {
            (true, _) => "the URL put right",
            (false, true) => "the same call, with an api-version that is known there",
            (false, false) => "the nearest deployment that is known",
        };
        checkup.corrections.push(Correction {
            url: recordable_url(&url),
            why: why.to_owned(),
            is_proved,
            proof: proof(&sent),
        });
        if is_proved {
            if is_read || is_same_call {
                decide(checkup, &url);
            }
            return;
        }
    }
}

/// Whether two URLs differ in their api-version only.
fn is_same_call(one: &Url, other: &Url) -> bool {
    (one.host(), one.path()) == (other.host(), other.path())
}

/// The probe has decided: where the URL put right gets through, nothing is wrong but the URL.
fn decide(checkup: &mut Checkup, url: &Url) {
    let Some(diagnosis) = &mut checkup.diagnosis else {
        return;
    };
    *diagnosis = Diagnosis {
        confidence: Confidence::High,
        alternatives: Vec::new(),
        remedy: Some(Remedy {
            text: "Call this URL instead: a probe of it came through to the model.".to_owned(),
            command: Some(recordable_url(url)),
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
            Place::Header(name) => format!("garbage in {name}"),
            _ => "garbage as Bearer".to_owned(),
        };
        let sent = prober.send(url, &Shown::Garbage(place)).await;
        probes.push(sent.named(name));
    }
    let key = climb.key.clone().unwrap_or(Shown::Nothing);
    if let (Some(sent), Shown::Right(credential)) = (climb.with_key, &key) {
        let name = match &credential.place {
            Place::Header(name) => format!("right key in {name}"),
            Place::Query(name) => format!("right key in query {name}"),
            Place::Bearer => "Entra token".to_owned(),
        };
        probes.push(sent.named(name));
    }
    if let Some((name, other)) = other_path(url) {
        let sent = prober.send(&other, &key).await;
        probes.push(sent.named(name));
    }
    let way = prober.subject.way(url).filter(|way| way.is_known);
    let Some(way) = way.filter(|way| way.leg == Leg::Gateway) else {
        return;
    };
    let ask = crate::provider::Ask {
        leg: Some(Leg::Direct),
        ..crate::provider::Ask::generate("")
    };
    let Ok(request) = crate::provider::build(&way.target, &ask) else {
        return;
    };
    match prober.key(&request.url, None).await {
        Ok(shown) => {
            let sent = prober.send(&request.url, &shown).await;
            checkup.probes.push(sent.named("direct to the account"));
        }
        Err(why) => checkup.notes.push(format!("no direct probe: {why}")),
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
        assert!(other_path(&Url::parse("https://g/providers/x").unwrap()).is_none());
    }
}

//! The page of a checkup: the ladder, why it ends where it ends, the URL put right, and the probes around it.

use super::diagnosis;
use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{Checkup, Correction, Leg, Probe, Rung, RungState};
use crate::report::chain::Chain;
use crate::report::renderer::Detail;
use crate::report::{escape, facts, words};

/// Columns before the finding of a rung: mark, name, time.
const RUNG_NAME: usize = 12;
const RUNG_TIME: usize = 8;
/// Where findings begin.
const FINDING: usize = 2 + RUNG_NAME + RUNG_TIME + 2;

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, checkup: &Checkup) {
    page.line(0, &paint(Ink::Strong, &escape::terminal(&checkup.asked)));
    if let Some(url) = checkup.url.as_ref().filter(|url| **url != checkup.asked) {
        page.line(2, &escape::terminal(url));
    }
    if let Some(target) = &checkup.target {
        let way = checkup.leg.map_or(String::new(), |leg| match leg {
            Leg::Gateway => ", through its gateway".to_owned(),
            Leg::Direct => ", directly".to_owned(),
        });
        let text = format!("leads to {}{way}", escape::terminal(target));
        page.words(2, 2, &paint(Ink::Dim, &text));
    }
    for flaw in &checkup.flaws {
        let text = format!("{} {}", page.glyphs.flaky, escape::terminal(flaw));
        page.words(2, 2, &paint(Ink::Warn, &text));
    }
    page.gap();
    for rung in &checkup.rungs {
        write_rung(page, rung);
    }
    for note in &checkup.notes {
        page.gap();
        page.labelled(0, "Note", &escape::terminal(note));
    }
    if let Some(trace) = &checkup.trace {
        page.heading("Trace of the gateway");
        for line in facts::trace_lines(trace) {
            page.words(3, 2, &escape::terminal(&line));
        }
    }
    diagnosed(page, checkup);
    corrections(page, &checkup.corrections);
    if page.style.detail != Detail::Brief {
        probes(page, &checkup.probes);
    }
    page.gap();
    last_line(page, checkup);
}

fn write_rung(page: &mut Page<'_>, rung: &Rung) {
    let (mark, ink) = match rung.state {
        RungState::Good => (page.glyphs.pass, Ink::Good),
        RungState::Broken => (page.glyphs.fail, Ink::Bad),
        RungState::Unjudged => (page.glyphs.error, Ink::Warn),
        RungState::NotReached => (page.glyphs.skip, Ink::Dim),
    };
    let time = rung.ms.map(words::time).unwrap_or_default();
    let name = rung.name.word();
    let finding = match rung.state {
        RungState::NotReached => paint(Ink::Dim, "not reached"),
        _ => escape::terminal(&rung.finding),
    };
    let head = format!("{name:<RUNG_NAME$}{time:>RUNG_TIME$}  ");
    page.words(0, FINDING, &format!("{} {head}{finding}", paint(ink, mark)));
    if page.style.detail != Detail::Brief || rung.state == RungState::Broken {
        for text in &rung.evidence {
            let text = paint(Ink::Dim, &escape::terminal(text));
            page.words(FINDING, 2, &text);
        }
    }
}

fn diagnosed(page: &mut Page<'_>, checkup: &Checkup) {
    let Some(found) = &checkup.diagnosis else {
        return;
    };
    page.gap();
    let title = paint(Ink::Strong, &escape::terminal(&found.title));
    page.words(0, 3, &title);
    let leg = checkup.leg.unwrap_or(Leg::Gateway);
    let chain = found.hop.map(|hop| Chain::of(hop, leg));
    diagnosis::write_body(page, found, chain);
}

fn corrections(page: &mut Page<'_>, corrections: &[Correction]) {
    if corrections.is_empty() {
        return;
    }
    page.heading("Corrected URL");
    for correction in corrections {
        page.line(3, &paint(Ink::Code, &escape::terminal(&correction.url)));
        let ink = match correction.is_proved {
            true => Ink::Good,
            false => Ink::Warn,
        };
        let proof = paint(ink, &escape::terminal(&correction.proof));
        let why = paint(Ink::Dim, &escape::terminal(&correction.why));
        page.words(3, 2, &format!("{proof} {} {why}", page.glyphs.dot));
    }
}

fn probes(page: &mut Page<'_>, probes: &[Probe]) {
    if probes.is_empty() {
        return;
    }
    page.heading("Probes");
    let longest = probes.iter().map(|probe| probe.name.chars().count()).max();
    let width = longest.unwrap_or_default();
    for probe in probes {
        let status = match probe.exchange.status() {
            Some(status) => status.to_string(),
            None => "-".to_owned(),
        };
        let hop = probe.hop.map_or("", |hop| hop.word());
        let name = escape::terminal(&probe.name);
        let head = format!("{name:<width$}  {status:>3}  {hop:<8} ");
        let says = escape::terminal(&probe.says);
        page.words(3, width + 16, &format!("{head}{says}"));
        if page.style.detail == Detail::Full {
            super::exchange::write(page, 6, &probe.exchange);
        }
    }
}

fn last_line(page: &mut Page<'_>, checkup: &Checkup) {
    let verdict = match (checkup.broken(), checkup.is_good()) {
        (Some(rung), _) => paint(Ink::Bad, &format!("broken at {}", rung.name.word())),
        (None, _) if checkup.url.is_none() => paint(Ink::Bad, "no URL to call"),
        (None, false) => paint(Ink::Bad, "works only when corrected"),
        (None, true) if checkup.is_unjudged() => paint(Ink::Warn, "good as far as it can be told"),
        (None, true) => paint(Ink::Good, "every rung holds"),
    };
    let parts = [
        verdict,
        words::count(checkup.probes.len(), "probe", "probes"),
        "nothing bought".to_owned(),
        words::time(checkup.elapsed_ms),
    ];
    page.parts(&parts);
}

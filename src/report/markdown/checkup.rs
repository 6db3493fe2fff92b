//! The page of a checkup.

use super::parts::Page;
use super::report::diagnosed;
use crate::model::{Checkup, Leg, RungState};
use crate::report::chain::Chain;
use crate::report::escape::{markdown, markdown_code, markdown_code_cell};
use crate::report::{facts, words};

/// Writes the whole page.
pub(super) fn write(page: &mut Page, checkup: &Checkup) {
    page.heading(1, "Checkup");
    page.paragraph(&markdown_code(&checkup.asked));
    page.list(
        checkup
            .flaws
            .iter()
            .map(|flaw| (markdown(flaw), Vec::new())),
    );
    let header = ["Rung", "State", "Time", "Finding"].map(str::to_owned);
    let rows = checkup.rungs.iter().map(|rung| {
        let state = match rung.state {
            RungState::Good => "good",
            RungState::Broken => "**broken**",
            RungState::Unjudged => "cannot be told",
            RungState::NotReached => "not reached",
        };
        let time = rung.ms.map(words::time).unwrap_or_default();
        let finding = match rung.finding.as_str() {
            "" => String::new(),
            finding => markdown(finding),
        };
        vec![rung.name.word().to_owned(), state.to_owned(), time, finding]
    });
    page.table(header.to_vec(), rows);
    let notes = checkup.notes.iter().map(|note| markdown(note));
    page.list(notes.map(|note| (note, Vec::new())));
    if let Some(trace) = &checkup.trace {
        page.heading(2, "Trace of the gateway");
        page.list(facts::trace_lines(trace).map(|line| (markdown_code(&line), Vec::new())));
    }
    if let Some(found) = &checkup.diagnosis {
        page.heading(2, &markdown(&found.title));
        let leg = checkup.leg.unwrap_or(Leg::Gateway);
        diagnosed(page, found, found.hop.map(|hop| Chain::of(hop, leg)));
    }
    if !checkup.corrections.is_empty() {
        page.heading(2, "Corrected URL");
    }
    page.list(checkup.corrections.iter().map(|correction| {
        let below = [&correction.proof, &correction.why].map(|text| markdown(text));
        (markdown_code(&correction.url), below.to_vec())
    }));
    if checkup.probes.is_empty() {
        return;
    }
    page.heading(2, "Probes");
    let header = ["Probe", "Status", "Answered", "Says"].map(str::to_owned);
    let rows = checkup.probes.iter().map(|probe| {
        let status = probe.exchange.status().map(|status| status.to_string());
        vec![
            markdown_code_cell(&probe.name),
            status.unwrap_or_default(),
            probe.hop.map_or("", |hop| hop.word()).to_owned(),
            markdown(&probe.says),
        ]
    });
    page.table(header.to_vec(), rows);
}

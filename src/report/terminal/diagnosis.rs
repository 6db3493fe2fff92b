//! A diagnosis: the cause once, who answered, what shows it, what else it could be, what to change, whom it hit.

use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{Diagnosis, Report};
use crate::report::chain::Chain;
use crate::report::{escape, words};

/// Cases that are named; more are counted.
const NAMED_CASES: usize = 12;
/// Steps of a case that are named; more are counted.
const NAMED_STEPS: usize = 3;

/// Writes all diagnoses.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    let diagnoses = &report.diagnoses;
    if diagnoses.is_empty() {
        return;
    }
    page.heading(&format!("Diagnoses ({})", diagnoses.len()));
    for (number, diagnosis) in diagnoses.iter().enumerate() {
        page.gap();
        write_one(page, number + 1, diagnosis, report);
    }
}

fn write_one(page: &mut Page<'_>, number: usize, diagnosis: &Diagnosis, report: &Report) {
    let title = paint(Ink::Strong, &escape::terminal(&diagnosis.title));
    page.words(0, 3, &format!("{number}. {title}"));
    write_body(page, diagnosis, Chain::of_diagnosis(diagnosis, report));
}

/// Writes all but the title.
pub(super) fn write_body(page: &mut Page<'_>, diagnosis: &Diagnosis, chain: Option<Chain>) {
    let cause = match &diagnosis.cause {
        Some(cause) => escape::terminal(cause.as_str()),
        None => "undecided".to_owned(),
    };
    let sure = words::confidence(diagnosis.confidence);
    page.labelled(3, "Cause", &format!("{cause} {} {sure}", page.glyphs.dot));
    if let Some(chain) = chain {
        let drawn = drawn(page, &chain);
        page.labelled(3, "Answered", &drawn);
    }
    listed(
        page,
        "Evidence",
        diagnosis.evidence.iter().map(|text| escape::terminal(text)),
    );
    let alternatives = diagnosis.alternatives.iter().map(|other| {
        let hop = other.hop.map_or(String::new(), |hop| format!(" ({hop})"));
        let probe = match &other.probe {
            Some(probe) => format!("; to decide: {}", escape::terminal(probe)),
            None => String::new(),
        };
        format!("{}{hop}{probe}", escape::terminal(other.cause.as_str()))
    });
    let label = match diagnosis.cause {
        Some(_) => "Or else",
        None => "Could be",
    };
    listed(page, label, alternatives);
    if let Some(remedy) = &diagnosis.remedy {
        page.labelled(3, "Remedy", &escape::terminal(&remedy.text));
        for line in remedy
            .command
            .iter()
            .flat_map(|text| escape::terminal_lines(text))
        {
            page.line(13, &paint(Ink::Code, &line));
        }
    }
    victims(page, diagnosis);
}

fn victims(page: &mut Page<'_>, diagnosis: &Diagnosis) {
    if diagnosis.victims.is_empty() {
        return;
    }
    let cases = by_case(diagnosis);
    let mut lines: Vec<String> = cases.iter().take(NAMED_CASES).map(case_line).collect();
    let rest = cases.len() - lines.len();
    if rest > 0 {
        lines.push(format!(
            "and {}",
            words::count(rest, "more case", "more cases")
        ));
    }
    lines.insert(
        0,
        words::count(diagnosis.victims.len(), "failure", "failures"),
    );
    let mut lines = lines.into_iter();
    if let Some(first) = lines.next() {
        page.labelled(3, "Explains", &first);
    }
    for line in lines {
        page.words(13, 2, &line);
    }
}

/// The steps that failed, by case, in the order they were met.
fn by_case(diagnosis: &Diagnosis) -> Vec<(&str, Vec<&str>)> {
    let mut cases: Vec<(&str, Vec<&str>)> = Vec::new();
    for victim in &diagnosis.victims {
        match cases.iter_mut().find(|(case, _)| *case == victim.case) {
            Some((_, steps)) => steps.push(&victim.step),
            None => cases.push((&victim.case, vec![&victim.step])),
        }
    }
    cases
}

fn case_line((case, steps): &(&str, Vec<&str>)) -> String {
    let named: Vec<String> = steps
        .iter()
        .take(NAMED_STEPS)
        .map(|step| format!("\"{}\"", escape::terminal(step)))
        .collect();
    let rest = match steps.len() - named.len() {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    format!("{}: {}{rest}", escape::terminal(case), named.join(", "))
}

fn listed(page: &mut Page<'_>, label: &str, texts: impl Iterator<Item = String>) {
    for (number, text) in texts.enumerate() {
        let label = if number == 0 { label } else { "" };
        page.labelled(3, label, &text);
    }
}

/// The way of the call with the hop that answered in brackets, and beyond it what was not reached.
fn drawn(page: &Page<'_>, chain: &Chain) -> String {
    let mut drawn = String::new();
    for name in chain.before {
        drawn.push_str(&format!("{name} {} ", page.glyphs.arrow));
    }
    let answered = format!("[{}]", chain.answered.word());
    drawn.push_str(&paint(Ink::Bad, &answered));
    for name in chain.after {
        drawn.push_str(&paint(
            Ink::Dim,
            &format!(" {} {name}", page.glyphs.unreached),
        ));
    }
    drawn
}

//! The words for what has changed between two runs, for every format alike.

use super::words;
use crate::model::{CaseChange, Comparison, CostChange, Drift, Shift, Untimed, Verdict};

/// A list of a comparison: what it is called, whether it is bad, what it holds.
pub(super) struct Section<'a> {
    pub(super) title: &'static str,
    pub(super) is_bad: bool,
    pub(super) changes: Changes<'a>,
}

/// Changes of one kind.
pub(super) enum Changes<'a> {
    /// Cases that ended otherwise, or the same way again.
    Cases(&'a [CaseChange]),
    /// Shifts in time.
    Times(&'a [Shift]),
    /// Cases that cost more.
    Costs(&'a [CostChange]),
    /// Answers that look different.
    Looks(&'a [Drift]),
}

impl Section<'_> {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        match self.changes {
            Changes::Cases(list) => list.len(),
            Changes::Times(list) => list.len(),
            Changes::Costs(list) => list.len(),
            Changes::Looks(list) => list.len(),
        }
    }

    /// Each in a line, with points below it.
    pub(super) fn items(&self) -> Vec<(String, Vec<String>)> {
        match self.changes {
            Changes::Cases(list) => cases(list),
            Changes::Times(list) => list.iter().map(shift).collect(),
            Changes::Costs(list) => list.iter().map(cost).collect(),
            Changes::Looks(list) => list.iter().map(drift).collect(),
        }
    }
}

/// Every list that is not empty, what got worse first.
pub(super) fn sections(comparison: &Comparison) -> Vec<Section<'_>> {
    use Changes::{Cases, Costs, Looks, Times};
    let drift = "Answered otherwise, though the verdict stayed";
    let all = [
        ("New failures", true, Cases(&comparison.new_failures)),
        ("Slower", true, Times(&comparison.slower)),
        ("Dearer", true, Costs(&comparison.dearer)),
        (
            "Failing under a quarantine",
            false,
            Cases(&comparison.quarantined),
        ),
        ("Still failing", false, Cases(&comparison.still_failing)),
        ("Flaky", false, Cases(&comparison.flaky)),
        ("No longer proved", false, Cases(&comparison.unproved)),
        (drift, false, Looks(&comparison.drift)),
        ("Fixed", false, Cases(&comparison.fixed)),
        ("Faster", false, Times(&comparison.faster)),
        ("New cases", false, Cases(&comparison.added)),
    ];
    let sections = all.into_iter().map(|(title, is_bad, changes)| Section {
        title,
        is_bad,
        changes,
    });
    sections.filter(|section| section.count() > 0).collect()
}

/// The comparison in a word or two.
pub(super) fn outcome(comparison: &Comparison) -> &'static str {
    if comparison.is_regression {
        "Regression"
    } else {
        "No regression"
    }
}

/// What has changed, counted.
pub(super) fn counts(comparison: &Comparison) -> String {
    let parts = [
        ("new failure", "new failures", comparison.new_failures.len()),
        ("slower target", "slower targets", comparison.slower.len()),
        ("dearer case", "dearer cases", comparison.dearer.len()),
        ("quarantined", "quarantined", comparison.quarantined.len()),
        ("fixed", "fixed", comparison.fixed.len()),
        ("faster target", "faster targets", comparison.faster.len()),
        (
            "still failing",
            "still failing",
            comparison.still_failing.len(),
        ),
        ("flaky", "flaky", comparison.flaky.len()),
        (
            "no longer proved",
            "no longer proved",
            comparison.unproved.len(),
        ),
        ("new case", "new cases", comparison.added.len()),
        (
            "change of answers",
            "changes of answers",
            comparison.drift.len(),
        ),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(one, many, count)| words::count(*count, one, many))
        .collect();
    match parts.is_empty() {
        true => "nothing has changed".to_owned(),
        false => parts.join(", "),
    }
}

/// The comparison in one line.
pub(super) fn verdict(comparison: &Comparison) -> String {
    format!("{}: {}", outcome(comparison), counts(comparison))
}

/// When both runs were.
pub(super) fn dates(comparison: &Comparison) -> String {
    format!("{} -> {}", comparison.base_at, comparison.new_at)
}

/// What could not be told about time, in one line; nothing where everything could.
pub(super) fn untimed(list: &[Untimed]) -> Option<String> {
    let first = list.first()?;
    let (was, is) = first.samples;
    let others = match list.len() - 1 {
        0 => String::new(),
        count => format!(" and {}", words::count(count, "other", "others")),
    };
    Some(format!(
        "Too few timings to tell whether {}{others} got slower: {was} before, {is} now, and fewer than 5 tell nothing. \
         `fluxprobe baseline update` gathers them from run to run.",
        on_way(&first.target)
    ))
}

/// Each case in a line, but what the later run does not have in one line a target: whoever runs a part of what the
/// baseline holds knows that.
fn cases(list: &[CaseChange]) -> Vec<(String, Vec<String>)> {
    let (absent, ran): (Vec<_>, Vec<_>) = list.iter().partition(|change| change.is.is_none());
    let mut targets: Vec<(&str, Vec<&str>)> = Vec::new();
    for change in absent {
        let (scenario, target) = change.case.split_once(' ').unwrap_or((&change.case, ""));
        match targets.iter_mut().find(|(known, _)| *known == target) {
            Some((_, scenarios)) => scenarios.push(scenario),
            None => targets.push((target, vec![scenario])),
        }
    }
    let absent = targets.into_iter().map(|(target, scenarios)| {
        let head = format!("{}: not in the later run", on_way(target));
        (head, vec![scenarios.join(", ")])
    });
    ran.into_iter().map(case).chain(absent).collect()
}

fn case(change: &CaseChange) -> (String, Vec<String>) {
    let word = |verdict: Option<Verdict>| verdict.map_or("not run", Verdict::word);
    let head = format!(
        "{}: {} -> {}",
        named(&change.case),
        word(change.was),
        word(change.is)
    );
    let why = Some(change.why.clone()).filter(|why| !why.is_empty());
    (head, why.into_iter().collect())
}

/// `LETTER ACCOUNT/DEPLOYMENT via ROUTE` of a case's key.
pub(super) fn named(key: &str) -> String {
    match key.split_once(' ') {
        Some((scenario, target)) => format!("{scenario} {}", on_way(target)),
        None => key.to_owned(),
    }
}

/// `ACCOUNT/DEPLOYMENT via ROUTE` of `ACCOUNT/DEPLOYMENT ROUTE`.
pub(super) fn on_way(target: &str) -> String {
    match target.split_once(' ') {
        Some((deployment, route)) => format!("{deployment} {}", words::way(route)),
        None => target.to_owned(),
    }
}

/// A place of a drift: the case by its name, then the step.
fn place(at: &str) -> String {
    match at.split_once(": ") {
        Some((key, step)) => format!("{}: {step}", named(key)),
        None => at.to_owned(),
    }
}

/// What kind of answers shifted.
pub(super) fn kind(shift: &Shift) -> &'static str {
    if shift.has_pictures {
        "pictures"
    } else {
        "answers without a picture"
    }
}

fn cost(change: &CostChange) -> (String, Vec<String>) {
    let sums = [change.was_usd, change.is_usd].map(words::usd).join(" -> ");
    (format!("{}: {sums}", named(&change.case)), Vec::new())
}

fn shift(shift: &Shift) -> (String, Vec<String>) {
    let head = format!(
        "{}, {}: {} -> {} to the first byte (median)",
        on_way(&shift.target),
        kind(shift),
        words::time(shift.was_ms),
        words::time(shift.is_ms)
    );
    (head, vec![grounds(shift)])
}

/// Why a shift is taken for one.
pub(super) fn grounds(shift: &Shift) -> String {
    let (was, is) = shift.samples;
    format!(
        "{was} timings before, {is} now; longer in {:.0} % of pairs; chance p = {}",
        shift.effect * 100.0,
        probability(shift.p)
    )
}

fn probability(p: f64) -> String {
    if p < 0.0001 {
        "below 0.0001".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// Places of a drift that are named; more are counted.
const PLACES: usize = 3;

fn drift(drift: &Drift) -> (String, Vec<String>) {
    let (was, is) = (or_none(&drift.was), or_none(&drift.is));
    let what = &drift.what;
    let head = if is_set(drift) {
        format!("{what}: gone {was}, new {is}")
    } else {
        format!("{what}: {was} -> {is}")
    };
    (head, places(drift))
}

/// Whether the aspect is a set of names, of which some are gone and others new.
pub(super) fn is_set(drift: &Drift) -> bool {
    matches!(
        drift.what.as_str(),
        "headers" | "members" | "content filter"
    )
}

/// The word for an aspect that an answer does not have.
pub(super) fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// Where answers drifted: the first places by name, the others counted.
pub(super) fn places(drift: &Drift) -> Vec<String> {
    let mut places: Vec<String> = drift.at.iter().take(PLACES).map(|at| place(at)).collect();
    if drift.at.len() > PLACES {
        places.push(format!("and {} more", drift.at.len() - PLACES));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_told_with_its_way() {
        assert_eq!(named("B a/d gw/api"), "B a/d via gw/api");
        assert_eq!(
            place("B a/d direct: picture: two"),
            "B a/d direct: picture: two"
        );
    }
    #[test]
    fn what_the_later_run_lacks_is_one_line_a_target() {
        let change = |case: &str, is| CaseChange {
            case: case.to_owned(),
            was: Some(Verdict::Pass),
            is,
            why: "some reason".to_owned(),
        };
        let told = cases(&[
            change("A a/d gw/api", None),
            change("A a/e direct", None),
            change("C a/d gw/api", None),
            change("B a/d gw/api", Some(Verdict::Skip)),
        ]);
        let lines = |head: &str, point: &str| (head.to_owned(), vec![point.to_owned()]);
        assert_eq!(
            told,
            [
                lines("B a/d via gw/api: pass -> skip", "some reason"),
                lines("a/d via gw/api: not in the later run", "A, C"),
                lines("a/e direct: not in the later run", "A"),
            ]
        );
    }
}

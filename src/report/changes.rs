//! The words for what has changed between two runs, for every format alike.

use super::words;
use crate::model::{CaseChange, Comparison, Drift, Shift, Untimed, Verdict};

/// A list of a comparison: what it is called, whether it is bad, its items.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) is_bad: bool,
    /// Each with points below it.
    pub(super) items: Vec<(String, Vec<String>)>,
}

/// Every list that is not empty, what got worse first.
pub(super) fn sections(comparison: &Comparison) -> Vec<Section> {
    let cases = |title, is_bad, changes: &[CaseChange]| Section {
        title,
        is_bad,
        items: changes.iter().map(case).collect(),
    };
    let shifts = |title, is_bad, shifts: &[Shift]| Section {
        title,
        is_bad,
        items: shifts.iter().map(shift).collect(),
    };
    let all = [
        cases("New failures", true, &comparison.new_failures),
        shifts("Slower", true, &comparison.slower),
        Section {
            title: "Dearer",
            is_bad: true,
            items: comparison
                .dearer
                .iter()
                .map(|one| {
                    let sums = [one.was_usd, one.is_usd].map(words::usd).join(" -> ");
                    (format!("{}: {sums}", named(&one.case)), Vec::new())
                })
                .collect(),
        },
        cases("Failing under a quarantine", false, &comparison.quarantined),
        cases("Still failing", false, &comparison.still_failing),
        cases("Flaky", false, &comparison.flaky),
        cases("No longer proved", false, &comparison.unproved),
        Section {
            title: "Answered otherwise, though the verdict stayed",
            is_bad: false,
            items: comparison.drift.iter().map(drift).collect(),
        },
        cases("Fixed", false, &comparison.fixed),
        shifts("Faster", false, &comparison.faster),
        cases("New cases", false, &comparison.added),
    ];
    all.into_iter()
        .filter(|one| !one.items.is_empty())
        .collect()
}

/// The comparison in one line.
pub(super) fn verdict(comparison: &Comparison) -> String {
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
    let head = if comparison.is_regression {
        "Regression"
    } else {
        "No regression"
    };
    match parts.is_empty() {
        true => format!("{head}: nothing has changed"),
        false => format!("{head}: {}", parts.join(", ")),
    }
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
fn named(key: &str) -> String {
    match key.split_once(' ') {
        Some((scenario, target)) => format!("{scenario} {}", on_way(target)),
        None => key.to_owned(),
    }
}

/// `ACCOUNT/DEPLOYMENT via ROUTE` of `ACCOUNT/DEPLOYMENT ROUTE`.
fn on_way(target: &str) -> String {
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

fn shift(shift: &Shift) -> (String, Vec<String>) {
    let kind = if shift.has_pictures {
        "pictures"
    } else {
        "answers without a picture"
    };
    let (was, is) = shift.samples;
    let head = format!(
        "{}, {kind}: {} -> {} to the first byte (median)",
        on_way(&shift.target),
        words::time(shift.was_ms),
        words::time(shift.is_ms)
    );
    let below = format!(
        "{was} timings before, {is} now; longer in {:.0} % of pairs; chance p = {}",
        shift.effect * 100.0,
        probability(shift.p)
    );
    (head, vec![below])
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
    let or_none = |text: &str| {
        if text.is_empty() {
            "none".to_owned()
        } else {
            text.to_owned()
        }
    };
    let head = match drift.what.as_str() {
        what @ ("headers" | "members" | "content filter") => format!(
            "{what}: gone {}, new {}",
            or_none(&drift.was),
            or_none(&drift.is)
        ),
        what => format!("{what}: {} -> {}", or_none(&drift.was), or_none(&drift.is)),
    };
    let mut places: Vec<String> = drift.at.iter().take(PLACES).map(|at| place(at)).collect();
    if drift.at.len() > PLACES {
        places.push(format!("and {} more", drift.at.len() - PLACES));
    }
    (head, places)
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
}

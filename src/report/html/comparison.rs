//! What has changed between two runs: a table a kind of change, what got worse first.

use super::fragment::{breakable, named, or_nothing, rows, table, unbroken};
use super::page::badge;
use super::plots::FILLS;
use crate::model::{Baseline, CaseChange, Comparison, CostChange, Drift, Shift, Verdict};
use crate::report::changes::{self, Changes, Section};
use crate::report::escape::{html, html_prose};
use crate::report::{tables, words};

/// Width of a drawing of times in units of its own.
const WIDTH: f64 = 240.0;

/// Everything that has changed.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let (class, mark) = match comparison.is_regression {
        true => ("fail", "✗"),
        false => ("pass", "✓"),
    };
    let mut text = format!(
        "<p class=\"head\"><span class=\"badge {class}\"><span aria-hidden=\"true\">{mark}</span> {}</span> {}</p>\n<p class=\"meta\">{}</p>\n",
        changes::outcome(comparison),
        changes::counts(comparison),
        html(&changes::dates(comparison))
    );
    let sections = changes::sections(comparison);
    text.extend(sections.iter().map(section));
    if let Some(untimed) = changes::untimed(&comparison.untimed) {
        text.push_str(&format!("<p class=\"meta\">{}</p>\n", html_prose(&untimed)));
    }
    text
}

/// What is kept of runs.
pub(super) fn baseline(baseline: &Baseline) -> String {
    let sums = html(&tables::kept_sums(baseline).join(" · "));
    let cases = or_nothing(table(&tables::kept(baseline)), "no cases");
    format!("<p class=\"head\">{sums}</p>\n{cases}")
}

fn section(section: &Section<'_>) -> String {
    let table = match section.changes {
        Changes::Cases(list) => rows(&["Case", "Was", "Is", "Why"], list.iter().map(case)),
        Changes::Times(list) => times(list),
        Changes::Costs(list) => rows(&["Case", "Was", "Is"], list.iter().map(cost)),
        Changes::Looks(list) => rows(&["What", "Was", "Is", "Where"], list.iter().map(look)),
    };
    let title = format!("{} ({})", section.title, section.count());
    let class = if section.is_bad { " worse" } else { "" };
    format!(
        "<div class=\"change{class}\" data-change=\"{title}\">\n{}</div>\n",
        named(&title, &table)
    )
}

fn case(change: &CaseChange) -> Vec<String> {
    let word = |verdict: Option<Verdict>| verdict.map_or_else(|| "not run".to_owned(), badge);
    vec![
        breakable(&changes::named(&change.case)),
        word(change.was),
        word(change.is),
        html_prose(&change.why),
    ]
}

fn cost(change: &CostChange) -> Vec<String> {
    vec![
        breakable(&changes::named(&change.case)),
        words::usd(change.was_usd),
        words::usd(change.is_usd),
    ]
}

fn times(shifts: &[Shift]) -> String {
    let each = shifts.iter().flat_map(|shift| [shift.was_ms, shift.is_ms]);
    let longest = each.fold(0.001, f64::max);
    let cells = shifts.iter().map(|shift| {
        vec![
            format!(
                "{}, {}",
                breakable(&changes::on_way(&shift.target)),
                changes::kind(shift)
            ),
            bars(shift, longest),
            unbroken(shift.was_ms),
            unbroken(shift.is_ms),
            html(&changes::grounds(shift)),
        ]
    });
    rows(
        &["Target", "Median to the first byte", "Was", "Is", "Because"],
        cells,
    )
}

/// The time before above the time now.
fn bars(shift: &Shift, longest: f64) -> String {
    let bar = |y: u32, phase: usize, ms: f64| {
        let width = ms / longest * WIDTH;
        format!(
            "<rect class=\"phase-{phase}\" fill=\"{}\" x=\"0\" y=\"{y}\" width=\"{width:.1}\" height=\"10\"/>",
            FILLS[phase]
        )
    };
    format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} 30\" role=\"img\" aria-label=\"{} before, {} now\" preserveAspectRatio=\"none\">{}{}</svg>",
        words::time(shift.was_ms),
        words::time(shift.is_ms),
        bar(4, 0, shift.was_ms),
        bar(16, 3, shift.is_ms)
    )
}

fn look(drift: &Drift) -> Vec<String> {
    let shown = |text: &str| match text {
        "" => changes::or_none(text).to_owned(),
        text => format!("<code>{}</code>", html(text)),
    };
    let (was, is) = match changes::is_set(drift) {
        true => ("gone: ", "new: "),
        false => ("", ""),
    };
    let places: Vec<String> = changes::places(drift)
        .iter()
        .map(|at| breakable(at))
        .collect();
    vec![
        html(&drift.what),
        format!("{was}{}", shown(&drift.was)),
        format!("{is}{}", shown(&drift.is)),
        places.join("<br>"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn each_kind_of_change_has_its_table() {
        let text = comparison(&fixture::comparison());
        for (title, cell) in [
            ("New failures (1)", "<span class=\"badge fail\">"),
            ("Slower (1)", "aria-label=\"10.0 s before, 20.0 s now\""),
            ("Dearer (1)", "<td>$0.04</td><td>$0.08</td>"),
            (
                "Answered otherwise, though the verdict stayed (1)",
                "<td>gone: none</td><td>new: <code>x-new</code></td>",
            ),
        ] {
            let mark = format!("data-change=\"{title}\"");
            let section = text.split(&mark).nth(1).unwrap_or_default();
            let section = section.split("</div>\n</div>").next().unwrap_or_default();
            assert!(section.contains(cell), "{title}: {text}");
        }
        assert!(text.contains("✗</span> Regression</span> 1 new failure, 1 slower target"));
    }

    #[test]
    fn a_comparison_without_changes_has_no_table() {
        let text = comparison(&Comparison::default());
        assert!(text.contains("No regression</span> nothing has changed"));
        assert!(!text.contains("<table"), "{text}");
    }

    #[test]
    fn what_a_server_said_is_text() {
        let mut changed = fixture::comparison();
        changed.new_failures[0].why = "<img src=x onerror=alert(1)>".to_owned();
        changed.drift[0].is = "<script>".to_owned();
        let text = comparison(&changed);
        assert!(
            !text.contains("<img") && !text.contains("<script"),
            "{text}"
        );
    }
}

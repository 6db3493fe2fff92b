//! The page of a history: a table a target, and what each day cost.

use super::grid::draw;
use super::page::Page;
use super::paint::{Ink, ink_of, paint};
use crate::model::{History, Trend, Verdict};
use crate::report::renderer::Detail;
use crate::report::{escape, trends, words};

/// Days that are shown; `-v` shows all.
const DAYS: usize = 14;
/// Results whose marks fit the narrowest terminal.
const MARKS: usize = 12;

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, history: &History) {
    for (target, trends) in trends::by_target(history) {
        page.heading(&escape::terminal(&target));
        let header = ["", "pass", "flake", "p50", "p90", "p99", "time", "latest"];
        let rows = trends.into_iter().map(|trend| row(page, trend)).collect();
        draw(page, header.map(str::to_owned).to_vec(), rows);
    }
    if page.style.detail != Detail::Brief {
        days(page, history);
    }
    page.gap();
    page.parts(&trends::sums(history));
}

fn row(page: &Page<'_>, trend: &Trend) -> Vec<String> {
    let scenario = escape::terminal(trend.scenario.as_str());
    let [pass, flake, p50, p90, p99] = trends::figures(trend);
    let ink = match trends::pass_rate(trend) {
        Some(rate) if rate >= 1.0 => Ink::Good,
        Some(rate) if rate <= 0.0 => Ink::Bad,
        Some(_) => Ink::Warn,
        None => Ink::Dim,
    };
    let marks = &trend.latest[trend.latest.len().saturating_sub(MARKS)..];
    let times = &trend.latest_ms[trend.latest_ms.len().saturating_sub(MARKS)..];
    vec![
        page.squeeze(&scenario, 10),
        paint(ink, if pass.is_empty() { "-" } else { &pass }),
        flake,
        p50,
        p90,
        p99,
        trends::sparkline(times, page.style.is_unicode),
        marks.iter().map(|verdict| mark(page, *verdict)).collect(),
    ]
}

fn mark(page: &Page<'_>, verdict: Verdict) -> String {
    let glyphs = &page.glyphs;
    let mark = match verdict {
        Verdict::Pass => glyphs.pass,
        Verdict::Fail => glyphs.fail,
        Verdict::Error => glyphs.error,
        Verdict::Flaky => glyphs.flaky,
        Verdict::Skip => glyphs.skip,
    };
    paint(ink_of(verdict), mark)
}

fn days(page: &mut Page<'_>, history: &History) {
    let count = history.days.len();
    let shown = match page.style.detail {
        Detail::Full => count,
        _ => count.min(DAYS),
    };
    if shown == 0 {
        return;
    }
    page.heading("Spent a day");
    let rows = history.days[count - shown..].iter().map(|day| {
        vec![
            escape::terminal(&day.day),
            day.runs.to_string(),
            day.images.to_string(),
            words::usd(trends::cents(day.spent_usd)),
            words::usd(trends::cents(day.possibly_spent_usd)),
        ]
    });
    let rows = rows.collect();
    let header = ["day", "runs", "images", "spent", "possibly spent"];
    draw(page, header.map(str::to_owned).to_vec(), rows);
}

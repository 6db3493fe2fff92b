//! The words and little drawings of a history, for every format alike.

use super::words;
use crate::model::{History, Trend};

/// Heights of a sparkline, from low to high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_BARS: [char; 8] = ['_', '.', '-', '=', '+', '*', '%', '#'];

/// `30 runs, 720 results, 2026-01-01 to 2026-01-30`, in parts.
pub(super) fn sums(history: &History) -> Vec<String> {
    let mut parts = vec![
        words::count(history.runs, "run", "runs"),
        words::count(history.results, "result", "results"),
    ];
    let day = |date: &str| date.chars().take("YYYY-MM-DD".len()).collect::<String>();
    if history.runs > 0 {
        parts.push(format!("{} to {}", day(&history.from), day(&history.to)));
    }
    let spent: f64 = history.days.iter().map(|day| day.spent_usd).sum();
    let possibly: f64 = history.days.iter().map(|day| day.possibly_spent_usd).sum();
    parts.push(format!("{} spent", words::usd(cents(spent))));
    if possibly > 0.0 {
        parts.push(format!("{} possibly spent", words::usd(cents(possibly))));
    }
    parts
}

/// A sum of many amounts without what adding them has rounded.
pub(super) fn cents(amount: f64) -> f64 {
    (amount * 1e4).round() / 1e4
}

/// Values as bars between the lowest and the highest; a line of low bars where all are alike.
pub(super) fn sparkline(values: &[f64], is_unicode: bool) -> String {
    let bars = if is_unicode { BARS } else { ASCII_BARS };
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = high - low;
    let height = |value: f64| match span > 0.0 {
        true => ((value - low) / span * 7.0).round() as usize,
        false => 0,
    };
    values
        .iter()
        .map(|value| bars[height(*value).min(7)])
        .collect()
}

/// `97 %`; one digit more where two would say all or nothing of what is neither.
pub(super) fn share(part: f64) -> String {
    let percent = part * 100.0;
    let is_rounded_away = (percent > 0.0 && percent < 0.5) || (percent > 99.5 && percent < 100.0);
    if is_rounded_away {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// Share of the results that passed, skips left aside; nothing where all were skips.
pub(super) fn pass_rate(trend: &Trend) -> Option<f64> {
    let judged = trend.passes + trend.flaky + trend.failures;
    (judged > 0).then(|| (trend.passes + trend.flaky) as f64 / judged as f64)
}

/// The figures that every page shows of a trend, in words: pass rate, flake rate, p50, p90, p99. Empty where there is none.
pub(super) fn figures(trend: &Trend) -> [String; 5] {
    let time = |ms: Option<f64>| ms.map(words::time).unwrap_or_default();
    [
        pass_rate(trend).map(share).unwrap_or_default(),
        share(trend.flake_rate),
        time(trend.p50_ms),
        time(trend.p90_ms),
        time(trend.p99_ms),
    ]
}

/// `ACCOUNT/DEPLOYMENT via ROUTE`.
pub(super) fn target(trend: &Trend) -> String {
    format!(
        "{}/{} {}",
        trend.account,
        trend.deployment,
        words::way(&trend.route)
    )
}

/// Trends of one target after another.
pub(super) fn by_target(history: &History) -> Vec<(String, Vec<&Trend>)> {
    let mut groups: Vec<(String, Vec<&Trend>)> = Vec::new();
    for trend in &history.trends {
        let name = target(trend);
        match groups.last_mut() {
            Some((last, trends)) if *last == name => trends.push(trend),
            _ => groups.push((name, vec![trend])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_go_from_the_lowest_to_the_highest() {
        assert_eq!(sparkline(&[1.0, 8.0, 4.5], true), "▁█▅");
        assert_eq!(sparkline(&[3.0, 3.0], true), "▁▁");
        assert_eq!(sparkline(&[], true), "");
        assert!(sparkline(&[1.0, 2.0], false).is_ascii());
    }

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(0.0), "0 %");
        assert_eq!(share(0.998), "99.8 %");
        assert_eq!(share(0.001), "0.1 %");
        assert_eq!(share(0.5), "50 %");
    }
}

//! The trend over earlier runs: verdicts and times of each scenario on each target.

use crate::model::{History, Trend};
use crate::report::escape::html;
use crate::report::{trends, words};

/// Units of a drawing: width of a result, height of a line.
const STEP: f64 = 8.0;
const HEIGHT: f64 = 24.0;

/// A table a target; nothing where no run is kept.
pub(super) fn tables(history: &History) -> String {
    let mut text = String::new();
    for (target, trends) in trends::by_target(history) {
        let target = html(&target);
        text.push_str(&format!("<div class=\"scroll\" role=\"region\" aria-label=\"Trend of {target}\" tabindex=\"0\"><table class=\"latency\">\n<caption>{target}</caption>\n<thead><tr><th scope=\"col\">Scenario</th><th scope=\"col\">Time of the latest results</th><th scope=\"col\">results</th><th scope=\"col\">pass</th><th scope=\"col\">flake</th><th scope=\"col\">p50</th><th scope=\"col\">p90</th><th scope=\"col\">p99</th></tr></thead>\n<tbody>\n"));
        for trend in trends {
            let time = |ms: Option<f64>| ms.map(words::time).unwrap_or_default();
            text.push_str(&format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                html(trend.scenario.as_str()),
                line(trend),
                trend.results,
                trends::pass_rate(trend).map(trends::share).unwrap_or_default(),
                trends::share(trend.flake_rate),
                time(trend.p50_ms),
                time(trend.p90_ms),
                time(trend.p99_ms)
            ));
        }
        text.push_str("</tbody>\n</table></div>\n");
    }
    if !text.is_empty() {
        let sums = html(&trends::sums(history).join(" · "));
        text.push_str(&format!("<p>{sums}</p>\n"));
    }
    text
}

/// Times as a line over the latest results; the words for it where nothing can be seen.
fn line(trend: &Trend) -> String {
    let times = &trend.latest_ms;
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return String::new();
    };
    let high = times.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let points: Vec<String> = times
        .iter()
        .enumerate()
        .map(|(index, ms)| {
            let y = HEIGHT - 2.0 - ms / high * (HEIGHT - 4.0);
            format!("{:.1},{y:.1}", index as f64 * STEP + 4.0)
        })
        .collect();
    let told = format!(
        "{} results, from {} to {}, at most {}",
        times.len(),
        words::time(*first),
        words::time(*last),
        words::time(high)
    );
    format!(
        "<svg class=\"plot\" viewBox=\"0 0 {} {HEIGHT}\" width=\"{0}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\"><polyline points=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/></svg>",
        times.len() as f64 * STEP,
        html(&told),
        points.join(" ")
    )
}

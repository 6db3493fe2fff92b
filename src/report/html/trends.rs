//! The trend over earlier runs: verdicts and times of each scenario on each target.

use super::page::{Context, mark};
use crate::model::{History, Trend};
use crate::report::escape::html;
use crate::report::{trends, words};

/// Units of a drawing.
const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 24.0;
/// What stays free around a line.
const EDGE: f64 = 3.0;

const HEADER: [&str; 9] = [
    "Scenario",
    "Latest results",
    "Time of the latest",
    "results",
    "pass",
    "flake",
    "p50",
    "p90",
    "p99",
];

/// A table a target; nothing where no run is kept.
pub(super) fn tables(context: &Context<'_>, history: &History) -> String {
    let header: String = HEADER
        .iter()
        .map(|name| format!("<th scope=\"col\">{name}</th>"))
        .collect();
    let mut text = String::new();
    for (target, trends) in trends::by_target(history) {
        let target = html(&target);
        let column = trends.first().and_then(|trend| column(context, trend));
        let column = column.map_or(String::new(), |at| format!(" data-column=\"{at}\""));
        text.push_str(&format!("<div class=\"scroll\" role=\"region\" aria-label=\"Trend of {target}\" tabindex=\"0\"{column}><table class=\"latency trend\">\n<caption>{target}</caption>\n<thead><tr>{header}</tr></thead>\n<tbody>\n"));
        text.extend(trends.into_iter().map(row));
        text.push_str("</tbody>\n</table></div>\n");
    }
    if !text.is_empty() {
        let sums = html(&trends::sums(history).join(" · "));
        text.push_str(&format!("<p>{sums}</p>\n"));
    }
    text
}

/// The column of the results in which the same target stands, so that the filters speak of it too.
fn column(context: &Context<'_>, trend: &Trend) -> Option<usize> {
    let columns = &context.digest.matrix.columns;
    columns.iter().position(|column| {
        (column.account, column.deployment, column.route)
            == (
                trend.account.as_str(),
                trend.deployment.as_str(),
                trend.route.as_str(),
            )
    })
}

fn row(trend: &Trend) -> String {
    let scenario = html(trend.scenario.as_str());
    let drawn = [marks(trend), line(trend), trend.results.to_string()];
    let cells: String = drawn
        .iter()
        .chain(&trends::figures(trend))
        .map(|cell| format!("<td>{cell}</td>"))
        .collect();
    format!("<tr data-letter=\"{scenario}\"><th scope=\"row\">{scenario}</th>{cells}</tr>\n")
}

/// The latest verdicts, a mark each; in words for who cannot see them.
fn marks(trend: &Trend) -> String {
    let marks: String = trend
        .latest
        .iter()
        .map(|verdict| {
            format!(
                "<span class=\"{}\">{}</span>",
                verdict.word(),
                mark(*verdict)
            )
        })
        .collect();
    let told: Vec<&str> = trend.latest.iter().map(|verdict| verdict.word()).collect();
    format!(
        "<span class=\"verdicts\" role=\"img\" aria-label=\"{}\">{marks}</span>",
        told.join(", ")
    )
}

/// Times as a line over the latest results; the words for it where nothing can be seen.
fn line(trend: &Trend) -> String {
    let times = &trend.latest_ms;
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return String::new();
    };
    let high = times.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let across = (WIDTH - 2.0 * EDGE) / (times.len() - 1).max(1) as f64;
    let up = (HEIGHT - 2.0 * EDGE) / high;
    let point = |index: usize, ms: f64| (EDGE + index as f64 * across, HEIGHT - EDGE - ms * up);
    let points: Vec<String> = times
        .iter()
        .enumerate()
        .map(|(index, ms)| point(index, *ms))
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let (x, y) = point(times.len() - 1, *last);
    let told = format!(
        "{} results, from {} to {}, at most {}",
        times.len(),
        words::time(*first),
        words::time(*last),
        words::time(high)
    );
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\"><polyline points=\"{}\"/><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\"/></svg>",
        html(&told),
        points.join(" ")
    )
}

//! The page of a history.

use super::parts::Page;
use crate::model::History;
use crate::report::escape::{markdown, markdown_code_cell};
use crate::report::{trends, words};

/// Writes the whole page.
pub(super) fn write(page: &mut Page, history: &History) {
    page.heading(1, "History");
    page.paragraph(&markdown(&trends::sums(history).join(" · ")));
    for (target, trends) in trends::by_target(history) {
        page.heading(2, &markdown(&target));
        let header = [
            "Scenario", "Results", "Pass", "Flake", "p50", "p90", "p99", "Time", "USD",
        ];
        let rows = trends.into_iter().map(|trend| {
            let [pass, flake, p50, p90, p99] = trends::figures(trend);
            vec![
                markdown_code_cell(trend.scenario.as_str()),
                trend.results.to_string(),
                pass,
                flake,
                p50,
                p90,
                p99,
                trends::sparkline(&trend.latest_ms, true),
                words::usd(trends::cents(trend.cost_usd)),
            ]
        });
        page.table(header.map(str::to_owned).to_vec(), rows);
    }
    if history.days.is_empty() {
        return;
    }
    page.heading(2, "Spent a day");
    let header = ["Day", "Runs", "Images", "Spent", "Possibly spent"];
    let rows = history.days.iter().map(|day| {
        vec![
            markdown(&day.day),
            day.runs.to_string(),
            day.images.to_string(),
            words::usd(trends::cents(day.spent_usd)),
            words::usd(trends::cents(day.possibly_spent_usd)),
        ]
    });
    page.table(header.map(str::to_owned).to_vec(), rows);
}

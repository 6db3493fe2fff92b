//! Latency: phases stacked, percentiles beside them, drawn as SVG.

use super::page::{Context, short_name};
use crate::report::escape::html;
use crate::report::latency::{Latency, PHASES};
use crate::report::words;

/// Width of a plot in units of its own.
const WIDTH: f64 = 640.0;

/// Colours of the phases, and of what is marked on them, where the style is taken away.
pub(super) const FILLS: [&str; 5] = ["#8e9aaf", "#5b8def", "#9a6cd9", "#f0883e", "#2fa37a"];
const MARK: &str = "#1b2230";

/// A table of latencies, each with its plot.
pub(super) fn latencies(context: &Context<'_>) -> String {
    let all = Latency::all(context.report, &context.digest);
    let mut text = String::new();
    for (has_pictures, title) in [
        (true, "Calls that brought pictures"),
        (false, "All other answered calls"),
    ] {
        let group: Vec<&Latency> = all
            .iter()
            .filter(|one| one.has_pictures == has_pictures)
            .collect();
        if group.is_empty() {
            continue;
        }
        let longest = group
            .iter()
            .map(|one| one.p99.max(one.phases.iter().sum()))
            .fold(0.001, f64::max);
        text.push_str(&format!("<div class=\"scroll\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table class=\"latency\">\n<caption>{title}</caption>\n<thead><tr><th scope=\"col\">Deployment</th><th scope=\"col\">Mean by phase, and percentiles</th><th scope=\"col\">calls</th><th scope=\"col\">p50</th><th scope=\"col\">p90</th><th scope=\"col\">p99</th></tr></thead>\n<tbody>\n"));
        for one in group {
            let column = context
                .digest
                .matrix
                .columns
                .iter()
                .position(|column| *column == one.column);
            text.push_str(&format!(
                "<tr data-column=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                column.unwrap_or_default(),
                html(&short_name(&one.column, context)),
                row(one, longest),
                one.count,
                words::time(one.p50),
                words::time(one.p90),
                words::time(one.p99)
            ));
        }
        text.push_str("</tbody>\n</table></div>\n");
    }
    if !text.is_empty() {
        text.push_str(&legend());
    }
    text
}

fn row(latency: &Latency<'_>, longest: f64) -> String {
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} 30\" role=\"img\" aria-label=\"{}\" preserveAspectRatio=\"none\">",
        html(&told(&latency.phases))
    );
    svg.push_str(&bars(&latency.phases, longest, 4.0, 14.0));
    let at = |ms: f64| (ms / longest * WIDTH).clamp(0.0, WIDTH - 2.0);
    svg.push_str(&format!(
        "<path class=\"whisker\" stroke=\"{MARK}\" d=\"M{:.1} 24H{:.1}\"/>",
        at(latency.p50),
        at(latency.p99)
    ));
    for (name, ms) in [
        ("p50", latency.p50),
        ("p90", latency.p90),
        ("p99", latency.p99),
    ] {
        svg.push_str(&format!("<rect class=\"tick\" fill=\"{MARK}\" x=\"{:.1}\" y=\"20\" width=\"2\" height=\"8\"><title>{name} {}</title></rect>", at(ms), words::time(ms)));
    }
    svg.push_str("</svg>");
    svg
}

/// The phases of one exchange, as wide as the page.
pub(super) fn phases(phases: &[f64; 5]) -> String {
    let sum: f64 = phases.iter().sum();
    if sum <= 0.0 {
        return String::new();
    }
    format!(
        "<svg class=\"plot thin\" viewBox=\"0 0 {WIDTH} 8\" role=\"img\" aria-label=\"{}\" preserveAspectRatio=\"none\">{}</svg>\n",
        html(&told(phases)),
        bars(phases, sum, 0.0, 8.0)
    )
}

fn bars(phases: &[f64; 5], longest: f64, y: f64, height: f64) -> String {
    let mut text = String::new();
    let mut x = 0.0;
    for (number, ms) in phases.iter().enumerate() {
        let width = ms / longest * WIDTH;
        if width > 0.0 {
            text.push_str(&format!("<rect class=\"phase-{number}\" fill=\"{}\" x=\"{x:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{height}\"><title>{} {}</title></rect>", FILLS[number], PHASES[number], words::time(*ms)));
        }
        x += width;
    }
    text
}

fn told(phases: &[f64; 5]) -> String {
    let told = PHASES.iter().zip(phases).filter(|(_, ms)| **ms > 0.0);
    let told: Vec<String> = told
        .map(|(name, ms)| format!("{name} {}", words::time(*ms)))
        .collect();
    told.join(", ")
}

fn legend() -> String {
    let entries = PHASES.iter().enumerate();
    let entries: Vec<String> = entries
        .map(|(number, name)| format!("<li><svg class=\"key\" viewBox=\"0 0 10 10\" width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"phase-{number}\" fill=\"{}\" width=\"10\" height=\"10\"/></svg> {name}</li>", FILLS[number]))
        .collect();
    format!(
        "<ul class=\"legend\">{}<li><svg class=\"key\" viewBox=\"0 0 10 10\" width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"tick\" fill=\"{MARK}\" x=\"4\" width=\"2\" height=\"10\"/></svg> p50, p90, p99</li></ul>\n",
        entries.join("")
    )
}

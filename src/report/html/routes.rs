//! The map of routes with the findings that it marks.

use crate::model::{RouteMap, Severity};
use crate::report::escape::html;
use crate::report::routes::{picture, sums};

/// The picture, and below it what its numbers mean.
pub(super) fn map(map: &RouteMap) -> String {
    let mut text = format!(
        "<p class=\"meta\">{}</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"Map of the routes\" tabindex=\"0\">{}</div>\n",
        html(&sums(map).join(" · ")),
        picture(map)
    );
    if map.findings.is_empty() {
        return text;
    }
    text.push_str("<ol class=\"marks\">\n");
    for one in &map.findings {
        let class = match one.severity {
            Severity::Error => "fail",
            Severity::Warning | Severity::Info => "error",
        };
        text.push_str(&format!(
            "<li value=\"{}\"><span class=\"badge {}\">{}</span> {} <code>{}</code></li>\n",
            one.number,
            class,
            one.severity,
            html(&one.title),
            html(&one.id)
        ));
    }
    text.push_str("</ol>\n");
    text
}

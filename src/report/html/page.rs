//! The page as a whole: head, sums, sections, filters.

use super::{comparison, diagnosis, exchange, matrix, pictures, plots, routes, trends};
use crate::model::{CaseRun, Comparison, History, Report, RouteMap, Verdict};
use crate::report::digest::{Digest, SkipGroup};
use crate::report::escape::html;
use crate::report::matrix::Column;
use crate::report::renderer::{Document, Renderer, ReportError, Style};
use crate::report::words;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Colours, for a page whose root is told light or dark.
pub(super) const COLORS: &str = include_str!("colors.css");
/// Rules for everything inside the page.
pub(super) const RULES: &str = include_str!("style.css");
const STYLE: &str = concat!(
    include_str!("colors.css"),
    include_str!("style.css"),
    include_str!("../routes/map.css")
);
/// Changes between light and dark.
const THEME: &str = "<button type=\"button\" id=\"theme\" class=\"needs-script\" aria-pressed=\"false\">Dark</button>";
const SCRIPT: &str = include_str!("script.js");

/// A self-contained HTML page.
pub(in crate::report) struct Html;

impl Renderer for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["html", "htm"]
    }

    fn shows_pictures(&self) -> bool {
        true
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        match document {
            Document::Routes(map) => Ok(map_page(map)),
            Document::Comparison(changes) => Ok(comparison_page(changes)),
            Document::Mapped(report, map) => Ok(page(
                report,
                Extras {
                    route_map: Some(map),
                    ..Extras::default()
                },
            )),
            _ => Ok(page(document.report(self.name())?, Extras::default())),
        }
    }
}

/// What a page can show besides the report itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'a> {
    /// The map that the calls went over.
    pub route_map: Option<&'a RouteMap>,
    /// What earlier runs show.
    pub history: Option<&'a History>,
}

/// Where the sections stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// A page of their own, with its script and with links from section to section.
    Page,
    /// A place among others, where nothing is linked and no script runs.
    Fragment,
}

/// What every section needs.
pub(super) struct Context<'a> {
    pub(super) report: &'a Report,
    pub(super) digest: Digest<'a>,
    pub(super) home: Home,
    numbers: BTreeMap<String, usize>,
}

impl<'a> Context<'a> {
    pub(super) fn of(report: &'a Report, home: Home) -> Self {
        let cases = report.run.cases.iter().enumerate();
        Context {
            report,
            digest: Digest::of(report),
            home,
            numbers: cases.map(|(number, case)| (case.key(), number)).collect(),
        }
    }

    /// Name of the element that shows a case, where there are such names.
    pub(super) fn anchor(&self, key: &str) -> Option<String> {
        if self.home == Home::Fragment {
            return None;
        }
        self.numbers.get(key).map(|number| format!("case-{number}"))
    }

    /// The column of the table that a case stands in.
    pub(super) fn column(&self, case: &CaseRun) -> usize {
        let mut columns = self.digest.matrix.columns.iter();
        let column = columns.position(|column| {
            column.account == case.account.as_str()
                && column.deployment == case.deployment.as_str()
                && column.route == case.route
        });
        column.unwrap_or_default()
    }
}

/// Writes the page.
pub fn page(report: &Report, extras: Extras<'_>) -> String {
    let context = Context::of(report, Home::Page);
    let title = words::sums(&report.run)
        .first()
        .cloned()
        .unwrap_or_default();
    let mut text = begin(&title);
    text.push_str("<a class=\"skip-link\" href=\"#results\">Skip to the results</a>\n");
    header(&mut text, report);
    text.push_str("<main>\n");
    section(
        &mut text,
        "results",
        "Results",
        &format!("{}{}", filters(&context), matrix::table(&context)),
    );
    section(&mut text, "quarantine", "Quarantine", &quarantine(report));
    section(
        &mut text,
        "diagnoses",
        "Diagnoses",
        &diagnosis::list(&context),
    );
    if let Some(map) = extras.route_map {
        section(&mut text, "routes", "Routes", &routes::map(map));
    }
    section(
        &mut text,
        "pictures",
        "Pictures",
        &pictures::gallery(&context),
    );
    section(&mut text, "latency", "Latency", &plots::latencies(&context));
    let trend = extras
        .history
        .map(|history| trends::tables(&context, history))
        .unwrap_or_default();
    section(&mut text, "trend", "Trend", &trend);
    section(&mut text, "cases", "Cases", &exchange::cases(&context));
    section(
        &mut text,
        "skipped",
        "Skipped",
        &skipped(&context.digest.skips),
    );
    end(text)
}

/// Writes a page that shows the map alone.
fn map_page(map: &RouteMap) -> String {
    let mut text = begin("routes");
    text.push_str(&short_header("routes", &map.taken_at));
    section(&mut text, "routes", "Routes", &routes::map(map));
    end(text)
}

/// Writes a page that shows what has changed.
fn comparison_page(changes: &Comparison) -> String {
    let mut text = begin("comparison");
    text.push_str(&short_header("comparison", &changes.new_at));
    section(
        &mut text,
        "changes",
        "Changes",
        &comparison::comparison(changes),
    );
    end(text)
}

/// The head of a page without sums, and where its sections begin.
fn short_header(name: &str, date: &str) -> String {
    let date = html(date);
    format!(
        "<header>\n<div class=\"bar\"><h1>fluxprobe <span>{name}</span></h1><p class=\"when\"><time datetime=\"{date}\">{date}</time></p>{THEME}</div>\n</header>\n<main>\n"
    )
}

/// Everything up to the body of a page.
fn begin(title: &str) -> String {
    let mut text = String::with_capacity(256 * 1024);
    text.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    text.push_str(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\">\n",
        hash(STYLE),
        hash(SCRIPT)
    ));
    text.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    text.push_str(&format!(
        "<title>fluxprobe: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        html(title)
    ));
    text
}

/// The page with everything behind its sections.
fn end(mut text: String) -> String {
    text.push_str("</main>\n");
    text.push_str(&format!(
        "<footer>fluxprobe {} · this file holds everything it shows and asks nothing of any network</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    ));
    text
}

/// The source of a policy that allows exactly `text`.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// A section that has something in it.
fn section(text: &mut String, id: &str, title: &str, inside: &str) {
    if !inside.is_empty() {
        text.push_str(&format!("<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n{inside}</section>\n"));
    }
}

fn header(text: &mut String, report: &Report) {
    let run = &report.run;
    let summary = &run.summary;
    text.push_str("<header>\n<div class=\"bar\"><h1>fluxprobe <span>report</span></h1>");
    text.push_str(&format!(
        "<p class=\"when\"><time datetime=\"{0}\">{0}</time> · {1}</p>",
        html(&run.started_at),
        words::time(run.elapsed_ms)
    ));
    text.push_str(&format!("{THEME}</div>\n"));
    if let Some(stopped) = words::stopped(run) {
        text.push_str(&format!(
            "<p class=\"warning\" role=\"note\">{}</p>\n",
            html(&stopped)
        ));
    }
    for finding in &run.findings {
        text.push_str(&format!(
            "<p class=\"warning\" role=\"note\">{}</p>\n",
            html(finding)
        ));
    }
    text.push_str("<dl class=\"sums\">\n");
    for verdict in words::VERDICTS {
        let count = words::count_of(summary, verdict);
        if count > 0 || matches!(verdict, Verdict::Pass | Verdict::Fail) {
            let zero = if count == 0 { " zero" } else { "" };
            text.push_str(&format!(
                "<div class=\"sum {0}{zero}\"><dt>{0}</dt><dd>{count}</dd></div>\n",
                verdict.word()
            ));
        }
    }
    let mut sum = |name: &str, value: String| {
        text.push_str(&format!(
            "<div class=\"sum\"><dt>{name}</dt><dd>{value}</dd></div>\n"
        ));
    };
    sum("images", summary.images.to_string());
    sum("spent", words::usd(summary.spent_usd));
    for (name, amount) in [
        ("possibly spent", summary.possibly_spent_usd),
        ("avoided", summary.avoided_usd),
    ] {
        if amount > 0.0 {
            sum(name, words::usd(amount));
        }
    }
    text.push_str("</dl>\n</header>\n");
}

fn filters(context: &Context<'_>) -> String {
    let matrix = &context.digest.matrix;
    let mut text = String::from(
        "<form class=\"filters needs-script\" id=\"filters\" aria-label=\"Filter\">\n",
    );
    let mut choice = |name: &str, label: &str, options: Vec<(String, String)>| {
        let options: Vec<String> = options
            .iter()
            .map(|(value, shown)| {
                format!("<option value=\"{}\">{}</option>", html(value), html(shown))
            })
            .collect();
        text.push_str(&format!(
            "<label>{label} <select name=\"{name}\"><option value=\"\">all</option>{}</select></label>\n",
            options.join("")
        ));
    };
    let rows = matrix
        .rows
        .iter()
        .map(|row| (row.scenario.to_owned(), row.scenario.to_owned()));
    choice("letter", "Scenario", rows.collect());
    let columns = matrix.columns.iter().enumerate();
    let columns = columns.map(|(number, column)| (number.to_string(), short_name(column, context)));
    choice("column", "Deployment", columns.collect());
    let verdicts = words::VERDICTS
        .iter()
        .map(|verdict| (verdict.word().to_owned(), verdict.word().to_owned()));
    choice("verdict", "Verdict", verdicts.collect());
    text.push_str("<button type=\"reset\">Show all</button>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n");
    text
}

/// A target as short as it can be told apart from the others.
pub(super) fn short_name(column: &Column<'_>, context: &Context<'_>) -> String {
    let matrix = &context.digest.matrix;
    let has_several_accounts = matrix
        .columns
        .windows(2)
        .any(|pair| pair[0].account != pair[1].account);
    let mut name = column.deployment.to_owned();
    if has_several_accounts {
        name = format!("{}/{name}", column.account);
    }
    if matrix.has_several_routes && !column.route.is_empty() {
        name = format!("{name} {}", words::way(column.route));
    }
    name
}

/// A verdict as a mark and a word, so that it does not hang on its colour.
pub(super) fn badge(verdict: Verdict) -> String {
    format!(
        "<span class=\"badge {0}\"><span aria-hidden=\"true\">{1}</span> {0}</span>",
        verdict.word(),
        mark(verdict)
    )
}

/// A verdict in one character.
pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Flaky => "≈",
        Verdict::Skip => "–",
        Verdict::Fail => "✗",
        Verdict::Error => "!",
    }
}

fn quarantine(report: &Report) -> String {
    let lines = words::quarantine_lines(&report.run);
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines
        .iter()
        .map(|line| format!("<li>{}</li>\n", html(line)))
        .collect();
    format!("<ul class=\"skips\">\n{items}</ul>\n")
}

pub(super) fn skipped(groups: &[SkipGroup<'_>]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut text = String::from("<ul class=\"skips\">\n");
    for group in groups {
        text.push_str(&format!("<li>{}<ul>", html(group.why_or_none())));
        for (target, letters) in &group.targets {
            text.push_str(&format!(
                "<li><b>{}</b> {}</li>",
                html(&letters.join(" ")),
                html(target)
            ));
        }
        text.push_str("</ul></li>\n");
    }
    text.push_str("</ul>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(report: &Report) -> String {
        Html.render(Document::Report(report), &Style::default())
            .unwrap()
    }

    #[test]
    fn gateway_404() {
        let text = shown(&fixture::gateway_404());
        let text = text
            .replace(STYLE, "")
            .replace(SCRIPT, "")
            .replace(&hash(STYLE), "STYLE")
            .replace(&hash(SCRIPT), "SCRIPT");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn hostile_text_is_text() {
        let text = shown(&fixture::hostile());
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        for markup in ["<img src=x", "</details>\n\"", "onerror=alert(1)>"] {
            assert!(!text.contains(markup), "{markup}");
        }
        assert!(text.contains("&lt;img src=x onerror=alert(1)&gt;"));
    }

    #[test]
    fn the_policy_allows_its_own_script_and_nothing_else() {
        let text = shown(&fixture::green());
        assert!(text.contains("default-src 'none'; style-src 'sha256-"));
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.matches("<style").count(), 1);
        assert!(
            !text.contains(" style=\""),
            "the policy forbids style attributes"
        );
        assert!(!text.contains("src=\"http"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }

    #[test]
    fn a_map_of_routes_gets_its_place() {
        let report = fixture::green();
        let map = fixture::route_map();
        let text = Html.render(Document::Mapped(&report, &map), &Style::default());
        let text = text.unwrap();
        assert!(text.contains("<h2 id=\"routes-title\">Routes</h2>"));
        assert!(text.contains("<svg class=\"map\""));
        assert!(!text.contains(" style=\""));
        let alone = Html
            .render(Document::Routes(&map), &Style::default())
            .unwrap();
        assert!(alone.contains("<svg class=\"map\"") && alone.ends_with("</html>\n"));
        assert!(!shown(&report).contains("routes-title"));
    }

    #[test]
    fn every_link_inside_the_page_leads_somewhere() {
        for report in [fixture::gateway_404(), fixture::wide(), fixture::hostile()] {
            let text = shown(&report);
            for link in text.split("href=\"#").skip(1) {
                let id = link.split('"').next().unwrap();
                assert!(text.contains(&format!("id=\"{id}\"")), "#{id}");
            }
        }
    }
}

//! A document as a fragment of HTML: it stands among other things (a notebook's outputs), brings its own style, runs no
//! script, links to nothing, and is readable where its style is taken away.

use super::page::{COLORS, Context, Home, RULES, skipped};
use super::{comparison, diagnosis, exchange, matrix, pictures, plots, routes};
use crate::model::pipe::ReportPart;
use crate::model::{
    Audit, Checkup, Explained, Inventory, Leg, Plan, Report, Run, RungState, Severity,
};
use crate::report::chain::Chain;
use crate::report::escape::{html, html_lines, html_prose};
use crate::report::renderer::{Document, Style};
use crate::report::{FORMATS, facts, tables, words};
use tabled::Tabled;

const OWN_RULES: &str = concat!(
    include_str!("fragment.css"),
    include_str!("../routes/map.css")
);

/// Writes a whole document.
pub fn html_fragment(document: Document<'_>) -> String {
    framed(&match document {
        Document::Inventory(value) => inventory(value),
        Document::Plan(value) => plan(value),
        Document::Report(value) => report(value),
        Document::Mapped(value, map) => {
            format!("{}{}", report(value), fold("Routes", &routes::map(map)))
        }
        Document::Routes(map) => routes::map(map),
        Document::Comparison(value) => comparison::comparison(value),
        Document::Baseline(value) => comparison::baseline(value),
        Document::History(_) => as_text(document),
        Document::Audit(value) => audit(value),
        Document::Checkup(value) => checkup(value),
        Document::Explained(value) => value.iter().map(explained).collect(),
    })
}

/// Writes a part of a report.
pub fn html_part(report: &Report, part: ReportPart) -> String {
    let context = Context::of(report, Home::Fragment);
    framed(&match part {
        ReportPart::Matrix => format!("{}{}", sums(report), matrix::table(&context)),
        ReportPart::Diagnoses => or_nothing(diagnosis::list(&context), "nothing failed"),
        ReportPart::Pictures => or_nothing(pictures::gallery(&context), "no pictures came"),
        ReportPart::Timings => or_nothing(plots::latencies(&context), "nothing was answered"),
        ReportPart::Cases => or_nothing(exchange::cases(&context), "nothing ran"),
        ReportPart::Printed => or_nothing(printed(&context), "nothing was printed"),
    })
}

/// The style speaks only of what is inside: a rule's weight is raised above those of the page around it. Light or dark is
/// what Jupyter says, whatever the reader's system is.
fn framed(inside: &str) -> String {
    let colors = COLORS
        .replace(
            ":root[data-theme=\"dark\"]",
            "[data-jp-theme-light=\"false\"] .fluxprobe",
        )
        .replace(":root:not([data-theme=\"light\"])", ".fluxprobe-never")
        .replace(":root {", ".fluxprobe {");
    format!(
        "<style>\n{colors}.fluxprobe.fluxprobe.fluxprobe {{\n{RULES}{OWN_RULES}}}\n</style>\n<div class=\"fluxprobe\">\n{inside}</div>\n"
    )
}

/// What has no rich form yet, in its plain one.
fn as_text(document: Document<'_>) -> String {
    let text = FORMATS[0].render(document, &Style::default());
    format!("<pre>{}</pre>\n", html_lines(&text.unwrap_or_default()))
}

pub(super) fn or_nothing(text: String, nothing: &str) -> String {
    if text.is_empty() {
        return format!("<p class=\"meta\">{nothing}</p>\n");
    }
    text
}

fn fold(title: &str, inside: &str) -> String {
    if inside.is_empty() {
        return String::new();
    }
    format!("<details class=\"fold\"><summary>{title}</summary>\n{inside}</details>\n")
}

fn report(report: &Report) -> String {
    let context = Context::of(report, Home::Fragment);
    let skips = &context.digest.skips;
    [
        sums(report),
        matrix::table(&context),
        diagnosis::list(&context),
        fold("Pictures", &pictures::gallery(&context)),
        fold("Timings", &plots::latencies(&context)),
        fold("Printed by scenarios", &printed(&context)),
        fold("Skipped", &skipped(skips)),
    ]
    .concat()
}

fn sums(report: &Report) -> String {
    let sums = html(&words::sums(&report.run).join(" · "));
    let mut text = format!("<p class=\"head\">{sums}</p>\n");
    if let Some(stopped) = words::stopped(&report.run) {
        text.push_str(&format!("<p class=\"warning\">{}</p>\n", html(&stopped)));
    }
    text
}

fn printed(context: &Context<'_>) -> String {
    let cases = context.digest.printing.iter().map(|case| {
        let lines = case.steps.iter().flat_map(|step| &step.output);
        let lines: Vec<&str> = lines.map(String::as_str).collect();
        format!(
            "<p class=\"named\">{}</p>\n<pre class=\"printed\">{}</pre>\n",
            html(&words::case_name(case)),
            html_lines(&lines.join("\n"))
        )
    });
    cases.collect()
}

fn inventory(inventory: &Inventory) -> String {
    let counts = html(&tables::inventory_counts(inventory).join(" · "));
    let mut text = format!("<p class=\"head\">{counts}</p>\n");
    for account in &inventory.accounts {
        let rows = tables::deployments(account);
        text.push_str(&named(
            &format!(
                "Account <code>{}</code> ({})",
                html(account.name.as_str()),
                html(&account.location)
            ),
            &or_nothing(table(&rows), "no deployments"),
        ));
    }
    for gateway in &inventory.gateways {
        let tables = [
            table(&tables::apis(gateway)),
            table(&tables::backends(gateway)),
        ];
        text.push_str(&named(
            &format!(
                "Gateway <code>{}</code> <code>{}</code>",
                html(gateway.name.as_str()),
                html(&gateway.url)
            ),
            &tables.concat(),
        ));
    }
    if !inventory.routes.is_empty() {
        text.push_str(&named("Routes", &table(&tables::routes(inventory))));
    }
    if !inventory.gaps.is_empty() {
        let gaps = inventory.gaps.iter().map(|gap| {
            let opener = gap.opened_by.iter();
            let opener: String = opener
                .map(|opener| format!("; opened by {}", html(opener)))
                .collect();
            format!(
                "<li><b>{}</b>: {}{opener}</li>",
                html(&gap.what),
                html(&gap.why)
            )
        });
        let gaps: String = gaps.collect();
        text.push_str(&named(
            "Not everything could be read",
            &format!("<ul>{gaps}</ul>\n"),
        ));
    }
    text
}

fn plan(plan: &Plan) -> String {
    let sums = html(&tables::plan_sums(plan).join(" · "));
    let left_out = tables::left_out(plan).into_iter().map(|(why, names)| {
        format!(
            "<li>{}<br><span class=\"meta\">{}</span></li>",
            html(why),
            html(&names.join(", "))
        )
    });
    let left_out: String = left_out.collect();
    let left_out = match left_out.as_str() {
        "" => String::new(),
        some => format!("<ul>{some}</ul>\n"),
    };
    [
        format!("<p class=\"head\">{sums}</p>\n"),
        or_nothing(table(&tables::cases(plan)), "nothing would run"),
        fold("Requests", &table(&tables::requests(plan))),
        fold("Left out", &left_out),
    ]
    .concat()
}

fn audit(audit: &Audit) -> String {
    let findings = words::count(audit.findings.len(), "finding", "findings");
    let mut text = format!("<p class=\"head\">{findings}</p>\n");
    for finding in &audit.findings {
        let class = match finding.severity {
            Severity::Error => "fail",
            Severity::Warning => "error",
            Severity::Info => "skip",
        };
        let list = |items: &[String]| -> String {
            let items = items.iter();
            items
                .map(|item| format!("<li>{}</li>", html(item)))
                .collect()
        };
        text.push_str(&format!(
            "<article class=\"diagnosis\">\n<h3><span class=\"badge {class}\">{}</span> {}</h3>\n<p class=\"meta\"><code>{}</code></p>\n<ul>{}</ul>\n<h4>Because</h4>\n<ul>{}</ul>\n<p>{}</p>\n<h4>Change</h4>\n<p>{}</p>\n",
            finding.severity.word(),
            html_prose(&finding.title),
            html(&finding.id),
            list(&finding.victims),
            list(&finding.evidence),
            html_prose(&finding.consequence),
            html_prose(&finding.remedy.text)
        ));
        if let Some(command) = &finding.remedy.command {
            text.push_str(&format!(
                "<pre><code>{}</code></pre>\n",
                html_lines(command)
            ));
        }
        text.push_str("</article>\n");
    }
    text
}

fn checkup(checkup: &Checkup) -> String {
    let empty = Report::new(Run::default(), Vec::new());
    let context = Context::of(&empty, Home::Fragment);
    let mut text = format!(
        "<p class=\"head\"><code>{}</code></p>\n",
        html(&checkup.asked)
    );
    let points = |items: &[String]| -> String {
        let items: String = items
            .iter()
            .map(|item| format!("<li>{}</li>", html(item)))
            .collect();
        match items.as_str() {
            "" => String::new(),
            items => format!("<ul>{items}</ul>\n"),
        }
    };
    text.push_str(&points(&checkup.flaws));
    let rungs = checkup.rungs.iter().map(|rung| {
        let (mark, state) = match rung.state {
            RungState::Good => ("pass", "✓ good"),
            RungState::Broken => ("fail", "✗ broken"),
            RungState::Unjudged => ("error", "! cannot be told"),
            RungState::NotReached => ("skip", "– not reached"),
        };
        vec![
            format!("<b>{}</b>", rung.name.word()),
            format!("<span class=\"badge {mark}\">{state}</span>"),
            rung.ms.map(unbroken).unwrap_or_default(),
            html(&rung.finding),
        ]
    });
    text.push_str(&rows(&["Rung", "State", "Time", "Finding"], rungs));
    if let Some(found) = &checkup.diagnosis {
        let leg = checkup.leg.unwrap_or(Leg::Gateway);
        let chain = found.hop.map(|hop| Chain::of(hop, leg));
        text.push_str(&diagnosis::article(
            &context,
            "",
            &html_prose(&found.title),
            found,
            chain,
        ));
    }
    for correction in &checkup.corrections {
        text.push_str(&format!(
            "<p class=\"named\">Corrected URL</p>\n<pre><code>{}</code></pre>\n<p>{} · {}</p>\n",
            html(&correction.url),
            html(&correction.proof),
            html(&correction.why)
        ));
    }
    text.push_str(&points(&checkup.notes));
    if let Some(trace) = &checkup.trace {
        let lines: Vec<String> = facts::trace_lines(trace).collect();
        text.push_str(&fold("Trace of the gateway", &points(&lines)));
    }
    let probes = checkup.probes.iter().map(|probe| {
        let status = probe.exchange.status();
        vec![
            html(&probe.name),
            status.map(|status| status.to_string()).unwrap_or_default(),
            probe.hop.map_or("", |hop| hop.word()).to_owned(),
            html(&probe.says),
        ]
    });
    if !checkup.probes.is_empty() {
        text.push_str(&fold(
            "Probes",
            &rows(&["Probe", "Status", "Answered", "Says"], probes),
        ));
    }
    text
}

fn explained(one: &Explained) -> String {
    let empty = Report::new(Run::default(), Vec::new());
    let context = Context::of(&empty, Home::Fragment);
    let leg = one.exchange.leg.unwrap_or(Leg::Gateway);
    let chain = one.diagnosis.hop.map(|hop| Chain::of(hop, leg));
    let title = format!("{}. {}", html(&one.id), html_prose(&one.diagnosis.title));
    let notes: String = one
        .notes
        .iter()
        .map(|note| format!("<p>{}</p>\n", html(note)))
        .collect();
    [
        diagnosis::article(&context, "", &title, &one.diagnosis, chain),
        notes,
        fold("Exchange", &exchange::exchanged(&context, &one.exchange)),
    ]
    .concat()
}

pub(super) fn named(title: &str, inside: &str) -> String {
    format!("<p class=\"named\">{title}</p>\n{inside}")
}

/// A time that stays in one line.
pub(super) fn unbroken(ms: f64) -> String {
    words::time(ms).replace(' ', "&nbsp;")
}

/// A table of typed rows; nothing where there are none.
pub(super) fn table<T: Tabled>(typed: &[T]) -> String {
    if typed.is_empty() {
        return String::new();
    }
    let headers: Vec<String> = T::headers().iter().map(|name| html(name)).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let cells = typed
        .iter()
        .map(|row| row.fields().iter().map(|field| breakable(field)).collect());
    rows(&headers, cells)
}

/// Text that may go on in the next line after a slash: URLs and names of targets are long.
pub(super) fn breakable(text: &str) -> String {
    let text = html(text);
    let parts = text.split("//");
    let parts: Vec<String> = parts.map(|part| part.replace('/', "/<wbr>")).collect();
    parts.join("//")
}

/// A table whose cells are HTML already.
pub(super) fn rows(headers: &[&str], cells: impl Iterator<Item = Vec<String>>) -> String {
    let headers: String = headers
        .iter()
        .map(|name| format!("<th scope=\"col\">{name}</th>"))
        .collect();
    let cells = cells.map(|row| {
        let row: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        format!("<tr>{row}</tr>\n")
    });
    let cells: String = cells.collect();
    format!(
        "<div class=\"scroll\">\n<table>\n<thead><tr>{headers}</tr></thead>\n<tbody>\n{cells}</tbody>\n</table>\n</div>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    const PARTS: [ReportPart; 6] = [
        ReportPart::Matrix,
        ReportPart::Diagnoses,
        ReportPart::Pictures,
        ReportPart::Timings,
        ReportPart::Cases,
        ReportPart::Printed,
    ];

    fn everything(report: &Report) -> Vec<String> {
        let mut all: Vec<String> = PARTS.iter().map(|part| html_part(report, *part)).collect();
        all.push(html_fragment(Document::Report(report)));
        all
    }

    #[test]
    fn nothing_runs_and_nothing_is_linked() {
        for report in [fixture::gateway_404(), fixture::hostile(), fixture::wide()] {
            for text in everything(&report) {
                for mark in ["<script", "<button", " id=\"", "href=", "src=\"http"] {
                    assert!(!text.contains(mark), "{mark} in {text}");
                }
            }
        }
    }

    #[test]
    fn what_a_server_sent_is_text() {
        let text = everything(&fixture::hostile()).concat();
        for markup in ["<img src=x", "onerror=alert(1)>"] {
            assert!(!text.contains(markup), "{markup}");
        }
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
    }

    #[test]
    fn a_cell_of_the_table_opens_to_its_exchange() {
        let text = html_part(&fixture::gateway_404(), ReportPart::Matrix);
        let text = text.split("<div class=\"fluxprobe\">").nth(1).unwrap();
        let cell = text.split("data-verdict=\"fail\"").nth(1).unwrap();
        let cell = cell.split("</tr>").next().unwrap();
        assert!(
            cell.contains("<details><summary><span class=\"badge fail\">"),
            "{cell}"
        );
        assert!(cell.contains("<h5>Request</h5>"), "{cell}");
        assert!(cell.contains("<h5>Answer</h5>"), "{cell}");
    }

    #[test]
    fn each_document_has_its_tables() {
        let text = html_fragment(Document::Inventory(&fixture::inventory()));
        assert!(text.contains("<th scope=\"col\">deployment</th>"), "{text}");
        let text = html_fragment(Document::Plan(&fixture::plan()));
        assert!(text.contains("at most"), "{text}");
        let text = html_fragment(Document::Comparison(&fixture::comparison()));
        assert!(text.contains("data-change=\"Slower (1)\""), "{text}");
        let text = html_fragment(Document::Baseline(&fixture::baseline()));
        assert!(text.contains("<th scope=\"col\">timings</th>"), "{text}");
        let text = html_fragment(Document::Explained(&fixture::explained()));
        assert!(text.contains("class=\"diagnosis\""), "{text}");
        let nothing = Report::new(Run::default(), Vec::new());
        assert!(html_part(&nothing, ReportPart::Pictures).contains("no pictures came"));
    }
}

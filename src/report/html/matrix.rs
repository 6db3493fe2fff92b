//! The table: scenarios down, deployments across. In a page each cell is a link to its case; elsewhere it opens to it.

use super::exchange;
use super::page::{Context, Home, badge, short_name};
use crate::report::escape::html;
use crate::report::matrix::Cell;

/// The table.
pub(super) fn table(context: &Context<'_>) -> String {
    let matrix = &context.digest.matrix;
    let mut text = String::from(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Table of results\" tabindex=\"0\">\n",
    );
    match context.home {
        Home::Page => text.push_str("<table class=\"matrix\" id=\"matrix\">\n"),
        Home::Fragment => text.push_str(&format!(
            "<table class=\"matrix opening\" style=\"--columns:{}\">\n",
            matrix.columns.len()
        )),
    }
    text.push_str(
        "<caption class=\"unseen\">Scenarios down, deployments across</caption>\n<thead><tr><th scope=\"col\">Scenario</th>",
    );
    for (number, column) in matrix.columns.iter().enumerate() {
        let name = short_name(column, context);
        text.push_str(&format!(
            "<th scope=\"col\" data-column=\"{number}\" title=\"{}\">{}</th>",
            html(&crate::report::words::column_name(column)),
            breakable(&name)
        ));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (r, row) in matrix.rows.iter().enumerate() {
        text.push_str(&format!(
            "<tr data-letter=\"{0}\"><th scope=\"row\"><b>{0}</b> <span>{1}</span></th>",
            html(row.scenario),
            html(row.title)
        ));
        for c in 0..matrix.columns.len() {
            text.push_str(&cell(context, matrix.cell(r, c), c));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
    text
}

fn cell(context: &Context<'_>, cell: Option<&Cell<'_>>, column: usize) -> String {
    let Some(cell) = cell else {
        return format!(
            "<td data-column=\"{column}\"><span class=\"unseen\">not chosen</span></td>"
        );
    };
    let hop = cell.hop.map_or(String::new(), |hop| {
        format!(
            " <span class=\"hop\">{}</span>",
            hop.word().replace('_', " ")
        )
    });
    let hop = match cell.is_quarantined() {
        true => format!("{hop} <span class=\"hop\">quarantined</span>"),
        false => hop,
    };
    let badge = badge(cell.verdict);
    let inside = match (context.home, cell.case) {
        (Home::Fragment, Some(case)) => format!(
            "<details><summary>{badge}{hop}</summary>\n{}</details>",
            exchange::inside(context, case)
        ),
        (_, case) => match case.and_then(|case| context.anchor(&case.key())) {
            Some(anchor) => format!("<a href=\"#{anchor}\">{badge}{hop}</a>"),
            None => format!("{badge}{hop}"),
        },
    };
    format!(
        "<td data-column=\"{column}\" data-verdict=\"{}\" title=\"{}\">{inside}</td>",
        cell.verdict.word(),
        html(cell.why)
    )
}

/// A name that may be broken where its parts meet.
fn breakable(name: &str) -> String {
    html(name).replace('/', "/<wbr>").replace('-', "-<wbr>")
}

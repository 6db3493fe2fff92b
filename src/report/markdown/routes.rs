//! The page of a map: a table for each API, what is not reached, and what the marks mean.

use super::parts::Page;
use crate::model::RouteMap;
use crate::report::escape::{markdown, markdown_code, markdown_code_cell};
use crate::report::routes::{RouteRow, Told, api_line, findings, mark_of, sums, tables};
use tabled::Tabled;

const TOLD: Told = Told {
    broken: "✗",
    weak: "!",
    most_ends: 40,
};

/// Writes the whole page.
pub(super) fn write(page: &mut Page, map: &RouteMap) {
    page.heading(1, "Routes");
    page.paragraph(&sums(map).join(" · "));
    for (gateway, api, rows) in tables(map, &TOLD) {
        let name = format!("{}/{}", gateway.name, api.name);
        page.heading(2, &markdown(&name));
        let line = format!("{}{}", gateway.url, api_line(api, &TOLD));
        page.paragraph(&markdown_code(&line));
        let header: Vec<String> = RouteRow::headers()
            .iter()
            .map(ToString::to_string)
            .collect();
        let rows = rows
            .iter()
            .map(|row| row.fields().iter().map(|text| cell(text)).collect());
        page.table(header, rows);
    }
    if !map.unreached.is_empty() {
        page.heading(2, "Reached through no gateway");
    }
    let unreached = map.unreached.iter().flat_map(|account| {
        let deployments = account.deployments.iter();
        deployments.map(|one| {
            let name = markdown_code(&format!("{}/{}", account.name, one.name));
            format!("{} {name}", mark_of(&one.mark, &TOLD))
        })
    });
    page.list(unreached.map(|point| (point, Vec::new())));
    let findings = findings(map);
    if !findings.is_empty() {
        page.heading(2, "What the marks mean");
        page.typed(&findings);
    }
    if !map.not_judged.is_empty() {
        page.heading(2, "Not judged");
    }
    let notes = map.not_judged.iter();
    page.list(notes.map(|note| (markdown(note), Vec::new())));
}

/// Each line of a cell as a code span.
fn cell(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(markdown_code_cell).collect();
    lines.join("<br>")
}

#[cfg(test)]
mod tests {
    use crate::report::fixture;
    use crate::report::markdown::Markdown;
    use crate::report::renderer::{Document, Renderer, Style};

    #[test]
    fn a_map_as_a_page() {
        let map = fixture::route_map();
        insta::assert_snapshot!(
            Markdown
                .render(Document::Routes(&map), &Style::default())
                .unwrap()
        );
    }
}

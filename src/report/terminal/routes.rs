//! The page of a map: a table for each API, what is not reached, and what the marks mean.

use super::grid::draw_typed;
use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{MapFinding, RouteMap, Severity};
use crate::report::escape;
use crate::report::renderer::Detail;
use crate::report::routes::{RouteRow, Told, api_line, mark_of, sums, tables};

/// Backends of a pool that are told unless everything is asked for.
const MOST_ENDS: usize = 8;

/// Columns that a table needs to say anything; below it the rows are told as indented lines.
const NARROWEST_TABLE: usize = 110;

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, map: &RouteMap) {
    let told = Told {
        broken: page.glyphs.fail,
        weak: page.glyphs.error,
        most_ends: match page.style.detail {
            Detail::Full => usize::MAX,
            Detail::Brief | Detail::Normal => MOST_ENDS,
        },
    };
    page.parts(&sums(map));
    if page.style.detail != Detail::Brief {
        for (gateway, api, rows) in tables(map, &told) {
            let name = format!("{}/{}", gateway.name, api.name);
            let line = api_line(api, &told);
            page.heading(&escape::terminal(&name));
            page.words(0, 2, &escape::terminal(&format!("{}{line}", gateway.url)));
            match page.style.width < NARROWEST_TABLE {
                true => indented(page, &rows),
                false => draw_typed(page, &rows),
            }
        }
    }
    unreached(page, map, &told);
    findings(page, map, &told);
    if map.not_judged.is_empty() {
        return;
    }
    page.heading("Not judged");
    for note in &map.not_judged {
        let note = escape::terminal(note);
        page.words(2, 2, &format!("{} {note}", page.glyphs.bullet));
    }
}

/// The rows of a table, each level further in.
fn indented(page: &mut Page<'_>, rows: &[RouteRow]) {
    let arrow = format!(" {} ", page.glyphs.sent);
    let one_line = |text: &str| escape::terminal(&text.replace('\n', ", "));
    for row in rows {
        if !row.operation.is_empty() {
            let parts: Vec<String> = row.operation.split('\n').map(escape::terminal).collect();
            page.words(2, 2, &paint(Ink::Strong, &parts.join(": ")));
        }
        let mut way = vec![&row.policy, &row.backend];
        if !row.policy.is_empty() && !row.account.is_empty() {
            page.words(4, 2, &one_line(&row.policy));
            way.remove(0);
        }
        way.extend([&row.account, &row.deployment]);
        let way = way.into_iter().filter(|part| !part.is_empty());
        let way: Vec<String> = way.map(|part| one_line(part)).collect();
        let indent = if row.policy.is_empty() || !row.account.is_empty() {
            6
        } else {
            4
        };
        if !way.is_empty() {
            page.words(indent, 2, &way.join(&arrow));
        }
    }
}

fn unreached(page: &mut Page<'_>, map: &RouteMap, told: &Told) {
    if map.unreached.is_empty() {
        return;
    }
    page.heading("Reached through no gateway");
    for account in &map.unreached {
        for one in &account.deployments {
            let name = format!("{}/{}", account.name, one.name);
            let mark = mark_of(&one.mark, told);
            page.words(2, 4, &format!("{mark} {}", escape::terminal(&name)));
        }
    }
}

fn findings(page: &mut Page<'_>, map: &RouteMap, told: &Told) {
    if map.findings.is_empty() {
        return;
    }
    page.heading("What the marks mean");
    for MapFinding {
        number,
        id,
        severity,
        title,
    } in &map.findings
    {
        let (ink, sign) = match severity {
            Severity::Error => (Ink::Bad, told.broken),
            Severity::Warning | Severity::Info => (Ink::Warn, told.weak),
        };
        let mark = paint(ink, &format!("{sign}{number}"));
        let (title, id) = (
            escape::terminal(title),
            paint(Ink::Dim, &escape::terminal(id)),
        );
        page.words(2, 4, &format!("{mark} {title} ({id})"));
    }
    page.line(
        2,
        &paint(Ink::Dim, "`fluxprobe audit` shows what to change"),
    );
}

#[cfg(test)]
mod tests {
    use crate::report::fixture;
    use crate::report::renderer::{Document, Renderer, Style};
    use crate::report::terminal::Terminal;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn a_map_fits_its_width() {
        let map = fixture::route_map();
        for width in [80, 120] {
            let style = Style {
                width,
                ..Style::default()
            };
            let text = Terminal.render(Document::Routes(&map), &style).unwrap();
            for line in text.lines() {
                assert!(line.width() <= width, "{line}");
            }
            insta::assert_snapshot!(format!("routes_{width}"), text);
        }
    }
}

//! The format itself: which document goes to which page.

use super::parts::Page;
use super::{audit, baseline, checkup, comparison, history, inventory, plan, report, routes};
use crate::report::renderer::{Document, Renderer, ReportError, Style};

/// GitHub-flavoured Markdown.
pub(in crate::report) struct Markdown;

impl Renderer for Markdown {
    fn name(&self) -> &'static str {
        "md"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md", "markdown"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let mut page = Page::default();
        match document {
            Document::Inventory(value) => inventory::write(&mut page, value),
            Document::Plan(value) => plan::write(&mut page, value),
            Document::Report(value) | Document::Mapped(value, _) => {
                report::write(&mut page, value);
            }
            Document::Routes(value) => routes::write(&mut page, value),
            Document::Audit(value) => audit::write(&mut page, value),
            Document::Checkup(value) => checkup::write(&mut page, value),
            Document::Comparison(value) => comparison::write(&mut page, value),
            Document::History(value) => history::write(&mut page, value),
            Document::Baseline(value) => baseline::write(&mut page, value),
            Document::Explained(value) => report::write_explained(&mut page, value),
        }
        Ok(page.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn shown(document: Document<'_>) -> String {
        Markdown.render(document, &Style::default()).unwrap()
    }

    #[test]
    fn gateway_404() {
        insta::assert_snapshot!(shown(Document::Report(&fixture::gateway_404())));
    }

    #[test]
    fn inventory_and_plan() {
        insta::assert_snapshot!(shown(Document::Inventory(&fixture::inventory())));
        insta::assert_snapshot!(shown(Document::Plan(&fixture::plan())));
    }

    #[test]
    fn hostile_text_stays_text() {
        let text = shown(Document::Report(&fixture::hostile()));
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_header() {
        for report in [fixture::wide(), fixture::hostile(), fixture::gateway_404()] {
            let text = shown(Document::Report(&report));
            let mut header = None;
            for line in text.lines() {
                if !line.starts_with('|') {
                    header = None;
                    continue;
                }
                let cells = line
                    .replace("\\\\", "")
                    .replace("\\|", "")
                    .matches('|')
                    .count();
                assert_eq!(*header.get_or_insert(cells), cells, "{line}");
            }
        }
    }

    #[test]
    fn explained_exchanges() {
        let explained = fixture::explained();
        insta::assert_snapshot!(shown(Document::Explained(&explained[..1])));
    }

    #[test]
    fn all_green_is_short() {
        let text = shown(Document::Report(&fixture::green()));
        assert!(!text.contains("## Failures"));
        assert!(text.contains("\n24 cases: 24 pass · "));
    }
}

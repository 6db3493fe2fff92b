//! The format itself: which document goes to which page.

use super::page::Page;
use super::{
    audit, baseline, checkup, comparison, explained, history, inventory, plan, report, routes,
};
use crate::report::renderer::{Document, Renderer, ReportError, Style};

/// Text for people.
pub(in crate::report) struct Terminal;

impl Renderer for Terminal {
    fn name(&self) -> &'static str {
        "text"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn render(&self, document: Document<'_>, style: &Style) -> Result<String, ReportError> {
        let mut page = Page::new(style);
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
            Document::Explained(value) => explained::write(&mut page, value),
        }
        Ok(page.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Report;
    use crate::report::fixture;
    use crate::report::renderer::Detail;
    use unicode_width::UnicodeWidthStr;

    fn shown(document: Document<'_>, width: usize) -> String {
        let style = Style {
            width,
            ..Style::default()
        };
        Terminal.render(document, &style).unwrap()
    }

    fn report(report: &Report, width: usize) -> String {
        shown(Document::Report(report), width)
    }

    /// Lines of tables and sums; URLs and commands may be longer.
    fn assert_tables_fit(text: &str, width: usize) {
        for line in text.lines().filter(|line| line.contains(['│', '┌', '└'])) {
            assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }

    #[test]
    fn all_green() {
        insta::assert_snapshot!(report(&fixture::green(), 100));
    }

    #[test]
    fn gateway_404() {
        insta::assert_snapshot!(report(&fixture::gateway_404(), 100));
    }

    #[test]
    fn wide_report_is_split_to_fit() {
        let wide = fixture::wide();
        for width in [80, 120, 200] {
            let text = report(&wide, width);
            let matrix = text.split("\nFailures").next().unwrap();
            assert_tables_fit(matrix, width);
            insta::assert_snapshot!(format!("wide_{width}"), matrix);
        }
        for width in [1, 20, 33, 57, 61, 99, 500] {
            let text = report(&wide, width);
            for line in text.lines().filter(|line| line.contains('│')) {
                assert!(!line.contains("fai\n"));
            }
            if width > 40 {
                assert_tables_fit(text.split("\nFailures").next().unwrap(), width);
            }
        }
    }

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        let text = report(&fixture::hostile(), 100);
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\u{200b}']));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let wide = fixture::gateway_404();
        let style = Style {
            is_colored: true,
            ..Style::default()
        };
        let colored = Terminal.render(Document::Report(&wide), &style).unwrap();
        assert!(colored.contains("\x1b[31m✗ fail (gateway)\x1b[0m"));
        let mut plain = colored;
        for code in ["0", "1", "2", "31", "32", "33", "36"] {
            plain = plain.replace(&format!("\x1b[{code}m"), "");
        }
        let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
        assert_eq!(trimmed.join("\n") + "\n", report(&wide, 100));
    }

    #[test]
    fn ascii_is_enough() {
        let style = Style {
            is_unicode: false,
            ..Style::default()
        };
        let text = Terminal
            .render(Document::Report(&fixture::gateway_404()), &style)
            .unwrap();
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn brief_tells_failures_and_ends_with_the_sums() {
        let style = Style {
            detail: Detail::Brief,
            ..Style::default()
        };
        let text = Terminal
            .render(Document::Report(&fixture::gateway_404()), &style)
            .unwrap();
        assert!(!text.contains('┌'));
        assert!(text.contains("Failures (1)"));
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("23 cases: 22 pass, 1 fail · "), "{last}");
        let green = Terminal
            .render(Document::Report(&fixture::green()), &style)
            .unwrap();
        assert_eq!(green.lines().count(), 1);
    }

    #[test]
    fn inventory_and_plan() {
        insta::assert_snapshot!(shown(Document::Inventory(&fixture::inventory()), 120));
        insta::assert_snapshot!(shown(Document::Plan(&fixture::plan()), 100));
        assert_tables_fit(&shown(Document::Inventory(&fixture::inventory()), 80), 80);
    }

    #[test]
    fn explained_exchanges() {
        let explained = fixture::explained();
        insta::assert_snapshot!(shown(Document::Explained(&explained[..1]), 100));
    }

    #[test]
    fn nothing_is_shown_as_nothing() {
        let empty = Report::new(crate::model::Run::default(), Vec::new());
        assert_eq!(
            report(&empty, 80),
            "0 cases · 0 images · $0.00 spent · 0.0 ms\n"
        );
    }
}

//! The pieces of a Markdown page.

use crate::report::escape;
use tabled::Tabled;
use tabled::builder::Builder;
use tabled::settings::Style;

/// A Markdown page that grows block by block, one empty line between blocks.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// A heading of a level.
    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.paragraph(&format!("{} {text}", "#".repeat(level)));
    }

    /// A paragraph, or any block that is Markdown already.
    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Points of a list, each with points below it.
    pub(super) fn list(&mut self, points: impl IntoIterator<Item = (String, Vec<String>)>) {
        let lines: Vec<String> = points
            .into_iter()
            .flat_map(|(point, below)| {
                let below = below.into_iter().map(|point| format!("  - {point}"));
                std::iter::once(format!("- {point}")).chain(below)
            })
            .collect();
        if !lines.is_empty() {
            self.paragraph(&lines.join("\n"));
        }
    }

    /// Somebody else's text in a fence.
    pub(super) fn fenced(&mut self, text: &str, language: &str) {
        self.paragraph(escape::markdown_block(text, language).trim_end());
    }

    /// A table of cells that are Markdown already.
    pub(super) fn table(
        &mut self,
        header: Vec<String>,
        rows: impl IntoIterator<Item = Vec<String>>,
    ) {
        let mut builder = Builder::default();
        builder.push_record(header);
        for row in rows {
            builder.push_record(row);
        }
        let table = builder.build().with(Style::markdown()).to_string();
        self.paragraph(&table);
    }

    /// A table of typed rows, every value a code span; nothing where there are no rows.
    pub(super) fn typed<T: Tabled>(&mut self, rows: &[T]) {
        if rows.is_empty() {
            return;
        }
        let header = T::headers();
        let header = header.iter().map(|text| escape::markdown(text)).collect();
        let rows = rows.iter().map(|row| {
            let fields = row.fields();
            fields
                .iter()
                .map(|text| escape::markdown_code_cell(text))
                .collect()
        });
        self.table(header, rows);
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

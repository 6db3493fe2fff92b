//! Tables as a terminal shows them, drawn by comfy-table.

use super::page::Page;
use super::paint::{Ink, paint};
use crate::report::escape;
use comfy_table::{ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use std::borrow::Cow;
use tabled::Tabled;
use unicode_width::UnicodeWidthStr;

/// Columns that a cell takes besides its content: a space at each side and a line.
pub(super) const CELL_FRAME: usize = 3;
/// Columns that the left border takes.
pub(super) const BORDER: usize = 1;

const UNICODE: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));
const ASCII: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('+', '-', '+', '+'))
    .header_lines(ContentLineStyle::new('|', '|', '|'))
    .header_separator(LineStyle::new('+', '-', '+', '+'))
    .content_lines(ContentLineStyle::new('|', '|', '|'))
    .bottom_border(LineStyle::new('+', '-', '+', '+'));

/// Draws a table whose cells already have the width they shall have. Cells may hold several lines.
pub(super) fn draw(page: &mut Page<'_>, header: Vec<String>, rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table
        .set_content_arrangement(ContentArrangement::Disabled)
        .load_style(if page.style.is_unicode {
            UNICODE
        } else {
            ASCII
        })
        .set_header(header)
        .add_rows(rows);
    page.block(&table.to_string());
}

/// Draws a table of typed rows: columns shrink by losing the middle of their longest cells until the table fits. A line
/// break in a cell stays one. Without rows nothing is drawn.
pub(super) fn draw_typed<T: Tabled>(page: &mut Page<'_>, rows: &[T]) {
    let header = T::headers();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.fields()
                .iter()
                .map(|text| {
                    let lines: Vec<String> = text.split('\n').map(escape::terminal).collect();
                    lines.join("\n")
                })
                .collect()
        })
        .collect();
    if !rows.is_empty() {
        draw_fitting(page, &header, &rows);
    }
}

fn draw_fitting(page: &mut Page<'_>, header: &[Cow<'_, str>], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = header.iter().map(|text| text.width()).collect();
    let least = widths.clone();
    for row in rows {
        for (width, text) in widths.iter_mut().zip(row) {
            let lines = text.split('\n').map(UnicodeWidthStr::width);
            *width = (*width).max(lines.max().unwrap_or_default());
        }
    }
    let frame = BORDER + CELL_FRAME * widths.len();
    let room = page.style.width.saturating_sub(frame);
    while widths.iter().sum::<usize>() > room {
        // The widest column that may still shrink gives way.
        let widest = (0..widths.len())
            .filter(|&index| widths[index] > least[index].max(6))
            .max_by_key(|&index| widths[index]);
        match widest {
            Some(index) => widths[index] -= 1,
            None => break,
        }
    }
    let rows = rows
        .iter()
        .map(|row| {
            row.iter()
                .zip(&widths)
                .map(|(text, width)| {
                    let lines: Vec<String> = text
                        .split('\n')
                        .map(|line| page.squeeze(line, *width))
                        .collect();
                    lines.join("\n")
                })
                .collect()
        })
        .collect();
    let header = header.iter().map(|text| paint(Ink::Strong, text)).collect();
    draw(page, header, rows);
}

//! The matrix: scenarios down, targets across, split into blocks where a terminal is too narrow for all.

use super::grid::{BORDER, CELL_FRAME, draw};
use super::page::Page;
use super::paint::{Ink, ink_of, paint};
use crate::model::Verdict;
use crate::report::escape;
use crate::report::matrix::{Cell, Column, Matrix};
use crate::report::words;
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// Narrowest column of a target before the matrix is split.
const NARROWEST_TARGET: usize = 10;
/// Narrowest title before the matrix is split, and the widest that is ever shown.
const TITLE: std::ops::RangeInclusive<usize> = 16..=44;

/// Writes the matrix with its legend.
pub(super) fn write(page: &mut Page<'_>, matrix: &Matrix<'_>) {
    if matrix.rows.is_empty() {
        return;
    }
    let layout = Layout::of(page, matrix);
    for block in layout.blocks(page.style.width) {
        page.gap();
        write_block(page, matrix, &layout, &block);
    }
    legend(page);
}

/// Widths that the parts of the table would like to have, and the least they can do with.
struct Layout {
    /// Width of the longest scenario id.
    id: usize,
    /// Least and best width of the first column.
    label: (usize, usize),
    /// Header lines of each target.
    headers: Vec<Vec<String>>,
    /// Least and best width of each target.
    targets: Vec<(usize, usize)>,
}

/// Some of the targets with the widths they get.
struct Block {
    label: usize,
    /// Index of the target, and its width.
    targets: Vec<(usize, usize)>,
}

impl Layout {
    fn of(page: &Page<'_>, matrix: &Matrix<'_>) -> Self {
        let id = widest(matrix.rows.iter().map(|row| escape::terminal(row.scenario)));
        let title = widest(matrix.rows.iter().map(|row| escape::terminal(row.title)));
        let gap = if title > 0 { 2 } else { 0 };
        let headers: Vec<Vec<String>> = matrix
            .columns
            .iter()
            .map(|column| header_lines(column, matrix.has_several_routes))
            .collect();
        let least = least_distinct(page, &headers);
        let targets = headers.iter().enumerate().map(|(index, header)| {
            let cells = (0..matrix.rows.len())
                .filter_map(|row| matrix.cell(row, index))
                .map(|cell| forms(page, cell)[0].clone());
            let best = widest(cells.chain(header.iter().cloned()));
            (least.min(best), best)
        });
        Layout {
            id,
            label: (
                id + gap + title.min(*TITLE.start()),
                id + gap + title.min(*TITLE.end()),
            ),
            targets: targets.collect(),
            headers,
        }
    }

    /// Splits the targets into as few tables as the width allows, as even as possible.
    fn blocks(&self, width: usize) -> Vec<Block> {
        let least = self
            .targets
            .iter()
            .map(|(least, _)| least + CELL_FRAME)
            .max();
        let room = width.saturating_sub(BORDER + CELL_FRAME + self.label.0);
        let fitting = (room / least.unwrap_or(1)).max(1);
        let count = self.targets.len().div_ceil(fitting).max(1);
        let per_block = self.targets.len().div_ceil(count).max(1);
        let indices: Vec<usize> = (0..self.targets.len()).collect();
        indices
            .chunks(per_block)
            .map(|chunk| self.block(chunk, width))
            .collect()
    }

    /// Gives each part its least width, then shares out what is left.
    fn block(&self, chunk: &[usize], width: usize) -> Block {
        let mut widths = vec![self.label];
        widths.extend(chunk.iter().map(|&index| self.targets[index]));
        let frame = BORDER + CELL_FRAME * widths.len();
        let mut room = width.saturating_sub(frame);
        room = room.saturating_sub(widths.iter().map(|(least, _)| least).sum());
        while room > 0 {
            let narrowest = widths
                .iter_mut()
                .filter(|(now, best)| now < best)
                .min_by_key(|(now, _)| *now);
            match narrowest {
                Some((now, _)) => *now += 1,
                None => break,
            }
            room -= 1;
        }
        let mut widths = widths.into_iter().map(|(now, _)| now);
        Block {
            label: widths.next().unwrap_or_default(),
            targets: chunk.iter().copied().zip(widths).collect(),
        }
    }
}

fn write_block(page: &mut Page<'_>, matrix: &Matrix<'_>, layout: &Layout, block: &Block) {
    let mut header = vec![String::new()];
    for &(index, width) in &block.targets {
        let lines: Vec<String> = layout.headers[index]
            .iter()
            .map(|line| paint(Ink::Strong, &page.squeeze(line, width)))
            .collect();
        header.push(lines.join("\n"));
    }
    let rows = matrix.rows.iter().enumerate().map(|(number, row)| {
        let id = escape::terminal(row.scenario);
        let title_room = block.label.saturating_sub(layout.id + 2);
        let title = page.cut(&escape::terminal(row.title), title_room);
        let pad = layout.id - id.width();
        let mut cells = vec![format!("{}{:pad$}  {title}", paint(Ink::Strong, &id), "")];
        cells.extend(block.targets.iter().map(
            |&(column, width)| match matrix.cell(number, column) {
                Some(cell) => fitting(page, cell, width),
                None => paint(Ink::Dim, page.glyphs.absent),
            },
        ));
        cells
    });
    let rows = rows.collect();
    draw(page, header, rows);
}

fn legend(page: &mut Page<'_>) {
    let mut parts: Vec<String> = words::VERDICTS
        .iter()
        .map(|&verdict| {
            let mark = paint(ink_of(verdict), page.glyphs.mark(verdict));
            let meaning = match verdict {
                Verdict::Fail => "fail (who answered)",
                other => other.word(),
            };
            format!("{mark} {meaning}")
        })
        .collect();
    parts.push(format!("{} not chosen", page.glyphs.absent));
    page.words(0, 0, &parts.join("   "));
}

fn header_lines(column: &Column<'_>, is_route_told: bool) -> Vec<String> {
    let mut lines = vec![
        escape::terminal(column.account),
        escape::terminal(column.deployment),
    ];
    if is_route_told {
        lines.push(escape::terminal(&words::way(column.route)));
    }
    lines
}

/// The narrowest width at which no two targets look alike.
fn least_distinct(page: &Page<'_>, headers: &[Vec<String>]) -> usize {
    let widest = widest(headers.iter().flatten().cloned());
    (NARROWEST_TARGET..widest)
        .find(|&width| {
            let mut seen = BTreeSet::new();
            headers.iter().all(|lines| {
                let shown: Vec<String> =
                    lines.iter().map(|line| page.squeeze(line, width)).collect();
                seen.insert(shown)
            })
        })
        .unwrap_or(widest)
}

/// A verdict in words, the fullest form first.
fn forms(page: &Page<'_>, cell: &Cell<'_>) -> Vec<String> {
    let mark = page.glyphs.mark(cell.verdict);
    let word = if cell.is_quarantined() {
        "quarantined"
    } else {
        cell.verdict.word()
    };
    let short = format!("{mark} {word}");
    match cell.hop {
        Some(hop) => vec![format!("{short} ({hop})"), short, mark.to_owned()],
        None => vec![short, mark.to_owned()],
    }
}

fn fitting(page: &Page<'_>, cell: &Cell<'_>, width: usize) -> String {
    let forms = forms(page, cell);
    let form = forms.iter().find(|form| form.width() <= width);
    let shown = form.or(forms.last()).map_or("", String::as_str);
    let ink = if cell.is_quarantined() {
        Ink::Warn
    } else {
        ink_of(cell.verdict)
    };
    paint(ink, shown)
}

fn widest(texts: impl Iterator<Item = String>) -> usize {
    texts.map(|text| text.width()).max().unwrap_or(0)
}

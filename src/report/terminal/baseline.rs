//! The page of a baseline.

use super::grid::draw_typed;
use super::page::Page;
use crate::model::Baseline;
use crate::report::tables;

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, baseline: &Baseline) {
    let rows = tables::kept(baseline);
    if !rows.is_empty() {
        page.heading("Cases of the baseline");
        draw_typed(page, &rows);
    }
    page.parts(&tables::kept_sums(baseline));
}

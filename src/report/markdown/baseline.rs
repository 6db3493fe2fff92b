//! The page of a baseline.

use super::parts::Page;
use crate::model::Baseline;
use crate::report::escape::markdown;
use crate::report::tables;

/// Writes the whole page.
pub(super) fn write(page: &mut Page, baseline: &Baseline) {
    page.heading(1, "Baseline");
    page.paragraph(&markdown(&tables::kept_sums(baseline).join(" · ")));
    page.typed(&tables::kept(baseline));
}

//! The page of a comparison.

use super::parts::Page;
use crate::model::Comparison;
use crate::report::changes;
use crate::report::escape::markdown;

/// Writes the whole page.
pub(super) fn write(page: &mut Page, comparison: &Comparison) {
    page.heading(1, &changes::verdict(comparison));
    page.paragraph(&markdown(&changes::dates(comparison)));
    for section in changes::sections(comparison) {
        page.heading(2, &format!("{} ({})", section.title, section.count()));
        page.list(section.items().iter().map(|(item, below)| {
            (
                markdown(item),
                below.iter().map(|line| markdown(line)).collect(),
            )
        }));
    }
    if let Some(untimed) = changes::untimed(&comparison.untimed) {
        page.paragraph(&markdown(&untimed));
    }
}

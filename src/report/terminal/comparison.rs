//! The page of a comparison.

use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::Comparison;
use crate::report::renderer::Detail;
use crate::report::{changes, escape};

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, comparison: &Comparison) {
    let is_brief = page.style.detail == Detail::Brief;
    for section in changes::sections(comparison) {
        if is_brief && !section.is_bad {
            continue;
        }
        page.heading(&format!("{} ({})", section.title, section.count()));
        let (mark, ink) = match section.is_bad {
            true => (page.glyphs.fail, Ink::Bad),
            false => (page.glyphs.skip, Ink::Dim),
        };
        for (item, below) in section.items() {
            page.words(
                2,
                2,
                &format!("{} {}", paint(ink, mark), escape::terminal(&item)),
            );
            for line in below {
                page.words(4, 2, &paint(Ink::Dim, &escape::terminal(&line)));
            }
        }
    }
    page.gap();
    if !is_brief && let Some(untimed) = changes::untimed(&comparison.untimed) {
        page.words(0, 0, &paint(Ink::Dim, &escape::terminal(&untimed)));
        page.gap();
    }
    let ink = if comparison.is_regression {
        Ink::Bad
    } else {
        Ink::Good
    };
    page.words(0, 0, &paint(ink, &changes::verdict(comparison)));
    page.words(
        0,
        0,
        &paint(Ink::Dim, &escape::terminal(&changes::dates(comparison))),
    );
}

//! The page of explained exchanges: what was recorded, then what explains it.

use super::page::Page;
use super::paint::{Ink, paint};
use super::{diagnosis, exchange};
use crate::model::{Explained, Leg};
use crate::report::chain::Chain;
use crate::report::escape;
use crate::report::renderer::Detail;

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, explained: &[Explained]) {
    for one in explained {
        page.gap();
        let title = paint(Ink::Strong, &escape::terminal(&one.diagnosis.title));
        page.words(0, 3, &format!("{}. {title}", escape::terminal(&one.id)));
        if page.style.detail != Detail::Brief {
            exchange::write(page, 3, &one.exchange);
        }
        let leg = one.exchange.leg.unwrap_or(Leg::Gateway);
        let chain = one.diagnosis.hop.map(|hop| Chain::of(hop, leg));
        diagnosis::write_body(page, &one.diagnosis, chain);
        for note in &one.notes {
            page.labelled(3, "Note", &escape::terminal(note));
        }
    }
}

//! Documents, read back and drawn.

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::discover::Selection;
use crate::harness;
use crate::model::pipe::{Drawn, Paper, PaperKind, Text, View};
use crate::model::{Found, Inventory};
use crate::report::{
    Document, FORMATS, ReportError, Style, format_named, format_of_file, html_fragment, html_part,
    text_part,
};

/// Reads a document.
pub(super) fn read(kind: PaperKind, Text { name, text }: &Text) -> Result<Paper, Failure> {
    let bytes = text.as_bytes();
    Ok(match kind {
        PaperKind::Report => Paper::Report(harness::document(name, bytes, "a run")?),
        PaperKind::Plan => Paper::Plan(harness::document(name, bytes, "a plan")?),
        PaperKind::Found => {
            let inventory: Inventory = harness::document(name, bytes, "an inventory")?;
            Paper::Found(Box::new(Found::of(inventory, &Selection::default())))
        }
        PaperKind::Baseline => Paper::Baseline(Box::new(harness::baseline(name, bytes)?)),
        PaperKind::Comparison => Paper::Comparison(harness::document(name, bytes, "a comparison")?),
    })
}

/// Draws a document.
pub(super) fn draw(paper: &Paper, view: &View) -> Result<Drawn, Failure> {
    let style = Style::default();
    let document = document_of(paper);
    Ok(match (view, paper) {
        (View::Part(part), Paper::Report(report)) => Drawn {
            html: html_part(report, *part),
            text: text_part(report, *part, &style),
        },
        (View::Part(_), _) => {
            let text = "only the report of a run has parts; ask for the whole";
            return Err(Failure::new(Exit::Usage, text));
        }
        (View::Whole, _) => Drawn {
            html: html_fragment(document),
            text: FORMATS[0].render(document, &style)?,
        },
        (View::File(path), _) => {
            let format = format_of_file(path).or_else(|| format_named("json"));
            let format = format.ok_or(ReportError::Unshown {
                format: "this extension",
                shows: "nothing that is known",
            })?;
            Drawn {
                html: String::new(),
                text: format.render(document, &style)?,
            }
        }
    })
}

fn document_of(paper: &Paper) -> Document<'_> {
    match paper {
        Paper::Found(found) => Document::Inventory(&found.inventory),
        Paper::Plan(plan) => Document::Plan(plan),
        Paper::Report(report) => Document::Report(report),
        Paper::Audit(audit) => Document::Audit(audit),
        Paper::Routes(map) => Document::Routes(map),
        Paper::Baseline(baseline) => Document::Baseline(baseline),
        Paper::Comparison(comparison) => Document::Comparison(comparison),
        Paper::Checkup(checkup) => Document::Checkup(checkup),
        Paper::Explained(explained) => Document::Explained(explained),
    }
}

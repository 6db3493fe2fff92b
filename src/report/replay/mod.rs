//! Exchanges for other tools to send again or look at: curl, HAR, Hurl. A key is only ever the name of a variable.

mod call;
mod curl;
mod har;
mod hurl;
mod shell;

pub(super) use curl::{Curl, command};
pub(super) use har::Har;
pub(super) use hurl::Hurl;

use super::renderer::{Document, ReportError};
use super::words;
use crate::model::Exchange;

/// An exchange with what it is called.
struct Named<'a> {
    name: String,
    exchange: &'a Exchange,
}

/// Every exchange of a run, or of what was explained, in order.
fn exchanges<'a>(
    document: Document<'a>,
    format: &'static str,
) -> Result<Vec<Named<'a>>, ReportError> {
    match document {
        Document::Report(report) | Document::Mapped(report, _) => {
            let cases = report.run.cases.iter();
            let steps = cases.flat_map(|case| case.all_steps().map(move |step| (case, step)));
            let named = steps.filter_map(|(case, step)| {
                Some(Named {
                    name: format!("{}: {}", words::case_name(case), step.name),
                    exchange: step.exchange.as_ref()?,
                })
            });
            Ok(named.collect())
        }
        Document::Explained(explained) => {
            let named = explained.iter().map(|one| Named {
                name: one.id.clone(),
                exchange: &one.exchange,
            });
            Ok(named.collect())
        }
        _ => Err(ReportError::Unshown {
            format,
            shows: "exchanges: what `run` did and what `explain` read",
        }),
    }
}

//! An exchange: what was sent, what came back, in a few lines.

use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{Exchange, Header};
use crate::report::{escape, facts, words};

/// Columns that a header's value may take.
const HEADER_VALUE: usize = 160;

/// Writes an exchange.
pub(super) fn write(page: &mut Page<'_>, indent: usize, exchange: &Exchange) {
    let request = escape::terminal(&facts::request_line(exchange));
    page.line(indent, &format!("{} {request}", page.glyphs.sent));
    if let Some(name) = &exchange.request.credential_in {
        let text = format!("credential in {}", escape::terminal(name));
        page.line(indent + 2, &paint(Ink::Dim, &text));
    }
    let answer = escape::terminal(&facts::answer_line(exchange));
    let times = match exchange.timings_ms.total {
        // A recording from elsewhere tells no times.
        0.0 => String::new(),
        _ => format!(
            " {} {}",
            page.glyphs.dot,
            facts::timing_line(&exchange.timings_ms)
        ),
    };
    page.words(
        indent,
        2,
        &format!(
            "{} {}{}",
            page.glyphs.received,
            paint(Ink::Strong, &answer),
            paint(Ink::Dim, &times)
        ),
    );
    for Header(name, value) in facts::telling_headers(exchange) {
        let value = page.cut(&escape::terminal(value), HEADER_VALUE);
        let line = format!("{}: {value}", escape::terminal(name));
        page.words(indent + 2, 2, &paint(Ink::Dim, &line));
    }
    let (lines, rest) = facts::body_lines(exchange);
    for line in lines {
        page.quoted(indent + 2, &escape::terminal(&line));
    }
    if let Some(rest) = rest {
        page.words(indent + 2, 0, &paint(Ink::Dim, &format!("({rest})")));
    }
    for line in facts::picture_lines(exchange) {
        page.words(
            indent + 2,
            2,
            &format!("picture: {}", escape::terminal(&line)),
        );
    }
    if let Some(trace) = &exchange.trace {
        for line in facts::trace_lines(trace) {
            page.words(
                indent + 2,
                2,
                &format!("trace: {}", escape::terminal(&line)),
            );
        }
    }
    if exchange.is_billing_ambiguous {
        page.words(indent + 2, 2, &paint(Ink::Warn, words::MAYBE_BILLED));
    }
}

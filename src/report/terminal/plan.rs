//! The page of a plan: cases in order with their price, their requests, what was left out.

use super::grid::draw_typed;
use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{Case, Plan};
use crate::report::renderer::Detail;
use crate::report::{escape, tables, words};

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, plan: &Plan) {
    let rows = tables::cases(plan);
    if !rows.is_empty() {
        page.heading("Cases in the order they run");
        draw_typed(page, &rows);
    }
    page.parts(&tables::plan_sums(plan));
    if page.style.detail != Detail::Brief {
        requests(page, plan);
    }
    left_out(page, plan);
}

fn requests(page: &mut Page<'_>, plan: &Plan) {
    if plan.cases.iter().all(|case| case.requests.is_empty()) {
        return;
    }
    page.heading("Requests");
    for case in plan.cases.iter().filter(|case| !case.requests.is_empty()) {
        page.words(2, 2, &escape::terminal(&name_of(case)));
        for (line, times) in tables::distinct_requests(case) {
            let times = match times {
                1 => String::new(),
                times => format!(" ({times} times)"),
            };
            page.line(
                4,
                &format!("{}{times}", paint(Ink::Code, &escape::terminal(&line))),
            );
        }
    }
}

fn left_out(page: &mut Page<'_>, plan: &Plan) {
    let groups = tables::left_out(plan);
    if groups.is_empty() {
        return;
    }
    page.heading(&format!("Left out ({})", plan.skipped.len()));
    for (why, names) in groups {
        page.words(
            2,
            2,
            &format!("{} {}", page.glyphs.skip, escape::terminal(why)),
        );
        page.words(4, 2, &paint(Ink::Dim, &escape::terminal(&names.join(", "))));
    }
}

fn name_of(case: &Case) -> String {
    format!(
        "{} {}/{} {}",
        case.scenario,
        case.account,
        case.deployment,
        words::way(&case.route)
    )
}

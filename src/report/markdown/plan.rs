//! The page of a plan.

use super::parts::Page;
use crate::model::Plan;
use crate::report::escape::{markdown, markdown_code};
use crate::report::tables;

/// Writes the whole page.
pub(super) fn write(page: &mut Page, plan: &Plan) {
    page.heading(1, "Plan");
    page.paragraph(&tables::plan_sums(plan).join(" · "));
    page.typed(&tables::cases(plan));
    let requests = tables::requests(plan);
    if !requests.is_empty() {
        page.heading(2, "Requests");
        page.typed(&requests);
    }
    if !plan.skipped.is_empty() {
        page.heading(2, "Left out");
    }
    page.list(tables::left_out(plan).into_iter().map(|(why, names)| {
        let names = names.iter().map(|name| markdown_code(name));
        (markdown(why), names.collect())
    }));
}

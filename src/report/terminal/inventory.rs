//! The page of an inventory: accounts with deployments, gateways with APIs and backends, routes, gaps.

use super::grid::draw_typed;
use super::page::Page;
use super::paint::{Ink, paint};
use crate::model::{Account, Gateway, Inventory};
use crate::report::{escape, tables, words};

/// Writes the whole page.
pub(super) fn write(page: &mut Page<'_>, inventory: &Inventory) {
    page.parts(&tables::inventory_counts(inventory));
    for account in &inventory.accounts {
        write_account(page, account);
    }
    for gateway in &inventory.gateways {
        write_gateway(page, gateway);
    }
    routes(page, inventory);
    gaps(page, inventory);
}

fn write_account(page: &mut Page<'_>, account: &Account) {
    page.heading(&format!(
        "Account {} ({})",
        escape::terminal(account.name.as_str()),
        escape::terminal(&account.location)
    ));
    let rows = tables::deployments(account);
    if rows.is_empty() {
        page.line(2, &paint(Ink::Dim, "no deployments"));
    }
    draw_typed(page, &rows);
}

fn write_gateway(page: &mut Page<'_>, gateway: &Gateway) {
    page.heading(&format!(
        "Gateway {} {}",
        escape::terminal(gateway.name.as_str()),
        escape::terminal(&gateway.url)
    ));
    let rows = tables::apis(gateway);
    draw_typed(page, &rows);
    let rows = tables::backends(gateway);
    draw_typed(page, &rows);
}

fn routes(page: &mut Page<'_>, inventory: &Inventory) {
    if inventory.routes.is_empty() {
        return;
    }
    page.heading(&format!("Routes ({})", inventory.routes.len()));
    for route in &inventory.routes {
        let name = format!(
            "{}/{} via {}/{} ({})",
            route.account, route.deployment, route.gateway, route.api, route.operation
        );
        page.words(2, 2, &escape::terminal(&name));
        page.line(4, &paint(Ink::Code, &escape::terminal(&route.url)));
        if let Some(why) = &route.supposed {
            page.words(4, 4, &escape::terminal(&format!("supposed: {why}")));
        }
    }
}

fn gaps(page: &mut Page<'_>, inventory: &Inventory) {
    if inventory.gaps.is_empty() {
        return;
    }
    let count = words::count(inventory.gaps.len(), "gap", "gaps");
    page.heading(&format!("Not everything could be read ({count})"));
    for gap in &inventory.gaps {
        let what = paint(Ink::Warn, &escape::terminal(&gap.what));
        page.words(
            2,
            2,
            &format!(
                "{} {what}: {}",
                page.glyphs.bullet,
                escape::terminal(&gap.why)
            ),
        );
        if let Some(opener) = &gap.opened_by {
            page.words(4, 2, &format!("opened by {}", escape::terminal(opener)));
        }
    }
}

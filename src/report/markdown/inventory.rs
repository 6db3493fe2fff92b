//! The page of an inventory.

use super::parts::Page;
use crate::model::Inventory;
use crate::report::escape::{markdown, markdown_code};
use crate::report::tables;

/// Writes the whole page.
pub(super) fn write(page: &mut Page, inventory: &Inventory) {
    page.heading(1, "Inventory");
    page.paragraph(&tables::inventory_counts(inventory).join(" · "));
    for account in &inventory.accounts {
        let name = markdown_code(account.name.as_str());
        page.heading(
            2,
            &format!("Account {name} ({})", markdown(&account.location)),
        );
        let rows = tables::deployments(account);
        if rows.is_empty() {
            page.paragraph("No deployments.");
        }
        page.typed(&rows);
    }
    for gateway in &inventory.gateways {
        page.heading(
            2,
            &format!("Gateway {}", markdown_code(gateway.name.as_str())),
        );
        page.paragraph(&markdown_code(&gateway.url));
        page.typed(&tables::apis(gateway));
        page.typed(&tables::backends(gateway));
    }
    if !inventory.routes.is_empty() {
        page.heading(2, "Routes");
        page.typed(&tables::routes(inventory));
    }
    if !inventory.gaps.is_empty() {
        page.heading(2, "Not everything could be read");
    }
    page.list(inventory.gaps.iter().map(|gap| {
        let opener = gap.opened_by.iter();
        let opener = opener.map(|opener| format!("opened by {}", markdown(opener)));
        let point = format!("**{}**: {}", markdown(&gap.what), markdown(&gap.why));
        (point, opener.collect())
    }));
}

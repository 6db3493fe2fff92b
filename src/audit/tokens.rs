//! Findings about token policies, against what callers send.

use super::check::{Groups, Raised};
use super::estate::Estate;
use super::policies::on_statement;
use crate::knowledge::azure;
use crate::policy::{Statement, Truth};

const POLICIES: [&str; 2] = ["validate-jwt", "validate-azure-ad-token"];

/// A token policy wants an audience that callers of models do not ask for.
pub(super) fn audience(estate: &Estate<'_>) -> Vec<Raised> {
    let sent: Vec<String> = estate
        .habits
        .audiences
        .iter()
        .map(|one| plain(one))
        .collect();
    tokens(estate, |statement| {
        let wanted = listed(statement, "audiences")?;
        let is_met = wanted.iter().any(|one| sent.contains(&plain(one)));
        // An application's own audience may be what its callers really ask for.
        let is_own = wanted
            .iter()
            .any(|one| one.starts_with("api://") || uuid::Uuid::try_parse(one).is_ok());
        let shown = format!(
            "it takes the audience {}; callers send {}",
            wanted.join(", "),
            estate.habits.audiences.join(", ")
        );
        (!is_met).then_some((shown, is_own))
    })
}

/// A token policy wants an issuer that is not the tenant's.
pub(super) fn issuer(estate: &Estate<'_>) -> Vec<Raised> {
    let subscriptions = estate.inventory.subscriptions.iter();
    let tenants: Vec<&str> = subscriptions
        .filter_map(|one| one.tenant_id.as_deref())
        .collect();
    if tenants.is_empty() {
        return Vec::new();
    }
    let is_ours = |text: &str| {
        tenants
            .iter()
            .any(|tenant| text.to_lowercase().contains(&tenant.to_lowercase()))
    };
    let forms: Vec<String> = azure()
        .callers
        .issuers
        .iter()
        .flat_map(|form| {
            tenants
                .iter()
                .map(|tenant| plain(&form.replace("TENANT", tenant)))
        })
        .collect();
    tokens(estate, |statement| {
        let theirs = tenants.join(", ");
        if let Some(tenant) = statement.plain("tenant-id") {
            let is_any = ["common", "organizations"].contains(&tenant.to_lowercase().as_str());
            let shown =
                format!("it takes tokens of tenant {tenant}; the subscriptions are in {theirs}");
            return (!is_any && !is_ours(tenant)).then_some((shown, false));
        }
        if let Some(issuers) = listed(statement, "issuers") {
            let is_met = issuers.iter().any(|one| forms.contains(&plain(one)));
            let shown = format!(
                "it takes the issuer {}; the subscriptions are in tenant {theirs}",
                issuers.join(", ")
            );
            return (!is_met).then_some((shown, false));
        }
        let url = statement.child("openid-config")?.plain("url")?;
        let names_a_tenant = url
            .split('/')
            .any(|part| uuid::Uuid::try_parse(part).is_ok());
        let shown = format!("it takes issuers of {url}; the subscriptions are in tenant {theirs}");
        (names_a_tenant && !is_ours(url)).then_some((shown, false))
    })
}

fn tokens(
    estate: &Estate<'_>,
    judge: impl Fn(&Statement) -> Option<(String, bool)>,
) -> Vec<Raised> {
    let mut found = Groups::default();
    for way in estate.ways() {
        let policies = POLICIES.iter().flat_map(|name| way.named(name));
        for guarded in policies.filter(|one| one.truth != Truth::No) {
            if let Some((shown, is_unsure)) = judge(guarded.statement) {
                let raised = on_statement(&mut found, way, guarded);
                raised.is_unsure |= is_unsure || guarded.truth == Truth::Unsure;
                raised.show(shown);
            }
        }
    }
    found.done()
}

/// The texts below a child, where all of them are plain and there is one.
fn listed(statement: &Statement, group: &str) -> Option<Vec<String>> {
    let group = statement.child(group)?;
    let texts = group
        .children
        .iter()
        .map(|one| one.text.plain().map(str::to_owned));
    texts
        .collect::<Option<Vec<String>>>()
        .filter(|texts| !texts.is_empty())
}

fn plain(text: &str) -> String {
    text.trim().trim_end_matches('/').to_lowercase()
}

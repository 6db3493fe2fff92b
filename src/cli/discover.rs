//! `fluxprobe discover`.

use super::args::{DiscoverArgs, Scope};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::model::Inventory;
use crate::report::Document;

/// Reads everything that may be read and shows it. What may not be read is shown as a gap and is no failure.
pub(super) async fn run(session: &Session, args: &DiscoverArgs) -> Result<Exit, Failure> {
    let outputs = session.outputs()?;
    outputs.check(Document::Inventory(&Inventory::default()))?;
    let progress = session.progress();
    let opened = session.open().await?;
    let found = opened.find(&args.scope, &progress).await;
    opened.harness.close().await;
    let inventory = found?.inventory;
    outputs.write(Document::Inventory(&inventory))?;
    let missing = missing(&args.scope, &inventory);
    if !missing.is_empty() {
        let text = format!(
            "not found: {}; see what there is with `fluxprobe discover` alone",
            missing.join(", ")
        );
        return Err(Failure::new(Exit::Nothing, text));
    }
    let is_empty = inventory.accounts.is_empty() && inventory.gateways.is_empty();
    Ok(if is_empty {
        Exit::Nothing
    } else {
        Exit::Passed
    })
}

/// What was named and is not there.
fn missing(scope: &Scope, inventory: &Inventory) -> Vec<String> {
    let accounts = scope.account.iter().filter(|name| {
        let mut known = inventory.accounts.iter();
        !known.any(|account| account.name.as_str().eq_ignore_ascii_case(name))
    });
    let gateways = scope.gateway.iter().filter(|name| {
        let mut known = inventory.gateways.iter();
        !known.any(|gateway| gateway.name.as_str().eq_ignore_ascii_case(name))
    });
    let accounts = accounts.map(|name| format!("account {name}"));
    accounts
        .chain(gateways.map(|name| format!("gateway {name}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Account;

    #[test]
    fn a_name_that_is_not_there_is_told_and_case_does_not_matter() {
        let inventory = Inventory {
            accounts: vec![Account {
                name: "Foundry1".into(),
                ..Account::default()
            }],
            ..Inventory::default()
        };
        let scope = Scope {
            subscription: Vec::new(),
            resource_group: Vec::new(),
            account: vec!["foundry1".into(), "nope".into()],
            gateway: vec!["apim".into()],
        };
        assert_eq!(
            missing(&scope, &inventory),
            ["account nope", "gateway apim"]
        );
    }
}

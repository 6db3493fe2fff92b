//! The sweep over ARM: subscriptions, then every account and gateway in them.

use super::accounts::{ACCOUNTS, read_account};
use super::arm::Arm;
use super::error::{ArmError, ArmFailure, DiscoverError};
use super::gateways::{AI_GATEWAYS, SERVICES, read_gateway};
use super::routes::routes;
use super::selection::{Selection, is_chosen};
use super::shape;
use super::supposed::supposed_routes;
use crate::knowledge::azure;
use crate::model::{Account, Gap, Gateway, Inventory, SCHEMA_VERSION, Subscription};
use futures_util::StreamExt;
use futures_util::future::{join_all, join3};
use futures_util::stream::FuturesUnordered;
use serde_json::Value;

/// What discovery has just learnt, for eyes only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Subscriptions were listed.
    Subscriptions(usize),
    /// Accounts and gateways were listed; this many will be read.
    Found {
        /// Accounts.
        accounts: usize,
        /// Gateways.
        gateways: usize,
    },
    /// An account was read.
    Account(String),
    /// A gateway was read.
    Gateway(String),
}

/// Everything that may be read of what `selection` names, through `arm` alone.
///
/// What may not be read is a gap of the inventory. It is an error only where no credential gives a token, nothing can be
/// reached, everything is refused, or no subscription can be seen.
pub async fn discover(
    arm: &Arm,
    selection: &Selection,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Inventory, DiscoverError> {
    let mut inventory = Inventory {
        schema_version: SCHEMA_VERSION,
        ..Inventory::default()
    };
    inventory.subscriptions = subscriptions(arm, selection, &mut inventory.gaps).await?;
    progress(Progress::Subscriptions(inventory.subscriptions.len()));
    let Listed { accounts, gateways } = list_all(
        arm,
        selection,
        &inventory.subscriptions,
        &mut inventory.gaps,
    )
    .await;
    progress(Progress::Found {
        accounts: accounts.len(),
        gateways: gateways.len(),
    });
    read_all(arm, accounts, gateways, &mut inventory, progress).await;
    inventory.routes = routes(&inventory);
    let supposed = supposed_routes(&inventory);
    inventory.routes.extend(supposed);
    Ok(inventory)
}

/// Subscriptions that the selection names, or all that can be seen. A subscription named by its id is taken even where
/// listing is refused.
async fn subscriptions(
    arm: &Arm,
    selection: &Selection,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Subscription>, DiscoverError> {
    let version = azure().arm.subscriptions.as_str();
    let chosen = &selection.subscriptions;
    let listed = match arm.list("/subscriptions", version).await {
        Ok(listed) => listed.iter().map(shape::subscription).collect(),
        Err(error) if error.kind == ArmFailure::Status(403) && !chosen.is_empty() => {
            gaps.push(error.into_gap("subscriptions", "enumerate"));
            Vec::new()
        }
        Err(error) => return Err(error.into_end()),
    };
    let is_one = |one: &Subscription, name: &str| {
        one.id.as_str().eq_ignore_ascii_case(name) || one.name.eq_ignore_ascii_case(name)
    };
    let mut found: Vec<Subscription> = listed
        .iter()
        .filter(|one| chosen.is_empty() || chosen.iter().any(|name| is_one(one, name)))
        .cloned()
        .collect();
    for name in chosen {
        if !listed.iter().any(|one: &Subscription| is_one(one, name)) {
            found.push(Subscription {
                id: name.as_str().into(),
                name: name.clone(),
                tenant_id: None,
            });
        }
    }
    if found.is_empty() {
        return Err(DiscoverError::NoSubscription {
            role: azure().needs.get("enumerate").cloned().unwrap_or_default(),
            why: None,
        });
    }
    Ok(found)
}

struct Listed {
    accounts: Vec<Account>,
    gateways: Vec<Gateway>,
}

async fn list_all(
    arm: &Arm,
    selection: &Selection,
    subscriptions: &[Subscription],
    gaps: &mut Vec<Gap>,
) -> Listed {
    let scopes = scopes(selection, subscriptions);
    let versions = &azure().arm;
    let lists = join_all(scopes.iter().map(|scope| async {
        let list = async |what: &str, version: &str| {
            arm.list(&format!("{}/{what}", scope.path), version).await
        };
        join3(
            list(ACCOUNTS, &versions.cognitive_services),
            list(SERVICES, &versions.api_management),
            list(AI_GATEWAYS, &versions.ai_gateways),
        )
        .await
    }))
    .await;
    let mut listed = Listed {
        accounts: Vec::new(),
        gateways: Vec::new(),
    };
    for (scope, (accounts, services, ai_gateways)) in scopes.iter().zip(lists) {
        let mut keep = |what: &str, need: &str, list: Result<Vec<Value>, ArmError>| {
            list.unwrap_or_else(|error| {
                if !(scope.may_be_absent && error.is_absent()) {
                    gaps.push(error.into_gap(format!("{what} of {}", scope.name), need));
                }
                Vec::new()
            })
        };
        let accounts = keep("accounts", "enumerate", accounts);
        let services = keep("gateways", "read_gateway", services);
        // Where the type is not rolled out yet, there is none of it: that is no gap.
        let ai_gateways = ai_gateways.or_else(|error| {
            if is_unknown_type(&error) {
                Ok(Vec::new())
            } else {
                Err(error)
            }
        });
        let ai_gateways = keep("AI gateways", "enumerate", ai_gateways);
        listed.accounts.extend(accounts.iter().map(shape::account));
        let gateways = services.iter().map(|item| shape::gateway(item, "service"));
        listed.gateways.extend(gateways);
        let gateways = ai_gateways
            .iter()
            .map(|item| shape::gateway(item, "aigateways"));
        listed.gateways.extend(gateways);
    }
    listed
        .accounts
        .retain(|account| is_chosen(&selection.accounts, account.name.as_str()));
    listed
        .gateways
        .retain(|gateway| is_chosen(&selection.gateways, gateway.name.as_str()));
    listed
}

/// A subscription, or a resource group of one.
struct Scope {
    path: String,
    name: String,
    may_be_absent: bool,
}

/// Resource groups are asked for by name, since a role may be held on a group alone.
fn scopes(selection: &Selection, subscriptions: &[Subscription]) -> Vec<Scope> {
    let groups = &selection.resource_groups;
    let mut scopes = Vec::new();
    for subscription in subscriptions {
        let path = format!("/subscriptions/{}", subscription.id);
        let name = format!("subscription {}", subscription.name);
        if groups.is_empty() {
            scopes.push(Scope {
                path,
                name,
                may_be_absent: false,
            });
            continue;
        }
        scopes.extend(groups.iter().map(|group| Scope {
            path: format!("{path}/resourceGroups/{group}"),
            name: format!("resource group {group} in {name}"),
            may_be_absent: subscriptions.len() > 1,
        }));
    }
    scopes
}

fn is_unknown_type(error: &ArmError) -> bool {
    const CODES: [&str; 5] = [
        "NoRegisteredProviderFound",
        "InvalidResourceType",
        "InvalidApiVersionParameter",
        "MissingSubscriptionRegistration",
        "ResourceNotFound",
    ];
    matches!(error.kind, ArmFailure::Status(400 | 404 | 409))
        && CODES.contains(&error.code.as_str())
}

async fn read_all(
    arm: &Arm,
    accounts: Vec<Account>,
    gateways: Vec<Gateway>,
    inventory: &mut Inventory,
    progress: &(dyn Fn(Progress) + Sync),
) {
    let subscriptions = inventory.subscriptions.clone();
    let accounts = in_order(
        accounts
            .into_iter()
            .map(|account| read_account(arm, account)),
        |(account, _)| progress(Progress::Account(account.name.to_string())),
    );
    let gateways = in_order(
        gateways.into_iter().map(|gateway| async {
            match gateway.resource_type.as_str() {
                "service" => read_gateway(arm, gateway, &subscriptions).await,
                // An AI gateway publishes models, not APIs; there is nothing below it that leads to a picture.
                _ => (gateway, Vec::new()),
            }
        }),
        |(gateway, _)| progress(Progress::Gateway(gateway.name.to_string())),
    );
    let (accounts, gateways) = futures_util::future::join(accounts, gateways).await;
    for (account, gaps) in accounts {
        inventory.accounts.push(account);
        inventory.gaps.extend(gaps);
    }
    for (gateway, gaps) in gateways {
        inventory.gateways.push(gateway);
        inventory.gaps.extend(gaps);
    }
}

/// Runs all of `works`, tells `done` of each as it ends, and gives the results in the order of the works.
async fn in_order<W: Future>(
    works: impl Iterator<Item = W>,
    done: impl Fn(&W::Output),
) -> Vec<W::Output> {
    let numbered = works
        .enumerate()
        .map(|(at, work)| async move { (at, work.await) });
    let mut running: FuturesUnordered<_> = numbered.collect();
    let mut results = Vec::with_capacity(running.len());
    while let Some((at, result)) = running.next().await {
        done(&result);
        results.push((at, result));
    }
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

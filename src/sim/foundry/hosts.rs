//! Which account a host name belongs to.

use crate::sim::World;
use crate::sim::world::{Account, SuccessShape};

/// The host that keeps results when an account answers with links.
pub(super) const RESULTS_HOST: &str = "dalleprodsec.blob.core.windows.net";

const FOUNDRY: &str = ".services.ai.azure.com";
const COGNITIVE: &str = ".cognitiveservices.azure.com";
const OPENAI: &str = ".openai.azure.com";
const SHARED: &str = ".api.cognitive.microsoft.com";

/// The form of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostForm {
    /// `SUB.services.ai.azure.com`.
    Foundry,
    /// `SUB.cognitiveservices.azure.com`.
    Cognitive,
    /// `SUB.openai.azure.com`.
    OpenAi,
    /// `SUB.api.cognitive.microsoft.com`.
    Shared,
}

/// Whom a host leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Door<'a> {
    /// One account, by its own subdomain.
    Account {
        name: &'a str,
        account: &'a Account,
        form: HostForm,
    },
    /// All accounts of a region; the key tells which.
    Region(&'a str),
}

/// Finds the door of `host` (lower case); `None` where the name does not exist.
pub(super) fn door<'a>(world: &'a World, host: &'a str) -> Option<Door<'a>> {
    let (label, form) = [
        (FOUNDRY, HostForm::Foundry),
        (COGNITIVE, HostForm::Cognitive),
        (OPENAI, HostForm::OpenAi),
        (SHARED, HostForm::Shared),
    ]
    .into_iter()
    .find_map(|(suffix, form)| Some((host.strip_suffix(suffix)?, form)))?;
    let own = world.accounts.iter().find(|(name, account)| {
        forms(account).contains(&form)
            && subdomain(name, account).is_some_and(|sub| sub.eq_ignore_ascii_case(label))
    });
    if let Some((name, account)) = own {
        return Some(Door::Account {
            name,
            account,
            form,
        });
    }
    let is_region = world
        .accounts
        .values()
        .any(|account| account.location == label);
    (form == HostForm::Shared && is_region).then_some(Door::Region(label))
}

/// Every host name of a world's data planes.
pub(super) fn all(world: &World) -> Vec<String> {
    let mut hosts = Vec::new();
    for (name, account) in &world.accounts {
        hosts.push(format!("{}{SHARED}", account.location));
        let Some(sub) = subdomain(name, account) else {
            continue;
        };
        let sub = sub.to_ascii_lowercase();
        hosts.extend(forms(account).iter().map(|form| {
            let suffix = match form {
                HostForm::Foundry => FOUNDRY,
                HostForm::Cognitive => COGNITIVE,
                HostForm::OpenAi => OPENAI,
                HostForm::Shared => SHARED,
            };
            format!("{sub}{suffix}")
        }));
    }
    if has_results(world) {
        hosts.push(RESULTS_HOST.to_owned());
    }
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Whether any account answers with links, so that the host of the results exists.
pub(super) fn has_results(world: &World) -> bool {
    world
        .accounts
        .values()
        .any(|account| account.success == SuccessShape::Url)
}

fn subdomain<'a>(name: &'a str, account: &'a Account) -> Option<&'a str> {
    match account.custom_subdomain.as_deref() {
        None => Some(name),
        Some("") => None,
        Some(named) => Some(named),
    }
}

/// A classic Azure OpenAI resource has its one endpoint, a Foundry resource has all.
fn forms(account: &Account) -> &'static [HostForm] {
    match account.kind.as_str() {
        "OpenAI" => &[HostForm::OpenAi],
        _ => &[
            HostForm::Foundry,
            HostForm::Cognitive,
            HostForm::OpenAi,
            HostForm::Shared,
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        let mut world = World::default();
        let mut add = |name: &str, sub: Option<&str>, kind: &str| {
            let account = Account {
                custom_subdomain: sub.map(String::from),
                kind: kind.into(),
                ..Account::default()
            };
            world.accounts.insert(name.into(), account);
        };
        add("foundry1", None, "AIServices");
        add("Foundry2", Some("Two"), "AIServices");
        add("bare", Some(""), "AIServices");
        add("classic", None, "OpenAI");
        world
    }

    fn found(world: &World, host: &str) -> Option<String> {
        door(world, host).map(|door| match door {
            Door::Account { name, form, .. } => format!("{name} {form:?}"),
            Door::Region(region) => format!("region {region}"),
        })
    }

    #[test]
    fn a_host_leads_to_its_account() {
        let world = world();
        for (host, expected) in [
            ("foundry1.services.ai.azure.com", Some("foundry1 Foundry")),
            (
                "foundry1.cognitiveservices.azure.com",
                Some("foundry1 Cognitive"),
            ),
            ("foundry1.openai.azure.com", Some("foundry1 OpenAi")),
            (
                "foundry1.api.cognitive.microsoft.com",
                Some("foundry1 Shared"),
            ),
            ("two.services.ai.azure.com", Some("Foundry2 Foundry")),
            ("foundry2.services.ai.azure.com", None),
            (
                "uksouth.api.cognitive.microsoft.com",
                Some("region uksouth"),
            ),
            ("westus.api.cognitive.microsoft.com", None),
            ("uksouth.services.ai.azure.com", None),
            ("bare.services.ai.azure.com", None),
            ("classic.openai.azure.com", Some("classic OpenAi")),
            ("classic.services.ai.azure.com", None),
            ("foundry1.example.com", None),
        ] {
            assert_eq!(found(&world, host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn every_listed_host_has_a_door_and_the_results_host_only_where_links_are_given() {
        let mut world = world();
        for host in all(&world) {
            assert!(door(&world, &host).is_some(), "{host}");
        }
        assert!(!all(&world).contains(&RESULTS_HOST.to_owned()));
        world.accounts.get_mut("foundry1").unwrap().success = SuccessShape::Url;
        assert!(all(&world).contains(&RESULTS_HOST.to_owned()));
    }
}

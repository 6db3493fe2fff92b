//! Who may come in: the network first, then the credential, then the role.

use super::answer::Answer;
use super::hosts::Door;
use super::refusals;
use super::route::{Operation, Route, Surface};
use crate::sim::entra;
use crate::sim::world::{Account, KeyAuth, NetworkAccess, Role};
use crate::sim::{Context, World};
use http::HeaderMap;
use std::net::IpAddr;

const INFERENCE_AUDIENCE: &str = "https://cognitiveservices.azure.com";
const PROJECT_AUDIENCE: &str = "https://ai.azure.com";

/// Roles whose data actions are `accounts/OpenAI/*`. That they cover Black Forest Labs deployments is not proved.
const INFERENCE_ROLES: &[Role] = &[
    Role::OpenAiUser,
    Role::CognitiveServicesUser,
    Role::AzureAiUser,
];
/// Roles whose data actions are `accounts/*`.
const WIDE_ROLES: &[Role] = &[Role::CognitiveServicesUser, Role::AzureAiUser];
const PROJECT_ROLES: &[Role] = &[Role::AzureAiUser];
const ALL_ROLES: &[Role] = &[
    Role::Owner,
    Role::Contributor,
    Role::Reader,
    Role::OpenAiUser,
    Role::CognitiveServicesUser,
    Role::CognitiveServicesContributor,
    Role::AzureAiUser,
];

/// Lets a request in and says which account it is for. `route` is `None` where the path does not exist: the credential
/// is judged before the path.
pub(super) fn admit<'a>(
    context: &Context,
    world: &'a World,
    door: Door<'a>,
    headers: &HeaderMap,
    route: Option<&Route>,
) -> Result<(&'a str, &'a Account), Answer> {
    let credentials = Credentials::of(headers);
    match door {
        Door::Account { name, account, .. } => {
            check_network(context, &account.network)?;
            check_credentials(context, world, (name, account), &credentials, route)?;
            Ok((name, account))
        }
        Door::Region(region) => admit_by_key(world, region, &credentials),
    }
}

/// What a request shows.
struct Credentials<'a> {
    key: Option<&'a str>,
    bearer: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        Credentials {
            key: text("api-key"),
            bearer,
        }
    }
}

fn check_network(context: &Context, network: &NetworkAccess) -> Result<(), Answer> {
    let by_private_endpoint = context
        .via_gateway
        .as_ref()
        .is_some_and(|gateway| network.private_endpoints.contains(gateway));
    if by_private_endpoint {
        return Ok(());
    }
    if network.public_disabled {
        return Err(refusals::public_access_disabled());
    }
    match &network.allow_only {
        Some(allowed) if !allowed.iter().any(|rule| matches(rule, &context.caller_ip)) => {
            Err(refusals::firewall())
        }
        _ => Ok(()),
    }
}

/// Whether an address falls under a rule: an address, or a prefix as `203.0.113.0/24`.
fn matches(rule: &str, address: &str) -> bool {
    let (network, length) = match rule.split_once('/') {
        Some((network, length)) => (network, length.parse().ok()),
        None => (rule, Some(128)),
    };
    let (Ok(network), Ok(address), Some(length)) = (network.parse(), address.parse(), length)
    else {
        return false;
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32u32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((network, family), (address, other)) = (bits(network), bits(address));
    let length: u32 = u32::min(length, family);
    let shift = 128 - length;
    family == other && (shift == 128 || network >> shift == address >> shift)
}

/// A good token wins over any key beside it: gateways forward their own key with the token of their identity.
fn check_credentials(
    context: &Context,
    world: &World,
    (name, account): (&str, &Account),
    credentials: &Credentials<'_>,
    route: Option<&Route>,
) -> Result<(), Answer> {
    let surface = route.map(|route| route.surface);
    if let Some(token) = credentials.bearer {
        let found = check_token(context, world, name, token, route);
        if let TokenOutcome::Good = found {
            return Ok(());
        }
        let takes_key_as_bearer = matches!(
            surface,
            Some(Surface::Provider | Surface::V1 | Surface::Models)
        );
        if takes_key_as_bearer && is_key(account, token) {
            return check_key(account, token);
        }
        if let (TokenOutcome::Denied(answer), _) | (TokenOutcome::Unknown(answer), None) =
            (found, credentials.key)
        {
            return Err(answer);
        }
    }
    match credentials.key {
        Some(key) if surface != Some(Surface::Project) => check_key(account, key),
        _ => Err(refusals::token_invalid(audience(route))),
    }
}

fn check_key(account: &Account, key: &str) -> Result<(), Answer> {
    if account.key_auth == KeyAuth::Disabled {
        return Err(refusals::key_auth_disabled());
    }
    if is_key(account, key) {
        Ok(())
    } else {
        Err(refusals::key_invalid())
    }
}

fn is_key(account: &Account, key: &str) -> bool {
    !key.is_empty() && account.keys.iter().any(|own| own == key)
}

enum TokenOutcome {
    Good,
    /// A token of ours whose principal may not do this.
    Denied(Answer),
    /// No token of ours, or for another audience.
    Unknown(Answer),
}

fn check_token(
    context: &Context,
    world: &World,
    name: &str,
    token: &str,
    route: Option<&Route>,
) -> TokenOutcome {
    let wanted = audience(route);
    let claims = match entra::inspect(world, token, context.clock.now()) {
        Ok(claims) if claims.aud.eq_ignore_ascii_case(wanted) => claims,
        // The surfaces that are new with Foundry take its own audience as well.
        Ok(claims)
            if claims.aud.eq_ignore_ascii_case(PROJECT_AUDIENCE)
                && matches!(
                    route.map(|route| route.surface),
                    Some(Surface::V1 | Surface::Models | Surface::Provider)
                ) =>
        {
            claims
        }
        _ => return TokenOutcome::Unknown(refusals::token_invalid(wanted)),
    };
    let id = world.account_id(name).unwrap_or_default();
    let holds = |roles: &[Role]| entra::permits(world, &claims.appid, roles, &id);
    let surface = route.map(|route| route.surface);
    let needed = match surface {
        Some(Surface::Provider) => WIDE_ROLES,
        Some(Surface::Project) => PROJECT_ROLES,
        _ => INFERENCE_ROLES,
    };
    if holds(needed) {
        return TokenOutcome::Good;
    }
    let told = route.and_then(|route| action(route, &claims.oid));
    TokenOutcome::Denied(match told {
        Some(answer) if holds(ALL_ROLES) => answer,
        _ => refusals::access_denied(),
    })
}

/// The refusal that names the data action, where the operation has one.
fn action(route: &Route, principal: &str) -> Option<Answer> {
    let tail = route.operation.tail()?;
    let path = match route.surface {
        Surface::V1 => format!("/openai/v1/{tail}"),
        Surface::Models => format!("/models/{tail}"),
        Surface::Responses => format!("/openai/{tail}"),
        _ => format!("/openai/deployments/{{deployment-id}}/{tail}"),
    };
    let action = format!("deployments/{tail}");
    Some(refusals::action_denied(principal, &action, &path))
}

fn audience(route: Option<&Route>) -> &'static str {
    match route.map(|route| &route.operation) {
        Some(Operation::ProjectDeployments(_)) => PROJECT_AUDIENCE,
        _ => INFERENCE_AUDIENCE,
    }
}

/// A regional host takes keys only, finds the account by its key, and serves none that restricts its network.
fn admit_by_key<'a>(
    world: &'a World,
    region: &str,
    credentials: &Credentials<'_>,
) -> Result<(&'a str, &'a Account), Answer> {
    let Some(key) = credentials.key else {
        return Err(match credentials.bearer {
            Some(_) => refusals::subdomain_required(),
            None => refusals::token_invalid(INFERENCE_AUDIENCE),
        });
    };
    let (name, account) = world
        .accounts
        .iter()
        .find(|(_, account)| account.location == region && is_key(account, key))
        .ok_or_else(refusals::key_invalid)?;
    if account.network.public_disabled || account.network.allow_only.is_some() {
        return Err(refusals::regional_host_closed());
    }
    check_key(account, key)?;
    Ok((name, account))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn an_address_falls_under_itself_and_its_prefixes() {
        for (rule, address, expected) in [
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.0/24", "203.0.113.8", true),
            ("203.0.113.0/24", "203.0.114.8", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "203.0.113.8", false),
            ("nonsense", "203.0.113.8", false),
            ("203.0.113.0/x", "203.0.113.8", false),
        ] {
            assert_eq!(matches(rule, address), expected, "{rule} {address}");
        }
    }
}

//! Which credential a call shows: the right one, none, or one that is wrong on purpose.

use super::call::Refusal;
use super::step::StepRunner;
use crate::knowledge::azure;
use crate::model::{CredentialUse, GatewayLeg, Leg};
use crate::net::{Credential, Place};
use crate::scenario::Action;
use azure_core::credentials::Secret;

/// A key that no service ever gave out.
const WRONG_KEY: &str = "00000000000000000000000000000000";

/// Headers that one service or another reads a key from; the first that is not the right one is the wrong one.
const KEY_HEADERS: [&str; 2] = ["api-key", "Ocp-Apim-Subscription-Key"];

/// The credential of one attempt on `leg`; none where the step says so or its URL leads elsewhere.
pub(super) async fn credential(
    runner: &StepRunner<'_>,
    leg: Leg,
) -> Result<Option<Credential>, Refusal> {
    let keys = &runner.shared.tools.keys;
    let target = &runner.case.target;
    let scopes = &azure().scopes;
    let use_ = runner.step.how.credential;
    if use_ == CredentialUse::None
        || matches!(&runner.step.action, Action::Http(http) if is_elsewhere(&http.url))
    {
        return Ok(None);
    }
    let token = async |scope: &str| {
        let secret = keys.token(scope).await.map_err(Refusal::Skip)?;
        Ok(Some(Credential {
            place: Place::Bearer,
            secret,
        }))
    };
    match use_ {
        CredentialUse::Entra => return token(&scope_of(target.gateway.as_ref(), leg)).await,
        CredentialUse::EntraWrongAudience => return token(&scopes.foreign).await,
        _ => {}
    }
    // Only a token opens an account that refuses keys.
    let takes_no_key = leg == Leg::Direct
        && target
            .direct
            .as_ref()
            .is_some_and(|way| way.is_key_auth_disabled);
    if use_ == CredentialUse::Default && takes_no_key {
        return match keys.token(&scopes.models).await {
            Ok(secret) => Ok(Some(Credential {
                place: Place::Bearer,
                secret,
            })),
            Err(why) => Err(Refusal::NoCredential(format!(
                "account {} takes tokens only, and there is none: {why}",
                target.account
            ))),
        };
    }
    // What the policy asks for beside the key, or in its place.
    let beside = match (leg, &target.gateway) {
        (Leg::Gateway, Some(gateway))
            if use_ == CredentialUse::Default && gateway.token_audience.is_some() =>
        {
            Some(gateway_token(runner, gateway).await?)
        }
        _ => None,
    };
    let (header, key) = match (leg, &target.gateway) {
        (Leg::Gateway, Some(gateway)) => (
            gateway.key_names.header.clone(),
            gateway_key(runner, gateway).await,
        ),
        _ => (
            azure().account_key_header.clone(),
            keys.account_key(target).await.map(Some),
        ),
    };
    let in_header = |header: String, secret| {
        Ok(Some(Credential {
            place: Place::Header(header),
            secret,
        }))
    };
    match (use_, key) {
        (CredentialUse::WrongKey, _) => in_header(header, Secret::new(WRONG_KEY)),
        (_, Ok(None)) => Ok(beside.map(|secret| Credential {
            place: Place::Bearer,
            secret,
        })),
        (CredentialUse::Default | CredentialUse::WithoutToken, Ok(Some(secret))) => match beside {
            Some(token) => Ok(Some(Credential {
                place: Place::HeaderAndToken(header, token),
                secret,
            })),
            None => in_header(header, secret),
        },
        (CredentialUse::KeyAsBearer, Ok(Some(secret))) => Ok(Some(Credential {
            place: Place::Bearer,
            secret,
        })),
        (_, Ok(Some(secret))) => {
            let wrong = KEY_HEADERS
                .iter()
                .find(|name| !name.eq_ignore_ascii_case(&header));
            in_header(wrong.copied().unwrap_or_default().to_owned(), secret)
        }
        // An account whose keys may not be read or are switched off is called with a token instead.
        (CredentialUse::Default, Err(why)) if leg == Leg::Direct => {
            match keys.token(&scopes.models).await {
                Ok(secret) => Ok(Some(Credential {
                    place: Place::Bearer,
                    secret,
                })),
                Err(also) => Err(Refusal::NoCredential(format!(
                    "no credential for {}: {why}; {also}",
                    target.account
                ))),
            }
        }
        (CredentialUse::Default, Err(why)) => Err(Refusal::NoCredential(why)),
        (_, Err(why)) => Err(Refusal::Skip(format!(
            "needs the right key, and there is none: {why}"
        ))),
    }
}

/// The token that the policy of a gateway asks for. Where none can be had for the audience that it names, one of the model
/// service is shown: the gateway's own refusal says more than that no call was made.
async fn gateway_token(runner: &StepRunner<'_>, gateway: &GatewayLeg) -> Result<Secret, Refusal> {
    let keys = &runner.shared.tools.keys;
    let scope = scope_of(Some(gateway), Leg::Gateway);
    let why = match keys.token(&scope).await {
        Ok(token) => return Ok(token),
        Err(why) => why,
    };
    keys.token(&azure().scopes.models).await.map_err(|_| {
        Refusal::NoCredential(format!(
            "no token for {scope}, which the policy of gateway {} asks for: {why}",
            gateway.gateway
        ))
    })
}

/// Scope of the token for a way: the audience that its policy names, else the model service.
fn scope_of(gateway: Option<&GatewayLeg>, leg: Leg) -> String {
    gateway
        .filter(|_| leg == Leg::Gateway)
        .and_then(|gateway| gateway.token_audience.as_deref())
        .map_or_else(
            || azure().scopes.models.clone(),
            |audience| format!("{audience}/.default"),
        )
}

async fn gateway_key(runner: &StepRunner<'_>, leg: &GatewayLeg) -> Result<Option<Secret>, String> {
    if leg.is_subscription_required {
        runner.shared.tools.keys.gateway_key(leg).await.map(Some)
    } else {
        Ok(None)
    }
}

/// Whether a URL leads away from the target, so that the target's credential has no business there.
fn is_elsewhere(url: &str) -> bool {
    !url.starts_with('/')
}

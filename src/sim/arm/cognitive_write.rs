//! Writes to Cognitive Services: what an account lets in, and what is deployed on it.

use super::apim_write::merged;
use super::call::{Call, find, key_of};
use super::cognitive_shapes as shapes;
use super::errors::ArmError;
use crate::sim::world::{Account, Deployment, KeyAuth, RateLimit, World};
use crate::sim::{draw, reply};
use bytes::Bytes;
use http::{Method, Response};
use serde_json::{Value, json};

/// Capacity units that a subscription may use of one model, as its usages say.
const QUOTA: u64 = 1000;

/// Requests a minute that one unit of FLUX.1 gives: two units are worded as six (quotas of Foundry Models).
const FLUX_REQUESTS_A_UNIT: f64 = 3.0;

const FLUX_FORMAT: &str = "Black Forest Labs";

/// Models of the FLUX format, and the only way to deploy them.
const FLUX_MODELS: &[&str] = &[
    "FLUX-1.1-pro",
    "FLUX.1-Kontext-pro",
    "FLUX.2-pro",
    "FLUX.2-flex",
];
const FLUX_SKU: &str = "GlobalStandard";

/// Seconds after which a client asks again about an operation under way.
const RETRY_AFTER: &str = "1";

/// PUT or PATCH of the account `name`. Returns the account as it then is.
pub(super) fn account(call: &Call<'_>, name: &str) -> Result<Value, ArmError> {
    let now = call
        .world
        .accounts
        .get(name)
        .map(|it| shapes::account(call.world, name, it))
        .unwrap_or_default();
    let body = match call.method {
        Method::PATCH => merged(now, &call.json()?),
        _ => call.json()?,
    };
    let ((), world) = call.live.change(|world| {
        let subdomain = world.account_subdomain(name).map(str::to_owned);
        let account = world.accounts.get_mut(name).ok_or_else(missing)?;
        set_account(account, subdomain.as_deref(), &body["properties"])
    })?;
    let account = world.accounts.get(name).ok_or_else(missing)?;
    Ok(shapes::account(&world, name, account))
}

/// Draws one of the two keys of an account anew.
pub(super) fn regenerate_key(call: &Call<'_>, name: &str) -> Result<Response<Bytes>, ArmError> {
    let body = call.json()?;
    let at = match body["keyName"].as_str() {
        Some(key) if key.eq_ignore_ascii_case("key1") => 0,
        Some(key) if key.eq_ignore_ascii_case("key2") => 1,
        _ => return Err(ArmError::validation("keyName must be Key1 or Key2.")),
    };
    let (keys, _) = call.live.change(|world| {
        let account = world.accounts.get_mut(name).ok_or_else(missing)?;
        account.keys[at] = draw::fresh_key();
        Ok::<_, ArmError>(account.keys.clone())
    })?;
    let body = json!({"key1": keys.first(), "key2": keys.get(1)});
    Ok(reply::json(200, &body))
}

/// PUT or PATCH of a deployment.
pub(super) fn deployment(
    call: &Call<'_>,
    account_name: &str,
    account: &Account,
    name: &str,
) -> Result<Response<Bytes>, ArmError> {
    let id = key_of(&account.deployments, name);
    let now = account.deployments.get(&id);
    let body = match (call.method.clone(), now) {
        (Method::PATCH, None) => {
            let message = format!("The deployment '{name}' was not found.");
            return Err(ArmError::said(404, "ResourceNotFound", message));
        }
        (Method::PATCH, Some(now)) => {
            let shown = shapes::deployment(call.world, account_name, account, &id, now);
            merged(shown, &call.json()?)
        }
        _ => call.json()?,
    };
    let wanted = read_deployment(call.world, account_name, &id, now, &body)?;
    let (is_new, world) = call.live.change(|world| {
        let account = world.accounts.get_mut(account_name).ok_or_else(missing)?;
        Ok::<_, ArmError>(account.deployments.insert(id.clone(), wanted).is_none())
    })?;
    let account = world.accounts.get(account_name).ok_or_else(missing)?;
    let made = account.deployments.get(&id).ok_or_else(missing)?;
    let shown = shapes::deployment(&world, account_name, account, &id, made);
    let mut response = reply::json(if is_new { 201 } else { 200 }, &shown);
    let link = operation_link(call, &account.location, "Azure-AsyncOperation");
    reply::set(&mut response, "azure-asyncoperation", &link);
    reply::set(&mut response, "retry-after", RETRY_AFTER);
    Ok(response)
}

/// DELETE of a deployment: accepted, and done at the next look.
pub(super) fn delete_deployment(
    call: &Call<'_>,
    account_name: &str,
    account: &Account,
    name: &str,
) -> Result<Response<Bytes>, ArmError> {
    let (was_there, _) = call.live.change(|world| {
        let account = world.accounts.get_mut(account_name).ok_or_else(missing)?;
        let id = key_of(&account.deployments, name);
        Ok::<_, ArmError>(account.deployments.remove(&id).is_some())
    })?;
    if !was_there {
        return Ok(reply::empty(204));
    }
    let mut response = reply::empty(202);
    let link = operation_link(call, &account.location, "Location");
    reply::set(&mut response, "location", &link);
    reply::set(&mut response, "retry-after", RETRY_AFTER);
    Ok(response)
}

/// `pause` and `resume`: both may be said twice.
pub(super) fn set_state(
    call: &Call<'_>,
    account_name: &str,
    account: &Account,
    name: &str,
    state: &str,
) -> Result<Response<Bytes>, ArmError> {
    let (id, _) = find(&account.deployments, name).ok_or_else(|| {
        let message = format!("The deployment '{name}' was not found.");
        ArmError::said(404, "ResourceNotFound", message)
    })?;
    let ((), world) = call.live.change(|world| {
        let account = world.accounts.get_mut(account_name).ok_or_else(missing)?;
        let deployment = account.deployments.get_mut(id).ok_or_else(missing)?;
        state.clone_into(&mut deployment.state);
        Ok::<_, ArmError>(())
    })?;
    let account = world.accounts.get(account_name).ok_or_else(missing)?;
    let deployment = account.deployments.get(id).ok_or_else(missing)?;
    let shown = shapes::deployment(&world, account_name, account, id, deployment);
    Ok(reply::json(200, &shown))
}

fn missing() -> ArmError {
    ArmError::said(404, "ResourceNotFound", "The account was not found.")
}

fn set_account(
    account: &mut Account,
    subdomain: Option<&str>,
    properties: &Value,
) -> Result<(), ArmError> {
    match (subdomain, properties["customSubDomainName"].as_str()) {
        (Some(now), Some(wanted)) if !now.eq_ignore_ascii_case(wanted) => {
            let message =
                "The custom subdomain name of an account cannot be changed once it is set.";
            return Err(ArmError::said(400, "BadRequest", message));
        }
        (None, Some(wanted)) if !wanted.is_empty() => {
            account.custom_subdomain = Some(wanted.to_owned());
        }
        _ => {}
    }
    match properties["publicNetworkAccess"].as_str() {
        Some("Enabled") => account.network.public_disabled = false,
        Some("Disabled") => account.network.public_disabled = true,
        Some(other) => {
            let message = format!("The value '{other}' of publicNetworkAccess is not valid.");
            return Err(ArmError::said(400, "InvalidRequestContent", message));
        }
        None => {}
    }
    if let Some(is_disabled) = properties["disableLocalAuth"].as_bool() {
        account.key_auth = if is_disabled {
            KeyAuth::Disabled
        } else {
            KeyAuth::Enabled
        };
    }
    let rules = &properties["networkAcls"];
    let addresses = || {
        let all = rules["ipRules"].as_array();
        all.into_iter()
            .flatten()
            .filter_map(|rule| rule["value"].as_str().map(str::to_owned))
            .collect()
    };
    match rules["defaultAction"].as_str() {
        Some("Deny") => account.network.allow_only = Some(addresses()),
        Some("Allow") => account.network.allow_only = None,
        _ => {}
    }
    Ok(())
}

fn read_deployment(
    world: &World,
    account_name: &str,
    id: &str,
    now: Option<&Deployment>,
    body: &Value,
) -> Result<Deployment, ArmError> {
    let model = &body["properties"]["model"];
    let text = |name: &str| model[name].as_str().unwrap_or_default().to_owned();
    let (format, name, version) = (text("format"), text("name"), text("version"));
    let version = match version.is_empty() {
        true => "1".to_owned(),
        false => version,
    };
    if !is_offered(world, &format, &name, &version) {
        let message = format!(
            "The model 'Format: {format}, Name: {name}, Version: {version}' of account deployment is not supported."
        );
        return Err(ArmError::said(400, "DeploymentModelNotSupported", message));
    }
    let sku = body["sku"]["name"].as_str().unwrap_or("Standard");
    if format == FLUX_FORMAT && sku != FLUX_SKU {
        let message = format!(
            "The specified SKU '{sku}' of account deployment is not supported by the model '{name}' version: \
             '{version}'."
        );
        return Err(ArmError::said(400, "InvalidResourceProperties", message));
    }
    // The service reads a number in quotes as a number, and `az` writes it so.
    let capacity = &body["sku"]["capacity"];
    let capacity = capacity
        .as_u64()
        .or_else(|| capacity.as_str()?.parse().ok())
        .unwrap_or(1);
    let used: u64 = world
        .accounts
        .iter()
        .flat_map(|(account, it)| it.deployments.iter().map(move |(id, it)| (account, id, it)))
        .filter(|(account, other, it)| {
            it.model == name && (account.as_str(), other.as_str()) != (account_name, id)
        })
        .map(|(_, _, it)| u64::from(it.capacity))
        .sum();
    let available = QUOTA.saturating_sub(used);
    if capacity == 0 || capacity > available {
        let family = if format == "OpenAI" {
            "OpenAI"
        } else {
            "AIServices"
        };
        let message = format!(
            "The specified capacity '{capacity}' of account deployment is bigger than available capacity \
             '{available}' for UsageName '{family}.{sku}.{name}'."
        );
        return Err(ArmError::said(400, "InsufficientQuota", message));
    }
    let capacity = u32::try_from(capacity).unwrap_or(u32::MAX);
    // Another model is another deployment under the same name: nothing of the old one stays.
    let now = now.filter(|it| it.model == name && it.version == version);
    Ok(Deployment {
        sku: sku.to_owned(),
        capacity,
        rate_limits: limits(&format, capacity, now),
        provisioning_state: "Succeeded".into(),
        model: name,
        version,
        format,
        ..now.cloned().unwrap_or_default()
    })
}

/// Limits follow the capacity.
fn limits(format: &str, capacity: u32, now: Option<&Deployment>) -> Vec<RateLimit> {
    match now {
        Some(now) => now
            .rate_limits
            .iter()
            .map(|limit| RateLimit {
                count: limit.count / f64::from(now.capacity.max(1)) * f64::from(capacity),
                ..limit.clone()
            })
            .collect(),
        None if format == FLUX_FORMAT => vec![RateLimit {
            key: "request".into(),
            count: FLUX_REQUESTS_A_UNIT * f64::from(capacity),
            renewal_period: 60.0,
        }],
        None => Vec::new(),
    }
}

/// Whether the region offers a model: FLUX, and whatever is deployed somewhere in the world and not retired.
fn is_offered(world: &World, format: &str, name: &str, version: &str) -> bool {
    let is_flux = format == FLUX_FORMAT && FLUX_MODELS.contains(&name) && version == "1";
    is_flux
        || world
            .accounts
            .values()
            .flat_map(|account| account.deployments.values())
            .any(|it| {
                it.format == format
                    && it.model == name
                    && it.version == version
                    && it.lifecycle != "Deprecated"
            })
}

/// Where an operation is asked about; `header` says in which form.
fn operation_link(call: &Call<'_>, location: &str, header: &str) -> String {
    let kind = match header {
        "Location" => "operationResults",
        _ => "operationStatuses",
    };
    format!(
        "https://management.azure.com/subscriptions/{}/providers/Microsoft.CognitiveServices/locations/{location}/{kind}/{}?api-version={}",
        call.segments[1],
        draw::fresh_guid(),
        call.api_version
    )
}

//! Targets without ARM: what the configuration writes down, as an inventory, targets and keys.

use super::selection::Selection;
use crate::config::{Config, Key, Secret, WrittenGateway, WrittenTarget};
use crate::knowledge::{Family, HostForm, api_versions, family_of, host_form_of};
use crate::model::{
    Account, AccountName, Api, CallKind, Deployment, DeploymentName, DirectLeg, Gateway,
    GatewayLeg, GatewayName, Inventory, KeyNames, Model, Peer, PublishedRoute, RateLimit,
    RouteStyle, SCHEMA_VERSION, Target,
};
use crate::provider::azure::{Base, Place, Route, RouteFault, check_name};
use std::collections::BTreeMap;

/// What a configuration writes down.
#[derive(Debug, Clone, Default)]
pub struct Configured {
    /// The same as discovery would give, as far as it is known.
    pub inventory: Inventory,
    /// What can be called.
    pub targets: Vec<Target>,
    /// Keys to call it with.
    pub keys: Keys,
}

/// Keys that were configured, by what they open.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Account keys.
    pub accounts: BTreeMap<(AccountName, DeploymentName), Secret>,
    /// Gateway keys.
    pub gateways: BTreeMap<GatewayName, Secret>,
}

impl Keys {
    /// The key of the account that holds a deployment.
    pub fn account(&self, account: &AccountName, deployment: &DeploymentName) -> Option<&Secret> {
        self.accounts.get(&(account.clone(), deployment.clone()))
    }

    /// The subscription key of a gateway.
    pub fn gateway(&self, gateway: &GatewayName) -> Option<&Secret> {
        self.gateways.get(gateway)
    }
}

/// Why a written target cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfiguredError {
    /// A URL or name in it is wrong.
    #[error("{at}: {fault}")]
    Route {
        /// Where it is written.
        at: String,
        /// What is wrong.
        fault: RouteFault,
    },
    /// It names no deployment.
    #[error(
        "{at}: no deployment is named; add `deployment:`, or give the whole URL as `endpoint:`"
    )]
    NoDeployment {
        /// Where it is written.
        at: String,
    },
    /// It leads nowhere.
    #[error("{at}: deployment `{deployment}` has no way to it; add `endpoint:` or `gateway:`")]
    NoWay {
        /// Where it is written.
        at: String,
        /// The deployment.
        deployment: String,
    },
}

impl From<&Config> for Selection {
    /// The names that the configuration narrows discovery down to, and its api-version.
    fn from(config: &Config) -> Self {
        let list = |key| config.list(key).to_vec();
        Selection {
            subscriptions: list(Key::Subscriptions),
            resource_groups: list(Key::ResourceGroups),
            accounts: list(Key::Accounts),
            gateways: list(Key::Gateways),
            deployments: list(Key::Deployments),
            api_version: config.text(Key::ImageApiVersion).map(str::to_owned),
            every_route: false,
        }
    }
}

/// Everything that the configuration writes down; nothing of it is an error. A way through a gateway and a way to an
/// account that name the same deployment become one target; two entries of a file that name two ways through gateways stay two.
pub fn configured(config: &Config) -> Result<Configured, ConfiguredError> {
    let mut found = Configured::default();
    let mut listed = Vec::new();
    for written in config.written_targets() {
        let draft = Draft::of(config, written)?;
        if let Some(key) = written.key.clone() {
            let name = (
                draft.target.account.clone(),
                draft.target.deployment.clone(),
            );
            found.keys.accounts.entry(name).or_insert(key);
        }
        if let (Some(leg), Some(key)) = (&draft.target.gateway, draft.gateway_key) {
            found
                .keys
                .gateways
                .entry(leg.gateway.clone())
                .or_insert(key);
        }
        add(
            &mut found.targets,
            &mut listed,
            draft.target,
            written.is_listed,
        );
    }
    add_peers(&mut found.targets);
    found.inventory = inventory(&found.targets);
    Ok(found)
}

/// The account of a target of which only the gateway is known.
const UNKNOWN_ACCOUNT: &str = "unknown";

struct Draft {
    target: Target,
    gateway_key: Option<Secret>,
}

impl Draft {
    fn of(config: &Config, written: &WrittenTarget) -> Result<Self, ConfiguredError> {
        let at = || written.written_in.clone();
        let fail = |fault| ConfiguredError::Route { at: at(), fault };
        let mut ways = Ways::default();
        if let Some(endpoint) = &written.endpoint {
            ways.add(endpoint, None).map_err(fail)?;
        }
        if let Some(gateway) = &written.gateway {
            let api_path = gateway
                .api_path
                .as_deref()
                .or(config.text(Key::GatewayApiPath));
            ways.add(&gateway.url, Some(api_path.unwrap_or_default()))
                .map_err(fail)?;
        }
        let named = written.deployment.as_deref().map(check_name).transpose();
        let deployment = named
            .map_err(fail)?
            .or(ways.deployment.take())
            .ok_or_else(|| ConfiguredError::NoDeployment { at: at() })?;
        if ways.account.is_none() && ways.gateway.is_none() {
            let deployment = deployment.to_string();
            return Err(ConfiguredError::NoWay {
                at: at(),
                deployment,
            });
        }
        let model = model_of(written);
        let family = family_of(&model);
        let native = family.map_or(RouteStyle::Deployment, Family::native_style);
        let asked = written
            .api_version
            .clone()
            .or(ways.api_version.take())
            .or_else(|| config.text(Key::ImageApiVersion).map(str::to_owned));
        let version = |default: &str| {
            let usual = asked.as_deref().unwrap_or(default);
            api_versions()
                .for_call(CallKind::Generate, native, usual)
                .to_owned()
        };
        let account = written.account.clone().map(AccountName::from);
        let from_host = ways
            .account
            .as_ref()
            .map(|base| first_label(base.host()).into());
        let gateway = written.gateway.clone().unwrap_or_default();
        let target = Target {
            account: account.or(from_host).unwrap_or(UNKNOWN_ACCOUNT.into()),
            deployment,
            location: written.location.clone().unwrap_or_default(),
            family: family.map(|family| family.id.clone()),
            model,
            rate_limits: written
                .requests_per_minute
                .map(per_minute)
                .into_iter()
                .collect(),
            gateway: ways.gateway.map(|base| {
                leg(
                    config,
                    &gateway,
                    &base,
                    version(&api_versions().gateway_default),
                )
            }),
            direct: ways.account.map(|base| DirectLeg {
                endpoint: base.origin(),
                api_version: version(&api_versions().direct_default),
            }),
            vision: written.vision_deployment.as_deref().map(|name| Peer {
                deployment: name.into(),
                ..Peer::default()
            }),
            ..Target::default()
        };
        // The key of an endpoint that is a gateway's opens the gateway.
        let own_key = written.key.as_ref().filter(|_| target.direct.is_none());
        let gateway_key = gateway
            .key
            .or_else(|| own_key.cloned())
            .or_else(|| config.secret(Key::GatewayKey).cloned());
        Ok(Draft {
            target,
            gateway_key,
        })
    }
}

/// The ways that URLs of a target open.
#[derive(Default)]
struct Ways {
    account: Option<Base>,
    gateway: Option<Base>,
    deployment: Option<DeploymentName>,
    api_version: Option<String>,
}

impl Ways {
    /// Takes in a bare origin or a whole URL. Its host says whether an account or a gateway answers there; `api_path` is
    /// given where it must be a gateway.
    fn add(&mut self, url: &str, api_path: Option<&str>) -> Result<(), RouteFault> {
        let whole = match Route::parse(url) {
            Ok(route) => Some(route),
            Err(RouteFault::NoOperation { .. }) => None,
            Err(fault) => return Err(fault),
        };
        if let Some(route) = &whole {
            self.deployment = route.deployment().cloned();
            self.api_version = route.api_version().map(str::to_owned);
        }
        let account = Base::account(url)?;
        let written = match whole {
            Some(route) => route.base().clone(),
            None => Base::published(url, RouteStyle::Deployment)?,
        };
        // A host of the user's own is an account's where nothing but `openai` stands below it.
        let is_accounts = match account.host_form() {
            HostForm::Gateway | HostForm::AiGateway => false,
            HostForm::Custom => written.url() == account.url() || written.url() == account.origin(),
            _ => true,
        };
        if api_path.is_none() && is_accounts {
            self.account = Some(account);
            return Ok(());
        }
        // A path that came with the origin is the API path.
        let has_path = written.url() != written.origin();
        let path = api_path.filter(|_| !has_path).unwrap_or_default();
        self.gateway = Some(if self.deployment.is_some() {
            written
        } else {
            Base::gateway(&written.url(), path)?
        });
        Ok(())
    }
}

fn leg(config: &Config, written: &WrittenGateway, base: &Base, api_version: String) -> GatewayLeg {
    let usual = KeyNames::default();
    let header = written
        .key_header
        .as_deref()
        .or(config.text(Key::GatewayKeyHeader))
        .unwrap_or(&usual.header);
    let path = base.url().replacen(&base.origin(), "", 1);
    let api = written.api.clone();
    GatewayLeg {
        gateway: first_label(base.host()).into(),
        api: api
            .unwrap_or_else(|| path.trim_matches('/').to_owned())
            .into(),
        base_url: base.url(),
        key_names: KeyNames {
            header: header.to_owned(),
            query: usual.query,
        },
        is_subscription_required: true,
        api_version,
        ..GatewayLeg::default()
    }
}

/// `a` of `a.services.ai.azure.com`; the whole of a host that Azure did not name.
fn first_label(host: &str) -> &str {
    let is_azures = host_form_of(host) != HostForm::Custom;
    match host.split_once('.') {
        Some((label, _)) if is_azures => label,
        _ => host,
    }
}

fn model_of(written: &WrittenTarget) -> Model {
    let mut model = Model {
        name: written.model.clone().unwrap_or_default(),
        ..Model::default()
    };
    if let Some(family) = family_of(&model) {
        model.format.clone_from(&family.format);
    }
    model
}

fn per_minute(count: f64) -> RateLimit {
    RateLimit {
        key: "request".into(),
        count,
        renewal_period: 60.0,
    }
}

/// Adds a target, or the ways of it that one for the same deployment lacks. `listed` says of each target whether it stands
/// in the list of a file, as `is_listed` does of the new one.
fn add(targets: &mut Vec<Target>, listed: &mut Vec<bool>, new: Target, is_listed: bool) {
    let unknown = AccountName::from(UNKNOWN_ACCOUNT);
    let same = targets.iter_mut().zip(&*listed).find(|(one, was_listed)| {
        let is_same_account =
            one.account == new.account || one.account == unknown || new.account == unknown;
        let have_both_ways = one.gateway.is_some() && new.gateway.is_some();
        let is_another_way = have_both_ways && one.route_name() != new.route_name();
        one.deployment == new.deployment
            && is_same_account
            && !(is_listed && **was_listed && is_another_way)
    });
    let Some((one, _)) = same else {
        targets.push(new);
        listed.push(is_listed);
        return;
    };
    if one.account == unknown {
        one.account = new.account;
    }
    if one.model.name.is_empty() {
        one.model = new.model;
        one.family = new.family;
    }
    one.gateway = one.gateway.take().or(new.gateway);
    one.direct = one.direct.take().or(new.direct);
    one.vision = one.vision.take().or(new.vision);
}

fn add_peers(targets: &mut [Target]) {
    let all: Vec<(AccountName, Peer)> = targets
        .iter()
        .map(|target| {
            let peer = Peer {
                deployment: target.deployment.clone(),
                model: target.model.clone(),
                family: target.family.clone(),
                rate_limits: target.rate_limits.clone(),
            };
            (target.account.clone(), peer)
        })
        .collect();
    for target in targets {
        let others = all.iter().filter(|(account, peer)| {
            *account == target.account && peer.deployment != target.deployment
        });
        let mut peers: Vec<Peer> = Vec::new();
        for (_, peer) in others {
            if peers.iter().all(|one| one.deployment != peer.deployment) {
                peers.push(peer.clone());
            }
        }
        target.peers = peers;
    }
}

fn inventory(targets: &[Target]) -> Inventory {
    let mut found = Inventory {
        schema_version: SCHEMA_VERSION,
        ..Inventory::default()
    };
    for target in targets {
        add_account(&mut found.accounts, target);
        if let Some(leg) = &target.gateway {
            add_gateway(&mut found.gateways, leg);
            found.routes.extend(published(target, leg));
        }
    }
    found
}

fn add_account(accounts: &mut Vec<Account>, target: &Target) {
    let deployment = Deployment {
        name: target.deployment.clone(),
        model: target.model.clone(),
        family: target.family.clone(),
        rate_limits: target.rate_limits.clone(),
        ..Deployment::default()
    };
    if let Some(account) = accounts.iter_mut().find(|one| one.name == target.account) {
        let mut there = account.deployments.iter();
        if there.all(|one| one.name != deployment.name) {
            account.deployments.push(deployment);
        }
        return;
    }
    accounts.push(Account {
        name: target.account.clone(),
        location: target.location.clone(),
        endpoint: target
            .direct
            .as_ref()
            .map(|leg| leg.endpoint.clone())
            .unwrap_or_default(),
        deployments: vec![deployment],
        ..Account::default()
    });
}

fn add_gateway(gateways: &mut Vec<Gateway>, leg: &GatewayLeg) {
    let url = Base::account(&leg.base_url)
        .map(|base| base.origin())
        .unwrap_or_default();
    let at = gateways
        .iter()
        .position(|one| one.name == leg.gateway)
        .unwrap_or_else(|| {
            gateways.push(Gateway {
                name: leg.gateway.clone(),
                url: url.clone(),
                ..Gateway::default()
            });
            gateways.len() - 1
        });
    let Some(gateway) = gateways.get_mut(at) else {
        return;
    };
    if gateway.apis.iter().any(|api| api.name == leg.api) {
        return;
    }
    gateway.apis.push(Api {
        name: leg.api.clone(),
        path: leg
            .base_url
            .replacen(&url, "", 1)
            .trim_matches('/')
            .to_owned(),
        is_subscription_required: leg.is_subscription_required,
        key_names: leg.key_names.clone(),
        ..Api::default()
    });
}

fn published(target: &Target, leg: &GatewayLeg) -> Option<PublishedRoute> {
    let family = family_of(&target.model);
    let native = family.map_or(RouteStyle::Deployment, Family::native_style);
    let place = match native {
        RouteStyle::Provider => Place::Provider {
            segment: family?.provider_segment.clone(),
        },
        RouteStyle::Deployment | RouteStyle::ModelName => Place::Deployment {
            deployment: target.deployment.clone(),
            call: CallKind::Generate,
        },
    };
    let base = Base::published(&leg.base_url, native).ok()?;
    Some(PublishedRoute {
        account: target.account.clone(),
        deployment: target.deployment.clone(),
        gateway: leg.gateway.clone(),
        api: leg.api.clone(),
        operation: "".into(),
        url: Route::new(base, place, Some(&leg.api_version)).url().into(),
        supposed: None,
    })
}

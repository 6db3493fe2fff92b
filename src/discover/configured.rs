//! Targets without ARM: what the configuration writes down, as an inventory, targets and keys.

use super::configured_inventory::written_inventory;
use super::configured_keys::{Keys, add_named_gateway};
use super::selection::Selection;
use crate::config::{Config, Key, Secret, WrittenGateway, WrittenTarget};
use crate::knowledge::{Family, HostForm, api_versions, azure, by_id, family_of, host_form_of};
use crate::model::{
    AccountName, CallKind, DeploymentName, DirectLeg, FamilyId, GatewayLeg, Inventory, KeyNames,
    Model, Peer, RateLimit, RouteStyle, Target,
};
use crate::provider::azure::{Base, Route, RouteFault, check_name};

/// What a configuration writes down.
#[derive(Debug, Clone, Default)]
pub struct Configured {
    /// The same as discovery would give, as far as it is known.
    pub inventory: Inventory,
    /// What can be called.
    pub targets: Vec<Target>,
    /// How each of them is written down, in the same order.
    pub origins: Vec<Written>,
    /// Keys to call it with.
    pub keys: Keys,
}

/// How a target is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Whether it stands in the list of a file, where each entry is one that somebody means.
    pub is_listed: bool,
    /// Whether somebody named the deployment.
    pub is_named: bool,
    /// Where, e.g. `environment DALL_E_DEPLOYMENT`.
    pub at: String,
    /// Whether `/openai` was put behind the API path, as document 001 does, since it does not stand in it.
    pub is_openai_assumed: bool,
}

impl Configured {
    /// Makes the inventory anew, after targets have changed.
    pub fn note_targets(&mut self) {
        self.inventory = written_inventory(&self.targets);
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
    for written in config.written_targets() {
        let draft = Draft::of(config, written)?;
        if let Some(key) = written.key.clone() {
            let name = (
                draft.target.account.clone(),
                draft.target.deployment.clone(),
            );
            let at_host = draft
                .host_account
                .clone()
                .map(|account| (account, name.1.clone()));
            for name in at_host.into_iter().chain([name]) {
                found
                    .keys
                    .accounts
                    .entry(name)
                    .or_insert_with(|| key.clone());
            }
        } else if draft.target.direct.is_some() {
            let name = (
                draft.target.account.clone(),
                draft.target.deployment.clone(),
            );
            let why = written.missing_key.clone();
            found.keys.missing.entry(name).or_insert(why);
        }
        if let (Some(leg), Some(key)) = (&draft.target.gateway, draft.gateway_key) {
            found
                .keys
                .gateways
                .entry(leg.gateway.clone())
                .or_insert(key);
        }
        let origin = Written {
            is_listed: written.is_listed,
            is_named: !written.is_name_assumed,
            at: written.written_in.clone(),
            is_openai_assumed: draft.is_openai_assumed,
        };
        add(&mut found.targets, &mut found.origins, draft.target, origin);
    }
    add_named_gateway(config, &mut found.keys);
    add_peers(&mut found.targets);
    found.note_targets();
    Ok(found)
}

/// The account of a target of which only the gateway is known.
const UNKNOWN_ACCOUNT: &str = "unknown";

struct Draft {
    target: Target,
    /// The account's name as its host has it.
    host_account: Option<AccountName>,
    is_openai_assumed: bool,
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
            .map(|base| AccountName::from(first_label(base.host())));
        let gateway = written.gateway.clone().unwrap_or_default();
        let target = Target {
            account: account
                .or(from_host.clone())
                .unwrap_or(UNKNOWN_ACCOUNT.into()),
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
                ..DirectLeg::default()
            }),
            vision: written.vision_deployment.as_deref().map(|name| Peer {
                deployment: name.into(),
                ..Peer::default()
            }),
            vision_via: written.vision_via,
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
            host_account: from_host,
            is_openai_assumed: ways.is_openai_assumed,
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
    is_openai_assumed: bool,
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
        let is_whole = whole.is_some();
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
        if is_whole {
            self.gateway = Some(written);
            return Ok(());
        }
        let base = Base::gateway(&written.url(), path)?;
        let as_written = format!("{}/{}", written.url(), path);
        let mut segments = as_written.split('/');
        self.is_openai_assumed = !segments.any(|one| one.eq_ignore_ascii_case("openai"));
        self.gateway = Some(base);
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
        is_subscription_required: written.auth.has_key(),
        api_version,
        token_audience: written.auth.has_token().then(|| {
            let own = written
                .audience
                .as_deref()
                .map(|one| one.trim_end_matches('/'));
            let usual = azure().scopes.models.trim_end_matches("/.default");
            own.unwrap_or(usual).to_owned()
        }),
        ..GatewayLeg::default()
    }
}

/// `a` of `a.services.ai.azure.com`; the whole of a host that Azure did not name.
pub(super) fn first_label(host: &str) -> &str {
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

/// Adds a target, or the ways of it that one for the same deployment lacks. `origins` says of each target how it is written
/// down, as `origin` does of the new one.
fn add(targets: &mut Vec<Target>, origins: &mut Vec<Written>, new: Target, origin: Written) {
    let unknown = AccountName::from(UNKNOWN_ACCOUNT);
    let same = targets
        .iter_mut()
        .zip(origins.iter_mut())
        .find(|(one, known)| {
            let is_same_account =
                one.account == new.account || one.account == unknown || new.account == unknown;
            let have_both_ways = one.gateway.is_some() && new.gateway.is_some();
            let is_another_way = have_both_ways && one.route_name() != new.route_name();
            one.deployment == new.deployment
                && is_same_account
                && !(origin.is_listed && known.is_listed && is_another_way)
        });
    let Some((one, known)) = same else {
        targets.push(new);
        origins.push(origin);
        return;
    };
    known.is_listed |= origin.is_listed;
    known.is_named |= origin.is_named;
    if one.gateway.is_none() {
        known.is_openai_assumed = origin.is_openai_assumed;
    }
    if one.account == unknown {
        one.account = new.account;
    }
    if one.model.name.is_empty() {
        one.model = new.model;
        one.family = new.family;
    }
    one.gateway = one.gateway.take().or(new.gateway);
    one.direct = one.direct.take().or(new.direct);
    if one.vision.is_none() {
        one.vision_via = new.vision_via;
    }
    one.vision = one.vision.take().or(new.vision);
}

/// The style of URL that a family answers on.
fn style_of(family: &Option<FamilyId>) -> RouteStyle {
    let family = family.as_ref().and_then(by_id);
    family.map_or(RouteStyle::Deployment, Family::native_style)
}

/// Only deployments that answer on the same kind of route can be called in one another's place.
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
            *account == target.account
                && peer.deployment != target.deployment
                && style_of(&peer.family) == style_of(&target.family)
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

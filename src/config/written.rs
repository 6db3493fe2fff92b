//! Targets that are written down rather than discovered.

use super::Secret;
use super::layers::Config;
use super::settings::Key;
use super::unused::{not_configured, variable};
use crate::knowledge::{Family, HostForm, by_id, family_of, host_form_of};
use crate::model::{Leg, Model};
use schemars::JsonSchema;
use serde::Deserialize;

/// A target as an entry of `targets:` in fluxprobe.yaml, or as the variables make one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenTarget {
    /// The deployment. May be left out where `endpoint` is a whole URL that names it.
    #[serde(default)]
    pub deployment: Option<String>,
    /// `model.name` as Azure spells it, e.g. `FLUX-1.1-pro`. A deployment's name says nothing of its model.
    #[serde(default)]
    pub model: Option<String>,
    /// Account; taken from the endpoint's host where it is left out.
    #[serde(default)]
    pub account: Option<String>,
    /// Region.
    #[serde(default)]
    pub location: Option<String>,
    /// Endpoint of the account, or the whole URL of the deployment (then its api-version counts as well).
    #[serde(default)]
    pub endpoint: Option<String>,
    /// api-version for both ways.
    #[serde(default)]
    pub api_version: Option<String>,
    /// Variable that holds the account's key.
    #[serde(default)]
    pub key_from: Option<String>,
    /// The way through a gateway.
    #[serde(default)]
    pub gateway: Option<WrittenGateway>,
    /// Requests a minute that the deployment allows.
    #[serde(default)]
    pub requests_per_minute: Option<f64>,
    /// A chat deployment of the same account that can look at pictures.
    #[serde(default)]
    pub vision_deployment: Option<String>,
    /// Way of the calls to that chat deployment; absent: that of the image calls.
    #[serde(default)]
    pub vision_via: Option<Leg>,
    /// The account's key, once its variable was read.
    #[serde(skip)]
    #[schemars(skip)]
    pub key: Option<Secret>,
    /// Where it is written.
    #[serde(skip)]
    #[schemars(skip)]
    pub written_in: String,
    /// Whether it stands in the list of a file, where each entry is one that somebody means, not put together from variables.
    #[serde(skip)]
    #[schemars(skip)]
    pub is_listed: bool,
    /// Whether nobody named the deployment, so that its name is the one that the portal gives.
    #[serde(skip)]
    #[schemars(skip)]
    pub is_name_assumed: bool,
    /// Why there is no key for the account, where there is none.
    #[serde(skip)]
    #[schemars(skip)]
    pub missing_key: String,
}

/// The way through a gateway, as written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenGateway {
    /// Origin of the gateway, or the whole URL of the deployment.
    pub url: String,
    /// API path below the origin.
    #[serde(default)]
    pub api_path: Option<String>,
    /// Name of the API.
    #[serde(default)]
    pub api: Option<String>,
    /// Header that the key goes in.
    #[serde(default)]
    pub key_header: Option<String>,
    /// What lets calls in: the subscription key, a token, both, or nothing.
    #[serde(default)]
    pub auth: GatewayAuth,
    /// Audience of the token, where it is not that of the model service.
    #[serde(default)]
    pub audience: Option<String>,
    /// Variable that holds the subscription key.
    #[serde(default)]
    pub key_from: Option<String>,
    /// The subscription key, once its variable was read.
    #[serde(skip)]
    #[schemars(skip)]
    pub key: Option<Secret>,
}

/// What lets calls through a gateway in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayAuth {
    /// A subscription key.
    #[default]
    Key,
    /// An Entra token.
    Token,
    /// A subscription key and an Entra token beside it.
    KeyAndToken,
    /// Nothing.
    None,
}

impl GatewayAuth {
    /// Whether a subscription key is shown.
    pub fn has_key(self) -> bool {
        matches!(self, GatewayAuth::Key | GatewayAuth::KeyAndToken)
    }

    /// Whether a token is shown.
    pub fn has_token(self) -> bool {
        matches!(self, GatewayAuth::Token | GatewayAuth::KeyAndToken)
    }
}

/// Targets that single variables make.
pub(super) fn from_variables(config: &Config) -> Vec<WrittenTarget> {
    let pairs = [
        (Key::FluxProEndpoint, Key::FluxProKey, PRO),
        (Key::KontextEndpoint, Key::KontextKey, "flux.1-kontext-pro"),
    ];
    let paired = pairs.iter().filter_map(|(endpoint, key, family)| {
        pair_target(config, *endpoint, *key, by_id(&(*family).into())?)
    });
    let mut paired: Vec<WrittenTarget> = paired.collect();
    let mut found: Vec<WrittenTarget> = Vec::new();
    if config.sourced(Key::ImageDeployment).is_some() || paired.is_empty() {
        found.extend(image_target(config));
    } else {
        // Nothing names another deployment, so it is these that the gateway serves.
        for target in &mut paired {
            target.gateway = gateway(config).filter(|_| is_of_account(target));
        }
    }
    found.extend(paired);
    found
}

/// The family of the deployment that document 001 falls back to.
const PRO: &str = "flux-1.1-pro";

/// How names of OpenAI's own image models begin (Azure OpenAI in Foundry Models, "Image generation models").
const OTHER_MODELS: [&str; 3] = ["dall-e", "dalle", "gpt-image"];

/// The image deployment that is named although it serves no FLUX model, and where it is named.
pub(super) fn other_model(config: &Config) -> Option<(String, String)> {
    let named = config.sourced(Key::ImageDeployment)?;
    let model = config.text(Key::ImageModel).unwrap_or(named.text());
    let name = model.to_ascii_lowercase();
    let is_other = OTHER_MODELS.iter().any(|begin| name.starts_with(begin));
    is_other.then(|| (named.text().to_owned(), named.origin.to_string()))
}

fn gateway(config: &Config) -> Option<WrittenGateway> {
    let url = config.text(Key::GatewayUrl)?.to_owned();
    Some(WrittenGateway {
        url,
        ..WrittenGateway::default()
    })
}

/// Whether the endpoint is an account's rather than a gateway's.
fn is_of_account(target: &WrittenTarget) -> bool {
    let endpoint = target.endpoint.as_deref().unwrap_or_default();
    let url = url::Url::parse(endpoint).ok();
    let host = url.as_ref().and_then(url::Url::host_str);
    host.is_some_and(|host| HostForm::is_account(host_form_of(host)))
}

/// The target of `IMAGE_MODEL_DEPLOYMENT` and its companions; none where every way is missing, or where what is named is
/// of another family. Where no deployment is named it is the one that document 001 falls back to.
fn image_target(config: &Config) -> Option<WrittenTarget> {
    if other_model(config).is_some() {
        return None;
    }
    let endpoint = config.sourced(Key::ImageEndpoint);
    let place = endpoint.or_else(|| config.sourced(Key::GatewayUrl))?;
    let is_whole = is_whole(place.text());
    let named = config.sourced(Key::ImageDeployment);
    let usual = by_id(&PRO.into()).map(|family| family.model.clone());
    let own = |key| config.text(key).map(str::to_owned);
    let deployment = named.map(|named| named.text().to_owned()).or_else(|| {
        let assumed = own(Key::ImageModel).or(usual);
        assumed.filter(|_| !is_whole)
    });
    let model = own(Key::ImageModel).or_else(|| deployment.clone().and_then(portal_name));
    let set = endpoint.map(|set| set.origin.to_string());
    Some(WrittenTarget {
        model,
        endpoint: endpoint.map(|endpoint| endpoint.text().to_owned()),
        gateway: gateway(config),
        key: config.secret(Key::ImageKey).cloned(),
        vision_deployment: own(Key::VisionDeployment),
        written_in: named.unwrap_or(place).origin.to_string(),
        is_name_assumed: named.is_none() && !is_whole,
        missing_key: not_configured(&set.unwrap_or_default(), variable(Key::ImageKey)),
        deployment,
        ..WrittenTarget::default()
    })
}

/// The model that the portal names a deployment after, where it bears such a name.
fn portal_name(deployment: String) -> Option<String> {
    let model = Model {
        name: deployment,
        ..Model::default()
    };
    family_of(&model).map(|_| model.name)
}

fn is_whole(endpoint: &str) -> bool {
    endpoint.contains("/deployments/") || endpoint.contains("/providers/")
}

/// A target of a pair of variables. A bare endpoint holds a deployment of its model's own name, as the portal makes it.
fn pair_target(config: &Config, endpoint: Key, key: Key, family: &Family) -> Option<WrittenTarget> {
    let set = config.sourced(endpoint)?;
    let is_whole = is_whole(set.text());
    Some(WrittenTarget {
        deployment: (!is_whole).then(|| family.model.clone()),
        model: Some(family.model.clone()),
        endpoint: Some(set.text().to_owned()),
        key: config.secret(key).cloned(),
        written_in: set.origin.to_string(),
        is_name_assumed: !is_whole,
        missing_key: not_configured(&set.origin.to_string(), variable(key)),
        ..WrittenTarget::default()
    })
}

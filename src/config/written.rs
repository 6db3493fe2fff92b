//! Targets that are written down rather than discovered.

use super::Secret;
use super::layers::Config;
use super::settings::Key;
use crate::knowledge::{Family, by_id};
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
    /// Variable that holds the subscription key.
    #[serde(default)]
    pub key_from: Option<String>,
    /// The subscription key, once its variable was read.
    #[serde(skip)]
    #[schemars(skip)]
    pub key: Option<Secret>,
}

/// Targets that single variables make.
pub(super) fn from_variables(config: &Config) -> Vec<WrittenTarget> {
    let pairs = [
        (Key::FluxProEndpoint, Key::FluxProKey, "flux-1.1-pro"),
        (Key::KontextEndpoint, Key::KontextKey, "flux.1-kontext-pro"),
    ];
    let mut found: Vec<WrittenTarget> = image_target(config).into_iter().collect();
    for (endpoint, key, family) in pairs {
        let family = by_id(&family.into());
        if let (Some(endpoint), Some(family)) = (config.sourced(endpoint), family) {
            found.push(pair_target(
                config,
                endpoint.text(),
                &endpoint.origin.to_string(),
                key,
                family,
            ));
        }
    }
    found
}

/// The target of `IMAGE_MODEL_DEPLOYMENT` and its companions; none where either the deployment or every way is missing.
fn image_target(config: &Config) -> Option<WrittenTarget> {
    let deployment = config.sourced(Key::ImageDeployment)?;
    let own = |key| config.text(key).map(str::to_owned);
    let endpoint = own(Key::ImageEndpoint);
    let gateway = own(Key::GatewayUrl).map(|url| WrittenGateway {
        url,
        ..WrittenGateway::default()
    });
    if endpoint.is_none() && gateway.is_none() {
        return None;
    }
    Some(WrittenTarget {
        deployment: Some(deployment.text().to_owned()),
        model: own(Key::ImageModel),
        endpoint,
        gateway,
        key: config.secret(Key::ImageKey).cloned(),
        vision_deployment: own(Key::VisionDeployment),
        written_in: deployment.origin.to_string(),
        ..WrittenTarget::default()
    })
}

/// A target of a pair of variables. A bare endpoint holds a deployment of its model's own name, as the portal makes it.
fn pair_target(
    config: &Config,
    endpoint: &str,
    origin: &str,
    key: Key,
    family: &Family,
) -> WrittenTarget {
    let is_whole = endpoint.contains("/deployments/") || endpoint.contains("/providers/");
    WrittenTarget {
        deployment: (!is_whole).then(|| family.model.clone()),
        model: Some(family.model.clone()),
        endpoint: Some(endpoint.to_owned()),
        key: config.secret(key).cloned(),
        written_in: origin.to_owned(),
        ..WrittenTarget::default()
    }
}

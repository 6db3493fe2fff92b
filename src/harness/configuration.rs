//! Where configured values come in: flags, environment, `.env`, `fluxprobe.yaml`, the user's own file.

use super::environment::Environment;
use super::error::HarnessError;
use super::keys::ConfiguredKeys;
use crate::config::{Config, FileText, Key, Layers, SETTINGS, Secret};
use crate::discover::{Configured, configured};
use crate::net::{Identity, IdentityKind};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that are read where none is named.
const PROJECT_FILE: &str = "fluxprobe.yaml";
const VARIABLES_FILE: &str = ".env";
const USER_FILE: &str = "fluxprobe/config.yaml";

/// Where configuration is read from, besides the environment.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Whether a world is opened, where only what is named counts.
    pub is_world: bool,
    /// Configuration file; else `fluxprobe.yaml`, where there is one.
    pub config: Option<PathBuf>,
    /// File with variables; else `.env`, where there is one.
    pub env_file: Option<PathBuf>,
    /// Who to sign in as.
    pub identity: IdentityKind,
}

/// The configuration and what it writes down.
pub struct Configuration {
    /// Settings, each with where it came from.
    pub config: Config,
    /// Targets and keys that are written down.
    pub written: Configured,
    /// Who to sign in as.
    pub identity: Identity,
    /// Variables that are set in the environment and that a world leaves unread.
    unread: Vec<&'static str>,
}

impl Configuration {
    /// Reads every layer. In a world only what was named on the command line counts: what is configured for the real
    /// internet has no meaning there. Who names a way to sign in means the variables of that way as well.
    ///
    /// # Errors
    /// [`HarnessError::Settings`] where a file cannot be read or is not right.
    pub fn load(sources: &Sources, environment: &Environment) -> Result<Self, HarnessError> {
        let layers = if sources.is_world {
            Layers {
                environment: match sources.identity {
                    IdentityKind::Auto => BTreeMap::new(),
                    _ => identity_variables(environment),
                },
                dotenv: named(sources.env_file.as_deref())?,
                project: named(sources.config.as_deref())?,
                ..Layers::default()
            }
        } else {
            Layers {
                environment: environment.variables().clone(),
                dotenv: variables_file(sources, environment)?,
                project: match &sources.config {
                    Some(path) => named(Some(path))?,
                    None => present(Path::new(PROJECT_FILE))?,
                },
                user: match user_file(environment) {
                    Some(path) => present(&path)?,
                    None => None,
                },
                ..Layers::default()
            }
        };
        let config =
            Config::load(&layers).map_err(|error| HarnessError::Settings(error.to_string()))?;
        let written =
            configured(&config).map_err(|error| HarnessError::Settings(error.to_string()))?;
        let identity = identity(&config, sources.identity, environment);
        Ok(Configuration {
            config,
            written,
            identity,
            unread: unread(sources, environment),
        })
    }

    /// One sentence for what is set and has no effect, or lacks its companion.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.config.notes().to_vec();
        if !self.unread.is_empty() {
            notes.push(format!(
                "--world does not read {}: these are for the real internet; --env-file FILE and --config FILE are read",
                self.unread.join(", ")
            ));
        }
        notes
    }

    /// Keys that were configured.
    pub fn keys(&self) -> ConfiguredKeys {
        ConfiguredKeys {
            named: self.written.keys.clone(),
            any_gateway: self.unnamed(Key::GatewayKey, Key::GatewayUrl),
            any_account: self.unnamed(Key::ImageKey, Key::ImageEndpoint),
        }
    }

    /// A key that is set without what it opens.
    fn unnamed(&self, key: Key, opens: Key) -> Option<azure_core::credentials::Secret> {
        let secret = self.config.secret(key).map(revealed);
        secret.filter(|_| self.config.sourced(opens).is_none())
    }

    /// Files with causes of the user's own.
    pub fn causes(&self) -> Vec<PathBuf> {
        let paths = self.config.list(Key::Causes).iter();
        paths.map(PathBuf::from).collect()
    }

    /// Whether anybody in particular is configured to sign in as.
    pub fn names_an_identity(&self) -> bool {
        let identity = &self.identity;
        identity.kind != IdentityKind::Auto
            || identity.client_secret.is_some()
            || identity.federated_token_file.is_some()
            || identity.has_app_service_endpoint
    }
}

fn identity(config: &Config, kind: IdentityKind, environment: &Environment) -> Identity {
    let owned = |key| config.text(key).map(str::to_owned);
    Identity {
        kind,
        tenant_id: owned(Key::TenantId),
        client_id: owned(Key::ClientId),
        client_secret: config.secret(Key::ClientSecret).map(revealed),
        federated_token_file: owned(Key::FederatedTokenFile).map(PathBuf::from),
        has_app_service_endpoint: environment.is_set("IDENTITY_ENDPOINT"),
    }
}

/// Variables of settings that are set and that a world does not read.
fn unread(sources: &Sources, environment: &Environment) -> Vec<&'static str> {
    if !sources.is_world {
        return Vec::new();
    }
    let read = match sources.identity {
        IdentityKind::Auto => BTreeMap::new(),
        _ => identity_variables(environment),
    };
    let names = SETTINGS.iter().flat_map(|setting| setting.variables);
    let set = names.filter(|name| environment.is_set(name) && !read.contains_key(**name));
    set.copied().collect()
}

fn identity_variables(environment: &Environment) -> BTreeMap<String, String> {
    let keys = [
        Key::TenantId,
        Key::ClientId,
        Key::ClientSecret,
        Key::FederatedTokenFile,
    ];
    let settings = SETTINGS
        .iter()
        .filter(|setting| keys.contains(&setting.key));
    let names = settings.flat_map(|setting| setting.variables);
    names
        .filter_map(|name| Some(((*name).to_owned(), environment.get(name)?.to_owned())))
        .collect()
}

fn revealed(secret: &Secret) -> azure_core::credentials::Secret {
    azure_core::credentials::Secret::new(secret.expose().to_owned())
}

/// `.env`, or the file that was named; in CI only a named one.
fn variables_file(
    sources: &Sources,
    environment: &Environment,
) -> Result<Option<FileText>, HarnessError> {
    match &sources.env_file {
        Some(path) => named(Some(path)),
        None if environment.is_set("CI") => Ok(None),
        None => present(Path::new(VARIABLES_FILE)),
    }
}

fn user_file(environment: &Environment) -> Option<PathBuf> {
    let folder = environment.get("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| Some(Path::new(environment.get("HOME")?).join(".config")))?;
    Some(folder.join(USER_FILE))
}

/// A file that was named, and so must be there.
fn named(path: Option<&Path>) -> Result<Option<FileText>, HarnessError> {
    let Some(path) = path else {
        return Ok(None);
    };
    read(path).map(Some).map_err(|error| {
        let text = format!("{} cannot be read: {error}; check the path", path.display());
        HarnessError::Settings(text)
    })
}

/// A file that is read where it is there.
fn present(path: &Path) -> Result<Option<FileText>, HarnessError> {
    if path.is_file() {
        named(Some(path))
    } else {
        Ok(None)
    }
}

fn read(path: &Path) -> std::io::Result<FileText> {
    Ok(FileText {
        path: path.display().to_string(),
        text: fs::read_to_string(path)?,
    })
}

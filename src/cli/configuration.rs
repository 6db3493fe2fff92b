//! Where configured values come in: flags, environment, `.env`, `fluxprobe.yaml`, the user's own file.

use super::args::Global;
use super::environment::Environment;
use super::exit::Exit;
use super::failure::Failure;
use crate::config::{Config, FileText, Key, Layers, SETTINGS, Secret};
use crate::discover::{Configured, configured};
use crate::harness::ConfiguredKeys;
use crate::net::{Identity, IdentityKind};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that are read where none is named.
const PROJECT_FILE: &str = "fluxprobe.yaml";
const VARIABLES_FILE: &str = ".env";
const USER_FILE: &str = "fluxprobe/config.yaml";

/// The configuration and what it writes down.
pub(super) struct Configuration {
    pub(super) config: Config,
    pub(super) written: Configured,
    /// Who to sign in as.
    pub(super) identity: Identity,
}

impl Configuration {
    /// Reads every layer. In a world only what was named on the command line counts: what is configured for the real
    /// internet has no meaning there. Who names a way to sign in means the variables of that way as well.
    ///
    /// # Errors
    /// Where a file cannot be read or is not right.
    pub(super) fn load(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let layers = if global.world.is_some() {
            Layers {
                environment: match IdentityKind::from(global.auth) {
                    IdentityKind::Auto => BTreeMap::new(),
                    _ => identity_variables(environment),
                },
                dotenv: named(global.env_file.as_deref())?,
                project: named(global.config.as_deref())?,
                ..Layers::default()
            }
        } else {
            Layers {
                environment: environment.variables().clone(),
                dotenv: variables_file(global, environment)?,
                project: match &global.config {
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
        let config = Config::load(&layers).map_err(|error| Failure::new(Exit::Usage, error))?;
        let written = configured(&config).map_err(|error| Failure::new(Exit::Usage, error))?;
        let identity = identity(&config, global.auth.into(), environment);
        Ok(Configuration {
            config,
            written,
            identity,
        })
    }

    /// Keys that were configured.
    pub(super) fn keys(&self) -> ConfiguredKeys {
        ConfiguredKeys {
            named: self.written.keys.clone(),
            any_gateway: self.config.secret(Key::GatewayKey).map(revealed),
            any_account: self.config.secret(Key::ImageKey).map(revealed),
        }
    }

    /// Whether anybody in particular is configured to sign in as.
    pub(super) fn names_an_identity(&self) -> bool {
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
fn variables_file(global: &Global, environment: &Environment) -> Result<Option<FileText>, Failure> {
    match &global.env_file {
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
fn named(path: Option<&Path>) -> Result<Option<FileText>, Failure> {
    let Some(path) = path else {
        return Ok(None);
    };
    read(path).map(Some).map_err(|error| {
        let text = format!("{} cannot be read: {error}; check the path", path.display());
        Failure::new(Exit::Usage, text)
    })
}

/// A file that is read where it is there.
fn present(path: &Path) -> Result<Option<FileText>, Failure> {
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

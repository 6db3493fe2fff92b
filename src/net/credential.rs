//! Who fluxprobe signs in as: `azure_identity` credentials over the one door.

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{ClientOptions, HttpClient, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Which way to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IdentityKind {
    /// Whatever is configured: service principal, then workload identity, then App Service identity, then developer
    /// tools. The virtual machine's own identity is asked for only by name, because elsewhere its address hangs.
    #[default]
    Auto,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`.
    ServicePrincipal,
    /// `AZURE_FEDERATED_TOKEN_FILE` with tenant and client id.
    WorkloadIdentity,
    /// The identity of the host fluxprobe runs on.
    ManagedIdentity,
    /// The Azure CLI, then the Azure Developer CLI.
    DeveloperTools,
}

/// What is known of who to sign in as.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Which way.
    pub kind: IdentityKind,
    /// `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// `AZURE_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Secret>,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: Option<PathBuf>,
    /// Whether the host offers App Service's identity endpoint (`IDENTITY_ENDPOINT` is set).
    pub has_app_service_endpoint: bool,
}

/// Makes the credential for `identity`, whose calls go through `client`.
///
/// # Errors
/// `ErrorKind::Credential` with a sentence that says which variables are missing or malformed.
pub fn credential_for(
    identity: &Identity,
    client: Arc<dyn HttpClient>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    match identity.kind {
        IdentityKind::ServicePrincipal => service_principal(identity, client),
        IdentityKind::WorkloadIdentity => workload_identity(identity, client),
        IdentityKind::ManagedIdentity => managed_identity(identity, client),
        IdentityKind::DeveloperTools => Ok(DeveloperToolsCredential::new(None)?),
        IdentityKind::Auto if identity.client_secret.is_some() => {
            service_principal(identity, client)
        }
        IdentityKind::Auto if identity.federated_token_file.is_some() => {
            workload_identity(identity, client)
        }
        IdentityKind::Auto if identity.has_app_service_endpoint => {
            managed_identity(identity, client)
        }
        IdentityKind::Auto => Ok(Arc::new(LastResort(DeveloperToolsCredential::new(None)?))),
    }
}

fn service_principal(
    identity: &Identity,
    client: Arc<dyn HttpClient>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let (tenant, id) = tenant_and_client(identity)?;
    let secret = identity
        .client_secret
        .clone()
        .ok_or_else(|| missing("AZURE_CLIENT_SECRET"))?;
    let options = ClientSecretCredentialOptions {
        client_options: options(client),
    };
    Ok(ClientSecretCredential::new(
        &tenant,
        id,
        secret,
        Some(options),
    )?)
}

fn workload_identity(
    identity: &Identity,
    client: Arc<dyn HttpClient>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let (tenant, id) = tenant_and_client(identity)?;
    let file = identity
        .federated_token_file
        .clone()
        .ok_or_else(|| missing("AZURE_FEDERATED_TOKEN_FILE"))?;
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions {
            client_options: options(client),
        },
        client_id: Some(id),
        tenant_id: Some(tenant),
        token_file_path: Some(file),
    };
    Ok(WorkloadIdentityCredential::new(Some(options))?)
}

fn managed_identity(
    identity: &Identity,
    client: Arc<dyn HttpClient>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: identity.client_id.clone().map(UserAssignedId::ClientId),
        client_options: options(client),
    };
    Ok(ManagedIdentityCredential::new(Some(options))?)
}

fn tenant_and_client(identity: &Identity) -> azure_core::Result<(String, String)> {
    let tenant = identity
        .tenant_id
        .clone()
        .ok_or_else(|| missing("AZURE_TENANT_ID"))?;
    let client = identity
        .client_id
        .clone()
        .ok_or_else(|| missing("AZURE_CLIENT_ID"))?;
    Ok((tenant, client))
}

fn missing(variable: &str) -> Error {
    Error::with_message(
        ErrorKind::Credential,
        format!("{variable} is not set, and this way of signing in needs it"),
    )
}

fn options(client: Arc<dyn HttpClient>) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(client)),
        ..ClientOptions::default()
    }
}

/// What the tools said, without the frame around it: `A credential authentication failed. WHY`, each on a line of its own.
fn said_by_tools(error: &str) -> String {
    let lines = error.lines().filter_map(|line| {
        let (_, why) = line.split_once(" authentication failed. ")?;
        Some(why.trim())
    });
    lines.collect::<Vec<_>>().join("; ")
}

/// Developer tools, with an error that says what else could have been configured.
#[derive(Debug)]
struct LastResort(Arc<DeveloperToolsCredential>);

#[async_trait]
impl TokenCredential for LastResort {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.0.get_token(scopes, options).await.map_err(|error| {
            let text = format!(
                "neither AZURE_CLIENT_SECRET nor AZURE_FEDERATED_TOKEN_FILE is set, and no developer tool is signed in ({})",
                said_by_tools(&error.to_string())
            );
            Error::with_message(ErrorKind::Credential, text)
        })
    }
}

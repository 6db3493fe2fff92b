//! The errors of the token endpoint, word for word (azure.md 7.1).

use crate::sim::{draw, reply};
use bytes::Bytes;
use http::Response;
use serde_json::json;
use std::time::SystemTime;

/// An AADSTS error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntraError {
    status: u16,
    error: &'static str,
    code: u32,
    message: String,
}

impl EntraError {
    fn new(status: u16, error: &'static str, code: u32, message: String) -> Self {
        EntraError {
            status,
            error,
            code,
            message,
        }
    }

    /// A parameter of the body is absent.
    pub(super) fn missing_parameter(name: &str) -> Self {
        let message = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(400, "invalid_request", 900_144, message)
    }

    /// Neither a GUID nor a domain.
    pub(super) fn malformed_tenant(tenant: &str) -> Self {
        let message = format!(
            "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
        );
        Self::new(400, "invalid_request", 900_023, message)
    }

    /// No such tenant.
    pub(super) fn tenant_not_found(tenant: &str) -> Self {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
             correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        );
        Self::new(400, "invalid_request", 90_002, message)
    }

    /// A grant that is not simulated.
    pub(super) fn unsupported_grant(grant: &str) -> Self {
        let message = format!("The app requested an unsupported grant type '{grant}'.");
        Self::new(400, "unsupported_grant_type", 70_003, message)
    }

    /// The app is not in the tenant.
    pub(super) fn app_not_found(client_id: &str, tenant: &str) -> Self {
        let message = format!(
            "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen if \
             the application has not been installed by the administrator of the tenant or consented to by any user in \
             the tenant. You may have sent your authentication request to the wrong tenant."
        );
        Self::new(400, "unauthorized_client", 700_016, message)
    }

    /// Neither a secret nor an assertion.
    pub(super) fn no_credential() -> Self {
        let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        Self::new(401, "invalid_client", 7_000_218, message.into())
    }

    /// The wrong secret.
    pub(super) fn wrong_secret(client_id: &str) -> Self {
        let message = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
             not the client secret ID, for a secret added to app '{client_id}'."
        );
        Self::new(401, "invalid_client", 7_000_215, message)
    }

    /// The right secret, past its end.
    pub(super) fn expired_secret(client_id: &str) -> Self {
        let message = format!(
            "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create new \
             keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added \
             security: https://aka.ms/certCreds."
        );
        Self::new(401, "invalid_client", 7_000_222, message)
    }

    /// An assertion that is no JWT.
    pub(super) fn malformed_assertion() -> Self {
        let message = "JWT token is invalid or malformed.";
        Self::new(401, "invalid_client", 50_027, message.into())
    }

    /// An assertion outside its time.
    pub(super) fn expired_assertion() -> Self {
        let message = "Client assertion is not within its valid time range.";
        Self::new(401, "invalid_client", 700_024, message.into())
    }

    /// No federated credential with this subject.
    pub(super) fn no_matching_subject(issuer: &str, subject: &str, audience: &str) -> Self {
        let message = format!(
            "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. \
             Assertion Subject: '{subject}'. Assertion Audience: '{audience}'. \
             https://docs.microsoft.com/en-us/azure/active-directory/develop/workload-identity-federation"
        );
        Self::new(400, "invalid_request", 70_021, message)
    }

    /// No federated credential with this issuer.
    pub(super) fn no_matching_issuer(issuer: &str) -> Self {
        let message = format!(
            "No matching federated identity record found for presented assertion issuer '{issuer}'. Check your \
             federated identity credential Subject, Audience and Issuer against the presented assertion. \
             https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        );
        Self::new(401, "invalid_client", 700_211, message)
    }

    /// A scope that does not end in `/.default`.
    pub(super) fn not_default_scope(scope: &str) -> Self {
        let message = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        Self::new(400, "invalid_scope", 1_002_012, message)
    }

    /// A resource that the tenant does not know.
    pub(super) fn resource_not_found(resource: &str, tenant: &str) -> Self {
        let message = format!(
            "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if \
             the application has not been installed by the administrator of the tenant or consented to by any user in \
             the tenant. You might have sent your authentication request to the wrong tenant."
        );
        Self::new(400, "invalid_resource", 500_011, message)
    }

    /// The answer that carries it; `correlation_id` is the caller's `client-request-id` where it sent one.
    pub(super) fn answer(&self, now: SystemTime, correlation_id: Option<&str>) -> Response<Bytes> {
        let now = jiff::Timestamp::try_from(now).unwrap_or_default();
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let trace_id = draw::fresh_guid();
        let correlation_id = correlation_id.map_or_else(draw::fresh_guid, str::to_owned);
        let code = self.code;
        let body = json!({
            "error": self.error,
            "error_description": format!(
                "AADSTS{code}: {} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
                self.message
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        reply::json(self.status, &body)
    }
}

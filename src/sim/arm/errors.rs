//! The errors of ARM, word for word (azure.md 1.7).

use crate::sim::reply;
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ArmError {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

impl ArmError {
    fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        ArmError {
            status,
            body: json!({"error": {"code": code, "message": message}}),
            headers: Vec::new(),
        }
    }

    /// The `Authorization` header is missing.
    pub(super) fn not_authenticated(tenant: &str) -> Self {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        Self::new(401, "AuthenticationFailed", message).challenge(tenant, message)
    }

    /// The token is no token of Entra's.
    pub(super) fn invalid_token(tenant: &str) -> Self {
        let message = "The access token is invalid.";
        Self::new(401, "InvalidAuthenticationToken", message).challenge(tenant, message)
    }

    /// The token is past its end.
    pub(super) fn expired_token(tenant: &str) -> Self {
        let message = "The access token has expired.";
        Self::new(401, "ExpiredAuthenticationToken", message).challenge(tenant, message)
    }

    /// The token is for another resource.
    pub(super) fn wrong_audience(tenant: &str, audience: &str) -> Self {
        let message = format!(
            "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match \
             with one of the allowed audiences 'https://management.core.windows.net/',\
             'https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'."
        );
        Self::new(401, "InvalidAuthenticationTokenAudience", message.clone())
            .challenge(tenant, &message)
    }

    /// The token is from the tenant `issuer` and the subscription belongs to `tenant`.
    pub(super) fn wrong_tenant(tenant: &str, issuer: &str) -> Self {
        let message = format!(
            "The access token is from the wrong issuer 'https://sts.windows.net/{issuer}/'. It must match the tenant \
             'https://sts.windows.net/{tenant}/' associated with this subscription. Please use the authority (URL) \
             'https://login.windows.net/{tenant}' to get the token. Note, if the subscription is transferred to \
             another tenant there is no impact to the services, but information about new tenant could take time to \
             propagate (up to an hour). If you just transferred your subscription and see this error message, please \
             try back later."
        );
        Self::new(401, "InvalidAuthenticationTokenTenant", message.clone())
            .challenge(tenant, &message)
    }

    /// No role of the caller allows `action` at `scope`.
    pub(super) fn not_authorized(
        client_id: &str,
        object_id: &str,
        action: &str,
        scope: &str,
    ) -> Self {
        let message = format!(
            "The client '{client_id}' with object id '{object_id}' does not have authorization to perform action \
             '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh \
             your credentials."
        );
        Self::new(403, "AuthorizationFailed", message)
    }

    /// The subscription id is no GUID.
    pub(super) fn malformed_subscription(id: &str) -> Self {
        let message =
            format!("The provided subscription identifier '{id}' is malformed or invalid.");
        Self::new(400, "InvalidSubscriptionId", message)
    }

    /// No such subscription.
    pub(super) fn subscription_not_found(id: &str) -> Self {
        let message = format!("The subscription '{id}' could not be found.");
        Self::new(404, "SubscriptionNotFound", message)
    }

    /// No such resource group.
    pub(super) fn group_not_found(group: &str) -> Self {
        let message = format!("Resource group '{group}' could not be found.");
        Self::new(404, "ResourceGroupNotFound", message)
    }

    /// No such resource; `resource` is `Namespace/type/name`.
    pub(super) fn resource_not_found(resource: &str, group: &str) -> Self {
        let message = format!(
            "The Resource '{resource}' under resource group '{group}' was not found. For more details please go to \
             https://aka.ms/ARMResourceNotFoundFix"
        );
        Self::new(404, "ResourceNotFound", message)
    }

    /// Nothing of API Management's has this name; `what` as in "Api".
    pub(super) fn child_not_found(what: &str) -> Self {
        Self::with_details(404, "ResourceNotFound", &format!("{what} not found."))
    }

    /// A body or query that API Management does not accept.
    pub(super) fn validation(message: &str) -> Self {
        Self::with_details(400, "ValidationError", message)
    }

    /// One field of a body is not accepted.
    pub(super) fn field(target: &str, message: &str) -> Self {
        let code = "ValidationError";
        let mut error = Self::new(400, code, "One or more fields contain incorrect values:");
        error.body["error"]["details"] =
            json!([{"code": code, "target": target, "message": message}]);
        error
    }

    /// A change that must say which state it changes, by `If-Match`.
    pub(super) fn no_etag() -> Self {
        Self::field("If-Match", "If-Match header is required.")
    }

    /// The state that is to be changed is not the one that stands.
    pub(super) fn stale_etag() -> Self {
        let message = "Precondition failed: the entity was changed since its ETag was read.";
        Self::with_details(412, "PreconditionFailed", message)
    }

    /// A body that is no JSON.
    pub(super) fn unreadable(why: &str) -> Self {
        let message =
            format!("The request content was invalid and could not be deserialized: '{why}'.");
        Self::new(400, "InvalidRequestContent", message)
    }

    /// An error in a provider's own words.
    pub(super) fn said(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::new(status, code, message)
    }

    /// Its status.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// No `api-version` was sent.
    pub(super) fn missing_api_version() -> Self {
        let message =
            "The api-version query parameter (?api-version=) is required for all requests.";
        Self::new(400, "MissingApiVersionParameter", message)
    }

    /// An `api-version` that the resource type does not have.
    pub(super) fn unsupported_api_version(kind: &str, version: &str, supported: &[&str]) -> Self {
        let message = format!(
            "No registered resource provider found for location 'global' and API version '{version}' for type \
             '{kind}'. The supported api-versions are '{}'.",
            supported.join(", ")
        );
        Self::new(400, "NoRegisteredProviderFound", message)
    }

    /// A resource type that the namespace does not have.
    pub(super) fn unknown_type(kind: &str, namespace: &str, version: &str) -> Self {
        let message = format!(
            "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version '{version}'."
        );
        Self::new(404, "InvalidResourceType", message)
    }

    /// The subscription does not use this resource provider.
    pub(super) fn not_registered(namespace: &str) -> Self {
        let message = format!(
            "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for \
             how to register subscriptions."
        );
        let code = "MissingSubscriptionRegistration";
        let mut error = Self::new(409, code, message.clone());
        error.body["error"]["details"] =
            json!([{"code": code, "target": namespace, "message": message}]);
        error
    }

    /// A method that changes things, or that the path does not have.
    pub(super) fn method_not_allowed(method: &str) -> Self {
        let message = format!("The requested resource does not support http method '{method}'.");
        Self::new(405, "MethodNotAllowed", message)
    }

    /// The subscription's reads are used up for `seconds`.
    pub(super) fn throttled(subscription: &str, client_id: &str, seconds: u64) -> Self {
        let message = format!(
            "Number of 'read' requests for subscription '{subscription}' actor '{client_id}' exceeded. Please try \
             again after '{seconds}' seconds after additional tokens are available. Refer to \
             https://aka.ms/arm-throttling for additional information."
        );
        let mut error = Self::new(429, "SubscriptionRequestsThrottled", message);
        error.headers.push(("retry-after", seconds.to_string()));
        error
    }

    /// The error as it goes over the wire.
    pub(super) fn answer(&self) -> Response<Bytes> {
        let mut response = reply::json(self.status, &self.body);
        for (name, value) in &self.headers {
            reply::set(&mut response, name, value);
        }
        response
    }

    fn with_details(status: u16, code: &str, message: &str) -> Self {
        let mut error = Self::new(status, code, message);
        error.body["error"]["details"] = Value::Null;
        error
    }

    fn challenge(mut self, tenant: &str, message: &str) -> Self {
        let value = format!(
            "Bearer authorization_uri=\"https://login.windows.net/{tenant}\", error=\"invalid_token\", \
             error_description=\"{message}\""
        );
        self.headers.push(("www-authenticate", value));
        self
    }
}

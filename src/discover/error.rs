//! Why discovery cannot go on, and why a part of it stays dark.

use crate::knowledge::{azure, role_for};
use crate::model::Gap;
use azure_core::error::ErrorKind;

/// Why nothing could be discovered at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiscoverError {
    /// No credential gave a token.
    #[error(
        "no credential for Azure: {0}\n  sign in: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE), run `az login`, or say --auth managed-identity on a machine with an identity\n  without rights in Azure: name `targets:` in fluxprobe.yaml\n  without Azure: --world phase-1.5"
    )]
    NoCredential(String),
    /// Neither Entra nor ARM could be reached.
    #[error("Azure cannot be reached: {0}; check DNS, HTTPS_PROXY and the firewall")]
    Unreachable(String),
    /// Entra or ARM refused the credential.
    #[error("the credential was refused: {0}")]
    AuthRejected(String),
    /// The credential sees no subscription.
    #[error(
        "the credential sees no Azure subscription: assign it the role {role} on one, or name targets in fluxprobe.yaml{}", because(.why)
    )]
    NoSubscription {
        /// The role that would open one.
        role: String,
        /// What ARM said, where it said something.
        why: Option<String>,
    },
    /// A key may not be read.
    #[error("{what} may not be read: {why}{}", opened(.opened_by))]
    KeyRefused {
        /// Whose key.
        what: String,
        /// What ARM said.
        why: String,
        /// The role that would open it.
        opened_by: Option<String>,
    },
}

/// Why one request to ARM gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmError {
    /// What kind of failure.
    pub kind: ArmFailure,
    /// Code of ARM's error, e.g. `AuthorizationFailed`; empty where there was none.
    pub code: String,
    /// What was said, in one sentence.
    pub message: String,
}

/// Kinds of failure of a request to ARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArmFailure {
    /// No token could be had.
    NoToken,
    /// Entra answered, and refused.
    TokenRefused,
    /// No answer.
    Transport,
    /// An answer that is not a success.
    Status(u16),
    /// A success that is no JSON, or pages that lead elsewhere.
    Malformed,
}

impl ArmError {
    /// An answer that cannot be understood.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        ArmError {
            kind: ArmFailure::Malformed,
            code: String::new(),
            message: message.into(),
        }
    }

    /// Whether the thing asked for does not exist.
    pub(super) fn is_absent(&self) -> bool {
        self.kind == ArmFailure::Status(404)
    }

    /// The failure of the pipeline.
    pub(super) fn of(error: &azure_core::Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Credential => kind_of_credential(error),
            ErrorKind::HttpResponse { status, .. } => ArmFailure::Status(u16::from(*status)),
            _ => ArmFailure::Transport,
        };
        let mut texts = chain(error).map(ToString::to_string);
        let message = match kind {
            // The lowest layer says what happened, those above only that something did.
            ArmFailure::Transport => texts.last(),
            _ => texts.find(|text| !PIPELINE_WORDS.iter().any(|words| text.starts_with(words))),
        };
        ArmError {
            kind,
            code: String::new(),
            message: one_line(&message.unwrap_or_default()),
        }
    }

    /// The failure that ARM's answer with `status` and `body` tells of.
    pub(super) fn of_answer(status: u16, body: &[u8]) -> Self {
        let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let text = |pointer: &str| {
            json.as_ref()
                .and_then(|json| json.pointer(pointer))
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned)
        };
        let code = text("/error/code").or(text("/code")).unwrap_or_default();
        let message = text("/error/message")
            .or(text("/message"))
            .unwrap_or_else(|| {
                let start: String = String::from_utf8_lossy(body).chars().take(120).collect();
                format!("an answer that is not ARM's: {start}")
            });
        ArmError {
            kind: ArmFailure::Status(status),
            code,
            message: one_line(&message),
        }
    }

    /// This failure as the end of discovery.
    pub(super) fn into_end(self) -> DiscoverError {
        match self.kind {
            ArmFailure::NoToken => DiscoverError::NoCredential(self.message),
            ArmFailure::TokenRefused | ArmFailure::Status(401) => {
                DiscoverError::AuthRejected(self.sentence())
            }
            ArmFailure::Status(403) => DiscoverError::NoSubscription {
                role: need("enumerate"),
                why: Some(self.sentence()),
            },
            ArmFailure::Transport | ArmFailure::Malformed | ArmFailure::Status(_) => {
                DiscoverError::Unreachable(self.sentence())
            }
        }
    }

    /// This failure as a gap: `what` was being read, `need` says which role opens it where ARM's words do not.
    pub(super) fn into_gap(self, what: impl Into<String>, need_of: &str) -> Gap {
        Gap {
            what: what.into(),
            why: self.sentence(),
            opened_by: self.opened_by(need_of),
        }
    }

    /// The role or setting that would open what was refused.
    pub(super) fn opened_by(&self, need_of: &str) -> Option<String> {
        match self.kind {
            ArmFailure::Status(403) => Some(
                action_in(&self.message)
                    .and_then(role_for)
                    .map_or_else(|| need(need_of), str::to_owned),
            ),
            ArmFailure::Status(409) if self.code == "MissingSubscriptionRegistration" => {
                let namespace = quoted_after(&self.message, "namespace")?;
                Some(format!("az provider register --namespace {namespace}"))
            }
            ArmFailure::Status(401) if self.code == "InvalidAuthenticationTokenTenant" => {
                let tenant = self.message.rsplit("must match the tenant").next();
                let url = tenant.and_then(|rest| rest.split('\'').nth(1))?;
                let id = url.trim_end_matches('/').rsplit('/').next()?;
                Some(format!("az login --tenant {id}"))
            }
            _ => None,
        }
    }

    pub(super) fn sentence(&self) -> String {
        let status = match self.kind {
            ArmFailure::Status(status) => format!("{status} "),
            _ => String::new(),
        };
        if self.code.is_empty() {
            format!("{status}{}", self.message)
        } else {
            format!("{status}{}: {}", self.code, self.message)
        }
    }
}

fn need(of: &str) -> String {
    azure().needs.get(of).cloned().unwrap_or_default()
}

/// What the pipeline puts around an error that it passes on.
const PIPELINE_WORDS: [&str; 2] = ["non-transport error", "retry policy expired"];

/// Entra's refusal, a dead network, or no credential at all: the chain of sources tells.
fn kind_of_credential(error: &azure_core::Error) -> ArmFailure {
    for inner in chain(error).filter_map(|one| one.downcast_ref::<azure_core::Error>()) {
        match inner.kind() {
            ErrorKind::HttpResponse { .. } => return ArmFailure::TokenRefused,
            ErrorKind::Io | ErrorKind::Connection => return ArmFailure::Transport,
            _ => {}
        }
    }
    let has = |words: &str| chain(error).any(|one| one.to_string().contains(words));
    if has("AADSTS") {
        ArmFailure::TokenRefused
    } else if is_from_the_door(error) && !has("ManagedIdentity") {
        // Nobody answered. A machine without an identity looks alike, and is no dead network.
        ArmFailure::Transport
    } else {
        ArmFailure::NoToken
    }
}

/// Whether the lowest layer is the way out itself, which a credential that has nothing to send never comes to.
fn is_from_the_door(error: &azure_core::Error) -> bool {
    let lowest = chain(error)
        .filter_map(|one| one.downcast_ref::<azure_core::Error>())
        .last();
    lowest.is_some_and(|lowest| matches!(lowest.kind(), ErrorKind::Other))
}

/// An error and everything beneath it.
fn chain(error: &azure_core::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |one| one.source())
}

/// The action in `... to perform action 'A' over scope ...`.
fn action_in(message: &str) -> Option<&str> {
    quoted_after(message, "perform action")
}

fn quoted_after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(word)?;
    rest.split('\'').nth(1)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn because(why: &Option<String>) -> String {
    why.as_ref()
        .map(|why| format!(" ({why})"))
        .unwrap_or_default()
}

fn opened(by: &Option<String>) -> String {
    by.as_ref()
        .map(|role| format!("; the role {role} opens it"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = r#"{"error":{"code":"AuthorizationFailed","message":"The client 'app' with object id 'oid' does not have authorization to perform action 'Microsoft.ApiManagement/service/apis/read' over scope '/subscriptions/s' or the scope is invalid. If access was recently granted, please refresh your credentials."}}"#;

    #[test]
    fn a_refusal_names_the_role_of_its_action() {
        let gap =
            ArmError::of_answer(403, REFUSED.as_bytes()).into_gap("APIs of gateway g", "enumerate");
        assert_eq!(gap.what, "APIs of gateway g");
        assert!(
            gap.why
                .starts_with("403 AuthorizationFailed: The client 'app'")
        );
        assert_eq!(
            gap.opened_by.as_deref(),
            Some("API Management Service Reader Role")
        );
    }

    #[test]
    fn other_refusals_name_what_opens_them() {
        let missing = r#"{"error":{"code":"MissingSubscriptionRegistration","message":"The subscription is not registered to use namespace 'Microsoft.CognitiveServices'. See https://aka.ms/rps-not-found for how to register subscriptions."}}"#;
        assert_eq!(
            ArmError::of_answer(409, missing.as_bytes())
                .opened_by("enumerate")
                .as_deref(),
            Some("az provider register --namespace Microsoft.CognitiveServices")
        );
        let tenant = r#"{"error":{"code":"InvalidAuthenticationTokenTenant","message":"The access token is from the wrong issuer 'https://sts.windows.net/t1/'. It must match the tenant 'https://sts.windows.net/t2/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/t2' to get the token."}}"#;
        assert_eq!(
            ArmError::of_answer(401, tenant.as_bytes())
                .opened_by("enumerate")
                .as_deref(),
            Some("az login --tenant t2")
        );
        assert_eq!(ArmError::of_answer(429, b"{}").opened_by("enumerate"), None);
    }

    #[test]
    fn an_answer_of_another_service_is_quoted_in_one_line() {
        let error = ArmError::of_answer(502, b"<html>\n<title>proxy</title>");
        assert_eq!(
            error.sentence(),
            "502 an answer that is not ARM's: <html> <title>proxy</title>"
        );
    }

    #[test]
    fn a_credentials_failure_is_told_apart_by_what_lies_beneath() {
        let wrap = |inner: azure_core::Error| {
            ArmError::of(&azure_core::Error::with_error(
                ErrorKind::Credential,
                inner,
                "ClientSecretCredential authentication failed. AADSTS7000215: Invalid client secret",
            ))
            .kind
        };
        let io = azure_core::Error::with_message(ErrorKind::Io, "no route");
        assert_eq!(wrap(io), ArmFailure::Transport);
        let said = azure_core::Error::with_message(ErrorKind::Other, "said");
        assert_eq!(wrap(said), ArmFailure::TokenRefused);
        let nobody = |who: &str| {
            let door = azure_core::Error::with_message(ErrorKind::Other, "login: no such name");
            let pipeline = azure_core::Error::with_error(
                ErrorKind::Other,
                door,
                "non-transport error occurred which will not be retried",
            );
            let text = format!("{who} authentication failed.");
            ArmError::of(&azure_core::Error::with_error(
                ErrorKind::Credential,
                pipeline,
                text,
            ))
        };
        let unreachable = nobody("ClientSecretCredential");
        assert_eq!(unreachable.kind, ArmFailure::Transport);
        assert_eq!(unreachable.message, "login: no such name");
        assert_eq!(
            nobody("ManagedIdentityCredential").kind,
            ArmFailure::NoToken
        );
        let none = azure_core::Error::with_message(ErrorKind::Credential, "az is not installed");
        assert_eq!(ArmError::of(&none).kind, ArmFailure::NoToken);
    }
}

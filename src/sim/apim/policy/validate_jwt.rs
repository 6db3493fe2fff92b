//! `validate-jwt`: takes only requests with a token of a known issuer.

use super::super::answer::{JWT_INVALID, JWT_MISSING};
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::Outcome;
use super::super::flow::Flow;
use super::Policy;
use super::token::{Guard, Refusal, Wording, is_listed};
use async_trait::async_trait;

/// Whose documents are simulated.
const ENTRA_HOSTS: [&str; 3] = [
    "https://login.microsoftonline.com/",
    "https://login.windows.net/",
    "https://sts.windows.net/",
];

const WORDING: Wording = Wording {
    not_present: "JWT not present. Access denied.",
    missing: JWT_MISSING,
    invalid: JWT_INVALID,
};

struct ValidateJwt {
    guard: Guard,
    /// Whether the keys of Entra are among those that it trusts.
    takes_entra: bool,
    audiences: Vec<Text>,
    issuers: Vec<Text>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "require-scheme",
        "require-expiration-time",
        "require-signed-tokens",
        "clock-skew",
    ];
    let children = [
        "openid-config",
        "audiences",
        "issuers",
        "required-claims",
        "issuer-signing-keys",
        "decryption-keys",
    ];
    element.allow(
        &[attributes.as_slice(), &Guard::ATTRIBUTES].concat(),
        &children,
    )?;
    let named = |name: &'static str| element.children.iter().filter(move |it| it.name == name);
    let mut takes_entra = false;
    for document in named("openid-config") {
        document.allow(&["url"], &[])?;
        let url = document.required("url")?;
        takes_entra |= ENTRA_HOSTS.iter().any(|host| url.starts_with(host));
    }
    if !takes_entra {
        if named("openid-config").next().is_none() && named("issuer-signing-keys").next().is_none()
        {
            return Err(element.misfit("it needs an `<openid-config>`".into()));
        }
        let message = "only Entra issues tokens here: this policy refuses every one of them";
        element.note(message.into());
    }
    Ok(Box::new(ValidateJwt {
        guard: Guard::read(element, None)?,
        takes_entra,
        audiences: element.list("audiences", "audience")?,
        issuers: element.list("issuers", "issuer")?,
    }))
}

#[async_trait]
impl Policy for ValidateJwt {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        self.guard.admit(flow, &WORDING, |flow, claims| {
            Ok(if !self.takes_entra {
                let message = "JWT was signed with a key that is not known. Access denied.";
                Err(Refusal::new("TokenSignatureKeyNotFound", message))
            } else if !is_listed(flow, &self.audiences, &claims.aud)? {
                let message = format!("Audience {} is not allowed. Access denied.", claims.aud);
                Err(Refusal::new("TokenAudienceNotAllowed", message))
            } else if !is_listed(flow, &self.issuers, &claims.iss)? {
                let message = format!("Issuer {} is not allowed. Access denied.", claims.iss);
                Err(Refusal::new("TokenIssuerNotAllowed", message))
            } else {
                Ok(())
            })
        })
    }
}

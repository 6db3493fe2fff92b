//! `validate-jwt`: takes only requests with a token of a known issuer.

use super::super::answer::{JWT_INVALID, JWT_MISSING, built_in};
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::Value;
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use super::token::{Refusal, RequiredClaim, Source, inspect, is_listed, status};
use async_trait::async_trait;
use serde_json::Value as Json;

/// Whose documents are simulated.
const ENTRA_HOSTS: [&str; 3] = [
    "https://login.microsoftonline.com/",
    "https://login.windows.net/",
    "https://sts.windows.net/",
];

struct ValidateJwt {
    source: Source,
    code: Text,
    message: Option<Text>,
    scheme: Option<String>,
    audiences: Vec<Text>,
    issuers: Vec<Text>,
    claims: Vec<RequiredClaim>,
    output_variable: Option<String>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "failed-validation-httpcode",
        "failed-validation-error-message",
        "require-scheme",
        "require-expiration-time",
        "require-signed-tokens",
        "clock-skew",
        "output-token-variable-name",
    ];
    let children = ["openid-config", "audiences", "issuers", "required-claims"];
    element.allow(
        &[attributes.as_slice(), &Source::ATTRIBUTES].concat(),
        &children,
    )?;
    let mut documents = element
        .children
        .iter()
        .filter(|it| it.name == "openid-config");
    let Some(document) = documents.next() else {
        return Err(element.misfit("it needs an `<openid-config>`".into()));
    };
    document.allow(&["url"], &[])?;
    let url = document.required("url")?;
    if !ENTRA_HOSTS.iter().any(|host| url.starts_with(host)) {
        return Err(document.misfit(format!("only Entra issues tokens here, not `{url}`")));
    }
    Ok(Box::new(ValidateJwt {
        source: Source::read(element, None)?,
        code: element
            .text_attribute("failed-validation-httpcode")?
            .unwrap_or_else(|| Text::Literal("401".into())),
        message: element.text_attribute("failed-validation-error-message")?,
        scheme: element.attribute("require-scheme").map(str::to_owned),
        audiences: element.list("audiences", "audience")?,
        issuers: element.list("issuers", "issuer")?,
        claims: RequiredClaim::read_all(element)?,
        output_variable: element
            .attribute("output-token-variable-name")
            .map(str::to_owned),
    }))
}

#[async_trait]
impl Policy for ValidateJwt {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let (refusal, default) = match self.source.find(flow)? {
            None => (
                Refusal::new("TokenNotPresent", "JWT not present. Access denied."),
                JWT_MISSING,
            ),
            Some((scheme, token)) => match self.check(flow, scheme.as_deref(), &token)? {
                Ok(claims) => {
                    if let Some(variable) = &self.output_variable {
                        flow.variables.insert(variable.clone(), Value::Json(claims));
                    }
                    return Ok(Next::Continue);
                }
                Err(refusal) => (refusal, JWT_INVALID),
            },
        };
        let message = match &self.message {
            Some(message) => flow.text(message)?,
            None => default.to_owned(),
        };
        let answer = built_in(status(flow, &self.code)?, &message);
        Err(Fault::answered(refusal.reason, refusal.message, answer))
    }
}

impl ValidateJwt {
    fn check(
        &self,
        flow: &mut Flow<'_>,
        scheme: Option<&str>,
        token: &str,
    ) -> Result<Result<Json, Refusal>, Box<Fault>> {
        if let Some(wanted) = &self.scheme
            && !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(wanted))
        {
            let message = format!("Token scheme is not {wanted}. Access denied.");
            return Ok(Err(Refusal::new("JwtInvalid", message)));
        }
        let claims = match inspect(flow, token) {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !is_listed(flow, &self.audiences, &claims.aud)? {
            let message = format!("Audience {} is not allowed. Access denied.", claims.aud);
            return Ok(Err(Refusal::new("TokenAudienceNotAllowed", message)));
        }
        if !is_listed(flow, &self.issuers, &claims.iss)? {
            let message = format!("Issuer {} is not allowed. Access denied.", claims.iss);
            return Ok(Err(Refusal::new("TokenIssuerNotAllowed", message)));
        }
        let claims = serde_json::to_value(&claims).unwrap_or_default();
        for claim in &self.claims {
            if let Err(refusal) = claim.check(flow, &claims)? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(claims))
    }
}

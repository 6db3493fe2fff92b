//! `validate-azure-ad-token`: takes only requests with a token of a tenant, for listed applications and audiences.

use super::super::answer::{AAD_JWT_INVALID, AAD_JWT_MISSING, built_in};
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::expr::Value;
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use super::token::{Refusal, RequiredClaim, Source, inspect, is_listed, status};
use async_trait::async_trait;
use serde_json::Value as Json;

/// Tenant ids that stand for every tenant.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

struct ValidateAzureAdToken {
    source: Source,
    tenant: Text,
    code: Text,
    message: Option<Text>,
    audiences: Vec<Text>,
    client_applications: Vec<Text>,
    claims: Vec<RequiredClaim>,
    output_variable: Option<String>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = [
        "tenant-id",
        "authentication-endpoint",
        "failed-validation-httpcode",
        "failed-validation-error-message",
        "output-token-variable-name",
    ];
    let children = ["client-application-ids", "audiences", "required-claims"];
    element.allow(
        &[attributes.as_slice(), &Source::ATTRIBUTES].concat(),
        &children,
    )?;
    Ok(Box::new(ValidateAzureAdToken {
        source: Source::read(element, Some("Authorization"))?,
        tenant: element.required_text("tenant-id")?,
        code: element
            .text_attribute("failed-validation-httpcode")?
            .unwrap_or_else(|| Text::Literal("401".into())),
        message: element.text_attribute("failed-validation-error-message")?,
        audiences: element.list("audiences", "audience")?,
        client_applications: element.list("client-application-ids", "application-id")?,
        claims: RequiredClaim::read_all(element)?,
        output_variable: element
            .attribute("output-token-variable-name")
            .map(str::to_owned),
    }))
}

#[async_trait]
impl Policy for ValidateAzureAdToken {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let (refusal, default) = match self.source.find(flow)? {
            None => (
                Refusal::new("TokenNotPresent", "Azure AD JWT not present"),
                AAD_JWT_MISSING,
            ),
            Some((_, token)) => match self.check(flow, &token)? {
                Ok(claims) => {
                    if let Some(variable) = &self.output_variable {
                        flow.variables.insert(variable.clone(), Value::Json(claims));
                    }
                    return Ok(Next::Continue);
                }
                Err(refusal) => (refusal, AAD_JWT_INVALID),
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

impl ValidateAzureAdToken {
    fn check(&self, flow: &mut Flow<'_>, token: &str) -> Result<Result<Json, Refusal>, Box<Fault>> {
        let claims = match inspect(flow, token) {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let tenant = flow.text(&self.tenant)?;
        let is_of_tenant = ANY_TENANT.contains(&tenant.as_str())
            || tenant.eq_ignore_ascii_case(&claims.tid)
            || tenant.eq_ignore_ascii_case(&flow.world.tenant.domain);
        if !is_of_tenant {
            let message = format!("Issuer {} is not allowed. Access denied.", claims.iss);
            return Ok(Err(Refusal::new("TokenIssuerNotAllowed", message)));
        }
        if !is_listed(flow, &self.audiences, &claims.aud)? {
            let message = format!("Audience {} is not allowed. Access denied.", claims.aud);
            return Ok(Err(Refusal::new("TokenAudienceNotAllowed", message)));
        }
        if !is_listed(flow, &self.client_applications, &claims.appid)? {
            let message = format!(
                "Claim appid value of {} is not allowed. Access denied.",
                claims.appid
            );
            return Ok(Err(Refusal::new("TokenClaimValueNotAllowed", message)));
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

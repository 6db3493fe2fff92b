//! `validate-azure-ad-token`: takes only requests with a token of a tenant, for listed applications and audiences.

use super::super::answer::{AAD_JWT_INVALID, AAD_JWT_MISSING};
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::Outcome;
use super::super::flow::Flow;
use super::Policy;
use super::token::{Guard, Refusal, Wording, is_listed};
use async_trait::async_trait;

/// Tenant ids that stand for every tenant.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

const WORDING: Wording = Wording {
    not_present: "Azure AD JWT not present",
    missing: AAD_JWT_MISSING,
    invalid: AAD_JWT_INVALID,
};

struct ValidateAzureAdToken {
    guard: Guard,
    tenant: Text,
    audiences: Vec<Text>,
    client_applications: Vec<Text>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let attributes = ["tenant-id", "authentication-endpoint"];
    let children = ["client-application-ids", "audiences", "required-claims"];
    element.allow(
        &[attributes.as_slice(), &Guard::ATTRIBUTES].concat(),
        &children,
    )?;
    Ok(Box::new(ValidateAzureAdToken {
        guard: Guard::read(element, Some("Authorization"))?,
        tenant: element.required_text("tenant-id")?,
        audiences: element.list("audiences", "audience")?,
        client_applications: element.list("client-application-ids", "application-id")?,
    }))
}

#[async_trait]
impl Policy for ValidateAzureAdToken {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        self.guard.admit(flow, &WORDING, |flow, claims| {
            let tenant = flow.text(&self.tenant)?;
            let is_of_tenant = ANY_TENANT.contains(&tenant.as_str())
                || tenant.eq_ignore_ascii_case(&claims.tid)
                || tenant.eq_ignore_ascii_case(&flow.world.tenant.domain);
            Ok(if !is_of_tenant {
                let message = format!("Issuer {} is not allowed. Access denied.", claims.iss);
                Err(Refusal::new("TokenIssuerNotAllowed", message))
            } else if !is_listed(flow, &self.audiences, &claims.aud)? {
                let message = format!("Audience {} is not allowed. Access denied.", claims.aud);
                Err(Refusal::new("TokenAudienceNotAllowed", message))
            } else if !is_listed(flow, &self.client_applications, &claims.appid)? {
                let message = format!(
                    "Claim appid value of {} is not allowed. Access denied.",
                    claims.appid
                );
                Err(Refusal::new("TokenClaimValueNotAllowed", message))
            } else {
                Ok(())
            })
        })
    }
}
